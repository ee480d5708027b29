"""Who speaks on a case: the sender, as which participant, to whom at most."""

from __future__ import annotations

from mailrouter.core.decide.sender import Sender
from mailrouter.core.model import Audience, Frozen, Participant


class Voice(Frozen, frozen=True, kw_only=True):
    """A participant who wrote. `audience` is the widest the address allows; `rule` names the evidence."""

    sender: Sender
    person: Participant
    audience: Audience = "everyone"
    rule: str = "on-case"
