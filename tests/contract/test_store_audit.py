"""The audit log on both databases: what was logged stays, and shows when it does not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from mailrouter.store import audit

NOW = datetime(2026, 3, 12, 9, 0, 0, 123456, tzinfo=UTC)


def fill(store, n=5):
    for i in range(n):
        at = NOW + timedelta(seconds=i)
        store.write(
            lambda conn: audit.append(conn, "op@aplus.example", "held release", f"m{i}", "é « raison »", at)
        )


def by_hand(store, statement):
    """Alter rows as someone with the database's password could: without the triggers."""

    def change(conn):
        if store.dialect == "sqlite":
            conn.execute(text("DROP TRIGGER audit_no_update"))
            conn.execute(text("DROP TRIGGER audit_no_delete"))
        else:
            conn.execute(text("SET LOCAL session_replication_role = replica"))
        conn.execute(text(statement))

    store.write(change)


def test_an_untouched_log_holds(store):
    """Empty, and after entries."""
    assert store.read(audit.verify) is None
    fill(store)
    assert store.read(audit.verify) is None


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit SET who = 'nobody' WHERE seq = 3", 3),
        ("UPDATE audit SET reason = '' WHERE seq = 1", 1),
        ("UPDATE audit SET at = '2026-03-12 09:00:03.123457' WHERE seq = 4", 4),
        ("DELETE FROM audit WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 5", 5),
        ("DELETE FROM audit", 1),
        ("INSERT INTO audit SELECT 6, at, who, act, object, reason, 'x', 'y' FROM audit WHERE seq = 5", 6),
        ("UPDATE audit SET seq = 9 WHERE seq = 5", 5),
    ],
)
def test_an_altered_log_shows_where(store, statement, broken):
    """Changed, removed, cut at the end, inserted, moved."""
    fill(store)
    by_hand(store, statement)
    assert store.read(audit.verify) == broken


def test_an_entry_falls_with_its_transaction(store):
    """What was not done is not logged, and leaves no gap."""

    def unit(conn):
        audit.append(conn, "op", "act", "o", "", NOW)
        raise RuntimeError("the act failed")

    fill(store, 2)
    with pytest.raises(RuntimeError, match="the act failed"):
        store.write(unit)
    fill(store, 1)
    assert store.read(
        lambda conn: conn.execute(text("SELECT seq FROM audit ORDER BY seq")).scalars().all()
    ) == [1, 2, 3]
    assert store.read(audit.verify) is None


def test_entries_at_the_same_instant_make_one_chain(store):
    """Two nodes log at once."""
    with ThreadPoolExecutor(8) as pool:
        numbers = list(
            pool.map(
                lambda i: store.write(lambda conn: audit.append(conn, "op", "a", str(i), "", NOW)), range(40)
            )
        )
    assert sorted(numbers) == list(range(1, 41))
    assert store.read(audit.verify) is None
