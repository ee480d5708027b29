"""What operators ask: the ledger, checked against the rows, and what is held and why. No content."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select

from mailrouter.core.model import Frozen
from mailrouter.store import counters
from mailrouter.store.ledger import DISPOSITIONS
from mailrouter.store.rows import rows
from mailrouter.store.tables import Inbound, Outbox

_INBOUND, _OUTBOX = rows(Inbound), rows(Outbox)
# What is leased is still to be sent; what was cancelled never will be, and is no part of the figures.
_SHOWN_AS: Final = {
    "queued": "queued",
    "leased": "queued",
    "sent": "sent",
    "failed": "failed",
    "unknown": "unknown",
}


class HeldMail(Frozen, frozen=True, kw_only=True):
    """A held mail as operators see it: size and reason, never content."""

    inbound_id: str
    received_at: datetime
    door: str
    size: int
    reason: str
    case_id: str = ""
    tries: int = 0
    fault: str = ""
    expires_at: datetime | None = None


def ledger(conn: Connection) -> dict[str, Any]:
    """`mailrouter ledger --json` (INTERFACE.md). `balanced`: received is the sum of all dispositions, and each counter
    is what its rows say, plus what was purged."""
    counted = counters.totals(conn, "ledger:")
    figures: dict[str, Any] = {name: counted.get(name, 0) for name in ("received", *DISPOSITIONS)}
    figures["balanced"] = not imbalances(conn, counted)
    figures["outbox"] = _outbox(conn)
    return figures


def imbalances(conn: Connection, counted: Mapping[str, int] | None = None) -> tuple[str, ...]:
    """Where the ledger breaks its law, in words; empty when it holds."""
    counted = counters.totals(conn, "ledger:") if counted is None else counted
    total = sum(counted.get(name, 0) for name in DISPOSITIONS)
    wrong = (
        []
        if counted.get("received", 0) == total
        else [f"received {counted.get('received', 0)}, in all {total}"]
    )
    rows_say = _rows_say(conn)
    wrong += [
        f"{name}: counted {counted.get(name, 0)}, rows {rows_say.get(name, 0)}"
        for name in DISPOSITIONS
        if counted.get(name, 0) != rows_say.get(name, 0)
    ]
    return tuple(wrong)


def held(conn: Connection, limit: int = 1000) -> list[HeldMail]:
    """What is held, oldest first."""
    names = HeldMail.__struct_fields__
    columns = [_INBOUND.c.id if name == "inbound_id" else _INBOUND.c[name] for name in names]
    found = conn.execute(
        select(*columns)
        .where(_INBOUND.c.disposition == "held")
        .order_by(_INBOUND.c.received_at, _INBOUND.c.id)
        .limit(limit)
    )
    return [HeldMail(**dict(zip(names, row, strict=True))) for row in found]


def _rows_say(conn: Connection) -> dict[str, int]:
    """Receipts by disposition: the rows there are, each resend once more, and what was purged."""
    found = conn.execute(
        select(_INBOUND.c.disposition, func.count(), func.sum(_INBOUND.c.duplicates)).group_by(
            _INBOUND.c.disposition
        )
    ).all()
    sums = counters.totals(conn, "purged:")
    for disposition, n, duplicates in found:
        sums[disposition] = sums.get(disposition, 0) + int(n)
        sums["duplicate"] = sums.get("duplicate", 0) + int(duplicates)
    return sums


def _outbox(conn: Connection) -> dict[str, int]:
    figures = dict.fromkeys(("queued", "sent", "failed", "unknown"), 0)
    for state, n in conn.execute(select(_OUTBOX.c.state, func.count()).group_by(_OUTBOX.c.state)):
        if state in _SHOWN_AS:
            figures[_SHOWN_AS[state]] += int(n)
    return figures
