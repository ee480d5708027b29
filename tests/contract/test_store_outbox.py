"""The outbox on both databases: attempts on record before the wire, order kept, every outcome settled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from erasing import delete_key
from sqlalchemy import insert, text

from mailrouter.core.model import Attempt, OutboundMail
from mailrouter.store import outbox
from mailrouter.store.reports import ledger
from mailrouter.store.rows import row, rows
from mailrouter.store.settle import GIVE_UP, WAITS, next_try
from mailrouter.store.tables import Case

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
LEASE = timedelta(minutes=5)
CASE = "c" * 32
SENT = Attempt(outcome="sent", code=250, enhanced="2.0.0", provider_id="p-1", relay="relay")
RETRY = Attempt(outcome="retry", code=451, enhanced="4.7.1", text="greylisted", relay="relay")
FAILED = Attempt(outcome="failed", code=550, enhanced="5.1.1", text="no such user", relay="relay")
UNKNOWN = Attempt(outcome="unknown", text="no answer", relay="relay")


def mail(n, to="claire.martin@caf46.example", case_id=CASE, **kw):
    return OutboundMail(
        id=f"o{n}",
        key=f"d1:{n}",
        recipient=to,
        mail_from=f"r-{n}@aplus.example",
        message_id=f"m{n}@aplus.example",
        octets=f"Subject: {n}\r\n\r\noctets {n}\r\n".encode(),
        template="new-case",
        case_id=case_id,
        organisation="CAF",
        group="caf-lot",
        text=f"text {n}",
        **kw,
    )


@pytest.fixture
def case(store, sealer):
    """A case whose key wraps its mails' keys; gives the id of that key."""

    def make(conn):
        key_id, _ = sealer.create_key(conn)
        values = row(
            Case,
            id=CASE,
            number="2026-000001-X",
            territory="lot",
            state="open",
            creator_index="z",
            data_key=key_id,
            opened_at=NOW,
        )
        conn.execute(insert(rows(Case)).values(values))
        return key_id

    return store.write(make)


@pytest.fixture
def enqueue(store, sealer, case):
    return lambda *mails, now=NOW: store.write(lambda conn: outbox.enqueue(conn, sealer, mails, "d1", now))


@pytest.fixture
def claim(store, sealer):
    def claimed(now=NOW, node="n1", limit=10, entitled=lambda conn, waiting: None, **kw):
        return store.write(lambda conn: outbox.claim(conn, sealer, now, LEASE, node, limit, entitled, **kw))

    return claimed


@pytest.fixture
def settle(store):
    return lambda outbox_id, n, attempt, now=NOW: store.write(
        lambda conn: outbox.settle(conn, outbox_id, n, attempt, now)
    )


def query(store, sql):
    return [tuple(r) for r in store.read(lambda conn: conn.execute(text(sql)).all())]


def states(store):
    return dict(query(store, "SELECT id, state FROM outbox"))


def ids(claimed):
    return [c.parcel.id for c in claimed]


def test_a_claimed_mail_is_final_and_its_attempt_is_on_record(store, enqueue, claim):
    """Octets, envelope and Message-ID are those that were decided; the attempt is written before the wire."""
    assert enqueue(mail(1)) == 1
    (claimed,) = claim()
    assert claimed.parcel.octets == mail(1).octets
    assert (
        claimed.parcel.mail_from,
        claimed.parcel.recipient,
        claimed.parcel.message_id,
        claimed.parcel.attempt,
    ) == (
        "r-1@aplus.example",
        "claire.martin@caf46.example",
        "m1@aplus.example",
        1,
    )
    assert (claimed.case_id, claimed.organisation, claimed.group, claimed.template, claimed.look_up) == (
        CASE,
        "CAF",
        "caf-lot",
        "new-case",
        False,
    )
    assert query(store, "SELECT outbox_id, n, outcome, finished_at FROM attempt") == [("o1", 1, "", None)]
    assert states(store) == {"o1": "leased"}
    assert claim(node="n2") == []


def test_a_mail_is_enqueued_once(store, enqueue):
    """Record that runs again writes the same mails: the key is unique, and no data key is left over."""
    assert enqueue(mail(1), mail(2)) == 2
    assert enqueue(mail(1), mail(2)) == 0
    assert states(store) == {"o1": "queued", "o2": "queued"}
    assert query(store, "SELECT count(*) FROM data_key") == [(3,)]


@pytest.mark.parametrize(
    ("attempt", "state", "final", "next_at"),
    [
        (SENT, "sent", False, None),
        (FAILED, "failed", True, None),
        (RETRY, "queued", False, next_try("o1", 1, NOW, NOW)),
        (UNKNOWN, "unknown", False, next_try("o1", 1, NOW, NOW)),
    ],
)
def test_each_outcome_settles_the_mail(store, enqueue, claim, settle, attempt, state, final, next_at):
    """Sent and failed end it; the others say when to go on."""
    enqueue(mail(1))
    claim()
    settled = settle("o1", 1, attempt)
    assert (settled.state, settled.final_failure, settled.next_at, settled.late) == (
        state,
        final,
        next_at,
        False,
    )
    assert states(store) == {"o1": state}
    assert query(store, "SELECT outcome, code, enhanced, text, relay FROM attempt") == [
        (attempt.outcome, attempt.code, attempt.enhanced, attempt.text, attempt.relay)
    ]
    figures = store.read(ledger)["outbox"]
    assert figures == {"queued": 0, "sent": 0, "failed": 0, "unknown": 0} | {state: 1}


def test_retries_come_later_each_time_and_end_after_four_days(enqueue, claim, settle):
    """RFC 5321 4.5.4.1: identical octets under one Message-ID, given up after four days, then someone is told."""
    enqueue(mail(1))
    now, seen, gaps = NOW, set(), []
    while True:
        (claimed,) = claim(now)
        seen.add((claimed.parcel.octets, claimed.parcel.message_id))
        settled = settle("o1", claimed.parcel.attempt, RETRY, now)
        if settled.final_failure:
            break
        gaps.append(settled.next_at - now)
        now = settled.next_at
    assert now == NOW + GIVE_UP
    assert len(seen) == 1
    for gap, wait in zip(gaps, WAITS, strict=False):
        assert wait <= gap <= wait * 1.2
    assert all(WAITS[-1] <= gap <= WAITS[-1] * 1.2 for gap in gaps[len(WAITS) : -1])
    assert claim(now + timedelta(days=1)) == []


def test_the_wait_is_the_same_when_it_is_computed_again_and_differs_between_mails():
    """A relay that comes back does not meet all mails in one second."""
    times = {next_try(f"o{n}", 3, NOW, NOW) for n in range(50)}
    assert len(times) == 50
    assert next_try("o1", 3, NOW, NOW) == next_try("o1", 3, NOW, NOW)


def test_order_per_recipient_and_case_is_kept(enqueue, claim, settle):
    """The later mail waits while the earlier is queued, on the wire, or unknown; others do not wait."""
    enqueue(mail(1), mail(2), mail(3, to="dupont@caf46.example"), mail(4, case_id=""))
    assert sorted(ids(claim())) == ["o1", "o3", "o4"]
    for outbox_id, outcome in (("o1", RETRY), ("o3", SENT), ("o4", SENT)):
        settle(outbox_id, 1, outcome)
    assert claim(node="n2") == []
    later = NOW + timedelta(hours=1)
    assert ids(claim(later)) == ["o1"]
    settle("o1", 2, UNKNOWN, later)
    assert claim(later) == []
    later += timedelta(hours=1)
    assert [(c.parcel.id, c.look_up) for c in claim(later)] == [("o1", True)]
    settle("o1", 2, SENT, later)
    assert ids(claim(later)) == ["o2"]


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_a_mail_that_ended_unsent_lets_the_next_one_go(store, enqueue, claim, settle, end):
    """A dead mailbox today must not silence the case for ever."""
    enqueue(mail(1), mail(2))
    claim(
        entitled=lambda conn, waiting: "removed" if end == "cancelled" and waiting.outbox_id == "o1" else None
    )
    if end == "failed":
        settle("o1", 1, FAILED)
    assert states(store)["o1"] == end
    assert ids(claim()) == ["o2"]


def test_who_is_no_longer_entitled_gets_nothing(store, enqueue, claim):
    """Evaluated in the attempt's own transaction; the row is cancelled with its reason, no attempt is made."""
    enqueue(mail(1), mail(2, to="other@caf46.example"))
    asked = []

    def entitled(conn, waiting):
        asked.append(
            (waiting.outbox_id, waiting.recipient, waiting.case_id, waiting.group, waiting.disclosure)
        )
        return "mandate withdrawn" if waiting.outbox_id == "o1" else None

    assert ids(claim(entitled=entitled)) == ["o2"]
    assert sorted(asked) == [
        ("o1", "claire.martin@caf46.example", CASE, "caf-lot", "full"),
        ("o2", "other@caf46.example", CASE, "caf-lot", "full"),
    ]
    assert query(store, "SELECT state, reason, attempts FROM outbox WHERE id = 'o1'") == [
        ("cancelled", "mandate withdrawn", 0)
    ]
    assert query(store, "SELECT outbox_id FROM attempt") == [("o2",)]


def test_a_killed_deliverer_s_mail_is_looked_up_before_it_is_sent_again(store, enqueue, claim, settle):
    """Its lease runs out: unknown, then the transport is asked; what surely is not there goes at once."""
    enqueue(mail(1))
    first = claim()[0].parcel
    later = NOW + LEASE
    (again,) = claim(later, node="n2")
    assert (again.look_up, again.parcel) == (True, first)
    assert query(store, "SELECT n, outcome, text FROM attempt") == [
        (1, "unknown", "the deliverer ended without a word")
    ]
    assert settle("o1", 1, RETRY, later).next_at == later
    (second,) = claim(later)
    assert (second.look_up, second.parcel.attempt, second.parcel.octets) == (False, 2, first.octets)


def test_a_transport_that_takes_a_copy_as_one_needs_no_look_up(enqueue, claim):
    """Maildir's file name is the outbox id."""
    enqueue(mail(1))
    claim()
    assert [(c.look_up, c.parcel.attempt) for c in claim(NOW + LEASE, resend_lost=True)] == [(False, 2)]


def test_a_late_answer_that_it_was_sent_counts_and_any_other_changes_nothing(store, enqueue, claim, settle):
    """The lease ran out while the wire was slow; sent is sent, and it is not sent again."""
    enqueue(mail(1), mail(2, case_id=""))
    claim()
    later = NOW + LEASE
    assert len(claim(later, resend_lost=True)) == 2
    assert settle("o1", 1, SENT, later).state == "sent"
    late = settle("o2", 1, FAILED, later)
    assert (late.late, late.state, late.final_failure) == (True, "leased", False)
    assert settle("o1", 2, FAILED, later).late is True
    assert states(store) == {"o1": "sent", "o2": "leased"}
    assert claim(later + timedelta(days=1), limit=1)[0].parcel.id == "o2"


def test_a_destination_gets_no_more_than_its_share_and_holds_up_nobody_else(enqueue, claim, settle):
    """Per-destination concurrency: other domains go on."""
    slow = [mail(n, to=f"p{n}@slow.example", case_id="") for n in range(6)]
    enqueue(*slow, mail(8, to="a@quick.example", case_id=""), mail(9, to="b@quick.example", case_id=""))
    first = claim(per_destination=2, limit=3)
    assert ids(first) == ["o0", "o1", "o8"]
    assert ids(claim(per_destination=2, limit=3)) == ["o9"]
    assert claim(per_destination=2, limit=3) == []
    settle("o0", 1, SENT)
    assert ids(claim(per_destination=2, limit=3)) == ["o2"]


def test_a_long_queue_that_must_wait_hides_nobody(store, enqueue, claim):
    """More mails than a page wait for an earlier one: the one behind them is still found."""
    enqueue(*(mail(f"{n:03}") for n in range(250)), mail("last", to="someone@else.example"))
    store.write(
        lambda c: (
            c.execute(text("UPDATE outbox SET next_at = '2026-03-12 10:00:00' WHERE id = 'o000'")) and None
        )
    )
    assert ids(claim(limit=5)) == ["olast"]
    assert ids(claim(NOW + timedelta(hours=1, minutes=1), limit=5, resend_lost=True)) == ["o000", "olast"]


def test_cancelling_takes_queued_mail_only(store, sealer, enqueue, claim):
    """Someone leaves the case: what is queued for that person never leaves; what is on the wire is left to it."""
    from mailrouter.store.blind import address_index

    enqueue(mail(1, to="a@x.example"), mail(2, to="a@x.example"), mail(3, to="b@x.example"))
    claim(limit=1)
    gone = store.write(lambda c: outbox.cancel(c, "removed", CASE, address_index(sealer, "A@x.example")))
    assert gone == 1
    assert states(store) == {"o1": "leased", "o2": "cancelled", "o3": "queued"}
    assert store.write(lambda c: outbox.cancel(c, "wrong person", CASE)) == 1
    assert states(store) == {"o1": "leased", "o2": "cancelled", "o3": "cancelled"}


def test_a_mail_of_ours_is_found_by_every_name_it_has(store, sealer, enqueue, claim, settle):
    """By our id, its Message-ID with or without brackets, the provider's id; its text is what a quote is compared with."""
    enqueue(mail(1))
    claim()
    settle("o1", 1, SENT)
    found = [
        store.read(lambda conn: outbox.by_id(conn, sealer, "o1")),
        store.read(lambda conn: outbox.by_message_id(conn, sealer, "<m1@aplus.example>")),
        store.read(lambda conn: outbox.by_message_id(conn, sealer, "m1@aplus.example")),
        store.read(lambda conn: outbox.by_provider_id(conn, sealer, "p-1")),
    ]
    assert found[0] is not None and found == [found[0]] * 4
    our = found[0].our
    assert (our.outbox_id, our.case_id, our.recipient, our.text) == (
        "o1",
        CASE,
        "claire.martin@caf46.example",
        "text 1",
    )
    assert (found[0].state, found[0].message_id, found[0].group) == ("sent", "m1@aplus.example", "caf-lot")
    for missing in ("", "<>", "m2@aplus.example"):
        assert store.read(lambda conn: outbox.by_message_id(conn, sealer, missing)) is None
    assert store.read(lambda conn: outbox.by_provider_id(conn, sealer, "")) is None


def test_erasing_the_case_s_key_erases_its_mails(store, sealer, case, enqueue, claim):
    """One row deleted: queued mail cannot leave any more, what was sent is a tombstone."""
    enqueue(mail(1))
    assert store.write(lambda conn: delete_key(conn, case)) is True
    assert claim() == []
    assert query(store, "SELECT state, reason FROM outbox") == [("cancelled", "cannot be opened: Erased")]
    found = store.read(lambda conn: outbox.by_id(conn, sealer, "o1"))
    assert found is not None and (found.our.text, found.our.recipient, found.message_id) == ("", "", "")


def test_settling_what_is_not_there_is_an_error(enqueue, settle):
    """Neither a mail nor an attempt is invented."""
    enqueue(mail(1))
    for outbox_id, n in (("o1", 1), ("o2", 1)):
        with pytest.raises(LookupError):
            settle(outbox_id, n, SENT)
