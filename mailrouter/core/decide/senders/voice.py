"""Who speaks on a case: the sender, as which participant, to whom at most."""

from __future__ import annotations

from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.model import Audience, Frozen, Participant


class Voice(Frozen, frozen=True, kw_only=True):
    """A participant who wrote. `audience` is the widest the address allows; `rule` names the evidence."""

    sender: Sender
    person: Participant
    audience: Audience = "everyone"
    rule: str = "on-case"

    @property
    def name(self) -> str:
        """Who speaks, as people know them: the member who signed a shared mailbox's mail, else the participant."""
        return self.sender.signatory.name if self.sender.signatory else self.person.name

    @property
    def unsigned(self) -> bool:
        """Whether a shared mailbox wrote, and no member's name says who."""
        return self.person.role == "mailbox" and self.sender.signatory is None
