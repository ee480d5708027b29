"""The database: where units of work run, on SQLite (one machine) or PostgreSQL (any number of nodes)."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Self

from sqlalchemy import Engine, make_url

from mailrouter.store import postgres, sqlite
from mailrouter.store.units import NotStored, T, Unit, Writer

__all__ = ["NotStored", "Store", "Unit"]


class Store:
    """One database. `write` answers only when the unit is durable; `read` sees one consistent state.

    `engine` writes, for migrations; `dialect` is "sqlite" or "postgresql".
    """

    def __init__(self, engine: Engine, reading: Engine, writer: Writer) -> None:
        self.engine = engine
        self.dialect = engine.dialect.name
        self._reading = reading
        self._writer = writer

    @classmethod
    def open(cls, url: str, *, busy_timeout: float = 10.0, connections: int = 8) -> Self:
        """Open `sqlite:///path` or `postgresql://…`. The schema is not touched (see `schema.upgrade`).

        `busy_timeout`: seconds to wait for another process that writes to the SQLite file; `connections` kept open.
        ValueError for any other kind of database.
        """
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
        if parsed.get_backend_name() == "sqlite":
            writing, reading = sqlite.open_engines(parsed, busy_timeout, connections)
            return cls(writing, reading, sqlite.GroupCommit(writing))
        if parsed.get_backend_name() == "postgresql":
            writing, reading = postgres.open_engines(parsed, connections)
            return cls(writing, reading, postgres.PerUnit(writing, connections))
        raise ValueError(
            f"{parsed.get_backend_name()}: the store is sqlite:///file or postgresql://server/name"
        )

    def write(self, unit: Unit[T]) -> T:
        """Run a unit (see `Writer` for what it must not do) and wait until it is durable."""
        return self._writer.write(unit)

    def submit(self, unit: Unit[T]) -> Future[T]:
        """Queue a unit; the future is done when it is durable, or holds what went wrong."""
        return self._writer.submit(unit)

    def read(self, query: Unit[T]) -> T:
        """Run a query against one consistent state. It gives values, never results that still hang on the connection."""
        with self._reading.connect() as conn, conn.begin():
            return query(conn)

    def scrub(self) -> bool:
        """Make deleted keys unreadable in the files themselves; whether it is done (a reader may hold the WAL of SQLite,
        or a snapshot of PostgreSQL: try again). PostgreSQL's WAL and backups keep them until they are recycled."""
        return sqlite.checkpoint(self.engine) if self.dialect == "sqlite" else postgres.scrub(self.engine)

    def files(self) -> tuple[Path, ...]:
        """Where the database lies on this machine's disk (its WAL too); nothing when a server keeps it."""
        if self.dialect != "sqlite":
            return ()
        path = str(self.engine.url.database)
        return tuple(here for here in (Path(path), Path(f"{path}-wal")) if here.exists())

    def close(self) -> None:
        """Finish what was submitted, then let every connection go."""
        self._writer.close()
        self._reading.dispose()
        self.engine.dispose()
