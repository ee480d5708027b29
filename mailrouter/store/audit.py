"""The audit log: who did what to which object and why, without content. Append-only, each row hashed with the one
before it, so an altered, removed or inserted row shows. Its length is counted apart: a cut end shows too."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, insert, select

from mailrouter.store import counters
from mailrouter.store.postgres import lock
from mailrouter.store.rows import rows
from mailrouter.store.tables import Audit, Counter

START: Final = "0" * 64
_LENGTH: Final = "audit:length"
_AUDIT, _COUNTER = rows(Audit), rows(Counter)


def append(conn: Connection, who: str, act: str, object: str, reason: str, now: datetime) -> int:
    """Add an entry; gives its number. The entry stands or falls with the caller's transaction."""
    lock(conn, "audit")
    last = conn.execute(select(_AUDIT.c.seq, _AUDIT.c.hash).order_by(_AUDIT.c.seq.desc()).limit(1)).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, START)
    # Microseconds are what both databases keep.
    values = {
        "seq": seq,
        "at": now.astimezone(UTC),
        "who": who,
        "act": act,
        "object": object,
        "reason": reason,
        "previous": previous,
    }
    conn.execute(insert(_AUDIT).values(**values, hash=_hash(values)))
    counters.add(conn, {_LENGTH: 1})
    return seq


def verify(conn: Connection) -> int | None:
    """The number of the first entry that is altered, missing or out of place; None when the whole chain holds."""
    previous, expected = START, 1
    names = [column.name for column in _AUDIT.c if column.name != "hash"]
    for row in conn.execution_options(yield_per=1000).execute(select(_AUDIT).order_by(_AUDIT.c.seq)):
        values = {name: getattr(row, name) for name in names}
        if row.seq != expected or row.previous != previous or row.hash != _hash(values):
            return expected
        previous, expected = row.hash, expected + 1
    return None if length(conn) == expected - 1 else expected


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One act as logged: who did what to which object, and the reason given."""

    seq: int
    at: datetime
    who: str
    act: str
    object: str
    reason: str


def entries(conn: Connection, since: datetime | None = None, of: str = "") -> list[Entry]:
    """What was logged, oldest first: from `since` on, about the object `of` (a case number, an address, an inbound id)."""
    query = select(*(_AUDIT.c[name] for name in Entry.__struct_fields__)).order_by(_AUDIT.c.seq)
    if since is not None:
        query = query.where(_AUDIT.c.at >= since)
    if of:
        query = query.where(_AUDIT.c.object == of)
    return [Entry(**row) for row in conn.execute(query).mappings()]


def length(conn: Connection) -> int:
    """How many entries were ever appended."""
    return int(conn.execute(select(_COUNTER.c.value).where(_COUNTER.c.name == _LENGTH)).scalar() or 0)


def _hash(values: dict[str, object]) -> str:
    """SHA-256 over the row in a fixed order, previous hash included."""
    text = [
        str(values["seq"]),
        values["at"],
        *(values[n] for n in ("who", "act", "object", "reason", "previous")),
    ]
    return hashlib.sha256(msgspec.json.encode(text)).hexdigest()
