"""Accept: an arriving mail becomes a durable receipt, or the count of one that is already there.

The inbox's other rooms, claims (pending.py), dispositions (ledger.py) and loading, are reached from here too.
`250` may follow the commit of `insert` and nothing else (RFC 5321 4.2.5).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, or_, select, tuple_, update
from sqlalchemy.sql.dml import ReturningInsert

from mailrouter.core.ids import new_id
from mailrouter.core.model import Frozen, Mail
from mailrouter.store import ledger
from mailrouter.store.blind import message_index
from mailrouter.store.ledger import set_disposition
from mailrouter.store.loading import give_to_case, load_mail
from mailrouter.store.octets import keep
from mailrouter.store.pending import Claimed, claim, defer, fail, release
from mailrouter.store.postgres import lock
from mailrouter.store.rows import row, rows, upsert_for
from mailrouter.store.scan import Scanned, scan
from mailrouter.store.seal import FreshKey, Sealer
from mailrouter.store.tables import Inbound
from mailrouter.store.types import Instant

__all__ = [
    "Claimed",
    "Prepared",
    "Receipt",
    "accept",
    "claim",
    "defer",
    "fail",
    "give_to_case",
    "insert",
    "load_mail",
    "lock_siblings",
    "prepare",
    "release",
    "set_disposition",
    "sibling_of",
]

# One mail to several of our addresses may come in as several transactions, of one MTA, minutes apart.
SIBLING_WINDOW: Final = timedelta(hours=1)
_INBOUND = rows(Inbound)
_PLACE = tuple_(_INBOUND.c.received_at, _INBOUND.c.id)
_CLOSE: Final = (
    select(_INBOUND.c.id)
    .where(_INBOUND.c.id != bindparam("id"))
    .where(_INBOUND.c.received_at.between(bindparam("since"), bindparam("until")))
    .where(or_(_INBOUND.c.case_id != "", tuple_(bindparam("at", type_=Instant), bindparam("id")) > _PLACE))
    .order_by(_INBOUND.c.case_id == "", _INBOUND.c.received_at, _INBOUND.c.id)
    .limit(1)
)
_SIBLINGS: Final = _CLOSE.where(_INBOUND.c.sibling_key == bindparam("key"))
_THIS = _INBOUND.alias("this")
_OWN_KEY = select(_THIS.c.sibling_key).where(_THIS.c.id == bindparam("id"), _THIS.c.sibling_key != "")
_SIBLINGS_OF: Final = _CLOSE.where(_INBOUND.c.sibling_key == _OWN_KEY.scalar_subquery())


class Receipt(Frozen, frozen=True, kw_only=True):
    """What accept made of a mail. `sibling_of`: the receipt of the same mail to others of our addresses."""

    inbound_id: str
    duplicate: bool = False
    sibling_of: str = ""


class Prepared(NamedTuple):
    """A mail hashed and sealed, ready for `insert`."""

    row: Mapping[str, Any]
    key: FreshKey
    sealed: bytes


def prepare(sealer: Sealer, mail: Mail) -> Prepared:
    """Hash and seal a mail, outside of any transaction: the one writer should not wait for ten megabytes of it."""
    envelope, seen = mail.envelope, scan(mail.octets)
    unique_key = _unique_key(sealer, mail)
    inbound_id = new_id(sealer.seed(unique_key), "inbound")
    key = sealer.fresh_key()
    return Prepared(
        row(
            Inbound,
            id=inbound_id,
            unique_key=unique_key,
            sibling_key=_sibling_key(sealer, seen),
            message_index=message_index(sealer, seen.message_id),
            received_at=envelope.received_at,
            door=envelope.door,
            size=len(mail.octets),
            envelope_sealed=sealer.seal(
                key.key, msgspec.json.encode(envelope), f"inbound.envelope:{inbound_id}"
            ),
            data_key=key.id,
            not_before=envelope.received_at,
        ),
        key,
        sealer.seal(key.key, mail.octets, f"inbound.octets:{inbound_id}"),
    )


def insert(conn: Connection, sealer: Sealer, prepared: Prepared) -> Receipt:
    """Make the receipt, or count a duplicate of one."""
    values = prepared.row
    if conn.execute(_accepting(conn.dialect.name), values).scalar() is None:
        return _count_duplicate(conn, str(values["unique_key"]))
    sealer.store_keys(conn, prepared.key)
    inbound_id = str(values["id"])
    keep(conn, {inbound_id: prepared.sealed})
    ledger.count(conn, inbound_id, {"received": 1, "pending": 1})
    sibling = _sibling(conn, values["sibling_key"], values["received_at"], inbound_id)
    return Receipt(inbound_id=inbound_id, sibling_of=sibling)


def accept(conn: Connection, sealer: Sealer, mail: Mail) -> Receipt:
    """`prepare` and `insert` in one."""
    return insert(conn, sealer, prepare(sealer, mail))


def sibling_of(conn: Connection, inbound_id: str, received_at: datetime) -> str:
    """The receipt within an hour of this one that is the same mail to others of our addresses, or ''; of a mail that
    was not received (only simulated) none.

    One that has a case comes first, even a younger one (of two that arrive together either may be decided first);
    else the oldest.
    """
    return str(conn.execute(_SIBLINGS_OF, _window(inbound_id, received_at)).scalar() or "")


def lock_siblings(conn: Connection, inbound_id: str, sibling_key: str, received_at: datetime) -> str:
    """`sibling_of`, with all siblings kept from being recorded until this transaction ends: record asks again with it,
    and decides anew when the answer is not what was gathered. Two nodes then never open two cases for one mail."""
    if sibling_key:
        lock(conn, f"sibling:{sibling_key}")
    return _sibling(conn, sibling_key, received_at, inbound_id)


def _sibling(conn: Connection, sibling_key: str, received_at: datetime, inbound_id: str) -> str:
    if not sibling_key:
        return ""
    here = {"key": sibling_key, **_window(inbound_id, received_at)}
    return str(conn.execute(_SIBLINGS, here).scalar() or "")


def _window(inbound_id: str, received_at: datetime) -> dict[str, Any]:
    return {
        "id": inbound_id,
        "at": received_at,
        "since": received_at - SIBLING_WINDOW,
        "until": received_at + SIBLING_WINDOW,
    }


@cache
def _accepting(dialect: str) -> ReturningInsert[str]:
    """Built once: building and compiling a statement costs many times its execution."""
    return upsert_for(dialect, _INBOUND).on_conflict_do_nothing().returning(_INBOUND.c.id)


def _count_duplicate(conn: Connection, unique_key: str) -> Receipt:
    known = (
        update(_INBOUND)
        .where(_INBOUND.c.unique_key == unique_key)
        .values(duplicates=_INBOUND.c.duplicates + 1)
        .returning(_INBOUND.c.id)
    )
    inbound_id = str(conn.execute(known).scalar_one())
    ledger.count(conn, inbound_id, {"received": 1, "duplicate": 1})
    return Receipt(inbound_id=inbound_id, duplicate=True)


def _unique_key(sealer: Sealer, mail: Mail) -> str:
    """What makes a resend a duplicate: the provider's id, else the content with the forward-paths. Never the bare
    Message-ID: two people may get one each of the same, and a broken client uses one for all."""
    envelope = mail.envelope
    if envelope.provider_id:
        return sealer.blind("provider", f"{envelope.door}:{envelope.provider_id}")
    paths = "\n".join(sorted(path.casefold() for path in envelope.rcpt_to))
    return sealer.blind("content", hashlib.sha256(mail.octets).hexdigest() + "\n" + paths)


def _sibling_key(sealer: Sealer, seen: Scanned) -> str:
    if not (seen.message_id and seen.author):
        return ""
    return sealer.blind("sibling", "\n".join(seen))
