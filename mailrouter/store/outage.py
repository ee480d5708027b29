"""When the database cannot do its work now (disk full, gone, busy): telling it from a fault of ours, and keeping in
mind what has to be written as soon as it can again.

Shown by the tests on a full disk: a mail that had left was sent again since its result could not be written, and an
outage cost the mail at hand one of the five tries after which it is held. Neither is the mail's fault.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from mailrouter.store.engine import Store
from mailrouter.store.units import NotStored, T, Unit

# SQLite's primary result codes: busy, locked, out of memory, read-only, I/O error, full, cannot open.
_SQLITE: Final = frozenset({5, 6, 7, 8, 10, 13, 14})
# Classes of PostgreSQL's SQLSTATE (appendix A): connection, transaction rollback, resources, object in use or locked,
# operator intervention, system error. 25006: the server takes no writes.
_SQLSTATE: Final = ("08", "40", "53", "55", "57", "58", "25006")


def unavailable(fault: BaseException) -> bool:
    """Whether the database could not do its work for reasons that pass, so that trying again is right."""
    if isinstance(fault, NotStored):
        return True
    if not isinstance(fault, DBAPIError):
        return False
    if isinstance(fault.orig, sqlite3.Error):
        return getattr(fault.orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE
    state = getattr(fault.orig, "sqlstate", None)
    if state is None:  # no answer of the server at all: it cannot be reached
        return fault.connection_invalidated or isinstance(fault, OperationalError)
    return str(state).startswith(_SQLSTATE)


async def written(store: Store, unit: Unit[T]) -> T:
    """`store.write` from the event loop: no thread has to wait for the one that writes."""
    return await asyncio.wrap_future(store.submit(unit))


class Owed:
    """What could not be written during an outage: written first, in the same transaction as what comes next.

    For one loop at a time. What is owed is lost with the process, as with a kill: leases cover that.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._units: list[Unit[object]] = []

    def keep(self, unit: Callable[[Connection], object]) -> None:
        """Write this before anything else."""
        self._units.append(unit)

    async def write(self, unit: Unit[T]) -> T:
        """`store.submit`, with what is owed ahead of it; that stays owed while the database is unavailable. Any other
        fault ends the debt: what cannot be written at all must not hold up what comes next."""
        ahead = tuple(self._units)

        def whole(conn: Connection) -> T:
            for one in ahead:
                one(conn)
            return unit(conn)

        try:
            result = await written(self._store, whole)
        except Exception as fault:
            if not unavailable(fault):
                self._units.clear()
            raise
        del self._units[: len(ahead)]
        return result
