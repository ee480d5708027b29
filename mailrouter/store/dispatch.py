"""Claims for the deliverer. The attempt is written, with its lease, in the transaction that commits before the wire.

A deliverer that is killed between wire and result leaves a leased row. When the lease runs out the mail is `unknown`:
the transport is asked what became of it (`Claimed.look_up`) before the same bytes are sent again.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import Connection, and_, bindparam, func, insert, select, tuple_, update

from mailrouter.core.model import Frozen
from mailrouter.ports import Parcel
from mailrouter.store.octets import find
from mailrouter.store.posting import Posting
from mailrouter.store.rows import AnyRow, row, rows
from mailrouter.store.seal import Erased, Sealer, SealError
from mailrouter.store.tables import AttemptRow, Outbox
from mailrouter.store.types import Instant

LOST: Final = "the deliverer ended without a word"
_OUTBOX, _ATTEMPT = rows(Outbox), rows(AttemptRow)
PAGE: Final = 100
_BEFORE_ALL: Final = datetime(1970, 1, 1, tzinfo=UTC)
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
_PLACE = (_OUTBOX.c.next_at, _OUTBOX.c.created_at, _OUTBOX.c.seq, _OUTBOX.c.id)
_READY = and_(_OUTBOX.c.state == bindparam("state"), _OUTBOX.c.next_at <= bindparam("now"))
# Page by page without order or locks: with statistics of a quiet hour PostgreSQL would evaluate a subquery for each
# of thousands of waiting mails before it takes twenty.
_WAITING_PAGE = (
    select(*_PLACE, _OUTBOX.c.recipient_index, _OUTBOX.c.case_id, _OUTBOX.c.domain_index)
    .where(_READY, _OUTBOX.c.domain_index.not_in(bindparam("full", expanding=True)))
    .where(
        tuple_(*_PLACE)
        > tuple_(
            bindparam("next_at", type_=Instant),
            bindparam("created_at", type_=Instant),
            bindparam("seq"),
            bindparam("id"),
        )
    )
    .order_by(*_PLACE)
    .limit(PAGE)
)
_FIRST_OPEN = (
    select(_OUTBOX.c.recipient_index, _OUTBOX.c.case_id, func.min(_OUTBOX.c.seq))
    .where(
        _OUTBOX.c.recipient_index.in_(bindparam("recipients", expanding=True)),
        _OUTBOX.c.case_id.in_(bindparam("cases", expanding=True)),
        _OUTBOX.c.state.in_(_UNSETTLED),
    )
    .group_by(_OUTBOX.c.recipient_index, _OUTBOX.c.case_id)
)
_LOCK = (
    select(_OUTBOX)
    .where(_OUTBOX.c.id.in_(bindparam("ids", expanding=True)), _READY)
    .order_by(*_PLACE)
    .with_for_update(skip_locked=True)
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
    chosen = _find(conn, now, "unknown", limit, busy, per_destination)
    chosen += _find(conn, now, "queued", limit - len(chosen), busy, per_destination)
    claimed = (_start(conn, sealer, row, entitled, now, now + lease, node) for row in chosen)
    return [one for one in claimed if one]


def renew(conn: Connection, outbox_ids: Sequence[str], node: str, until: datetime) -> None:
    """Keep the leases of mails that this node is still handing over."""
    mine = (_OUTBOX.c.id.in_(outbox_ids), _OUTBOX.c.state == "leased", _OUTBOX.c.leased_by == node)
    conn.execute(update(_OUTBOX).where(*mine).values(leased_until=until))


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


def _find(
    conn: Connection, now: datetime, state: str, limit: int, busy: Tally[str], most: int
) -> list[AnyRow]:
    """Lock the first that are due in this state, in order: what waits for an earlier mail, whose destination is busy,
    or that is another node's is stepped over."""
    found: list[AnyRow] = []
    after: dict[str, object] = {"next_at": _BEFORE_ALL, "created_at": _BEFORE_ALL, "seq": 0, "id": ""}
    while len(found) < limit:
        full = [domain for domain, n in busy.items() if n >= most]
        page = conn.execute(_WAITING_PAGE, {"state": state, "now": now, "full": full, **after}).all()
        ids = _within(_first_of_their_case(conn, page), busy, most, limit - len(found))
        if ids:
            found += conn.execute(_LOCK, {"ids": ids, "state": state, "now": now}).all()
        if len(page) < PAGE:
            break
        after = {column.name: getattr(page[-1], column.name) for column in _PLACE}
    return found


def _first_of_their_case(conn: Connection, page: Sequence[AnyRow]) -> list[AnyRow]:
    """Those that no earlier mail of the same recipient and case has to leave before."""
    cases = sorted({one.case_id for one in page} - {""})
    recipients = sorted({one.recipient_index for one in page if one.case_id})
    asked = {"cases": cases, "recipients": recipients}
    first = {(r, c): seq for r, c, seq in conn.execute(_FIRST_OPEN, asked)} if cases else {}
    return [
        one
        for one in page
        if not one.case_id or first.get((one.recipient_index, one.case_id), one.seq) >= one.seq
    ]


def _within(found: Sequence[AnyRow], busy: Tally[str], most: int, limit: int) -> list[str]:
    """Ids of the first `limit` that their destination still has room for; the room is taken."""
    chosen: list[str] = []
    for one in found:
        if len(chosen) < limit and busy[one.domain_index] < most:
            busy[one.domain_index] += 1
            chosen.append(one.id)
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
