"""Counters: sums that survive wipes, case numbers, and caps with a window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, Insert, and_, bindparam, case, func, select
from sqlalchemy.sql.dml import ReturningInsert

from mailrouter.store.rows import rows, upsert_for
from mailrouter.store.tables import Counter
from mailrouter.store.types import among

_COUNTER = rows(Counter)
_COUNTS = (
    select(_COUNTER.c.name, _COUNTER.c.value)
    .where(among(_COUNTER.c.name, "names"))
    .where((_COUNTER.c.until.is_(None)) | (_COUNTER.c.until > bindparam("now")))
    .order_by(_COUNTER.c.name)
)


def add(conn: Connection, amounts: Mapping[str, int]) -> None:
    """Add to several counters. In order of their names: two transactions must not wait for each other crosswise."""
    values = [{"name": name, "value": n} for name, n in sorted(amounts.items()) if n]
    if values:
        conn.execute(_adding(conn.dialect.name), values)


@cache
def _adding(dialect: str) -> Insert:
    """Built once: building and compiling it costs many times its execution."""
    statement = upsert_for(dialect, _COUNTER)
    total = _COUNTER.c.value + statement.excluded.value
    return statement.on_conflict_do_update(index_elements=["name"], set_={"value": total})


def next_value(conn: Connection, name: str, count: int = 1) -> int:
    """Add `count` and give the new value: nobody else gets it, nor those below it that it was raised by. A value is
    lost when the caller's use of it fails."""
    return int(conn.execute(_next(conn.dialect.name), {"name": name, "value": count}).scalar_one())


@cache
def _next(dialect: str) -> ReturningInsert[int]:
    return _adding(dialect).returning(_COUNTER.c.value)


def peek(conn: Connection, name: str) -> int:
    """What `next_value` would give now."""
    return int(conn.execute(select(_COUNTER.c.value).where(_COUNTER.c.name == name)).scalar() or 0) + 1


def count(conn: Connection, name: str, until: datetime, now: datetime) -> int:
    """Add one within a window that ends at `until`; a window that is over begins anew. Gives the count in it."""
    here = {"name": name, "value": 1, "until": until, "now": now}
    return int(conn.execute(_counting(conn.dialect.name), here).scalar_one())


@cache
def _counting(dialect: str) -> ReturningInsert[int]:
    over = and_(_COUNTER.c.until.is_not(None), _COUNTER.c.until <= bindparam("now"))
    statement = upsert_for(dialect, _COUNTER)
    counted = statement.on_conflict_do_update(
        index_elements=["name"],
        set_={
            "value": case((over, 1), else_=_COUNTER.c.value + 1),
            "until": case((over, statement.excluded.until), else_=_COUNTER.c.until),
        },
    )
    return counted.returning(_COUNTER.c.value)


def counts(conn: Connection, names: Iterable[str], now: datetime) -> tuple[tuple[str, int], ...]:
    """The counts of these counters whose window is not over, by name."""
    found = conn.execute(_COUNTS, {"names": sorted(set(names)), "now": now})
    return tuple((name, int(value)) for name, value in found)


def totals(conn: Connection, prefix: str) -> dict[str, int]:
    """Sums over shards: counters `<prefix><name>:<shard>`, by name."""
    start = len(prefix) + 1
    found = conn.execute(
        select(func.substr(_COUNTER.c.name, start), _COUNTER.c.value).where(
            _COUNTER.c.name.startswith(prefix, autoescape=True)
        )
    )
    sums: dict[str, int] = {}
    for rest, value in found:
        name = rest.rpartition(":")[0]
        sums[name] = sums.get(name, 0) + int(value)
    return sums
