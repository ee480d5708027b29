"""Columns that every table has its own of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, LargeBinary

from mailrouter.store.types import Instant


def instant(nullable: bool = False, index: bool = False) -> Column[datetime]:
    """An aware instant."""
    return Column(Instant, nullable=nullable, index=index)


def sealed(nullable: bool = False) -> Column[bytes]:
    """AEAD ciphertext (store/seal.py)."""
    return Column(LargeBinary, nullable=nullable)
