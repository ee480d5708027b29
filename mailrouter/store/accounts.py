"""Accounts that are about to end: their people are reminded twice, each reminder a due of its own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from mailrouter.core.decide.senders.accounts import ACCOUNT, moments
from mailrouter.core.policy.schema import Retention
from mailrouter.store.outlived import last_heard
from mailrouter.store.rows import row, rows, upsert
from mailrouter.store.tables import DueRow

_DUE = rows(DueRow)


def expect_reminders(conn: Connection, retention: Retention, now: datetime) -> int:
    """A due for each account whose reminder has come, once for each silence; how many accounts."""
    found = 0
    for index, last in last_heard(conn).items():
        first, second, end = moments(retention, last)
        if first <= now < end:
            # After a downtime that covers both, the second alone.
            step, at = (2, second) if second <= now else (1, first)
            key = f"//{ACCOUNT}/{index}/{step}/{int(last.timestamp())}"
            due = row(DueRow, key=key, case_id="", kind=ACCOUNT, at=at, step=step, address_index=index)
            conn.execute(upsert(conn, _DUE).values(due).on_conflict_do_nothing())
            found += 1
    return found
