"""Traces: what is left of erased mail is deleted a year later; the ledger's counters remember that there was one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, and_, delete, or_, select

from mailrouter.core.policy.calendar import add
from mailrouter.core.policy.figures import Duration
from mailrouter.core.policy.schema import Calendar, Retention
from mailrouter.store import ledger
from mailrouter.store.rows import rows
from mailrouter.store.tables import (
    AttemptRow,
    Counter,
    DataKey,
    Decided,
    Inbound,
    Outbox,
    PageAsk,
    PageSession,
    Token,
)

_INBOUND, _OUTBOX, _DECISION = rows(Inbound), rows(Outbox), rows(Decided)
_ATTEMPT, _COUNTER, _KEY, _TOKEN = rows(AttemptRow), rows(Counter), rows(DataKey), rows(Token)
_ASK, _SESSION = rows(PageAsk), rows(PageSession)
# A token's row outlives what it stood for; who it stood for is forgotten when the mail it came in is.
Step = Callable[[Connection], int]


def steps(retention: Retention, now: datetime) -> tuple[Step, ...]:
    """Units to run one after the other; each gives how many rows it deleted or emptied."""
    old = _before(retention.trace, now)
    return (
        lambda conn: _receipts(conn, old),
        lambda conn: _posts(conn, old),
        lambda conn: _decisions(conn, old),
        lambda conn: _tokens(conn, _before(retention.held, now)),
        lambda conn: conn.execute(delete(_ASK).where(_ASK.c.expires_at <= now)).rowcount,
        lambda conn: conn.execute(delete(_SESSION).where(_SESSION.c.expires_at <= now)).rowcount,
        lambda conn: conn.execute(delete(_COUNTER).where(_COUNTER.c.until <= now)).rowcount,
    )


def _before(duration: Duration, now: datetime) -> datetime:
    """The instant of which `duration` later is now, to the day; never too late."""
    length = add(Calendar(), now, duration) - now
    return now - length


def _receipts(conn: Connection, old: datetime) -> int:
    here = and_(_INBOUND.c.data_key == "", _INBOUND.c.received_at <= old)
    found = conn.execute(
        select(_INBOUND.c.id, _INBOUND.c.disposition, _INBOUND.c.duplicates).where(here)
    ).all()
    for receipt in found:
        gone = {receipt.disposition: 1}
        gone["duplicate"] = gone.get("duplicate", 0) + receipt.duplicates
        ledger.count(conn, receipt.id, gone, prefix="purged:")
    return conn.execute(delete(_INBOUND).where(here)).rowcount


def _posts(conn: Connection, old: datetime) -> int:
    settled = _OUTBOX.c.state.in_(("sent", "failed", "cancelled"))
    here = and_(_OUTBOX.c.data_key == "", _OUTBOX.c.created_at <= old, settled)
    conn.execute(delete(_ATTEMPT).where(_ATTEMPT.c.outbox_id.in_(select(_OUTBOX.c.id).where(here))))
    return conn.execute(delete(_OUTBOX).where(here)).rowcount


def _decisions(conn: Connection, old: datetime) -> int:
    """Erased ones, and those on nobody's mail and no case (operators' acts), whose own key goes with them."""
    alone = and_(_DECISION.c.case_id == "", _DECISION.c.inbound_id == "")
    here = and_(_DECISION.c.at <= old, or_(_DECISION.c.data_key == "", alone))
    keys = select(_DECISION.c.data_key).where(here, alone)
    conn.execute(delete(_KEY).where(_KEY.c.id.in_(keys)))
    return conn.execute(delete(_DECISION).where(here)).rowcount


def _tokens(conn: Connection, old: datetime) -> int:
    """Tokens without a case forget their person."""
    here = and_(_TOKEN.c.case_id == "", _TOKEN.c.address_index != "", _TOKEN.c.created_at <= old)
    forgotten = {"address_index": "", "address_sealed": None}
    return conn.execute(_TOKEN.update().where(here).values(forgotten)).rowcount
