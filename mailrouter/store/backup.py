"""Backup and restore: one file, the same whichever database, so that it also moves a service from one to the other.

A backup is an SQLite database with every row as it was at one instant. Contents stay sealed: without the key files,
which are never in it, it tells nothing of a person. What is erased later is still in older backups: they have to be
thrown away in the time that the service promises (docs/operating.md).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from mailrouter.store import reports, schema, sqlite, tables
from mailrouter.store.engine import Store
from mailrouter.store.rows import rows

BATCH: Final = 500
# Numbers given out after the backup stand in people's mails: the restored service must not give them to other cases.
NUMBERS_SKIPPED: Final = 1000
_COUNTER = rows(tables.Counter)


class NotRestorable(Exception):
    """The file is no backup of this version, or the database is not empty. The message says which."""


def backup(store: Store, path: Path) -> dict[str, int]:
    """Write every row as of now to `path` (mode 0600, there whole or not at all); gives rows by table. The service may
    run meanwhile."""
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.unlink(missing_ok=True)
    try:
        copied = _backup_to(store, unfinished)
        unfinished.replace(path)
    finally:
        for end in ("", "-wal", "-shm"):
            unfinished.with_name(unfinished.name + end).unlink(missing_ok=True)
    _sync_directory(path.parent)
    return copied


def restore(store: Store, path: Path) -> dict[str, int]:
    """Fill an empty database from a backup; gives rows by table. NotRestorable when either is not what it must be."""
    if not path.is_file():
        raise NotRestorable(f"{path}: no such file")
    engine = sqlite.read_only(path)
    try:
        with engine.connect() as source:
            _require_backup(source, path)
            schema.upgrade(store)
            copied = store.write(partial(_fill, source=source))
    finally:
        engine.dispose()
    if wrong := store.read(reports.imbalances):
        raise NotRestorable(f"the ledger does not balance after it: {'; '.join(wrong)}")
    return copied


def _backup_to(store: Store, path: Path) -> dict[str, int]:
    target = Store.open(f"sqlite:///{path}")
    try:
        schema.upgrade(target)
        copied = store.read(lambda source: target.write(partial(_copy, source)))
    finally:
        target.close()
    sqlite.settle_file(path)
    return copied


def _require_backup(source: Connection, path: Path) -> None:
    try:
        version = schema.version(source)
    except DBAPIError as fault:
        raise NotRestorable(f"{path}: not a backup ({fault.orig})") from None
    if version != schema.newest():
        raise NotRestorable(f"{path}: schema {version or 'none'}, this version restores {schema.newest()}")


def _fill(target: Connection, source: Connection) -> dict[str, int]:
    """One transaction: a restore that is cut off leaves the database empty."""
    taken = [table.name for table in _tables() if target.execute(select(table).limit(1)).first()]
    if taken:
        raise NotRestorable(f"the database is not empty ({', '.join(taken)}): restore into a new one")
    copied = _copy(source, target)
    given_out = _COUNTER.c.name.like("number:%")
    target.execute(update(_COUNTER).where(given_out).values(value=_COUNTER.c.value + NUMBERS_SKIPPED))
    _reset_sequences(target)
    return copied


def _copy(source: Connection, target: Connection) -> dict[str, int]:
    copied = dict.fromkeys((table.name for table in _tables()), 0)
    for table in _tables():
        for batch in _batches(source, table):
            target.execute(insert(table), batch)
            copied[table.name] += len(batch)
    return copied


def _batches(source: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """Rows a few at a time: one holds ten megabytes."""
    size = 20 if "sealed" in table.c or "octets_sealed" in table.c else BATCH
    found = source.execution_options(yield_per=size).execute(select(table).order_by(*table.primary_key))
    for part in found.partitions(size):
        yield [dict(row._mapping) for row in part]


def _tables() -> list[Table]:
    return SQLModel.metadata.sorted_tables


def _reset_sequences(conn: Connection) -> None:
    """PostgreSQL counts numbered rows apart from the rows."""
    if conn.dialect.name != "postgresql":
        return
    for table in _tables():
        for column in table.primary_key:
            if column.name != "seq":
                continue
            name = conn.execute(select(func.pg_get_serial_sequence(table.name, column.name))).scalar()
            highest = conn.execute(select(func.max(column))).scalar()
            if name and highest:
                conn.execute(text("SELECT setval(:name, :value)"), {"name": name, "value": highest})


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
