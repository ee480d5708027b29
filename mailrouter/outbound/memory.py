"""Memory: for tests, rehearsals and `simulate`. What was delivered can be looked at; nothing is kept beyond it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mailrouter.core.model import Attempt
from mailrouter.ports import Parcel


class MemoryTransport:
    """Keeps parcels by outbox id, in the order of delivery.

    `fault`, asked before each delivery, may give an Attempt to be returned instead: a rehearsal of a relay's moods.
    """

    name = "memory"

    def __init__(self, fault: Callable[[Parcel], Attempt | None] | None = None) -> None:
        self.delivered: dict[str, Parcel] = {}
        self._fault = fault

    async def deliver(self, parcels: Sequence[Parcel]) -> list[Attempt]:
        """See ports.Transport. A parcel that is here already is not taken a second time."""
        return [self._deliver(parcel) for parcel in parcels]

    def _deliver(self, parcel: Parcel) -> Attempt:
        if self._fault is not None and (fault := self._fault(parcel)) is not None:
            return fault
        self.delivered.setdefault(parcel.id, parcel)
        return _sent(parcel)

    async def look_up(self, parcel: Parcel) -> Attempt:
        """What is here was delivered; what is not was not."""
        if parcel.id in self.delivered:
            return _sent(parcel)
        return Attempt(outcome="retry", code=450, enhanced="4.0.0", text="never seen", relay=self.name)

    async def close(self) -> None:
        """Nothing is kept open."""

    def to(self, recipient: str) -> list[Parcel]:
        """What one recipient was sent."""
        return [parcel for parcel in self.delivered.values() if parcel.recipient == recipient]


def _sent(parcel: Parcel) -> Attempt:
    return Attempt(
        outcome="sent", code=250, enhanced="2.0.0", text="kept", provider_id=parcel.id, relay="memory"
    )
