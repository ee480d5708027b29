"""Backup and restore: every row of one instant, from either database into either, whole or not at all."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, text
from sqlmodel import SQLModel

from mailrouter.core.model import Envelope, Mail, OutboundMail
from mailrouter.store import audit, counters, inbox, outbox, reports
from mailrouter.store.backup import NUMBERS_SKIPPED, NotRestorable, backup, restore
from mailrouter.store.engine import Store

NOW = datetime(2026, 3, 12, 9, 0, 0, 123456, tzinfo=UTC)


def fill(store, sealer, n=30):
    """Mail in and out, an audit entry, a number given out."""

    def unit(conn):
        for i in range(n):
            envelope = Envelope(mail_from="a@b", rcpt_to=("lot@x",), door="smtp", received_at=NOW)
            inbox.accept(
                conn, sealer, Mail(envelope=envelope, octets=f"n: {i}\r\n\r\n".encode() + os.urandom(5000))
            )
        mails = [
            OutboundMail(
                id=f"o{i}",
                key=f"{i}",
                recipient="a@b",
                mail_from="r@x",
                message_id=f"{i}@x",
                octets=b"x",
                template="answer",
            )
            for i in range(3)
        ]
        outbox.enqueue(conn, sealer, mails, "d", NOW)
        audit.append(conn, "op", "held-release", "m", "pourquoi é", NOW)
        counters.next_value(conn, "number:2026")

    store.write(unit)


def content(store):
    """Every row of every table."""
    tables = SQLModel.metadata.sorted_tables
    return {
        t.name: store.read(lambda c, t=t: [tuple(r) for r in c.execute(t.select().order_by(*t.primary_key))])
        for t in tables
    }


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
def test_what_is_restored_is_what_was_there(request, sealer, tmp_path, sqlite_template, into):
    """From SQLite into both; rows, octets, instants to the microsecond."""
    shutil.copy(sqlite_template, tmp_path / "from.sqlite3")
    source = Store.open(f"sqlite:///{tmp_path}/from.sqlite3")
    fill(source, sealer)
    copied = backup(source, tmp_path / "backup")
    assert (copied["inbound"], copied["octets"], copied["outbox"], copied["audit"]) == (30, 33, 3, 1)
    url = (
        f"sqlite:///{tmp_path}/to.sqlite3" if into == "sqlite" else request.getfixturevalue("postgresql_url")
    )
    target = Store.open(url)
    assert restore(target, tmp_path / "backup") == copied
    before, after = content(source), content(target)
    numbers = [(n, v) for n, v, _ in before.pop("counter") if n.startswith("number:")]
    assert [(n, v) for n, v, _ in after.pop("counter") if n.startswith("number:")] == [
        (n, v + NUMBERS_SKIPPED) for n, v in numbers
    ]
    assert before == after
    assert target.read(audit.verify) is None and target.read(reports.ledger)["balanced"] is True
    inbound_id = before["inbound"][0][0]
    assert target.read(lambda c: inbox.load_mail(c, sealer, inbound_id)) == source.read(
        lambda c: inbox.load_mail(c, sealer, inbound_id)
    )
    # The service goes on: numbered rows do not collide.
    target.write(lambda c: outbox.claim(c, sealer, NOW, NOW - NOW, "n", 1, lambda c, w: None))
    target.write(lambda c: audit.append(c, "op", "x", "", "", NOW))
    source.close()
    target.close()


def test_postgresql_goes_into_the_same_file(postgresql_url, sealer, tmp_path):
    """Whichever database it came from; and back into PostgreSQL, numbered rows going on."""
    source = Store.open(postgresql_url)
    fill(source, sealer)
    source.write(lambda c: outbox.claim(c, sealer, NOW, NOW - NOW, "n", 2, lambda c, w: None))
    backup(source, tmp_path / "backup")
    target = Store.open(f"sqlite:///{tmp_path}/to.sqlite3")
    restore(target, tmp_path / "backup")
    before, after = content(source), content(target)
    before.pop("counter"), after.pop("counter")
    assert before == after
    target.close()
    names = ", ".join(f'"{t.name}"' for t in SQLModel.metadata.sorted_tables)
    source.write(
        lambda c: (
            (
                c.execute(text("SET LOCAL session_replication_role = replica")),
                c.execute(text(f"TRUNCATE {names}")),
            )
            and None
        )
    )
    restore(source, tmp_path / "backup")
    assert content(source)["attempt"] == before["attempt"]
    source.write(
        lambda c: outbox.claim(c, sealer, NOW, NOW - NOW, "n", 3, lambda c, w: None, resend_lost=True)
    )
    source.close()


def test_a_backup_is_one_private_file_that_shows_nothing(sqlite_url, sealer, tmp_path):
    """Mode 0600, no WAL beside it, an older one replaced, no text in it; restoring does not touch it."""
    store = Store.open(sqlite_url)
    fill(store, sealer)
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "b").write_bytes(b"older")
    backup(store, folder / "b")
    assert os.listdir(folder) == ["b"] and (folder / "b").stat().st_mode & 0o777 == 0o600
    octets = (folder / "b").read_bytes()
    assert octets.startswith(b"SQLite format 3") and b"lot@x" not in octets and b"a@b" not in octets
    folder.chmod(0o500)
    target = Store.open(f"sqlite:///{tmp_path}/to.sqlite3")
    restore(target, folder / "b")
    assert (folder / "b").read_bytes() == octets and os.listdir(folder) == ["b"]
    store.close()
    target.close()


def test_a_backup_beside_the_running_service_is_of_one_instant(database_url, sealer, tmp_path):
    """Accepts go on meanwhile: the ledger in the backup balances."""
    store = Store.open(database_url)
    fill(store, sealer, 5)
    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(_accept_one, store, sealer, n) for n in range(60)]
        for n in range(3):
            backup(store, tmp_path / f"b{n}")
        assert all(f.result() for f in running)
    for n in range(3):
        target = Store.open(f"sqlite:///{tmp_path}/to{n}.sqlite3")
        copied = restore(target, tmp_path / f"b{n}")
        assert copied["inbound"] + 3 == copied["octets"] and target.read(reports.ledger)["balanced"] is True
        target.close()
    store.close()


def _accept_one(store, sealer, n):
    envelope = Envelope(mail_from="a@b", rcpt_to=("46@x",), door="smtp", received_at=NOW)
    mail = Mail(envelope=envelope, octets=b"during: %d\r\n\r\n" % n)
    return store.write(lambda c: inbox.accept(c, sealer, mail)).inbound_id


def test_only_a_backup_into_an_empty_database_is_restored(sqlite_url, sealer, tmp_path):
    """Anything else is refused, and leaves the database as it was."""
    store = Store.open(sqlite_url)
    fill(store, sealer)
    backup(store, tmp_path / "good")
    with pytest.raises(NotRestorable, match=r"not empty \(.*inbound.*\)"):
        restore(store, tmp_path / "good")
    (tmp_path / "text").write_bytes(b"no database at all " * 100)
    (tmp_path / "empty").touch()
    cut = (tmp_path / "good").read_bytes()
    (tmp_path / "cut").write_bytes(cut[: len(cut) // 2])
    target = Store.open(f"sqlite:///{tmp_path}/to.sqlite3")
    for name, why in (("none", "no such file"), ("text", "not a backup"), ("empty", "schema none")):
        with pytest.raises(NotRestorable, match=why):
            restore(target, tmp_path / name)
    with pytest.raises(Exception):
        restore(target, tmp_path / "cut")
    assert restore(target, tmp_path / "good")["inbound"] == 30
    store.close()
    target.close()


def test_a_backup_that_fails_leaves_the_older_one(sqlite_url, sealer, tmp_path):
    """A disk that is full: nothing half, nothing left over."""
    store = Store.open(sqlite_url)
    fill(store, sealer)
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "b").write_bytes(b"older")
    real = Store.open

    def cramped(url, **more):
        opened = real(url, **more)
        limit = "PRAGMA max_page_count=60"
        event.listen(opened.engine, "connect", lambda driver, record: driver.execute(limit).fetchall())
        return opened

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Exception, match="full"):
        patch.setattr(Store, "open", cramped)
        backup(store, folder / "b")
    assert os.listdir(folder) == ["b"] and (folder / "b").read_bytes() == b"older"
    store.close()
