"""SQLite's group commit: answered after the shared commit, and the measured traps that lose a whole group."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, insert, select, text

from mailrouter.core.model import Envelope, Mail
from mailrouter.store import inbox
from mailrouter.store.engine import NotStored, Store
from mailrouter.store.reports import ledger
from mailrouter.store.rows import rows
from mailrouter.store.schema import upgrade
from mailrouter.store.tables import Counter

COUNTER = rows(Counter)
NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(sqlite_url):
    opened = Store.open(sqlite_url, busy_timeout=0.2)
    yield opened
    opened.close()


def put(name):
    return lambda conn: conn.execute(insert(COUNTER).values(name=name, value=1)) and name


def names(store):
    return store.read(lambda conn: sorted(conn.execute(select(COUNTER.c.name)).scalars()))


@contextmanager
def one_group(store):
    """Units submitted inside share one transaction: the writer is held until the end."""
    busy, go = threading.Event(), threading.Event()
    first = store.submit(lambda conn: busy.set() or go.wait(10))
    assert busy.wait(10)
    yield
    go.set()
    first.result(10)


def kinds(futures):
    return [type(f.exception(10)) for f in futures]


NONE = type(None)


def test_nobody_is_answered_before_the_shared_commit(store):
    """A caller whose unit ran long ago still waits for the disk."""
    reached, go = threading.Event(), threading.Event()
    with one_group(store):
        early = store.submit(put("early"))
        late = store.submit(lambda conn: put("late")(conn) and (reached.set() or go.wait(10)))
    assert reached.wait(10)
    assert not early.done() and names(store) == []
    go.set()
    assert (early.result(10), late.result(10)) == ("early", True)
    assert names(store) == ["early", "late"]


def test_units_of_one_group_fail_singly(store):
    """A savepoint each: half of a unit never shows."""

    def bad(conn):
        put("half")(conn)
        raise ValueError("mine")

    with one_group(store):
        futures = [store.submit(u) for u in (put("a"), bad, put("b"), put("a"), put("c"))]
    assert [str(e)[:4] if (e := f.exception(10)) else None for f in futures][1] == "mine"
    assert [k.__name__ for k in kinds(futures)] == [
        "NoneType",
        "ValueError",
        "NoneType",
        "IntegrityError",
        "NoneType",
    ]
    assert names(store) == ["a", "b", "c"]


def lose(conn):
    """What SQLite does by itself on a full disk, an I/O error or out of memory: the whole transaction is gone."""
    conn.connection.dbapi_connection.execute("ROLLBACK")


def lose_and_raise(conn):
    lose(conn)
    raise ValueError("after the loss")


def lose_and_go_on(conn):
    lose(conn)
    for name in ("autocommitted 1", "autocommitted 2"):
        try:
            put(name)(conn)
        except NotStored:
            pass
    return "fine"


@pytest.mark.parametrize("unit", [lose, lose_and_raise, lose_and_go_on])
def test_a_lost_transaction_is_every_unit_s_fault_and_nobody_s_silence(store, unit):
    """Without asking the driver, those before would be told 'stored' and those after would commit alone."""
    with one_group(store):
        futures = [store.submit(u) for u in (put("before"), unit, put("after"))]
    assert kinds(futures) == [NotStored] * 3
    assert names(store) == []
    assert store.write(put("next")) == "next"
    assert names(store) == ["next"]


def test_a_commit_that_fails_fails_every_unit(store):
    """Here by a constraint that SQLite checks at the commit only."""
    event.listen(store.engine, "connect", lambda driver, record: driver.execute("PRAGMA foreign_keys=ON"))
    parent = "CREATE TABLE child (name TEXT REFERENCES counter(name) DEFERRABLE INITIALLY DEFERRED)"
    store.write(lambda conn: conn.execute(text(parent)) and None)
    with one_group(store):
        orphan = store.submit(lambda conn: conn.execute(text("INSERT INTO child VALUES ('nobody')")) and None)
        futures = [store.submit(put("a")), orphan, store.submit(put("b"))]
    assert kinds(futures) == [NotStored] * 3
    assert names(store) == []
    assert store.write(put("next")) == "next"


def test_each_caller_gets_an_exception_of_its_own(store):
    """A shared one would collect the tracebacks of all."""
    with one_group(store):
        futures = [store.submit(u) for u in (put("a"), lose, put("b"))]
    faults = [f.exception(10) for f in futures]
    assert len({id(fault) for fault in faults}) == 3


def test_an_operator_s_command_and_the_service_wait_for_each_other(store, sqlite_url):
    """Another process writes: units wait up to the busy timeout, then fail, and the writer lives on."""
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(NotStored, match="locked"):
        store.write(put("refused"))
    waiting = store.submit(put("waited"))
    other.execute("COMMIT")
    assert waiting.result(10) == "waited"
    assert names(store) == ["waited"]
    other.close()


def test_a_cancelled_unit_is_not_run(store):
    """Its caller left before its turn."""
    with one_group(store):
        left, stays = store.submit(put("left")), store.submit(put("stays"))
        assert left.cancel()
    assert stays.result(10) == "stays"
    assert names(store) == ["stays"]


def test_a_unit_that_waits_for_another_is_refused(store):
    """The one writer would wait for itself for ever."""
    with pytest.raises(RuntimeError, match="waits for another unit"):
        store.write(lambda conn: store.write(put("inner")))
    assert names(store) == []


def test_every_connection_is_durable_and_private(store, sqlite_url):
    """WAL with FULL synchronous, deleted content overwritten, nothing readable by others."""

    def pragmas(conn):
        asked = ("journal_mode", "synchronous", "secure_delete")
        return [conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]

    assert store.write(pragmas) == ["wal", 2, 1]
    path = sqlite_url.removeprefix("sqlite:///")
    fresh = Store.open(f"sqlite:///{path}.new/deeper.sqlite3")
    fresh.write(lambda conn: conn.execute(text("CREATE TABLE t (x)")) and None)
    modes = {os.stat(f"{path}.new/deeper.sqlite3{suffix}").st_mode & 0o777 for suffix in ("", "-wal", "-shm")}
    assert modes == {0o600} and os.stat(f"{path}.new").st_mode & 0o777 == 0o700
    fresh.close()


def mail(n, size=20_000):
    envelope = Envelope(mail_from="a@b", rcpt_to=("lot@x",), door="smtp", received_at=NOW)
    return Mail(envelope=envelope, octets=b"Subject: %d\r\n\r\n" % n + os.urandom(size // 2).hex().encode())


def fill(store, sealer, numbers):
    """Accept in groups; gives what was acknowledged and how many were not."""
    futures = []
    with one_group(store):
        for n in numbers:
            futures.append(store.submit(lambda conn, m=mail(n): inbox.accept(conn, sealer, m)))
    acknowledged = [f.result().inbound_id for f in futures if f.exception(30) is None]
    return acknowledged, len(futures) - len(acknowledged)


def stored(store):
    return set(store.read(lambda conn: conn.execute(text("SELECT id FROM inbound")).scalars().all()))


def check_a_full_disk(store, sealer, make_room):
    """Fill up by groups; then every acknowledged mail is there and no other; with room again the service goes on."""
    acknowledged, refused, n = [], 0, 0
    while not refused:
        some, refused = fill(store, sealer, range(n, n + 7))
        acknowledged += some
        n += 7
        assert n < 5000
    more, refused_again = fill(store, sealer, range(n, n + 7))
    assert (
        stored(store) == {*acknowledged, *more}
        and len(acknowledged) + len(more) + refused + refused_again == n + 7
    )
    figures = store.read(ledger)
    assert (figures["received"], figures["balanced"]) == (len(acknowledged) + len(more), True)
    make_room()
    late, refused = fill(store, sealer, range(n + 7, n + 14))
    assert (len(late), refused) == (7, 0)
    assert stored(store) == {*acknowledged, *more, *late}
    assert store.write(lambda conn: conn.exec_driver_sql("PRAGMA integrity_check").scalar()) == "ok"


def test_a_full_database_gives_no_false_answer(sqlite_url, sealer):
    """SQLITE_FULL rolls the whole group back by itself (here: the page limit)."""
    pages = [200]
    store = Store.open(sqlite_url)
    event.listen(
        store.engine,
        "connect",
        lambda driver, record: driver.execute(f"PRAGMA max_page_count={pages[0]}").fetchall(),
    )

    def make_room():
        pages[0] = 100_000
        store._writer._discard()

    check_a_full_disk(store, sealer, make_room)
    store.close()


def test_a_full_disk_gives_no_false_answer(tmp_path, sealer):
    """A real file system of two megabytes (needs root)."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no small file system can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        store = Store.open(f"sqlite:///{disk}/store.sqlite3")
        upgrade(store)
        check_a_full_disk(
            store, sealer, lambda: subprocess.run(["mount", "-o", "remount,size=20m", disk], check=True)
        )
        store.close()
    finally:
        subprocess.run(["umount", disk], check=True)


LIMITED = """
import resource, sys
from sqlalchemy import text
from mailrouter.store.engine import NotStored, Store
store = Store.open(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
put = text("INSERT INTO counter (name, value) VALUES (:n, 1)")
for n in range(2000):
    try:
        store.write(lambda conn: conn.execute(put, {"n": f"{n:04}" + "x" * 4000}) and None)
    except NotStored:
        print("refused", n)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        store.write(lambda conn: conn.execute(put, {"n": "after"}) and None)
        break
    print(f"{n:04}", flush=True)
store.close()
"""


def test_an_io_error_gives_no_false_answer(sqlite_url):
    """A write that the system cuts short (RLIMIT_FSIZE): refused, nothing half stored, and it goes on afterwards."""
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED, sqlite_url], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    *printed, last = ran.stdout.split("\n")[:-1]
    assert last.startswith("refused") and len(printed) > 10
    store = Store.open(sqlite_url)
    assert [name[:4] for name in names(store)] == [*printed, "afte"]
    store.close()
