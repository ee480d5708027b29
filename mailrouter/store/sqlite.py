"""SQLite: one writer thread with group commit, readers beside it (WAL).

Units that arrive while the disk is busy share the next commit, each in a savepoint; a caller is answered only after
that commit. Two measured traps shape this file. With the driver's default transaction handling a rollback of the
whole kept the first unit: so the driver does nothing by itself (isolation_level None) and BEGIN IMMEDIATE is ours. On a
full disk one unit's error rolled back every unit and the following commit raised nothing: so after each unit, and
before the commit, the driver is asked whether the transaction still stands.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL

from mailrouter.store.units import NotStored, T, Unit

# Bounds how long the first caller of a group waits for the others' work; far above what 50 callers can queue.
GROUP_LIMIT: Final = 200


def open_engines(url: URL, busy_timeout: float, connections: int) -> tuple[Engine, Engine]:
    """The writing and the reading engine of a database file, made with mode 0600 when absent.

    ValueError for a database in memory: nothing in it survives the process, and readers would not see the writer.
    """
    if not url.database or url.database == ":memory:":
        raise ValueError(f"{url}: needs a file, a database in memory keeps nothing")
    _create_private(Path(url.database))
    args = {"timeout": busy_timeout}
    url = url.set(drivername=f"sqlite+{_Dialect.driver}")
    writing = create_engine(url, begin="BEGIN IMMEDIATE", poolclass=NullPool, connect_args=args)
    reading = create_engine(
        url, begin="BEGIN", pool_size=connections, max_overflow=connections, connect_args=args
    )
    event.listen(writing, "connect", partial(_prepare, query_only=False))
    event.listen(reading, "connect", partial(_prepare, query_only=True))
    return writing, reading


def checkpoint(engine: Engine) -> bool:
    """Copy the WAL into the file and cut it to nothing; whether it was cut (a reader may hold it, then try again)."""
    raw = engine.raw_connection()
    try:
        busy, *_ = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    finally:
        raw.close()


def read_only(path: Path) -> Engine:
    """A file that nobody writes, read without touching it or its directory (a backup)."""
    return create_engine(f"sqlite:///file:{quote(str(path.absolute()))}?mode=ro&uri=true", poolclass=NullPool)


def settle_file(path: Path) -> None:
    """One file without a WAL beside it, synced: what is copied elsewhere is whole."""
    driver = sqlite3.connect(path)
    try:
        driver.execute("PRAGMA journal_mode=DELETE").fetchall()
    finally:
        driver.close()
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class GroupCommit:
    """The one writer: a thread, a queue, and a commit shared by what waits (a `Writer`)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._connection: Connection | None = None
        self._closing = False
        self._gate = threading.Lock()
        self._thread = threading.Thread(target=self._serve, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, unit: Unit[T]) -> Future[T]:
        """Queue a unit; the future is done after the shared commit."""
        future: Future[T] = Future()
        with self._gate:
            if self._closing:
                raise RuntimeError("the store is closed")
            self._queue.put(_Waiting(unit, future))
        return future

    def write(self, unit: Unit[T]) -> T:
        """Run a unit and wait for its commit."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a unit waits for another unit: the writer would wait for itself")
        return self.submit(unit).result()

    def close(self) -> None:
        """Finish what was submitted, then stop."""
        with self._gate:
            if not self._closing:
                self._closing = True
                self._queue.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while group := self._next_group():
            self._answer(group, self._commit(group))
        self._discard()

    def _next_group(self) -> list[_Waiting]:
        """What waits, at least one unit; empty when the store closes."""
        group: list[_Waiting] = []
        while len(group) < GROUP_LIMIT:
            try:
                waiting = self._queue.get(block=not group)
            except Empty:
                break
            if waiting is None:
                self._queue.put(None)
                break
            if waiting.future.set_running_or_notify_cancel():
                group.append(waiting)
        return group

    def _commit(self, group: Sequence[_Waiting]) -> list[_Outcome]:
        """Run the units in one transaction. A fault of the whole is every unit's outcome."""
        try:
            conn = self._connect()
            shared = conn.begin()
            outcomes = [_run(conn, waiting.unit) for waiting in group]
            _require_transaction(conn)
            shared.commit()
        except BaseException as fault:  # noqa: BLE001 - handed to each caller; the thread must outlive it
            self._discard()
            return [_Outcome(None, _not_stored(fault)) for _ in group]
        return outcomes

    def _answer(self, group: Sequence[_Waiting], outcomes: Sequence[_Outcome]) -> None:
        for waiting, outcome in zip(group, outcomes, strict=True):
            if outcome.fault is None:
                waiting.future.set_result(outcome.result)
            else:
                waiting.future.set_exception(outcome.fault)

    def _connect(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _discard(self) -> None:
        """Drop the connection: after a lost transaction its state is not worth guessing."""
        conn, self._connection = self._connection, None
        if conn is not None:
            conn.invalidate()
            conn.close()


class _Waiting(NamedTuple):
    unit: Unit[Any]
    future: Future[Any]


class _Outcome(NamedTuple):
    result: Any
    fault: BaseException | None


def _run(conn: Connection, unit: Unit[Any]) -> _Outcome:
    """One unit in its savepoint. NotStored when it took the whole transaction along."""
    driver = _driver(conn)
    driver.execute("SAVEPOINT unit")
    try:
        result = unit(conn)
    except BaseException as fault:  # noqa: BLE001 - handed to the caller
        _require_transaction(conn, fault)
        driver.execute("ROLLBACK TO unit")
        driver.execute("RELEASE unit")
        return _Outcome(None, fault)
    _require_transaction(conn)
    driver.execute("RELEASE unit")
    return _Outcome(result, None)


def _require_transaction(conn: Connection, fault: BaseException | None = None) -> None:
    if not _driver(conn).in_transaction:
        raise NotStored("SQLite rolled the whole transaction back") from fault


def _not_stored(fault: BaseException) -> NotStored:
    """Its own exception for each caller: a traceback grows with every raise of a shared one."""
    lost = NotStored(str(fault))
    lost.__cause__ = fault
    return lost


def _driver(conn: Connection) -> Any:
    return conn.connection.dbapi_connection


def _create_private(path: Path) -> None:
    """The file with mode 0600; SQLite gives its -wal and -shm the same."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _prepare(driver: Any, _record: Any, *, query_only: bool) -> None:
    """Every connection durable, and its transactions ours."""
    driver.isolation_level = None
    mode = driver.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise NotStored(f"this file system allows no WAL (journal mode {mode}): use a local disk")
    for pragma in ("synchronous=FULL", "fullfsync=ON", "secure_delete=ON", f"query_only={query_only:d}"):
        driver.execute(f"PRAGMA {pragma}").fetchall()


class _Dialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's way to the driver, with `begin` at its start and nothing outside a transaction: a unit that swallows
    the error which lost the transaction would go on in autocommit, half stored. Methods rather than listeners: an
    engine with one listener asks for listeners five times a statement, which cost a sixth of it.
    """

    driver = "mailrouter"
    supports_statement_cache = True

    def __init__(self, begin: str = "BEGIN", **options: Any) -> None:
        super().__init__(**options)
        self._begin = begin

    def do_begin(self, dbapi_connection: Any) -> None:
        """The driver begins none by itself (isolation_level None)."""
        dbapi_connection.execute(self._begin)

    def do_execute(self, cursor: Any, statement: Any, parameters: Any, context: Any = None) -> None:
        """One statement; NotStored outside a transaction."""
        _require_standing(cursor)
        cursor.execute(statement, parameters)

    def do_executemany(self, cursor: Any, statement: Any, parameters: Any, context: Any = None) -> None:
        """One statement for each row; NotStored outside a transaction."""
        _require_standing(cursor)
        cursor.executemany(statement, parameters)

    def do_execute_no_params(self, cursor: Any, statement: Any, context: Any = None) -> None:
        """One statement without parameters; NotStored outside a transaction."""
        _require_standing(cursor)
        cursor.execute(statement)


def _require_standing(cursor: Any) -> None:
    if not cursor.connection.in_transaction:
        raise NotStored("no transaction stands: an earlier statement lost it")


registry.register(f"sqlite.{_Dialect.driver}", __name__, _Dialect.__name__)
