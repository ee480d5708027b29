"""Claims on accepted mail: who works on it and until when, how often it was tried, and where it goes when that fails.

A claim is a lease. A worker that is killed lets it run out, and the mail comes back; one that kills its worker each
time is set aside after `TRIES`, so the rest goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, and_, bindparam, or_, select, tuple_, update

from mailrouter.core.model import Frozen, Mail
from mailrouter.store import ledger
from mailrouter.store.keyring import Keyring
from mailrouter.store.leases import Round
from mailrouter.store.loading import open_mail
from mailrouter.store.rows import AnyRow, rows
from mailrouter.store.seal import Erased, Sealer, SealError
from mailrouter.store.tables import DataKey, Inbound, Octets
from mailrouter.store.types import Instant, among

TRIES: Final = 5
FIRST_WAIT: Final = timedelta(seconds=10)
# A traceback, not a novel: enough to see where it broke.
_FAULT_CHARACTERS: Final = 8000
_INBOUND, _KEY, _OCTETS = rows(Inbound), rows(DataKey), rows(Octets)
_BEFORE_ALL: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PAGE: Final = 100
_PLACE = tuple_(_INBOUND.c.received_at, _INBOUND.c.id)
_FREE = and_(
    _INBOUND.c.disposition == "pending",
    or_(_INBOUND.c.leased_until.is_(None), _INBOUND.c.leased_until <= bindparam("now")),
)
# Page by page without siblings or locks: PostgreSQL, with statistics of a quiet hour, evaluated a subquery for each
# of 9,000 waiting mails before it took twenty (2.4 s a claim); so what is asked of few rows is asked apart.
_WAITING = (
    select(_INBOUND.c.id, _INBOUND.c.received_at, _INBOUND.c.sibling_key)
    .where(_FREE, _INBOUND.c.not_before <= bindparam("now"))
    .where(tuple_(bindparam("after_at", type_=Instant), bindparam("after_id")) < _PLACE)
    .order_by(_INBOUND.c.received_at, _INBOUND.c.id)
    .limit(_PAGE)
)
_SIBLINGS = select(
    _INBOUND.c.id, _INBOUND.c.received_at, _INBOUND.c.sibling_key, _INBOUND.c.leased_until
).where(among(_INBOUND.c.sibling_key, "keys"), _INBOUND.c.disposition == "pending")
_CHOSEN = (
    select(_INBOUND.c.id)
    .where(among(_INBOUND.c.id, "ids"), _FREE)
    .order_by(_INBOUND.c.received_at, _INBOUND.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
    .cte("chosen")
)
# Locked first, without what another node has locked; then leased. One statement. PostgreSQL evaluates a WITH that
# locks once, a subquery as often as its plan likes.
_LEASE = (
    update(_INBOUND)
    .where(_INBOUND.c.id.in_(select(_CHOSEN.c.id)))
    .values(leased_until=bindparam("until"), leased_by=bindparam("node"), tries=_INBOUND.c.tries + 1)
    .returning(
        *(_INBOUND.c[n] for n in ("id", "received_at", "tries", "released_by", "release_word")),
        *(_INBOUND.c[n] for n in ("not_before", "envelope_sealed", "data_key")),
    )
)
_SEALED = (
    select(_INBOUND.c.id, _KEY.c.wrapped_by, _KEY.c.wrapped, _OCTETS.c.sealed)
    .select_from(
        _INBOUND.outerjoin(_KEY, _KEY.c.id == _INBOUND.c.data_key).outerjoin(
            _OCTETS, _OCTETS.c.id == _INBOUND.c.id
        )
    )
    .where(among(_INBOUND.c.id, "ids"))
)


class Claimed(Frozen, frozen=True, kw_only=True):
    """A mail to decide. `tries` counts this one. `released_by` and `release_word`: how a held mail was let go. `put_off`:
    it was claimed before, and had to wait."""

    inbound_id: str
    mail: Mail
    tries: int
    released_by: str = ""
    release_word: str = ""
    put_off: bool = False


def claim(
    conn: Connection, sealer: Sealer, now: datetime, lease: timedelta, node: str, limit: int
) -> Round[Claimed]:
    """Lease up to `limit` pending mails, oldest first, none that another node has (SKIP LOCKED on PostgreSQL).

    A mail waits for its older sibling, and for one that is being decided: one after the other, they become one case.
    What cannot be opened, or was tried `TRIES` times without an end, is held instead: the round's `set_aside`.
    """
    found, more = _find(conn, now, lease, node, limit)
    for worn in (row for row in found if row.tries > TRIES):
        _hold(conn, worn.id, f"its worker ended without a word {TRIES} times")
    loaded = _loaded(conn, sealer, [row for row in found if row.tries <= TRIES])
    return Round(loaded, more=more, set_aside=len(found) - len(loaded))


def defer(conn: Connection, inbound_id: str, until: datetime) -> None:
    """Wait until then without it counting as a try (a check that could not be made yet)."""
    conn.execute(
        update(_INBOUND)
        .where(_INBOUND.c.id == inbound_id, _INBOUND.c.disposition == "pending")
        .values(not_before=until, leased_until=None, leased_by="", tries=_INBOUND.c.tries - 1)
    )


def fail(conn: Connection, inbound_id: str, fault: str, now: datetime) -> str:
    """A fault of ours while deciding: wait longer each time, after `TRIES` hold it with the traceback.

    `fault` must hold no mail text. Gives the disposition it has now.
    """
    here = and_(_INBOUND.c.id == inbound_id, _INBOUND.c.disposition == "pending")
    tries = conn.execute(select(_INBOUND.c.tries).where(here).with_for_update()).scalar()
    if tries is None:
        raise LookupError(f"{inbound_id} is not pending")
    if tries >= TRIES:
        return _hold(conn, inbound_id, fault)
    wait = FIRST_WAIT * 4 ** max(tries - 1, 0)
    conn.execute(
        update(_INBOUND)
        .where(here)
        .values(not_before=now + wait, leased_until=None, leased_by="", fault=fault[-_FAULT_CHARACTERS:])
    )
    return "pending"


def release(conn: Connection, inbound_id: str, by: str, word: str, now: datetime) -> bool:
    """Let a held mail be decided again, with who released it and by which word as evidence, beside what was said of it
    before; False when not held."""
    held = and_(_INBOUND.c.id == inbound_id, _INBOUND.c.disposition == "held")
    before = conn.execute(select(_INBOUND.c.release_word).where(held).with_for_update()).scalar()
    if before is None:
        return False
    ledger.set_disposition(conn, inbound_id, "pending")
    conn.execute(
        update(_INBOUND)
        .where(_INBOUND.c.id == inbound_id)
        .values(tries=0, not_before=now, released_by=by, release_word=f"{before} {word}".strip(), fault="")
    )
    return True


def wait_for(conn: Connection, inbound_id: str, index: str) -> None:
    """A held mail waits for the vouch with this blind index."""
    conn.execute(update(_INBOUND).where(_INBOUND.c.id == inbound_id).values(waits_for=index))


def release_waiting(conn: Connection, index: str, by: str, now: datetime) -> int:
    """The vouch is there: held mails that wait for it are decided again; how many."""
    waiting = and_(_INBOUND.c.disposition == "held", _INBOUND.c.waits_for == index)
    found = (
        conn.execute(select(_INBOUND.c.id).where(waiting).order_by(_INBOUND.c.received_at)).scalars().all()
    )
    return sum(release(conn, inbound_id, by, "vouched", now) for inbound_id in found)


def _find(
    conn: Connection, now: datetime, lease: timedelta, node: str, limit: int
) -> tuple[list[AnyRow], bool]:
    """Lease the oldest that are free, page by page: what waits for a sibling or is another node's is stepped over.
    And whether there are more."""
    found: list[AnyRow] = []
    seen = 0
    after: dict[str, object] = {"after_at": _BEFORE_ALL, "after_id": ""}
    while len(found) < limit:
        page = conn.execute(_WAITING, {"now": now, **after}).all()
        seen += len(page)
        ids = _unhindered(conn, page, now)
        if ids:
            here = {"ids": ids, "limit": limit - len(found), "now": now, "until": now + lease, "node": node}
            found += conn.execute(_LEASE, here).all()
        if len(page) < _PAGE:
            break
        after = {"after_at": page[-1].received_at, "after_id": page[-1].id}
    return sorted(found, key=lambda row: (row.received_at, row.id)), seen > len(found)


def _unhindered(conn: Connection, page: Sequence[AnyRow], now: datetime) -> list[str]:
    """Ids of those without an older sibling that is pending too, and without any that is being decided."""
    keys = {row.sibling_key for row in page} - {""}
    siblings = conn.execute(_SIBLINGS, {"keys": sorted(keys)}).all() if keys else ()
    busy = {row.sibling_key for row in siblings if row.leased_until and row.leased_until > now}
    first: dict[str, AnyRow] = {}
    for row in sorted(siblings, key=lambda row: (row.received_at, row.id)):
        first.setdefault(row.sibling_key, row)
    return [
        row.id
        for row in page
        if not row.sibling_key
        or (row.sibling_key not in busy and row.sibling_key in first and first[row.sibling_key].id == row.id)
    ]


def _loaded(conn: Connection, sealer: Sealer, found: Sequence[AnyRow]) -> list[Claimed]:
    """The mails of these receipts; what cannot be opened is held."""
    if not found:
        return []
    keys = Keyring(conn, sealer)
    sealed = {r.id: r for r in conn.execute(_SEALED, {"ids": [row.id for row in found]})}
    claimed: list[Claimed] = []
    for row in found:
        try:
            mail = _opened(keys, row, sealed[row.id])
        except (SealError, Erased) as fault:
            _hold(conn, row.id, f"{type(fault).__name__}: {fault}")
            continue
        claimed.append(
            Claimed(
                inbound_id=row.id,
                mail=mail,
                tries=row.tries,
                released_by=row.released_by,
                release_word=row.release_word,
                put_off=row.not_before != row.received_at,
            )
        )
    return claimed


def _opened(keys: Keyring, row: AnyRow, sealed: AnyRow) -> Mail:
    key = keys.unwrap(row.data_key, sealed.wrapped_by, sealed.wrapped)
    if sealed.sealed is None or row.envelope_sealed is None:
        raise Erased(row.id)
    return open_mail(keys.sealer, key, row.id, row.envelope_sealed, sealed.sealed)


def _hold(conn: Connection, inbound_id: str, fault: str) -> str:
    ledger.set_disposition(conn, inbound_id, "held", reason="fault")
    conn.execute(update(_INBOUND).where(_INBOUND.c.id == inbound_id).values(fault=fault[-_FAULT_CHARACTERS:]))
    return "held"
