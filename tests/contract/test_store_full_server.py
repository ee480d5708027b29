"""PostgreSQL with a full disk, and nodes that start at once: no false answer, and it goes on when there is room."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from dropping import drop
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from mailrouter.core.model import Envelope, Mail
from mailrouter.store import inbox, reports
from mailrouter.store.engine import Store
from mailrouter.store.schema import drift, newest, upgrade, version

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)


@pytest.fixture
def small_disk():
    """A file system of twenty megabytes that the server may use (its user must be able to walk there)."""
    disk = Path(tempfile.mkdtemp(prefix="mailrouter-disk-"))
    try:
        owner = pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("the server runs elsewhere: no user postgres on this machine")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        disk.rmdir()
        pytest.skip(f"no small file system can be mounted here: {mounted.stderr.decode().strip()}")
    os.chown(disk, owner.pw_uid, owner.pw_gid)
    yield disk
    subprocess.run(["umount", disk], check=True)
    disk.rmdir()


@pytest.fixture
def server(postgresql_server):
    with psycopg.connect(postgresql_server, autocommit=True) as conn:
        yield conn


@pytest.fixture
def make_database(server, postgresql_server):
    """A further database, dropped afterwards."""
    made = []

    def make(name, tablespace=""):
        server.execute(f'CREATE DATABASE "{name}"' + (f' TABLESPACE "{tablespace}"' if tablespace else ""))
        made.append((name, tablespace))
        return make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)

    yield make
    for name, tablespace in made:
        drop(server, f'DROP DATABASE "{name}" WITH (FORCE)')
        if tablespace:
            drop(server, f'DROP TABLESPACE "{tablespace}"')


def mail(n):
    envelope = Envelope(mail_from="a@b", rcpt_to=("lot@x",), door="smtp", received_at=NOW)
    return Mail(envelope=envelope, octets=b"n: %d\r\n\r\n" % n + os.urandom(60_000))


def test_a_full_disk_gives_no_false_answer(small_disk, server, make_database, sealer):
    """Every mail that was acknowledged is there and no other; with room again the same connections go on."""
    name = f"mailrouter_full_{os.getpid()}"
    try:
        server.execute(f"CREATE TABLESPACE \"{name}\" LOCATION '{small_disk}'")
    except psycopg.Error as fault:
        pytest.skip(f"the server cannot use this machine's file systems: {fault}")
    store = Store.open(make_database(name, name), connections=4)
    upgrade(store)

    def accept(n):
        try:
            return store.write(lambda conn: inbox.accept(conn, sealer, mail(n))).inbound_id
        except DBAPIError as fault:
            return fault

    def stored():
        return set(store.read(lambda conn: conn.execute(text("SELECT id FROM inbound")).scalars().all()))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(accept, range(500)))
    acknowledged = [a for a in answers if isinstance(a, str)]
    refused = [a for a in answers if not isinstance(a, str)]
    assert 20 < len(acknowledged) < 500 and refused
    assert all("No space left" in str(fault) for fault in refused), refused[0]
    assert stored() == set(acknowledged)
    figures = store.read(reports.ledger)
    assert (figures["balanced"], figures["received"]) == (True, len(acknowledged))
    subprocess.run(["mount", "-o", "remount,size=200m", small_disk], check=True)
    later = [accept(n) for n in range(1000, 1010)]
    assert all(isinstance(a, str) for a in later) and stored() == {*acknowledged, *later}
    store.close()


def test_nodes_that_start_together_upgrade_once(make_database):
    """Three nodes find an empty database at the same instant: one works, the others find it done."""
    url = make_database(f"mailrouter_fresh_{os.getpid()}")
    stores = [Store.open(url) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(upgrade, stores)) == [newest()] * 3
    assert stores[0].read(version) == newest() and drift(stores[1].engine) == []
    for store in stores:
        store.close()
