"""Data keys within one transaction: each is read and unwrapped once."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from mailrouter.store.rows import rows
from mailrouter.store.seal import Erased, FreshKey, Sealer
from mailrouter.store.tables import DataKey

_KEY = rows(DataKey)
_BY_ID = select(_KEY.c.wrapped_by, _KEY.c.wrapped).where(_KEY.c.id == bindparam("key_id"))


class Keyring:
    """The connection of a transaction with the keys that it used so far. Lives as long as the transaction: no key
    is held beyond it, and one that is destroyed meanwhile is gone with the next transaction."""

    def __init__(self, conn: Connection, sealer: Sealer) -> None:
        self.conn, self.sealer = conn, sealer
        self._cases: dict[str, bytes] = {}

    def case(self, case_id: str) -> bytes:
        """The key of a case. Erased when the case or its key is gone."""
        if case_id not in self._cases:
            self._cases[case_id] = self.sealer.case_key(self.conn, case_id)
        return self._cases[case_id]

    def know(self, case_id: str, key: bytes) -> None:
        """The key of a case that was read or made here."""
        self._cases[case_id] = key

    def load(self, key_id: str) -> bytes:
        """The data key of a row. Erased when it or the key that wraps it is gone."""
        row = self.conn.execute(_BY_ID, {"key_id": key_id}).first()
        return self.unwrap(key_id, row.wrapped_by if row else None, row.wrapped if row else None)

    def unwrap(self, key_id: str, wrapped_by: str | None, wrapped: bytes | None) -> bytes:
        """A data key whose row was read along with what it seals (an outer join: None when it is gone)."""
        if wrapped_by is None or wrapped is None:
            raise Erased(key_id)
        kind, _, case_id = wrapped_by.partition(":")
        return self.sealer.unwrap(wrapped, wrapped_by, self.case(case_id) if kind == "case" else None)

    def fresh(self, case_id: str = "") -> FreshKey:
        """A new data key, wrapped by the case's key or by the master key; not a row yet."""
        return (
            self.sealer.fresh_key(f"case:{case_id}", self.case(case_id))
            if case_id
            else self.sealer.fresh_key()
        )
