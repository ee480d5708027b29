"""The contracts to the outside. Each says when a method is called, what it may change, and what failing means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mailrouter.core.model import Attempt, Frozen, Mail, Verdict


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
