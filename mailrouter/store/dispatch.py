"""Claims for the deliverer. The attempt is written, with its lease, in the transaction that commits before the wire.

A deliverer that is killed between wire and result leaves a leased row. When the lease runs out the mail is `unknown`:
the transport is asked what became of it (`Claimed.look_up`) before the same bytes are sent again.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import Connection, and_, bindparam, func, insert, or_, select, update

from mailrouter.core.model import Frozen
from mailrouter.ports import Parcel
from mailrouter.store.octets import find
from mailrouter.store.posting import Posting
from mailrouter.store.rows import AnyRow, row, rows
from mailrouter.store.seal import Erased, Sealer, SealError
from mailrouter.store.tables import AttemptRow, Outbox

LOST: Final = "the deliverer ended without a word"
_OUTBOX, _ATTEMPT = rows(Outbox), rows(AttemptRow)
_EARLIER = _OUTBOX.alias("earlier")
_UNSETTLED: Final = ("queued", "leased", "unknown")
_WAITING: Final = ("queued", "unknown")
_BUSY = (
    select(_OUTBOX.c.domain_index, func.count())
    .where(_OUTBOX.c.state == "leased")
    .group_by(_OUTBOX.c.domain_index)
)
_LOST = (
    select(_OUTBOX.c.id, _OUTBOX.c.attempts)
    .where(_OUTBOX.c.state == "leased", _OUTBOX.c.leased_until <= bindparam("now"))
    .with_for_update(skip_locked=True)
)
# A scalar subquery, not EXISTS: PostgreSQL would turn that into a join over every mail ever sent.
_EARLIER_OPEN = (
    select(_EARLIER.c.id)
    .where(
        _EARLIER.c.recipient_index == _OUTBOX.c.recipient_index,
        _EARLIER.c.case_id == _OUTBOX.c.case_id,
        _EARLIER.c.seq < _OUTBOX.c.seq,
        _EARLIER.c.state.in_(_UNSETTLED),
    )
    .limit(1)
    .scalar_subquery()
)
_DUE = (
    select(_OUTBOX)
    .where(_OUTBOX.c.state == bindparam("state"), _OUTBOX.c.next_at <= bindparam("now"))
    .where(_OUTBOX.c.domain_index.not_in(bindparam("full", expanding=True)))
    .where(or_(_OUTBOX.c.case_id == "", _EARLIER_OPEN.is_(None)))
    .order_by(_OUTBOX.c.next_at, _OUTBOX.c.created_at, _OUTBOX.c.seq, _OUTBOX.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, of=_OUTBOX)
)
_ATTEMPTING = insert(_ATTEMPT)
_LEASING = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("outbox_id"))
    .values(
        state="leased", attempts=bindparam("n"), leased_until=bindparam("until"), leased_by=bindparam("node")
    )
)
_SHOWN: Final = ("case_id", "organisation", "template", "audience", "disclosure", "created_at")


class Waiting(Frozen, frozen=True, kw_only=True):
    """What `entitled` judges: a mail about to leave. `address_index` is its recipient's blind index."""

    outbox_id: str
    decision_id: str
    address_index: str
    recipient: str
    case_id: str = ""
    organisation: str = ""
    group: str = ""
    template: str = ""
    audience: str = "everyone"
    disclosure: str = "full"


# Asked in the attempt's own transaction; gives why the mail must not leave (any more), or None. The row is cancelled.
Entitled = Callable[[Connection, Waiting], str | None]


class Claimed(Frozen, frozen=True, kw_only=True):
    """A mail whose attempt is on record. `look_up`: ask the transport what became of attempt `parcel.attempt` instead
    of sending; either way the answer goes to `settle`."""

    parcel: Parcel
    look_up: bool
    case_id: str
    organisation: str
    group: str
    template: str
    audience: str
    disclosure: str
    created_at: datetime


def claim(
    conn: Connection,
    sealer: Sealer,
    now: datetime,
    lease: timedelta,
    node: str,
    limit: int,
    entitled: Entitled,
    *,
    per_destination: int = 10,
    resend_lost: bool = False,
) -> list[Claimed]:
    """Lease up to `limit` mails that are due, none that another node has (SKIP LOCKED on PostgreSQL).

    A recipient's later mail of a case waits until the earlier one is settled. At most `per_destination` mails to one
    domain are leased at once, over all nodes as far as each sees. `resend_lost`: the transport takes a second copy of
    the same id as one (Maildir), so what a killed deliverer left is simply sent again, without asking.
    """
    _expire(conn, now, "queued" if resend_lost else "unknown")
    busy = _busy(conn)
    found = _due(conn, now, [d for d, n in busy.items() if n >= per_destination], limit * 2)
    chosen = _within(found, busy, per_destination)[:limit]
    claimed = (_start(conn, sealer, row, entitled, now, now + lease, node) for row in chosen)
    return [one for one in claimed if one]


def _expire(conn: Connection, now: datetime, state: str) -> None:
    """Leases that ran out: the attempt's outcome is unknown, and so is the mail's."""
    for outbox_id, n in conn.execute(_LOST, {"now": now}).all():
        conn.execute(
            update(_ATTEMPT)
            .where(_ATTEMPT.c.outbox_id == outbox_id, _ATTEMPT.c.n == n, _ATTEMPT.c.finished_at.is_(None))
            .values(finished_at=now, outcome="unknown", text=LOST)
        )
        conn.execute(
            update(_OUTBOX)
            .where(_OUTBOX.c.id == outbox_id)
            .values(state=state, next_at=now, leased_until=None, leased_by="")
        )


def _busy(conn: Connection) -> Tally[str]:
    """How many mails are leased, by domain."""
    return Tally({domain: int(n) for domain, n in conn.execute(_BUSY)})


def _due(conn: Connection, now: datetime, full: Sequence[str], limit: int) -> list[AnyRow]:
    """What is due, in two walks along the index: what is unknown (rare, and others wait for it), then what is queued."""
    found: list[AnyRow] = []
    for state in ("unknown", "queued"):
        asked = {"state": state, "now": now, "full": full, "limit": limit - len(found)}
        found += conn.execute(_DUE, asked).all()
    return found


def _within(found: Sequence[AnyRow], busy: Tally[str], most: int) -> list[AnyRow]:
    """Those that their destination still has room for."""
    chosen = []
    for one in found:
        if busy[one.domain_index] < most:
            busy[one.domain_index] += 1
            chosen.append(one)
    return chosen


def _start(
    conn: Connection,
    sealer: Sealer,
    found: AnyRow,
    entitled: Entitled,
    now: datetime,
    until: datetime,
    node: str,
) -> Claimed | None:
    """Record the attempt and its lease; or cancel the mail."""
    look_up = found.state == "unknown"
    try:
        parcel = _parcel(conn, sealer, found, found.attempts if look_up else found.attempts + 1)
    except (SealError, Erased) as fault:
        _cancel(conn, found.id, f"cannot be opened: {type(fault).__name__}")
        return None
    reason = None if look_up else entitled(conn, _waiting(found, parcel.recipient))
    if reason is not None:
        _cancel(conn, found.id, reason)
        return None
    if not look_up:
        conn.execute(_ATTEMPTING, row(AttemptRow, outbox_id=found.id, n=parcel.attempt, started_at=now))
    lease = {"outbox_id": found.id, "n": parcel.attempt, "until": until, "node": node}
    conn.execute(_LEASING, lease)
    shown = {name: getattr(found, name) for name in _SHOWN}
    return Claimed(parcel=parcel, look_up=look_up, group=found.group_id, **shown)


def _parcel(conn: Connection, sealer: Sealer, found: AnyRow, attempt: int) -> Parcel:
    key = sealer.load_key(conn, found.data_key)
    posting = msgspec.json.decode(
        sealer.open(key, found.envelope_sealed, f"outbox.envelope:{found.id}"), type=Posting
    )
    return Parcel(
        id=found.id,
        mail_from=posting.mail_from,
        recipient=posting.recipient,
        message_id=posting.message_id,
        octets=sealer.open(key, find(conn, found.id), f"outbox.octets:{found.id}"),
        attempt=attempt,
    )


def _waiting(found: AnyRow, recipient: str) -> Waiting:
    return Waiting(
        outbox_id=found.id,
        decision_id=found.decision_id,
        address_index=found.recipient_index,
        recipient=recipient,
        case_id=found.case_id,
        organisation=found.organisation,
        group=found.group_id,
        template=found.template,
        audience=found.audience,
        disclosure=found.disclosure,
    )


def _cancel(conn: Connection, outbox_id: str, reason: str) -> None:
    waiting = and_(_OUTBOX.c.id == outbox_id, _OUTBOX.c.state.in_(_WAITING))
    conn.execute(update(_OUTBOX).where(waiting).values(state="cancelled", reason=reason))
