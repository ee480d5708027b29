"""The contracts to the outside. Each says when a method is called, what it may change, and what failing means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from mailrouter.core.model import Attempt, Frozen, Mail, PeerInfo, Reply, Verdict


class AcceptResult(Frozen, frozen=True, kw_only=True):
    """A mail that is durable: its inbound id, the first one's when it came before (`duplicate`)."""

    id: str
    duplicate: bool = False


class Admit(Protocol):
    """The answer to one RCPT, while the peer waits. Pure and quick; its Reply goes to the peer as it is."""

    def __call__(self, mail_from: str, rcpt: str, peer: PeerInfo) -> Reply:
        """250 when mail for `rcpt` is taken, 550 5.1.1 when nobody is there, 450 when it should come again."""
        ...


class Accept(Protocol):
    """The first transaction. Returns only after the commit; raises on any fault (the peer then keeps its mail)."""

    async def __call__(self, mail: Mail) -> AcceptResult:
        """Make the mail durable; a mail that came before gives the id of the first one."""
        ...


class ProviderEvent(Frozen, frozen=True, kw_only=True):
    """What a provider says later of a mail that it took from us. `outbox_id` is empty when the event names none.

    `permanent` says whether sending to the recipient is over; `status` is an RFC 3463 code when one could be told.
    """

    provider_id: str
    outbox_id: str = ""
    recipient: str = ""
    kind: Literal["delivered", "bounced", "complained", "deferred"]
    permanent: bool = False
    status: str = ""
    diagnostic: str = ""
    at: datetime | None = None


class Report(Protocol):
    """Takes a provider's event durably. Raises on any fault: the provider then says it again."""

    async def __call__(self, event: ProviderEvent) -> None:
        """Settle the attempt that the event speaks of; an event said twice changes nothing."""
        ...


class Parcel(Frozen, frozen=True, kw_only=True):
    """One mail ready for the wire: final octets for exactly one recipient. `id` is the outbox id."""

    id: str
    mail_from: str
    recipient: str
    message_id: str
    octets: bytes
    attempt: int = 1


class Transport(Protocol):
    """Takes mail to its destination.

    `deliver` is called after the attempt was recorded, and gives one Attempt per parcel, in order. It never raises:
    a peer's fault is an Attempt (`retry`, `failed`), and `unknown` when the peer may have taken the mail without
    our having heard so. It must not alter the octets. `look_up` is called before an `unknown` parcel is sent again,
    and gives the Attempt that settles it (`sent`), `retry` when the peer surely has not got it, or `unknown`.
    """

    name: str

    async def deliver(self, parcels: Sequence[Parcel]) -> list[Attempt]:
        """Hand the parcels over; one Attempt each, in order."""
        ...

    async def look_up(self, parcel: Parcel) -> Attempt:
        """What became of a parcel whose outcome is unknown."""
        ...

    async def close(self) -> None:
        """Let kept connections go. Called once, at shutdown."""
        ...


class Check(Protocol):
    """Examines an accepted mail before it is decided.

    `verdicts` is called by the worker, outside any transaction. It gives what it found (RFC 8601 results); a fault
    of its own (DNS, scanner) is a `temperror` verdict, never an exception: the worker waits and tries again.
    """

    name: str

    async def verdicts(self, mail: Mail) -> tuple[Verdict, ...]:
        """What this check says of the mail."""
        ...
