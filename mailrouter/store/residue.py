"""What an erased key leaves on the disk, looked for octet by octet: SQLite keeps deleted rows in its pages and WAL
unless it overwrites them, so a proof does not take its word."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, select

from mailrouter.store.rows import rows
from mailrouter.store.tables import Case, DataKey, Octets

# Of each sealed value the beginning is looked for: nonce and first ciphertext occur nowhere else by chance.
_SAMPLE: Final = 40
_KEY, _CASE, _OCTETS = rows(DataKey), rows(Case), rows(Octets)


def samples(
    conn: Connection, keys: Sequence[str], case_ids: Sequence[str], octets: Sequence[str]
) -> list[bytes]:
    """Beginnings of the wrapped keys and sealed values that are about to be erased."""
    wanted = (
        (_KEY.c.wrapped, _KEY.c.id, keys),
        (_CASE.c.fields_sealed, _CASE.c.id, case_ids),
        (_OCTETS.c.sealed, _OCTETS.c.id, octets),
    )
    found: list[bytes] = []
    for value, by, ids in wanted:
        start = select(func.substr(value, 1, _SAMPLE)).where(by.in_(ids), value.is_not(None))
        found += [bytes(one) for one in conn.execute(start).scalars()]
    return found


def look_for(samples: Iterable[bytes], files: Iterable[Path]) -> tuple[int, int]:
    """(how many samples are still somewhere in the files, how many octets were looked through)."""
    left, octets = set(samples), 0
    found: set[bytes] = set()
    for path in files:
        size = path.stat().st_size
        octets += size
        if size:
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                found |= {sample for sample in left if content.find(sample) >= 0}
    return len(found), octets
