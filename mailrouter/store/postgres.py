"""PostgreSQL: one transaction per unit, tried again when the server asks for it.

READ COMMITTED with explicit locks: claims skip locked rows, a case's version is compared and increased by one UPDATE,
unique keys stop doubles. Reads are REPEATABLE READ, so what is gathered belongs together.
"""

from __future__ import annotations

import random
import re
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from psycopg.errors import Diagnostic
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from mailrouter.store.units import T, Unit

TRIES: Final = 5
SCRUBS: Final = 6
# serialization_failure, deadlock_detected (PostgreSQL, appendix A): the server undid the unit and asks for another go.
_AGAIN: Final = frozenset({"40001", "40P01"})


def open_engines(url: URL, connections: int) -> tuple[Engine, Engine]:
    """The writing and the reading engine of a server's database; they share one pool."""
    url = url.set(drivername="postgresql+psycopg")
    writing = create_engine(
        url, pool_size=connections, max_overflow=connections, connect_args={"connect_timeout": 10}
    )
    event.listen(writing, "connect", _require_durable)
    reading = writing.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return writing, reading


def scrub(engine: Engine) -> bool:
    """Rewrite the table of keys: a deleted row's octets stay in its page otherwise, plain VACUUM does not clear them.

    Whether all are gone. Rows that a snapshot on the server may still read are copied with the rest (a backup that is
    being made, for an instant each session that begins): it is tried `SCRUBS` times, then False."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        driver = conn.connection.driver_connection
        assert driver is not None
        told: list[str] = []

        def hear(diagnostic: Diagnostic) -> None:
            told.append(diagnostic.message_detail or "")

        driver.add_notice_handler(hear)
        try:
            for tried in range(SCRUBS):
                time.sleep(0.1 * tried)
                told.clear()
                conn.exec_driver_sql("VACUUM (FULL, VERBOSE) data_key")
                if not any(_still_there(detail) for detail in told):
                    return True
        finally:
            driver.remove_notice_handler(hear)
    return False


def _still_there(detail: str) -> int:
    """The first number of VACUUM's DETAIL, in whatever language: dead rows that it could not leave behind."""
    number = re.search(r"\d+", detail)
    return int(number[0]) if number else 0


class PerUnit:
    """A transaction for each unit (a `Writer`)."""

    def __init__(self, engine: Engine, connections: int) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="store-writer")

    def submit(self, unit: Unit[T]) -> Future[T]:
        """Run a unit in one of the writer threads."""
        return self._threads.submit(self.write, unit)

    def write(self, unit: Unit[T]) -> T:
        """Run a unit in the calling thread; at most `TRIES` times when the server undoes it."""
        for tried in range(1, TRIES + 1):
            phase = _Phase()
            try:
                return _attempt(self._engine, unit, phase)
            except DBAPIError as fault:
                if tried == TRIES or not _may_retry(fault, phase):
                    raise
            # Two that collided must not collide again in step.
            time.sleep(random.uniform(0, 0.01 * 2**tried))
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Finish what was submitted, then stop."""
        self._threads.shutdown(wait=True)


class _Phase:
    """How far a transaction got: a connection lost during COMMIT leaves its outcome unknown."""

    committing = False


def _attempt(engine: Engine, unit: Unit[T], phase: _Phase) -> T:
    with engine.connect() as conn, conn.begin() as transaction:
        result = unit(conn)
        phase.committing = True
        transaction.commit()
    return result


def _may_retry(fault: DBAPIError, phase: _Phase) -> bool:
    state = getattr(fault.orig, "sqlstate", None)
    return state in _AGAIN or (fault.connection_invalidated and not phase.committing)


def _require_durable(driver: Any, _record: Any) -> None:
    """`off` answers a commit before it is on disk; any stricter setting of the server stays."""
    with driver.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        if cursor.fetchone()[0] == "off":
            cursor.execute("SET synchronous_commit = on")
    driver.commit()


def lock(conn: Connection, name: str) -> None:
    """Serialise on `name` until the transaction ends. SQLite needs none: it has one writer."""
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))
