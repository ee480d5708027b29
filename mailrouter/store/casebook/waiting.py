"""What the operators' digest tells: counts by reason, strangers by address, and held mail. The envelope is opened for
its addresses; no mail is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import Connection, func, select

from mailrouter.core.decide.senders.operating import ASKED, OPERATORS, STRANGERS
from mailrouter.core.model import Envelope, HeldLine, Waiting
from mailrouter.store.rows import AnyRow, rows
from mailrouter.store.seal import Erased, Sealer
from mailrouter.store.tables import Decided, Inbound

_INBOUND, _DECISION = rows(Inbound), rows(Decided)
# Before the first digest nothing was told; a week is looked back.
FIRST: Final = timedelta(days=7)
MOST_HELD: Final = 30
MOST_STRANGERS: Final = 20
MOST_READ: Final = 500


def waiting(conn: Connection, sealer: Sealer, now: datetime) -> Waiting:
    """What happened since the last digest that was sent, and what waits now."""
    since = _last(conn) or now - FIRST
    held, total = _held(conn, sealer)
    return Waiting(
        since=since,
        counts=_counts(conn, since),
        strangers=_strangers(conn, sealer, since),
        held=held,
        total=total,
    )


def _last(conn: Connection) -> datetime | None:
    here = (_DECISION.c.rule == OPERATORS) & (_DECISION.c.trigger_key.like(f"due://{OPERATORS}/%"))
    query = select(_DECISION.c.at).where(here).order_by(_DECISION.c.at.desc()).limit(1)
    found: datetime | None = conn.execute(query).scalar()
    return found


def _counts(conn: Connection, since: datetime) -> tuple[tuple[str, int], ...]:
    told = (_INBOUND.c.disposition == "held") | _INBOUND.c.reason.in_(STRANGERS)
    found = conn.execute(
        select(_INBOUND.c.reason, func.count())
        .where(_INBOUND.c.received_at > since, told)
        .group_by(_INBOUND.c.reason)
        .order_by(_INBOUND.c.reason)
    )
    return tuple((reason, int(n)) for reason, n in found)


def _held(conn: Connection, sealer: Sealer) -> tuple[tuple[HeldLine, ...], int]:
    """The newest held mails that nobody but an operator can let go, and how many there are."""
    here = (_INBOUND.c.disposition == "held") & _INBOUND.c.reason.not_in(ASKED)
    total = conn.execute(select(func.count()).select_from(_INBOUND).where(here)).scalar() or 0
    newest = select(_INBOUND).where(here).order_by(_INBOUND.c.received_at.desc(), _INBOUND.c.id)
    found = conn.execute(newest.limit(MOST_HELD)).all()
    return tuple(_line(row, _envelope(conn, sealer, row)) for row in found), int(total)


def _line(row: AnyRow, envelope: Envelope | None) -> HeldLine:
    return HeldLine(
        id=row.id,
        received_at=row.received_at,
        author=envelope.mail_from if envelope else "",
        recipients=envelope.rcpt_to if envelope else (),
        size=row.size,
        reason=row.reason,
        expires_at=row.expires_at,
    )


def _strangers(conn: Connection, sealer: Sealer, since: datetime) -> tuple[tuple[str, int, int], ...]:
    """(reverse-path, mails, octets) of strangers, the busiest first."""
    here = (_INBOUND.c.received_at > since) & _INBOUND.c.reason.in_(STRANGERS)
    found = conn.execute(
        select(_INBOUND).where(here).order_by(_INBOUND.c.received_at.desc()).limit(MOST_READ)
    ).all()
    by_address: dict[str, list[int]] = {}
    for row in found:
        envelope = _envelope(conn, sealer, row)
        by_address.setdefault(envelope.mail_from if envelope else "", []).append(row.size)
    return tuple(
        _busiest((address, len(sizes), sum(sizes)) for address, sizes in by_address.items() if address)
    )


def _busiest(lines: Iterable[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    return sorted(lines, key=lambda line: (-line[1], line[0]))[:MOST_STRANGERS]


def _envelope(conn: Connection, sealer: Sealer, row: AnyRow) -> Envelope | None:
    """Who sent it to whom; None once it is wiped."""
    if row.envelope_sealed is None:
        return None
    try:
        key = sealer.load_key(conn, row.data_key)
    except Erased:
        return None
    opened = sealer.open(key, row.envelope_sealed, f"inbound.envelope:{row.id}")
    return msgspec.json.decode(opened, type=Envelope)
