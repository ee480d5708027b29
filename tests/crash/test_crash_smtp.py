"""The same kills with a real relay behind. Only one window cannot be closed over SMTP: the relay took the mail and we
died before that was written. There, and nowhere else, it is sent twice: the same Message-ID, the same octets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from installation import CAF_BOX, CAF_CHIEF, CLAIRE, JULIEN, ZOE, Place, deliver, queued, until
from relay_behind import RelayBehind

pytestmark = pytest.mark.crash

ASKED = {CLAIRE, JULIEN, CAF_BOX}
# Copies of each mail after the kill. In the window all four mails of the batch are on the wire together.
BOUNDARIES = {
    "settle: attempt written, not committed": 1,
    "settle: attempt committed, wire untouched": 1,
    "settle: delivered over SMTP, result not written": 2,
    "settle: result written, not committed": 2,
    "settle: committed": 1,
}
FAILURE = (
    "failure: seen",
    "record: decided, nothing written",
    "record: written, not committed",
    "failure: decided, not marked as reported",
    "failure: reported",
)


@pytest.fixture
def relay() -> Iterator[RelayBehind]:
    made = RelayBehind()
    yield made
    made.close()


@pytest.fixture
def place(found_place: Callable[..., Place], engine: str, relay: RelayBehind) -> Place:
    """An installation that hands its mail to the relay."""
    return found_place(
        engine,
        MAILROUTER_TRANSPORT__KIND="smtp",
        MAILROUTER_TRANSPORT__HOST="127.0.0.1",
        MAILROUTER_TRANSPORT__PORT=str(relay.port),
        MAILROUTER_TRANSPORT__STARTTLS="none",
    )


def alike(relay: RelayBehind) -> bool:
    """Whether the copies of each mail are the same octets."""
    octets: dict[tuple[str, str], set[bytes]] = {}
    for copy in relay.copies:
        octets.setdefault((copy.recipient, copy.message_id), set()).add(copy.octets)
    return all(len(versions) == 1 for versions in octets.values())


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_killed(place, relay, boundary):
    """Everybody has the mail; who has it twice has the same mail twice, and only in the one window."""
    life = place.live(boundary)
    mail = deliver(queued(place.opening()), life.port)
    assert life.died() == boundary
    place.live()
    figures = place.settled()
    assert figures["outbox"] == {"queued": 0, "sent": 4, "failed": 0, "unknown": 0}
    assert {to for to, _ in relay.arrivals()} == {*ASKED, ZOE} and len(relay.arrivals()) == 4
    assert set(relay.arrivals().values()) == {BOUNDARIES[boundary]} and alike(relay)
    (decision,) = place.explained(mail.inbound_id)
    assert {m.state for m in decision.mails} == {"sent"} and figures["balanced"]


def test_killed_while_the_relay_thinks(place, relay):
    """The relay has the mail, its answer is under way for longer than a lease: nothing is sent again meanwhile. Killed
    then: twice at most."""
    relay.silent.set()
    life = place.live()
    deliver(queued(place.opening()), life.port)
    until(lambda: len(relay.copies) == 4, "four mails on the wire")
    # A lease is 0.3 s here. Without being renewed it would end now, and another node would send again.
    before = place.leases()
    until(lambda: place.leases() > before, "leases that are renewed")
    other = place.live() if place.store.dialect == "postgresql" else None
    renewed = place.leases()
    until(lambda: place.leases() > renewed, "leases that are renewed")
    assert set(relay.arrivals().values()) == {1}
    life.kill()
    relay.silent.clear()
    if other is None:
        place.live()
    assert place.settled()["outbox"] == {"queued": 0, "sent": 4, "failed": 0, "unknown": 0}
    assert len(relay.arrivals()) == 4 and set(relay.arrivals().values()) == {2} and alike(relay)


@pytest.mark.parametrize("boundary", FAILURE)
def test_killed_on_a_mail_that_failed(place, relay, boundary):
    """Nobody at CAF can be reached: the case goes on with the group's manager, who is told once."""
    relay.refused = frozenset(ASKED)
    life = place.live()
    life.give_order(boundary, nth=2 if boundary.startswith("record") else 1)
    deliver(queued(place.opening()), life.port)
    assert life.died() == boundary
    place.live()
    figures = place.settled()
    assert (figures["outbox"]["failed"], figures["outbox"]["queued"], figures["balanced"]) == (3, 0, True)
    people = Counter(to for to, _ in relay.arrivals().elements())
    assert people[ZOE] == 1 and people[CAF_CHIEF] == 1 and set(relay.arrivals().values()) == {1}
    assert place.standing()["forgotten"] == []
    assert place.decided("delivery-reported") == 3
