"""The inbox on both databases: accept once, count again, claim apart, dispose of by the ledger's law."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from erasing import delete_key
from sqlalchemy import text

from mailrouter.core.model import Envelope, Mail
from mailrouter.store import inbox, ledger
from mailrouter.store.reports import ledger as ledger_report
from mailrouter.store.seal import Erased

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
LEASE = timedelta(minutes=5)


def mail(n=1, *, to=("lot@aplus.example",), at=NOW, provider_id="", octets=None, door="smtp"):
    octets = (
        octets
        or (
            f"Received: from a by b for <{to[0]}>\r\nMessage-ID: <m{n}@cahors.example>\r\n"
            f"From: Zoé <zoe.durand@cahors.example>\r\nSubject: n {n}\r\n\r\nBonjour {n}\r\n"
        ).encode()
    )
    envelope = Envelope(
        mail_from="zoe.durand@cahors.example", rcpt_to=to, door=door, received_at=at, provider_id=provider_id
    )
    return Mail(envelope=envelope, octets=octets)


@pytest.fixture
def accept(store, sealer):
    return lambda *args, **kw: store.write(lambda conn: inbox.accept(conn, sealer, mail(*args, **kw)))


@pytest.fixture
def claim(store, sealer):
    def claimed(now=NOW, node="n1", limit=10):
        return store.write(lambda conn: inbox.claim(conn, sealer, now, LEASE, node, limit))

    return claimed


def figures(store):
    counted = store.read(ledger_report)
    assert counted.pop("balanced") is True
    counted.pop("outbox")
    return {name: n for name, n in counted.items() if n}


def test_an_accepted_mail_comes_back_octet_for_octet(store, sealer, accept):
    """What was acknowledged is what is read later, envelope included."""
    sent = mail(7, to=("lot@aplus.example", "caf.lot@aplus.example"), octets=bytes(range(256)) * 40)
    receipt = store.write(lambda conn: inbox.accept(conn, sealer, sent))
    assert receipt.duplicate is False and receipt.sibling_of == ""
    assert store.read(lambda conn: inbox.load_mail(conn, sealer, receipt.inbound_id)) == sent
    assert figures(store) == {"received": 1, "pending": 1}


def test_a_resend_is_a_duplicate_and_is_counted(store, accept):
    """An upstream that did not see our 250 sends again: one mail, two receipts in the ledger."""
    first, again, other = accept(1), accept(1, at=NOW + timedelta(hours=3)), accept(2)
    assert (again.inbound_id, again.duplicate) == (first.inbound_id, True)
    assert other.duplicate is False and other.inbound_id != first.inbound_id
    assert figures(store) == {"received": 3, "pending": 2, "duplicate": 1}


def test_order_and_case_of_forward_paths_make_no_new_mail(accept):
    """The same mail to the same addresses, written otherwise."""
    octets = b"Subject: x\r\n\r\n"
    one = accept(to=("lot@aplus.example", "46@aplus.example"), octets=octets)
    two = accept(to=("46@APLUS.example", "Lot@aplus.example"), octets=octets)
    assert (two.inbound_id, two.duplicate) == (one.inbound_id, True)


def test_the_provider_s_id_decides_where_there_is_one(accept):
    """A webhook's retries carry one id; equal mails with two ids are two mails; doors do not mix."""
    first = accept(provider_id="pm-1", door="webhook")
    assert accept(provider_id="pm-1", door="webhook", octets=b"Subject: altered\r\n\r\n").duplicate is True
    assert accept(provider_id="pm-2", door="webhook").inbound_id != first.inbound_id
    assert accept(provider_id="pm-1", door="smtp").duplicate is False


def test_one_message_id_for_two_contents_is_two_mails(accept):
    """The bare Message-ID is never the key: broken clients use one for all."""
    one = accept(octets=b"Message-ID: <x@y>\r\nFrom: a@b\r\n\r\none")
    two = accept(octets=b"Message-ID: <x@y>\r\nFrom: a@b\r\n\r\ntwo")
    assert (two.duplicate, two.sibling_of) == (False, "") and one.inbound_id != two.inbound_id


def test_a_sibling_is_recognised_within_the_hour(accept):
    """Same Message-ID, author and body to another of our addresses: the headers of the way may differ."""
    first = accept(1, to=("lot@aplus.example",))
    second = accept(1, to=("caf.lot@aplus.example",), at=NOW + timedelta(minutes=59))
    third = accept(1, to=("msa.lot@aplus.example",), at=NOW + timedelta(minutes=61))
    late = accept(1, to=("46@aplus.example",), at=NOW + timedelta(hours=3))
    assert (second.duplicate, second.sibling_of) == (False, first.inbound_id)
    assert third.sibling_of == second.inbound_id
    assert late.sibling_of == ""


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\r\n\r\n",
        b"From: a@b\r\n\r\nx",
        b"Message-ID: <a@b>\r\n\r\nx",
        b"\xff\xfe\x00" * 99,
        b"Message-ID:\r\n <>",
    ],
)
def test_mail_without_usable_headers_is_accepted_and_has_no_sibling(store, sealer, accept, octets):
    """Accept judges nothing."""
    first = accept(octets=octets or b" ")
    second = accept(octets=octets or b" ", to=("46@aplus.example",))
    assert (first.duplicate, second.duplicate, second.sibling_of) == (False, False, "")


def test_claims_give_the_oldest_first_and_nobody_s_twice(accept, claim):
    """A leased mail is nobody else's until its lease ends."""
    ids = [accept(n, at=NOW - timedelta(minutes=9 - n)).inbound_id for n in range(5)]
    assert [c.inbound_id for c in claim(limit=2)] == ids[:2]
    assert [c.inbound_id for c in claim(node="n2")] == ids[2:]
    assert claim(node="n2") == []


def test_a_lease_that_ran_out_comes_back(accept, claim):
    """A worker was killed: the mail is tried again, and the try counts."""
    inbound_id = accept().inbound_id
    assert [c.tries for c in claim()] == [1]
    assert claim(NOW + LEASE - timedelta(seconds=1)) == []
    assert [(c.inbound_id, c.tries) for c in claim(NOW + LEASE, node="n2")] == [(inbound_id, 2)]


def test_a_mail_that_kills_its_worker_is_set_aside(store, accept, claim):
    """Five leases that ran out without a word: held, and the rest goes on."""
    bad = accept(1, at=NOW - timedelta(minutes=1)).inbound_id
    for turn in range(5):
        assert [c.inbound_id for c in claim(NOW + turn * LEASE)] == [bad]
    good = accept(2).inbound_id
    assert [c.inbound_id for c in claim(NOW + 5 * LEASE)] == [good]
    assert figures(store) == {"received": 2, "held": 1, "pending": 1}


def test_a_mail_waits_for_its_older_sibling(store, accept, claim):
    """Decided one after the other they become one case."""
    first = accept(1, at=NOW - timedelta(minutes=2)).inbound_id
    second = accept(1, to=("caf.lot@aplus.example",), at=NOW - timedelta(minutes=1)).inbound_id
    assert [c.inbound_id for c in claim()] == [first]
    assert claim(node="n2") == []
    store.write(lambda conn: inbox.set_disposition(conn, first, "opened", case_id="c1"))
    assert [c.inbound_id for c in claim(node="n2")] == [second]


def test_a_mail_waits_for_a_younger_sibling_that_is_being_decided(store, sealer, accept, claim):
    """Two connections of one upstream: the second was committed and claimed first. Then that one has the case."""
    second = accept(1, to=("caf.lot@aplus.example",), at=NOW).inbound_id
    assert [c.inbound_id for c in claim()] == [second]
    first = accept(1, at=NOW - timedelta(seconds=1))
    assert first.sibling_of == "" and claim(node="n2") == []
    store.write(lambda conn: inbox.set_disposition(conn, second, "opened", case_id="c1"))
    assert [c.inbound_id for c in claim(node="n2")] == [first.inbound_id]
    at = NOW - timedelta(seconds=1)
    assert store.read(lambda conn: inbox.sibling_of(conn, first.inbound_id, at)) == second
    query = text("SELECT sibling_key FROM inbound WHERE id = :id")
    key = store.read(lambda conn: conn.execute(query, {"id": first.inbound_id}).scalar_one())
    assert store.write(lambda conn: inbox.lock_siblings(conn, first.inbound_id, key, at)) == second


def test_a_long_queue_of_siblings_hides_nobody(store, accept, claim):
    """More siblings than a page wait for the oldest: the mail behind them is still found."""
    ids = [
        accept(1, to=(f"{n}@x",), at=NOW - timedelta(minutes=5, seconds=-n)).inbound_id for n in range(130)
    ]
    other = accept(2).inbound_id
    assert [c.inbound_id for c in claim(limit=2)] == [ids[0], other]


def test_deferring_waits_and_is_no_try(store, accept, claim):
    """The scanner is down: not this mail's fault."""
    inbound_id = accept().inbound_id
    later = NOW + timedelta(minutes=3)
    for _ in range(9):
        assert [c.tries for c in claim(later)] == [1]
        store.write(lambda conn: inbox.defer(conn, inbound_id, later))
    assert claim(later - timedelta(seconds=1)) == []


def test_a_fault_of_ours_waits_longer_each_time_then_is_held_with_its_traceback(store, accept, claim):
    """A bug never loses a mail."""
    inbound_id, now, waits = accept().inbound_id, NOW, []
    for turn in range(5):
        while not claim(now):
            now += timedelta(seconds=10)
        state = store.write(lambda conn: inbox.fail(conn, inbound_id, f"Traceback {turn}", now))
        waits.append(now - NOW)
    assert state == "held"
    assert [int((b - a).total_seconds()) for a, b in zip(waits, waits[1:])] == [10, 40, 160, 640]
    assert figures(store) == {"received": 1, "held": 1}
    assert claim(now + timedelta(days=30)) == []


def test_a_released_mail_is_decided_again_with_the_release_as_evidence(store, accept, claim):
    """Who and by which word; only what is held can be released."""
    inbound_id = accept().inbound_id
    assert store.write(lambda conn: inbox.release(conn, inbound_id, "op", "", NOW)) is False
    store.write(lambda conn: inbox.set_disposition(conn, inbound_id, "held", reason="unaligned"))
    assert claim() == []
    assert store.write(lambda conn: inbox.release(conn, inbound_id, "zoe@x", "envoyer", NOW)) is True
    assert [(c.released_by, c.release_word, c.tries) for c in claim()] == [("zoe@x", "envoyer", 1)]
    assert figures(store) == {"received": 1, "pending": 1}


def test_a_mail_that_cannot_be_opened_is_held_and_blocks_nobody(store, sealer, accept, claim):
    """Its key is gone: the next mail is still given."""
    gone, good = accept(1, at=NOW - timedelta(minutes=1)).inbound_id, accept(2).inbound_id
    from sqlalchemy import text

    key = store.read(
        lambda c: c.execute(text("SELECT data_key FROM inbound WHERE id=:i"), {"i": gone}).scalar()
    )
    assert store.write(lambda conn: delete_key(conn, key)) is True
    assert [c.inbound_id for c in claim()] == [good]
    assert figures(store) == {"received": 2, "held": 1, "pending": 1}
    with pytest.raises(Erased):
        store.read(lambda conn: inbox.load_mail(conn, sealer, gone))


@pytest.mark.parametrize("disposition", ledger.DISPOSITIONS)
def test_every_disposition_keeps_the_ledger_balanced(store, accept, disposition):
    """received = the sum of all, after every move, and a move made twice is one."""
    inbound_id = accept(1).inbound_id
    accept(1)
    for _ in range(2):
        before = store.write(lambda conn: inbox.set_disposition(conn, inbound_id, disposition))
    assert before == disposition
    expected = {"received": 2, "duplicate": 1}
    expected[disposition] = expected.get(disposition, 0) + 1
    assert figures(store) == expected


def test_a_disposition_for_nobody_is_an_error(store):
    """An unknown id moves no counter."""
    with pytest.raises(LookupError):
        store.write(lambda conn: inbox.set_disposition(conn, "nobody", "opened"))
    assert figures(store) == {}
