"""Sealed octets of mail, in and out: kept once, read often, never altered, erased by deletion."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, insert, select

from mailrouter.store.rows import rows
from mailrouter.store.seal import Erased
from mailrouter.store.tables import Octets

_OCTETS = rows(Octets)
_KEEP = insert(_OCTETS)
_FIND = select(_OCTETS.c.sealed).where(_OCTETS.c.id == bindparam("id"))


def keep(conn: Connection, sealed: Mapping[str, bytes]) -> None:
    """Keep sealed octets, by the id of their receipt or outbox row."""
    conn.execute(_KEEP, [{"id": of, "sealed": octets} for of, octets in sealed.items()])


def find(conn: Connection, of: str) -> bytes:
    """The sealed octets. Erased when they are gone."""
    sealed = conn.execute(_FIND, {"id": of}).scalar()
    if sealed is None:
        raise Erased(of)
    return bytes(sealed)
