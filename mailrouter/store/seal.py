"""Sealing: AEAD under data keys, data keys wrapped by the master key or by their case's key, keyed blind indexes.

Each mail and file has its own data key, a row of `data_key`. At accept it is wrapped by the master key; record wraps
it again under the case's key, without touching the content. Deleting the case's key row therefore erases all of the
case at once, and nothing here caches a key beyond the call.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from functools import lru_cache, partial
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, and_, bindparam, func, insert, select, update

from mailrouter.core.ids import seed_for
from mailrouter.store.keys import KEY_BYTES, Keys
from mailrouter.store.rows import rows
from mailrouter.store.tables import Case, DataKey

_FORMAT: Final = b"\x01"  # AES-256-GCM, 96-bit random nonce; the first octet of everything sealed
_NONCE: Final = 12
_REMEMBERED: Final = 4096  # addresses: more than the groups of a department have
_LEAST: Final = 1 + _NONCE + 16  # format, nonce, tag
_KEY, _CASE = rows(DataKey), rows(Case)
_BY_CASE = _KEY.alias("by_case")
_INSERT = insert(_KEY)
# One round trip: the key, and the key of its case where a case wraps it.
_LOAD = (
    select(_KEY.c.wrapped_by, _KEY.c.wrapped, _BY_CASE.c.wrapped_by, _BY_CASE.c.wrapped)
    .select_from(
        _KEY.outerjoin(_CASE, _CASE.c.id == func.substr(_KEY.c.wrapped_by, len("case:") + 1)).outerjoin(
            _BY_CASE, _BY_CASE.c.id == _CASE.c.data_key
        )
    )
    .where(_KEY.c.id == bindparam("key_id"))
)
_OF_CASE = (
    select(_KEY.c.wrapped_by, _KEY.c.wrapped)
    .join(_CASE, _CASE.c.data_key == _KEY.c.id)
    .where(_CASE.c.id == bindparam("case_id"))
)
_REWRAP = (
    update(_KEY)
    .where(_KEY.c.id == bindparam("key_id"))
    .values(wrapped_by=bindparam("by"), wrapped=bindparam("octets"))
)


class SealError(Exception):
    """What was sealed does not open: another key, another place, or altered octets."""


class Erased(LookupError):
    """The data key is gone: what it sealed cannot be read any more, by anybody."""


class FreshKey(NamedTuple):
    """A data key that is not a row yet."""

    id: str
    key: bytes
    wrapped_by: str
    wrapped: bytes


class Sealer:
    """Seals and opens. Every method is safe from any thread; keys of the installation never leave the object."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self.master = f"master:{keys.current}"
        # Every mail asks for the same groups' again: members, managers, mailbox; in memory only, the oldest forgotten.
        self.blind_address = lru_cache(maxsize=_REMEMBERED)(partial(self.blind, "address"))

    def blind(self, kind: str, value: str) -> str:
        """The blind index of a value already normalised by the caller: keyed HMAC, 128 bits as 32 hex digits.

        `kind` ("address", "message-id"…) keeps equal values of different columns apart.
        """
        text = f"{len(kind)}:{kind}{value}".encode()
        return hmac.digest(self._keys.blind_key, text, hashlib.sha256).hex()[:32]

    def new_key(self) -> bytes:
        """A fresh data key (256 random bits)."""
        return secrets.token_bytes(KEY_BYTES)

    def seal(self, key: bytes, data: bytes, aad: str) -> bytes:
        """AES-256-GCM (NIST SP 800-38D) under a random 96-bit nonce; `aad` names the place ("inbound.octets:<id>")."""
        nonce = os.urandom(_NONCE)
        return _FORMAT + nonce + AESGCM(key).encrypt(nonce, data, aad.encode())

    def open(self, key: bytes, data: bytes, aad: str) -> bytes:
        """What `seal` sealed with this key at this place. SealError otherwise."""
        if data[:1] != _FORMAT or len(data) < _LEAST:
            raise SealError(f"{aad}: not in a format this version knows")
        try:
            return AESGCM(key).decrypt(data[1 : 1 + _NONCE], data[1 + _NONCE :], aad.encode())
        except InvalidTag:
            raise SealError(f"{aad}: does not open with this key") from None

    def wrap(self, key: bytes, by: str, wrapping: bytes | None = None) -> bytes:
        """A data key sealed by `by`: "master:<id>" (no `wrapping`) or "case:<case id>" with that case's key."""
        return self.seal(wrapping or self._master(by), key, f"data_key by {by}")

    def unwrap(self, wrapped: bytes, by: str, wrapping: bytes | None = None) -> bytes:
        """The data key again. SealError when it does not open."""
        return self.open(wrapping or self._master(by), wrapped, f"data_key by {by}")

    def seed(self, trigger_key: str) -> str:
        """The seed of a trigger's ids (core/ids.py)."""
        return seed_for(self._keys.id_key, trigger_key)

    def fresh_key(self, by: str = "", wrapping: bytes | None = None) -> FreshKey:
        """A data key for `store_keys`, wrapped as `wrap` says, by the current master key when `by` is empty."""
        key, by = self.new_key(), by or self.master
        return FreshKey(secrets.token_hex(16), key, by, self.wrap(key, by, wrapping))

    def store_keys(self, conn: Connection, *fresh: FreshKey) -> None:
        """Make the rows of fresh keys."""
        if fresh:
            rows_made = [{"id": f.id, "wrapped_by": f.wrapped_by, "wrapped": f.wrapped} for f in fresh]
            conn.execute(_INSERT, rows_made)

    def create_key(self, conn: Connection, wrapped_by: str = "") -> tuple[str, bytes]:
        """A new row of `data_key`, wrapped by the current master key unless said otherwise; gives (id, key)."""
        fresh = self.fresh_key(wrapped_by, self._wrapping(conn, wrapped_by))
        self.store_keys(conn, fresh)
        return fresh.id, fresh.key

    def load_key(self, conn: Connection, key_id: str) -> bytes:
        """The data key of a row, through its case's key where a case wraps it. Erased when either is gone."""
        row = conn.execute(_LOAD, {"key_id": key_id}).first()
        if row is None:
            raise Erased(key_id)
        return self._unwrap_row(key_id, row)

    def case_key(self, conn: Connection, case_id: str) -> bytes:
        """The key of a case. Erased when the case or its key is gone."""
        row = conn.execute(_OF_CASE, {"case_id": case_id}).first()
        if row is None:
            raise Erased(f"case:{case_id}")
        return self.unwrap(row.wrapped, row.wrapped_by)

    def rewrap(self, conn: Connection, key_id: str, by: str) -> None:
        """Wrap an existing data key by something else; content is not touched."""
        self.store_rewrapped(conn, key_id, self.load_key(conn, key_id), by, self._wrapping(conn, by))

    def store_rewrapped(
        self, conn: Connection, key_id: str, key: bytes, by: str, wrapping: bytes | None
    ) -> None:
        """`rewrap` where both keys are known."""
        conn.execute(_REWRAP, {"key_id": key_id, "by": by, "octets": self.wrap(key, by, wrapping)})

    def rotate(self, conn: Connection, limit: int = 500) -> int:
        """Wrap up to `limit` keys of older master keys by the current one; gives how many, 0 when done."""
        stale = and_(_KEY.c.wrapped_by.like("master:%"), _KEY.c.wrapped_by != self.master)
        found = conn.execute(select(_KEY.c.id).where(stale).order_by(_KEY.c.id).limit(limit)).scalars().all()
        for key_id in found:
            self.rewrap(conn, key_id, self.master)
        return len(found)

    def _wrapping(self, conn: Connection, by: str) -> bytes | None:
        kind, _, case_id = by.partition(":")
        return self.case_key(conn, case_id) if kind == "case" else None

    def _master(self, by: str) -> bytes:
        kind, _, name = by.partition(":")
        if kind != "master" or name not in self._keys.master:
            raise SealError(f"no master key for {by!r}: is a line missing in the master key file?")
        return self._keys.master[name]

    def _unwrap_row(self, key_id: str, row: Row[str, bytes, str, bytes]) -> bytes:
        by, wrapped, case_by, case_wrapped = row
        if by.startswith("master:"):
            return self.unwrap(wrapped, by)
        if case_wrapped is None:
            raise Erased(key_id)
        return self.unwrap(wrapped, by, self.unwrap(case_wrapped, case_by))
