"""What a unit of work is, and the two ways it fails for reasons outside of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")
Unit = Callable[[Connection], T]


class NotStored(Exception):
    """The shared transaction was lost for reasons outside of this unit (disk full, another unit's fault took it along,
    database busy). Nothing of the unit is known to be stored; the caller may try again."""


class Writer(Protocol):
    """Runs units, each all or nothing, and answers only when what a unit wrote is durable.

    A unit must not commit, roll back, keep the connection, or wait for another unit. It may run more than once
    (PostgreSQL retries after a deadlock), so it has no effect outside of the database. What it raises reaches its own
    caller only.
    """

    def submit(self, unit: Unit[T]) -> Future[T]:
        """Queue a unit; the future is done after the commit, or holds what went wrong. RuntimeError when closed."""
        ...

    def write(self, unit: Unit[T]) -> T:
        """Run a unit and wait for its commit."""
        ...

    def close(self) -> None:
        """Finish what was submitted, then refuse. Called once."""
        ...
