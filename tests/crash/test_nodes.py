"""Several processes of the service on one PostgreSQL database: every mail is decided once, every due happens once."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

import pytest
from installation import (
    CAF_BOX,
    CLAIRE,
    FIELDS,
    JULIEN,
    KARIM,
    ZOE,
    Life,
    Place,
    deliver,
    queued,
    until,
)

pytestmark = pytest.mark.crash

DECIDED = "record: decided, nothing written"
LONG = 60.0  # a lease that does not end during a test


@pytest.fixture
def place(found_place) -> Place:
    return found_place("postgresql")


def node(place: Place, lease: float = LONG, batch: int = 1) -> Life:
    """A process that decides and delivers, and has no door."""
    return place.live(only="worker,outbound", lease=lease, batch=batch)


def meet(*nodes: Life) -> None:
    """Let go of nodes that all stand at their boundary."""
    for one in nodes:
        one.paused()
    for one in nodes:
        one.go_on()


def people(place: Place) -> Counter[str]:
    return Counter(to for to, _ in place.arrivals().elements())


def test_two_processes_decide_on_one_case_at_once(place):
    """Two agents take the case in two mails that two processes decide before either records: one case, both in, the
    second is decided anew on what the first made of it."""
    door = place.live(lease=LONG)
    deliver(queued(place.opening()), door.port)
    place.settled()
    boxes = place.mailboxes()
    mails = [
        queued(place.answer(author, boxes[author][0], "Je m'en occupe", quote=False))
        for author in (CLAIRE, JULIEN)
    ]
    door.stop()
    nodes = [node(place), node(place)]
    for one in nodes:
        one.give_order(DECIDED, "pause")
    door = place.live(only="inbound")
    for mail in mails:
        deliver(mail, door.port)
    meet(*nodes)
    figures = place.settled()
    assert (figures["handled"], figures["opened"], figures["balanced"]) == (2, 1, True)
    assert [d.rule for m in mails for d in place.explained(m.inbound_id)] == ["act:take", "act:take"]
    owners = [line for line in place.standing()["history"] if line.act == "owner"]
    assert len(owners) == 2 and set(place.arrivals().values()) == {1}
    # The aidant and the mailbox are told by both, each agent of the other alone.
    assert people(place) == Counter({ZOE: 3, CAF_BOX: 3, CLAIRE: 2, JULIEN: 2})


def test_two_nodes_tick_at_once(place):
    """Ten cases wait for their reminder, and two nodes decide on two of them at the same instant: each due is decided
    once, and everybody gets the one mail of the day."""
    door = place.live()
    for n in range(10):
        text = f"Bonjour,\n\nDossier {n} : son aide au logement est bloquée.\n\n{FIELDS}Mandat : oui\n"
        text += "J'accepte les conditions d'utilisation.\n"
        deliver(queued(place.letter(ZOE, "lot+caf@aplus.example", f"Aide {n}", text)), door.port)
    place.settled()
    door.stop()
    before = people(place)
    place.later += timedelta(days=4)
    nodes = [node(place, batch=3), node(place, batch=3)]
    for one in nodes:
        one.give_order(DECIDED, "pause")
    meet(*nodes)
    place.settled()
    told = people(place) - before
    assert told == Counter({CLAIRE: 1, JULIEN: 1, CAF_BOX: 1})  # one mail a day, with all ten in it
    assert place.decided("time-reached") == 10 and set(place.arrivals().values()) == {1}
    assert place.standing()["forgotten"] == [] and all(not n.ended() for n in nodes)


def test_a_node_that_wakes_after_its_lease(place):
    """A node is held up between its decision and the record for longer than its lease; another has done the work by
    then. The first finds that out and writes nothing."""
    door = place.live()
    deliver(queued(place.opening()), door.port)
    place.settled()
    door.stop()
    place.later += timedelta(days=4)
    slow = node(place, lease=0.3)
    slow.give_order(DECIDED, "pause")
    slow.paused()
    node(place, lease=LONG)
    until(lambda: people(place)[CLAIRE] == 2, "the reminder by the other node")
    slow.go_on()
    later = deliver(
        queued(place.letter(ZOE, "aide@aplus.example", "Aide", "Bonjour")), place.live(only="inbound").port
    )
    until(lambda: place.explained(later.inbound_id), "all go on")
    place.settled()
    assert people(place) == Counter({CLAIRE: 2, JULIEN: 2, CAF_BOX: 2, ZOE: 2})
    assert place.decided("time-reached") == 1 and "failed" not in slow.said


def test_a_mail_whose_lease_ran_out_is_decided_once(place):
    """The same with a mail."""
    slow = node(place, lease=0.3)
    slow.give_order(DECIDED, "pause")
    door = place.live(only="inbound")
    mail = deliver(queued(place.opening()), door.port)
    slow.paused()
    node(place)
    until(lambda: place.explained(mail.inbound_id), "the other node's decision")
    slow.go_on()
    place.settled()
    assert len(place.explained(mail.inbound_id)) == 1 and len(place.standing()["cases"]) == 1
    assert people(place) == Counter({CLAIRE: 1, JULIEN: 1, CAF_BOX: 1, ZOE: 1})
    deliver(second := queued(place.letter(ZOE, "aide@aplus.example", "Aide", "Bonjour")), door.port)
    until(lambda: place.explained(second.inbound_id), "both go on")
    assert "failed" not in slow.said


MAILS = 200


def test_three_nodes_and_two_hundred_mails(place):
    """Each mail is decided once, by one of the three; all of them work; nothing is sent twice."""
    mails = [queued(_mail(place, n), aligned=n % 2 == 0) for n in range(MAILS)]
    nodes = [node(place, batch=20) for _ in range(3)]
    for one in nodes:
        one.give_order("record: claimed", "pause")
    door = place.live(only="inbound")
    for mail in mails:
        deliver(mail, door.port)
    meet(*nodes)
    figures = place.settled()
    counts = {name: figures[name] for name in ("received", "opened", "held", "pending", "duplicate")}
    assert counts == {"received": MAILS, "opened": 100, "held": 100, "pending": 0, "duplicate": 0}
    assert figures["balanced"] and figures["outbox"]["queued"] == figures["outbox"]["failed"] == 0
    shares = [len(re.findall("event=decided trigger=mail-received", one.said)) for one in nodes]
    assert sum(shares) == MAILS and all(shares), shares
    arrivals = place.arrivals()
    assert set(arrivals.values()) == {1} and len(arrivals) == figures["outbox"]["sent"]
    assert all(len(place.explained(m.inbound_id)) == 1 for m in mails[:: MAILS // 20])
    assert "failed" not in "".join(one.said for one in nodes)


def _mail(place: Place, n: int):
    """Half of them open a case, half come from people whom nobody knows."""
    author = (ZOE, KARIM)[n // 2 % 2]
    if n % 2:
        return place.letter(f"inconnu{n}@ailleurs.example", "lot@aplus.example", f"Bonjour {n}", "Bonjour")
    text = f"Bonjour,\n\nDossier {n} : aide au logement bloquée.\n\n{FIELDS}Mandat : oui\n"
    accepted = "J'accepte les conditions d'utilisation.\n"
    return place.letter(author, "lot+caf@aplus.example", f"Aide au logement {n}", text + accepted)
