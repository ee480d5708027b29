"""The disk of the database is full, really, at each of the three transactions. The upstream server is told 451 and
keeps its mail, nothing is half there, nothing that left is forgotten, and all goes on by itself once there is room."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from installation import CAF_BOX, CLAIRE, JULIEN, ZOE, Life, Place, attempt, deliver, queued, until
from small_disk import FullTablespace, SmallDisk

pytestmark = pytest.mark.crash

EVERYBODY = Counter({CLAIRE: 1, JULIEN: 1, CAF_BOX: 1, ZOE: 1})
REFUSED = "451 4.3.0 Not accepted for a fault of ours, try again later"
WHOLE = {"received": 1, "opened": 1, "pending": 0, "held": 0, "duplicate": 0, "balanced": True}


class SmallPlace:
    """An installation whose database, and nothing else, is on a small disk."""

    def __init__(self, place: Place, fill: Callable[[], None], make_room: Callable[[], None]) -> None:
        self.place, self.fill, self.make_room = place, fill, make_room


@pytest.fixture
def small_place(engine, found_place, tmp_path, request) -> Iterator[SmallPlace]:
    disk = SmallDisk(4 if engine == "sqlite" else 48)
    request.addfinalizer(disk.unmount)
    if engine == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), disk.path / "mailrouter.sqlite3")
        place = found_place(engine, f"sqlite:///{disk.path}/mailrouter.sqlite3")
        with _reader(disk.path / "mailrouter.sqlite3") as begin:
            yield SmallPlace(place, lambda: (begin(), disk.fill()), disk.make_room)
        return
    databases = request.getfixturevalue("databases")
    name = f"mailrouter_full_{os.getpid()}"
    space = FullTablespace(databases.server_url, disk, name)
    request.addfinalizer(space.drop)
    url = databases.make(f"{name}_{tmp_path.name}", name)
    request.addfinalizer(lambda: databases.unmake(url))
    place = found_place(engine, url)
    request.addfinalizer(place.close)
    yield SmallPlace(place, lambda: space.fill(url), disk.make_room)


@contextmanager
def _reader(database: Path) -> Iterator[Callable[[], None]]:
    """Gives what begins to read `database`, to the end of the test: while somebody reads, the log of what was written is
    not begun anew, where a small write fits on a disk that has no room left (sqlite.org/wal.html)."""
    conn = sqlite3.connect(database, isolation_level=None, check_same_thread=False)

    def begin() -> None:
        conn.execute("BEGIN")
        conn.execute("SELECT count(*) FROM outbox").fetchone()

    try:
        yield begin
    finally:
        conn.close()


def people(place: Place) -> Counter[str]:
    return Counter(to for to, _ in place.arrivals().elements())


def whole(place: Place) -> None:
    """Everything is there, once."""
    figures = place.settled()
    assert {name: figures[name] for name in WHOLE} == WHOLE
    assert figures["outbox"] == {"queued": 0, "sent": 4, "failed": 0, "unknown": 0}
    assert people(place) == EVERYBODY and place.standing()["forgotten"] == []


def big(place: Place):
    """The opening mail with a file that no free room inside of pages can take."""
    message = place.opening()
    message.add_attachment(os.urandom(60_000), maintype="application", subtype="pdf", filename="piece.pdf")
    return queued(message)


def told_unavailable(life: Life) -> None:
    until(lambda: "event=store-unavailable" in life.said, lambda: life.said[-3000:])


def test_full_at_accept(small_place):
    """Told 451, never 250; not a trace of the mail; taken once there is room."""
    place = small_place.place
    life = place.live()
    mail = big(place)
    small_place.fill()
    assert [attempt(mail, life.port) for _ in range(3)] == [REFUSED] * 3
    assert place.ledger()["received"] == 0
    assert "Traceback" not in life.said
    small_place.make_room()
    deliver(mail, life.port)
    whole(place)


def test_full_at_record(small_place):
    """Accepted and decided, then there is no room: nothing of the decision is there; later all of it."""
    place = small_place.place
    life = place.live()
    life.give_order("record: decided, nothing written", "pause")
    mail = deliver(big(place), life.port)
    life.paused()
    small_place.fill()
    life.go_on()
    told_unavailable(life)
    time.sleep(1.5)  # many more tries in vain: none of them may count against the mail
    half = place.standing()
    assert (half["cases"], half["history"], half["dues"], half["outbox"]) == ([], [], [], [])
    figures = place.ledger()
    assert (figures["pending"], figures["balanced"], place.explained(mail.inbound_id)) == (1, True, [])
    small_place.make_room()
    whole(place)
    assert place.claims(mail.inbound_id) == 1, "the outage was no try of this mail"


def test_full_before_the_wire(small_place):
    """The attempt cannot be written: nothing is on the wire."""
    place = small_place.place
    life = place.live()
    life.give_order("settle: nothing written yet", "pause")
    deliver(big(place), life.port)
    life.paused()
    small_place.fill()
    life.go_on()
    told_unavailable(life)
    time.sleep(0.5)
    assert people(place) == Counter() and place.ledger()["outbox"]["queued"] == 4
    small_place.make_room()
    whole(place)


def test_full_after_the_wire(small_place):
    """Delivered, and the result cannot be written: it is kept in mind, so that nothing is sent again."""
    place = small_place.place
    life = place.live()
    life.give_order("settle: delivered, result not written", "pause")
    deliver(big(place), life.port)
    life.paused()
    small_place.fill()
    life.go_on()
    told_unavailable(life)
    time.sleep(1)
    assert people(place) == EVERYBODY and place.ledger()["outbox"]["sent"] == 0
    small_place.make_room()
    whole(place)
    assert place.tries() == 1
