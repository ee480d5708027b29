"""The active policy is a pointer in the database: the newest row. Every node follows it, record checks it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from mailrouter.store.rows import row, rows, upsert
from mailrouter.store.seal import Sealer
from mailrouter.store.tables import PolicyRow

_POLICY = rows(PolicyRow)


def active(conn: Connection) -> tuple[str, str] | None:
    """(digest, generation) of the policy in force, or None before the first."""
    found = conn.execute(
        select(_POLICY.c.digest, _POLICY.c.generation).order_by(_POLICY.c.activated_at.desc()).limit(1)
    ).first()
    return (found.digest, found.generation) if found else None


def activate(
    conn: Connection,
    sealer: Sealer,
    digest: str,
    generation: str,
    texts: Mapping[str, str],
    now: datetime,
    by: str,
) -> bool:
    """Make this policy the one in force; False when it is already. Its texts are kept, sealed, for `explain`."""
    if active(conn) == (digest, generation):
        return False
    key_id, key = sealer.create_key(conn)
    sealed = sealer.seal(key, msgspec.json.encode(dict(texts)), f"policy.texts:{digest}")
    values = row(
        PolicyRow,
        digest=digest,
        generation=generation,
        texts_sealed=sealed,
        data_key=key_id,
        activated_at=now,
        activated_by=by,
    )
    statement = upsert(conn, _POLICY).values(values)
    again = {
        name: statement.excluded[name]
        for name in ("texts_sealed", "data_key", "activated_at", "activated_by")
    }
    conn.execute(statement.on_conflict_do_update(index_elements=["digest", "generation"], set_=again))
    return True


def texts(conn: Connection, sealer: Sealer) -> dict[str, str]:
    """The routing files of the policy in force."""
    found = conn.execute(select(_POLICY).order_by(_POLICY.c.activated_at.desc()).limit(1)).first()
    if found is None:
        return {}
    opened = sealer.open(
        sealer.load_key(conn, found.data_key), found.texts_sealed, f"policy.texts:{found.digest}"
    )
    return msgspec.json.decode(opened, type=dict[str, str])
