"""The service is killed (SIGKILL) at every boundary of accept, record and settle. The upstream server sends the same
mail again unless it saw 250. Afterwards everything is there, once.

What must be there is what an undisturbed life made of the same mails: the keys are the same in all installations, so
every id and Message-ID that derives from a mail is the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from installation import CAF_BOX, CLAIRE, JULIEN, ZOE, Life, Place, Queued, attempt, deliver, queued

pytestmark = pytest.mark.crash

ACCEPT = ("accept: nothing written yet", "accept: inserted, not committed", "accept: committed, 250 not said")
RECORD = (
    "record: claiming, not committed",
    "record: claimed",
    "record: decided, nothing written",
    "record: written, not committed",
    "record: committed, nobody woken",
)
# The worker polls in a thread of its own: it may find the mail, and die, while the door has not said its 250 yet, on
# SQLite even within the commit that they share. Then the upstream sends again, as after any missing answer.
EARLY = ("accept: 250 said", *RECORD)
SETTLE = (
    "settle: attempt written, not committed",
    "settle: attempt committed, wire untouched",
    "settle: on the wire, half",
    "settle: on the wire, one of several",
    "settle: delivered, result not written",
    "settle: result written, not committed",
    "settle: committed",
)
DUE = (
    "due: claiming, not committed",
    "due: claimed",
    "record: decided, nothing written",
    "record: written, not committed",
    "due: recorded, not marked as done",
    "due: done",
)


@dataclass
class After:
    """What an installation holds when all is quiet."""

    ledger: dict[str, Any]
    standing: dict[str, Any]
    arrivals: Counter[tuple[str, str]]


def after(place: Place) -> After:
    return After(place.settled(), place.standing(), place.arrivals())


def people(arrivals: Counter[tuple[str, str]]) -> Counter[str]:
    """How many mails each person has."""
    return Counter(to for to, _ in arrivals.elements())


# What happens before the kill, and the mail that the kill meets (None: time alone).
Prelude = Callable[[Place], tuple[Life, Queued | None]]


def opening(place: Place, dies: str) -> tuple[Life, Queued | None]:
    """The first mail of a case."""
    return place.live(dies), queued(place.opening())


def answer(place: Place, dies: str) -> tuple[Life, Queued | None]:
    """An agent's answer with a file, on a case that is there."""
    life, first = opening(place, "")
    deliver(first, life.port)
    place.settled()
    (notice,) = place.mailboxes()[CLAIRE]
    if dies:
        life.give_order(dies)
    text = "Bonjour,\n\nLe dossier est débloqué, la notification est jointe.\n\nClaire Martin"
    pdf = ("notification.pdf", b"%PDF-1.4\n" + b"0" * 30_000)
    return life, queued(place.answer(CLAIRE, notice, text, files=[pdf], quote=False))


def reminder(place: Place, dies: str) -> tuple[Life, Queued | None]:
    """Nobody answered for three business days."""
    life, first = opening(place, "")
    deliver(first, life.port)
    place.settled()
    life.stop()
    place.later += timedelta(days=4)
    return place.live(dies), None


SCENES = {"opening": opening, "answer": answer, "reminder": reminder}
ARRIVING = {
    "opening": Counter({CLAIRE: 1, JULIEN: 1, CAF_BOX: 1, ZOE: 1}),
    "answer": Counter({CLAIRE: 1, JULIEN: 2, CAF_BOX: 2, ZOE: 2}),
    "reminder": Counter({CLAIRE: 2, JULIEN: 2, CAF_BOX: 2, ZOE: 1}),
}
MATRIX = [
    *(
        ("opening", b)
        for b in (*ACCEPT, "accept: 250 said", *RECORD, "record: number reserved, not committed", *SETTLE)
    ),
    *(("answer", b) for b in (*RECORD, *SETTLE)),
    *(("reminder", b) for b in DUE),
]


@pytest.fixture(scope="session")
def undisturbed(found: Callable[..., Place]) -> Callable[[str, str], After]:
    """What each scene comes to when nobody is killed."""
    known: dict[tuple[str, str], After] = {}

    def lived(engine: str, scene: str) -> After:
        if (engine, scene) not in known:
            place = found(engine)
            life, mail = SCENES[scene](place, "")
            if mail:
                deliver(mail, life.port)
            known[engine, scene] = after(place)
            place.close()
        return known[engine, scene]

    return lived


@pytest.mark.parametrize("scene", SCENES)
def test_undisturbed(undisturbed, engine, scene):
    """The measure of the matrix is right itself: everybody has what they must have, once."""
    whole = undisturbed(engine, scene)
    assert people(whole.arrivals) == ARRIVING[scene]
    assert set(whole.arrivals.values()) == {1}
    assert whole.standing["forgotten"] == [] and len(whole.standing["cases"]) == 1
    assert whole.standing["cases"][0].state == "open" and whole.ledger["balanced"]


@pytest.mark.parametrize(("scene", "boundary"), MATRIX, ids=lambda value: value)
def test_killed(found_place, undisturbed, engine, scene, boundary):
    """Killed at the boundary, started again: nothing is lost, nothing is there twice, no 250 was false."""
    whole = undisturbed(engine, scene)
    place = found_place(engine)
    life, mail = SCENES[scene](place, boundary)
    if mail:
        attempt(mail, life.port)
    assert life.died() == boundary
    stored = place.ledger()["received"] == whole.ledger["received"]
    if mail:
        assert stored or not mail.taken  # no false 250, ever
        assert stored == (boundary not in ACCEPT[:2]) or boundary in EARLY
        assert mail.taken == (boundary not in ACCEPT) or boundary in EARLY
    again = place.live()
    duplicates = bool(mail and stored and not mail.taken)
    if mail and not mail.taken:
        deliver(mail, again.port)
    found = after(place)
    figures = {"received": whole.ledger["received"] + duplicates, "duplicate": int(duplicates)}
    assert found.ledger == whole.ledger | figures
    assert found.standing == whole.standing
    assert set(found.arrivals.values()) == {1}
    assert people(found.arrivals) == people(whole.arrivals)
    if mail:
        assert (
            found.arrivals == whole.arrivals
        )  # the ids of a due derive from its instant, those of a mail do not
    assert place.tries() <= 2
    if mail:
        (decision,) = place.explained(mail.inbound_id)
        assert {m.state for m in decision.mails} == {"sent"}
