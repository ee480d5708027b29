"""Keys are deleted by tests as an erasure does it (store/erasure.py), one alone."""

from __future__ import annotations

from sqlalchemy import Connection, delete

from mailrouter.store.rows import rows
from mailrouter.store.tables import DataKey

_KEY = rows(DataKey)


def delete_key(conn: Connection, key_id: str) -> bool:
    """Whether there was one."""
    return conn.execute(delete(_KEY).where(_KEY.c.id == key_id)).rowcount == 1


def delete_keys_of_case(conn: Connection, case_id: str) -> int:
    """How many there were below the case's own."""
    return conn.execute(delete(_KEY).where(_KEY.c.wrapped_by == f"case:{case_id}")).rowcount
