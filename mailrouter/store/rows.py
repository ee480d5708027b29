"""From a row class to its SQLAlchemy Core table: hot paths use Core (SQLModel inserts run at a fifth of its speed)."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias, cast

from sqlalchemy import Connection, Row, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

# A row of a Core statement: its columns are known by name only.
AnyRow: TypeAlias = Row[*tuple[Any, ...]]


def rows(model: type[SQLModel]) -> Table:
    """The Core table of a row class."""
    return cast("Table", model.__table__)  # type: ignore[attr-defined]


def upsert(conn: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that takes ON CONFLICT; both databases write it alike, SQLAlchemy has one class for each."""
    return upsert_for(conn.dialect.name, table)


def upsert_for(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """The same, for statements that are built once for each dialect."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def row(model: type[SQLModel], **values: Any) -> dict[str, Any]:
    """A whole row for a Core insert: `values`, and the defaults of the row class for the rest (Core knows none)."""
    unknown = values.keys() - model.model_fields.keys()
    if unknown:
        raise TypeError(f"{model.__name__} has no {sorted(unknown)}")
    return _defaults(model) | values


@cache
def _defaults(model: type[SQLModel]) -> dict[str, Any]:
    """What may be left out; a key that the database counts up itself is left to it."""
    return {
        name: field.default
        for name, field in model.model_fields.items()
        if not field.is_required()
        and not (field.default is None and getattr(field, "primary_key", None) is True)
    }
