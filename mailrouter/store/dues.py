"""Dues: claimed by lease, done once by their unique key. The tick only looks here; rows are the truth."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, and_, bindparam, or_, select, update

from mailrouter.core.model import Due, Frozen
from mailrouter.store.rows import row, rows, upsert
from mailrouter.store.tables import Case, DueRow
from mailrouter.store.types import among

TRIES: Final = 8
_DUE, _CASE = rows(DueRow), rows(Case)

_OPEN = and_(
    _DUE.c.done_at.is_(None),
    _DUE.c.at <= bindparam("now"),
    or_(_DUE.c.leased_until.is_(None), _DUE.c.leased_until <= bindparam("now")),
)
_SOME = select(_DUE.c.key).where(_OPEN).limit(1)
_READY = (
    select(_DUE)
    .where(_OPEN)
    .order_by(_DUE.c.at, _DUE.c.key)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_LEASE = (
    update(_DUE)
    .where(among(_DUE.c.key, "keys"))
    .values(leased_until=bindparam("until"), tries=_DUE.c.tries + 1)
)
_DONE = (
    update(_DUE)
    .where(_DUE.c.key == bindparam("of"), _DUE.c.done_at.is_(None))
    .values(done_at=bindparam("now"), leased_until=None)
)


class ClaimedDue(Frozen, frozen=True, kw_only=True):
    """A due whose time has come. `key` is its row's."""

    key: str
    case_id: str
    kind: str
    organisation: str
    at: datetime
    step: int
    tries: int
    address_index: str = ""

    def as_due(self) -> Due:
        """The due as the core knows it, when its case no longer lists it."""
        return Due(
            key=self.key,
            case_id=self.case_id,
            kind=self.kind,
            at=self.at,
            organisation=self.organisation,
            step=self.step,
        )


def expect(conn: Connection, due: Due) -> None:
    """A due of no case and no person is there, once."""
    values = row(DueRow, key=due.key, case_id=due.case_id, kind=due.kind, at=due.at)
    conn.execute(upsert(conn, _DUE).values(values).on_conflict_do_nothing())


def some(conn: Connection, now: datetime) -> bool:
    """Whether the time of any due has come: asked often, by reading alone."""
    return conn.execute(_SOME, {"now": now}).first() is not None


def claim(conn: Connection, now: datetime, lease: timedelta, limit: int) -> list[ClaimedDue]:
    """Lease up to `limit` dues whose time has come, oldest first, none that another node has."""
    found = conn.execute(_READY, {"now": now, "limit": limit}).all()
    if found:
        conn.execute(_LEASE, {"keys": [r.key for r in found], "until": now + lease})
    return [
        ClaimedDue(
            key=r.key,
            case_id=r.case_id,
            kind=r.kind,
            organisation=r.organisation,
            at=r.at,
            step=r.step,
            tries=r.tries + 1,
            address_index=r.address_index,
        )
        for r in found
    ]


def done(conn: Connection, key: str, now: datetime) -> None:
    """This due is over, whatever was decided on it."""
    conn.execute(_DONE, {"of": key, "now": now})


def fail(conn: Connection, key: str, fault: str, now: datetime) -> None:
    """A fault of ours: try again later, ever less often; the row stays due and visible with its fault."""
    tries = conn.execute(select(_DUE.c.tries).where(_DUE.c.key == key)).scalar() or 0
    wait = timedelta(minutes=5) * 2 ** min(tries, TRIES)
    conn.execute(update(_DUE).where(_DUE.c.key == key).values(leased_until=now + wait, fault=fault[-8000:]))


def forgotten(conn: Connection) -> list[str]:
    """Numbers of open cases without any due: there must be none, the system must not forget."""
    some = select(_DUE.c.case_id).where(_DUE.c.done_at.is_(None))
    found = conn.execute(
        select(_CASE.c.number)
        .where(_CASE.c.state.in_(("incomplete", "open", "done")), _CASE.c.id.not_in(some))
        .order_by(_CASE.c.number)
    )
    return list(found.scalars())
