"""Columns that every table has its own of."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Column, LargeBinary

from mailrouter.store.types import Instant

# A table of short rows with a key of its own is one tree on SQLite, and not a second one that leads to it.
SMALL: Final = {"sqlite_with_rowid": False}


def instant(nullable: bool = False, index: bool = False) -> Column[datetime]:
    """An aware instant."""
    return Column(Instant, nullable=nullable, index=index)


def sealed(nullable: bool = False) -> Column[bytes]:
    """AEAD ciphertext (store/seal.py)."""
    return Column(LargeBinary, nullable=nullable)
