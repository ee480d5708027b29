"""Kills and crowds: what was acknowledged is there, and no mail is anybody's twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from mailrouter.core.model import Attempt, Envelope, Mail, OutboundMail
from mailrouter.store import inbox, outbox
from mailrouter.store.engine import Store
from mailrouter.store.reports import ledger
from mailrouter.store.seal import Sealer

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
LEASE = timedelta(minutes=5)

ACCEPTING = """
import os, sys, threading
from datetime import UTC, datetime
from pathlib import Path
from mailrouter.core.model import Envelope, Mail
from mailrouter.store import inbox
from mailrouter.store.engine import Store
from mailrouter.store.keys import load_keys
from mailrouter.store.seal import Sealer
url, folder, start = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
sealer = Sealer(load_keys(folder / "a", folder / "m"))
store = Store.open(url)
def serve(thread):
    for n in range(100_000):
        envelope = Envelope(mail_from="a@b", rcpt_to=("lot@x",), door="smtp", received_at=datetime.now(UTC))
        mail = Mail(envelope=envelope, octets=b"Subject: %d %d %d\\r\\n\\r\\n" % (start, thread, n) + b"x" * 3000)
        receipt = store.write(lambda conn: inbox.accept(conn, sealer, mail))
        os.write(1, (receipt.inbound_id + "\\n").encode())
threads = [threading.Thread(target=serve, args=(i,), daemon=True) for i in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


@pytest.fixture
def key_folder(tmp_path):
    from datetime import date

    from mailrouter.store.keys import init_keys

    init_keys(tmp_path / "a", tmp_path / "m", date(2026, 3, 1))
    return tmp_path


@pytest.mark.crash
def test_what_was_acknowledged_survives_sigkill(database_url, key_folder):
    """Killed in full work, several times, on one database: every id that was printed is there and opens."""
    from mailrouter.store.keys import load_keys

    sealer = Sealer(load_keys(key_folder / "a", key_folder / "m"))
    printed = []
    for start in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", ACCEPTING, database_url, key_folder, str(start)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(60 + 37 * start):
            printed.append(process.stdout.readline().strip())
        process.send_signal(signal.SIGKILL)
        # What was in the pipe was acknowledged too; a line cut short by the kill was not whole.
        printed += [line.strip() for line in process.stdout if line.endswith("\n")]
        process.wait(30)
    store = Store.open(database_url)
    present = set(store.read(lambda conn: conn.execute(text("SELECT id FROM inbound")).scalars().all()))
    assert len(printed) >= 60 * 3 and set(printed) <= present
    for inbound_id in printed[::10]:
        mail = store.read(lambda conn, i=inbound_id: inbox.load_mail(conn, sealer, i))
        assert mail.octets.endswith(b"x" * 3000)
    figures = store.read(ledger)
    assert (figures["balanced"], figures["received"], figures["pending"]) == (
        True,
        len(present),
        len(present),
    )
    if store.dialect == "sqlite":
        assert store.write(lambda conn: conn.exec_driver_sql("PRAGMA integrity_check").scalar()) == "ok"
    store.close()


CLAIMING = """
import sys, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from mailrouter.store import inbox
from mailrouter.store.engine import Store
from mailrouter.store.keys import load_keys
from mailrouter.store.seal import Sealer
url, folder = sys.argv[1], Path(sys.argv[2])
sealer = Sealer(load_keys(folder / "a", folder / "m"))
store = Store.open(url)
now = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
claimed = store.write(lambda conn: inbox.claim(conn, sealer, now, timedelta(minutes=5), "doomed", 10))
print(len(claimed), flush=True)
time.sleep(60)
"""


def accept(store, sealer, n):
    envelope = Envelope(
        mail_from="a@b", rcpt_to=("lot@x",), door="smtp", received_at=NOW - timedelta(seconds=n)
    )
    mail = Mail(envelope=envelope, octets=f"Message-ID: <{n}@b>\r\n\r\n{n}".encode())
    return store.write(lambda conn: inbox.accept(conn, sealer, mail)).inbound_id


@pytest.mark.crash
def test_a_killed_worker_s_mail_comes_back(database_url, key_folder):
    """Killed with the claim in its hands: not before the lease ends, then for another node."""
    from mailrouter.store.keys import load_keys

    sealer = Sealer(load_keys(key_folder / "a", key_folder / "m"))
    store = Store.open(database_url)
    ids = {accept(store, sealer, n) for n in range(3)}
    process = subprocess.Popen(
        [sys.executable, "-c", CLAIMING, database_url, key_folder], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "3\n"
    process.send_signal(signal.SIGKILL)
    process.wait(30)

    def claim(now):
        return store.write(lambda conn: inbox.claim(conn, sealer, now, LEASE, "alive", 10))

    assert claim(NOW + LEASE - timedelta(seconds=1)) == []
    assert {(c.inbound_id, c.tries) for c in claim(NOW + LEASE)} == {(i, 2) for i in ids}
    store.close()


def test_nodes_share_the_inbox_without_overlap(database_url, sealer):
    """Two nodes with two workers each claim at once: every mail is somebody's, none is two people's."""
    nodes = [Store.open(database_url) for _ in range(2)]
    ids = {accept(nodes[0], sealer, n) for n in range(120)}
    start = threading.Barrier(4)

    def work(worker):
        got, store = [], nodes[worker % 2]
        start.wait()
        while len(some := store.write(lambda conn: inbox.claim(conn, sealer, NOW, LEASE, f"n{worker}", 7))):
            got += [c.inbound_id for c in some]
        return got

    with ThreadPoolExecutor(4) as pool:
        seen = Counter(i for got in pool.map(work, range(4)) for i in got)
    assert set(seen) == ids and set(seen.values()) == {1}
    for store in nodes:
        store.close()


def test_nodes_share_the_outbox_without_overlap_and_keep_the_order(database_url, sealer):
    """Two nodes deliver one case's mails: each once, and for each recipient in order."""
    nodes = [Store.open(database_url) for _ in range(2)]
    mails = [
        OutboundMail(
            id=f"{n:04}",
            key=f"{n}",
            recipient=f"p{n % 6}@caf{n % 3}.example",
            mail_from="r@x",
            message_id=f"{n}@x",
            octets=b"x",
            template="answer",
            case_id="",
        )
        for n in range(60)
    ]
    nodes[0].write(lambda conn: outbox.enqueue(conn, sealer, mails, "d", NOW))
    nodes[0].write(lambda conn: conn.execute(text("UPDATE outbox SET case_id = 'c'")) and None)
    wire, lock, left = [], threading.Lock(), [60]

    def deliver(worker):
        store = nodes[worker % 2]
        while left[0] > 0:
            some = store.write(
                lambda conn: outbox.claim(
                    conn, sealer, NOW, LEASE, f"n{worker}", 4, lambda c, w: None, per_destination=5
                )
            )
            for claimed in some:
                with lock:
                    wire.append((claimed.parcel.recipient, claimed.parcel.id))
                    left[0] -= 1
                sent = Attempt(outcome="sent", code=250)
                store.write(
                    lambda conn, c=claimed: outbox.settle(conn, c.parcel.id, c.parcel.attempt, sent, NOW)
                )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(deliver, range(4)))
    assert sorted(i for _, i in wire) == [m.id for m in mails]
    for n in range(6):
        mine = [i for recipient, i in wire if recipient.startswith(f"p{n}@")]
        assert mine == sorted(mine) and len(mine) == 10
    for store in nodes:
        store.close()
