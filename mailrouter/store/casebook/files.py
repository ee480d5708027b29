"""Octets of a case's files."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from mailrouter.store.casebook.view import FILE
from mailrouter.store.seal import Sealer


def load_files(conn: Connection, sealer: Sealer, case_id: str, wanted: Collection[str]) -> dict[str, bytes]:
    """The octets of a case's files by SHA-256 (hex), those that are stored."""
    by_index = {sealer.blind("file", sha256): sha256 for sha256 in wanted}
    here = (FILE.c.case_id == case_id) & FILE.c.sha256_index.in_(list(by_index))
    query = select(FILE.c.id, FILE.c.sha256_index, FILE.c.data_key, FILE.c.octets_sealed).where(here)
    found: dict[str, bytes] = {}
    for row in conn.execute(query).all():
        if row.octets_sealed is not None:
            key = sealer.load_key(conn, row.data_key)
            found[by_index[row.sha256_index]] = sealer.open(key, row.octets_sealed, f"file.octets:{row.id}")
    return found
