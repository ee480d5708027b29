"""Claims for the deliverer. The attempt is written, with its lease, in the transaction that commits before the wire.

A deliverer that is killed between wire and result leaves a leased row. When the lease runs out the mail is `unknown`:
the transport is asked what became of it (`Claimed.look_up`) before the same bytes are sent again.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    insert,
    not_,
    select,
    text,
    tuple_,
    update,
)

from mailrouter.core.model import Frozen
from mailrouter.ports import Parcel
from mailrouter.store.keyring import Keyring
from mailrouter.store.leases import Round, busy_domains
from mailrouter.store.posting import Posting
from mailrouter.store.rows import AnyRow, row, rows
from mailrouter.store.seal import Erased, Sealer, SealError
from mailrouter.store.tables import UNSETTLED, AttemptRow, DataKey, Octets, Outbox
from mailrouter.store.types import Instant, among

_OUTBOX, _ATTEMPT, _KEY, _OCTETS = rows(Outbox), rows(AttemptRow), rows(DataKey), rows(Octets)
PAGE: Final = 100
_BEFORE_ALL: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = (_OUTBOX.c.next_at, _OUTBOX.c.created_at, _OUTBOX.c.seq, _OUTBOX.c.id)
_STATES: Final = ("unknown", "queued")


def _ready(state: str) -> ColumnElement[bool]:
    """Due in this state. The state is written out, not a parameter: SQLite plans a statement anew whenever a parameter
    has another value that may decide whether a partial index serves."""
    return and_(text(f"state = '{state}'"), text(UNSETTLED), _OUTBOX.c.next_at <= bindparam("now"))


def _page(state: str) -> Select[Any]:
    """Page by page without order or locks: with statistics of a quiet hour PostgreSQL would evaluate a subquery for
    each of thousands of waiting mails before it takes twenty."""
    place = tuple_(
        bindparam("next_at", type_=Instant),
        bindparam("created_at", type_=Instant),
        bindparam("seq"),
        bindparam("id"),
    )
    return (
        select(*_PLACE, _OUTBOX.c.recipient_index, _OUTBOX.c.case_id, _OUTBOX.c.domain_index)
        .where(_ready(state), not_(among(_OUTBOX.c.domain_index, "full")), tuple_(*_PLACE) > place)
        .order_by(*_PLACE)
        .limit(PAGE)
    )


_WAITING_PAGE: Final = {state: _page(state) for state in _STATES}
_FIRST_OPEN = (
    select(_OUTBOX.c.recipient_index, _OUTBOX.c.case_id, func.min(_OUTBOX.c.seq))
    .where(
        among(_OUTBOX.c.recipient_index, "recipients"),
        among(_OUTBOX.c.case_id, "cases"),
        text(UNSETTLED),
    )
    .group_by(_OUTBOX.c.recipient_index, _OUTBOX.c.case_id)
)
_LOCK: Final = {
    state: select(_OUTBOX)
    .where(among(_OUTBOX.c.id, "ids"), _ready(state))
    .order_by(*_PLACE)
    .with_for_update(skip_locked=True)
    for state in _STATES
}
_SEALED = (
    select(_OUTBOX.c.id, _KEY.c.wrapped_by, _KEY.c.wrapped, _OCTETS.c.sealed)
    .select_from(
        _OUTBOX.outerjoin(_KEY, _KEY.c.id == _OUTBOX.c.data_key).outerjoin(
            _OCTETS, _OCTETS.c.id == _OUTBOX.c.id
        )
    )
    .where(among(_OUTBOX.c.id, "ids"))
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
) -> Round[Claimed]:
    """Lease up to `limit` mails that are due, none that another node has (SKIP LOCKED on PostgreSQL).

    A recipient's later mail of a case waits until the earlier one is settled. At most `per_destination` mails to one
    domain are leased at once, over all nodes as far as each sees. `resend_lost`: the transport takes a second copy of
    the same id as one (Maildir), so what a killed deliverer left is simply sent again, without asking.
    """
    busy = busy_domains(conn, now, "queued" if resend_lost else "unknown")
    chosen, left = _find(conn, now, "unknown", limit, busy, per_destination)
    queued, more = _find(conn, now, "queued", limit - len(chosen), busy, per_destination)
    chosen += queued
    if not chosen:
        return Round()
    opened = _opened(conn, sealer, chosen)
    claimed = [_claimed(row, parcel) for row, parcel in opened if _may_leave(conn, row, parcel, entitled)]
    _record_attempts(conn, claimed, now, now + lease, node)
    # What is cancelled lets later ones pass; what is looked up may have to be sent after all.
    again = len(claimed) < len(chosen) or any(one.look_up for one in claimed)
    return Round(claimed, more=left or more or again)


def _find(
    conn: Connection, now: datetime, state: str, limit: int, busy: Tally[str], most: int
) -> tuple[list[AnyRow], bool]:
    """Lock the first that are due in this state, in order: what waits for an earlier mail, whose destination is busy,
    or that is another node's is stepped over. And whether there are more."""
    found: list[AnyRow] = []
    seen = 0
    after: dict[str, object] = {"next_at": _BEFORE_ALL, "created_at": _BEFORE_ALL, "seq": 0, "id": ""}
    while len(found) < limit:
        full = [domain for domain, n in busy.items() if n >= most]
        page = conn.execute(_WAITING_PAGE[state], {"now": now, "full": full, **after}).all()
        seen += len(page)
        ids = _within(_first_of_their_case(conn, page), busy, most, limit - len(found))
        if ids:
            found += conn.execute(_LOCK[state], {"ids": ids, "now": now}).all()
        if len(page) < PAGE:
            break
        after = {column.name: getattr(page[-1], column.name) for column in _PLACE}
    # Without room for one more nobody looked; domains that are full are not looked at either.
    return found, seen > len(found) or limit <= 0 or any(n >= most for n in busy.values())


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


def _opened(conn: Connection, sealer: Sealer, chosen: Sequence[AnyRow]) -> list[tuple[AnyRow, Parcel]]:
    """The mails with their octets; one that cannot be opened any more is cancelled."""
    keys = Keyring(conn, sealer)
    sealed = {r.id: r for r in conn.execute(_SEALED, {"ids": [one.id for one in chosen]})}
    opened: list[tuple[AnyRow, Parcel]] = []
    for one in chosen:
        try:
            opened.append((one, _parcel(keys, one, sealed[one.id])))
        except (SealError, Erased) as fault:
            _cancel(conn, one.id, f"cannot be opened: {type(fault).__name__}")
    return opened


def _parcel(keys: Keyring, found: AnyRow, sealed: AnyRow) -> Parcel:
    key = keys.unwrap(found.data_key, sealed.wrapped_by, sealed.wrapped)
    if sealed.sealed is None:
        raise Erased(found.id)
    opened = keys.sealer.open(key, found.envelope_sealed, f"outbox.envelope:{found.id}")
    posting = msgspec.json.decode(opened, type=Posting)
    return Parcel(
        id=found.id,
        mail_from=posting.mail_from,
        recipient=posting.recipient,
        message_id=posting.message_id,
        octets=keys.sealer.open(key, bytes(sealed.sealed), f"outbox.octets:{found.id}"),
        attempt=found.attempts if _is_lost(found) else found.attempts + 1,
    )


def _may_leave(conn: Connection, found: AnyRow, parcel: Parcel, entitled: Entitled) -> bool:
    """Whether the recipient is still entitled; else the mail is cancelled. What may be there already is asked for
    whatever they are now."""
    reason = None if _is_lost(found) else entitled(conn, _waiting(found, parcel.recipient))
    if reason is not None:
        _cancel(conn, found.id, reason)
    return reason is None


def _is_lost(found: AnyRow) -> bool:
    return bool(found.state == "unknown")


def _claimed(found: AnyRow, parcel: Parcel) -> Claimed:
    shown = {n: getattr(found, n) for n in _SHOWN}
    return Claimed(parcel=parcel, look_up=_is_lost(found), group=found.group_id, **shown)


def _record_attempts(
    conn: Connection, claimed: Sequence[Claimed], now: datetime, until: datetime, node: str
) -> None:
    """The attempts with their leases. A look-up is about an attempt that is on record."""
    begun = [
        row(AttemptRow, outbox_id=one.parcel.id, n=one.parcel.attempt, started_at=now)
        for one in claimed
        if not one.look_up
    ]
    leases = [
        {"outbox_id": one.parcel.id, "n": one.parcel.attempt, "until": until, "node": node} for one in claimed
    ]
    if begun:
        conn.execute(_ATTEMPTING, begun)
    if leases:
        conn.execute(_LEASING, leases)


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
    waiting = and_(_OUTBOX.c.id == outbox_id, _OUTBOX.c.state.in_(_STATES))
    conn.execute(update(_OUTBOX).where(waiting).values(state="cancelled", reason=reason))
