"""What leaves: final bytes with the tokens they carry, what becomes of them at the wire, and what a peer is told."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from mailrouter.core.model.case import Audience
from mailrouter.core.model.effects import Disclosure
from mailrouter.core.model.facts import TokenKind
from mailrouter.core.model.mail import Frozen


class NewToken(Frozen, frozen=True, kw_only=True):
    """A token that an outgoing mail carries; its row is written in the same transaction."""

    row_id: int
    kind: TokenKind
    key_id: int
    case_id: str = ""
    address: str = ""
    audience: Audience = "everyone"
    outbox_id: str = ""
    inbound_id: str = ""
    question: str = ""
    words: tuple[str, ...] = ()
    expires_at: datetime | None = None


class OutboundMail(Frozen, frozen=True, kw_only=True):
    """Final bytes for one recipient. Fixed before record; a retry sends the same octets with the same Message-ID."""

    id: str
    key: str
    recipient: str
    mail_from: str
    message_id: str
    octets: bytes
    template: str
    case_id: str = ""
    organisation: str = ""
    group: str = ""
    audience: Audience = "everyone"
    disclosure: Disclosure = "full"
    text: str = ""
    tokens: tuple[NewToken, ...] = ()


class Reply(Frozen, frozen=True, kw_only=True):
    """What the peer is told (RFC 5321 4.2, RFC 3463): the class of code and enhanced code must agree."""

    code: int
    enhanced: str
    text: str

    def __post_init__(self) -> None:
        if str(self.code)[0] != self.enhanced[0]:
            raise ValueError(f"reply {self.code} and enhanced code {self.enhanced} are of different classes")

    def __str__(self) -> str:
        return f"{self.code} {self.enhanced} {self.text}"


Outcome = Literal["sent", "retry", "failed", "unknown"]


class Attempt(Frozen, frozen=True, kw_only=True):
    """The outcome of one attempt at the wire. `unknown`: handed over without an answer; looked up before any resend."""

    outcome: Outcome
    code: int = 0
    enhanced: str = ""
    text: str = ""
    provider_id: str = ""
    relay: str = ""
