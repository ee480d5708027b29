"""What operators type of an id or a number: its first characters, as long as only one begins so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Column, Connection, select

from mailrouter.core.ids import ID_HEX
from mailrouter.store.rows import rows
from mailrouter.store.tables import Case, Inbound, Outbox

_INBOUND, _OUTBOX, _CASE = rows(Inbound), rows(Outbox), rows(Case)
_SHOWN: Final = 10
# Less would be half the mails of a day.
_BEGINS_ID: Final = re.compile(rf"[0-9a-f]{{4,{ID_HEX - 1}}}")
_BEGINS_NUMBER: Final = re.compile(r"\d{4}-\d{1,8}-?")


class Ambiguous(Exception):
    """Several begin so; `names` are the first of them."""

    def __init__(self, beginning: str, names: list[str]) -> None:
        more = ", …" if len(names) > _SHOWN else ""
        super().__init__(f"several begin with {beginning}: {', '.join(names[:_SHOWN])}{more}")


def whole_reference(conn: Connection, beginning: str) -> str:
    """The inbound id, the outbox id or the case number that begins so; `beginning` itself when it is none's.
    Raises Ambiguous."""
    if _BEGINS_NUMBER.fullmatch(beginning):
        return whole_number(conn, beginning)
    if not _BEGINS_ID.fullmatch(beginning.lower()):
        return beginning
    found = [
        x for column in (_INBOUND.c.id, _OUTBOX.c.id) for x in _beginning(conn, column, beginning.lower())
    ]
    return _only(beginning, found)


def whole_number(conn: Connection, beginning: str) -> str:
    """The number of the case that begins so ("2026-004217", without its check character); `beginning` itself when it
    is none's. Raises Ambiguous."""
    if not _BEGINS_NUMBER.fullmatch(beginning):
        return beginning
    return _only(beginning, list(_beginning(conn, _CASE.c.number, beginning)))


def whole_held(conn: Connection, beginning: str) -> str:
    """The id of the held mail that begins so; `beginning` itself when it is none's. Raises Ambiguous."""
    return _only(beginning, list(_beginning(conn, _INBOUND.c.id, beginning.lower(), held=True)))


def _beginning(conn: Connection, column: Column[str], text: str, *, held: bool = False) -> Iterator[str]:
    query = select(column).where(column.startswith(text, autoescape=True)).order_by(column).limit(_SHOWN + 1)
    if held:
        query = query.where(_INBOUND.c.disposition == "held")
    yield from conn.execute(query).scalars()


def _only(beginning: str, found: list[str]) -> str:
    if len(found) > 1:
        raise Ambiguous(beginning, found)
    return found[0] if found else beginning
