"""Databases and tablespaces of tests are dropped beside tests that fill a disk."""

from __future__ import annotations

import time
from typing import Any

import psycopg

_PATIENCE = 120  # seconds; a disk of a test is full for a few


def drop(server: psycopg.Connection[Any], statement: str) -> None:
    """Run a DROP on an autocommit connection. It asks for a checkpoint of the whole server, which fails as long as the
    tablespace of another test, in another process, has no room (PostgreSQL writes every table's pages then)."""
    ends = time.monotonic() + _PATIENCE
    while True:
        try:
            server.execute(statement)
        except psycopg.errors.InternalError_:
            if time.monotonic() > ends:
                raise
            time.sleep(0.5)
        else:
            return
