"""The schema: one migration for both databases, and invariants the database keeps by itself."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from mailrouter.store.engine import Store
from mailrouter.store.rows import row, rows
from mailrouter.store.schema import WrongSchema, drift, missing, newest, upgrade, version
from mailrouter.store.tables import Octets, Outbox

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)


def test_a_migrated_database_is_what_the_rows_say(store):
    """No table, column, type, constraint or index differs between the migration and tables.py."""
    assert drift(store.engine) == []
    assert store.read(version) == newest() == "0001"


def test_upgrading_again_changes_nothing(store):
    """`run` upgrades at each start."""
    assert upgrade(store) == newest()
    assert drift(store.engine) == []


def spoil(conn):
    conn.exec_driver_sql("CREATE TABLE of_an_operator (x integer)")
    conn.exec_driver_sql("ALTER TABLE page_session RENAME COLUMN revoked_at TO ended_at")
    conn.exec_driver_sql("DROP TABLE page_ask")


def test_what_a_database_lacks_is_found(store):
    """On both databases, and not what an operator added."""
    with store.engine.connect() as conn, conn.begin() as transaction:
        spoil(conn)
        assert sorted(missing(conn)) == ["page_ask", "page_session.revoked_at"]
        transaction.rollback()
    assert store.read(missing) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (spoil, "it is 0001 and lacks .*page_ask.*begin with an empty one"),
        (lambda conn: conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"), "'9999'"),
    ],
)
def test_a_database_of_another_version_is_refused_at_once(tmp_path, change, why):
    """One from before the first release says 0001 too, and each mail would fail on it; one of a later version as well."""
    store = Store.open(f"sqlite:///{tmp_path}/other.sqlite3")
    upgrade(store)
    with store.engine.begin() as conn:
        change(conn)
    with pytest.raises(WrongSchema, match=why):
        upgrade(store)
    store.close()


def test_nodes_that_start_together_upgrade_once(tmp_path):
    """Several processes may upgrade an empty database at the same instant."""
    stores = [Store.open(f"sqlite:///{tmp_path}/fresh.sqlite3") for _ in range(4)]
    threads = [threading.Thread(target=upgrade, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.read(version) for store in stores] == [newest()] * 4
    for store in stores:
        store.close()


AUDIT = "INSERT INTO audit (seq, at, who, act, object, reason, previous, hash) VALUES (1, '2026-03-01', 'w', 'a', '', '', '', 'h')"


@pytest.mark.parametrize("change", ["UPDATE audit SET who = 'x'", "DELETE FROM audit"])
def test_the_audit_log_only_grows(store, change):
    """Not even a statement by hand alters what was logged."""
    store.write(lambda conn: conn.execute(text(AUDIT)) and None)
    with pytest.raises(DBAPIError, match="the audit log only grows"):
        store.write(lambda conn: conn.execute(text(change)) and None)
    assert store.read(lambda conn: conn.execute(text("SELECT who FROM audit")).scalars().all()) == ["w"]


def a_sent_mail(conn):
    values = row(
        Outbox,
        id="o",
        key="k",
        seq=1,
        decision_id="",
        template="",
        recipient_index="",
        message_index="",
        data_key="",
        state="sent",
        next_at=NOW,
        created_at=NOW,
    )
    conn.execute(insert(rows(Outbox)).values(values))
    conn.execute(insert(rows(Octets)).values(id="o", sealed=b"before"))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE octets SET sealed = 'after'", "octets are never altered"),
        ("UPDATE outbox SET state = 'queued'", "a settled mail never comes back into the queue"),
        ("UPDATE outbox SET state = 'lost'", "outbox_state"),
    ],
)
def test_a_settled_mail_stays_as_it_is(store, change, why):
    """Retried bytes are identical, and what is settled is settled."""
    store.write(a_sent_mail)
    with pytest.raises(DBAPIError, match=why):
        store.write(lambda conn: conn.execute(text(change)) and None)
    found = text("SELECT state, sealed FROM outbox JOIN octets ON octets.id = outbox.id")
    rows_now = store.read(lambda conn: conn.execute(found).all())
    assert [(state, bytes(octets)) for state, octets in rows_now] == [("sent", b"before")]


def test_erasing_octets_is_allowed(store):
    """A wipe deletes them."""
    store.write(a_sent_mail)
    store.write(lambda conn: conn.execute(text("DELETE FROM octets")) and None)
    assert store.read(lambda conn: conn.execute(text("SELECT count(*) FROM octets")).scalar()) == 0
