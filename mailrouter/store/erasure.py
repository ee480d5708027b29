"""Erasing: keys are destroyed, personal columns emptied, and what is left is looked at again.

One table says of every column what becomes of it; a test insists that no sealed or indexed column is missing. Rows
that statistics and the ledger need stay, without any person in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, String, Table, column, delete, func, literal, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from mailrouter.store.rows import rows
from mailrouter.store.tables import (
    AttemptRow,
    Case,
    CaseMessageRow,
    CaseParticipant,
    CaseParty,
    DataKey,
    Decided,
    DueRow,
    FileRow,
    HistoryRow,
    Inbound,
    Octets,
    Outbox,
    PageAsk,
    Token,
)

_KEY, _CASE, _INBOUND = rows(DataKey), rows(Case), rows(Inbound)
_OUTBOX, _DECISION = rows(Outbox), rows(Decided)


class Rule(NamedTuple):
    """What becomes of a table's rows: these columns take these values, or the rows are deleted (None)."""

    table: Table
    by: str
    becomes: Mapping[str, Any] | None


_MAIL: Final = {
    "envelope_sealed": None,
    "unique_key": literal("wiped:", String) + column("id", String),
    "sibling_key": "",
    "message_index": "",
    "data_key": "",
    "fault": "",
    "released_by": "",
    "release_word": "",
}
# Message-IDs of ours stay: they name no person, and a late answer is recognised by them and answered kindly.
_POST: Final = {
    "envelope_sealed": None,
    "text_sealed": None,
    "recipient_index": "",
    "domain_index": "",
    "provider_id": "",
    "data_key": "",
}
_DECISION_RECORD: Final = {"facts_sealed": None, "effects_sealed": None, "data_key": ""}
OF_CASE: Final = (
    Rule(rows(CaseParty), "case_id", {"owner_index": "", "owner_sealed": None, "reason_sealed": None}),
    Rule(rows(CaseParticipant), "case_id", None),
    Rule(rows(CaseMessageRow), "case_id", {"author_sealed": None, "text_sealed": None}),
    Rule(rows(FileRow), "case_id", None),
    Rule(rows(HistoryRow), "case_id", {"who_sealed": None, "why_sealed": None}),
    Rule(rows(Token), "case_id", {"address_index": "", "address_sealed": None, "question": "", "words": ""}),
    Rule(rows(DueRow), "case_id", None),
    Rule(rows(PageAsk), "case_id", None),
)
OF_DECISION: Final = (Rule(_DECISION, "id", _DECISION_RECORD),)
OF_MAIL: Final = (
    Rule(_INBOUND, "id", _MAIL),
    Rule(rows(Octets), "id", None),
    Rule(
        rows(Token), "inbound_id", {"address_index": "", "address_sealed": None, "question": "", "words": ""}
    ),
)
OF_POST: Final = (
    Rule(_OUTBOX, "id", _POST),
    Rule(rows(Octets), "id", None),
    Rule(rows(AttemptRow), "outbox_id", {"text": ""}),
)
CASE_ITSELF: Final = Rule(
    _CASE,
    "id",
    {
        "state": "wiped",
        "creator_index": "",
        "creator_sealed": None,
        "subject_index": "",
        "subject_sealed": None,
        "fields_sealed": None,
        "careful": False,
        "data_key": "",
    },
)
KEPT: Final = frozenset({("outbox", "message_index")})


class Busy(Exception):
    """Something of it is on the wire or being decided just now; try again later."""


class Extent(NamedTuple):
    """Everything that hangs on a case: ids by kind, and the data keys that seal it."""

    case_id: str
    inbound: tuple[str, ...]
    outbox: tuple[str, ...]
    decisions: tuple[str, ...]
    keys: tuple[str, ...]


def extent(conn: Connection, case_id: str) -> Extent:
    """What belongs to a case, also mail that was held on its address and decisions on that mail."""
    inbound = _ids(conn, _INBOUND, _INBOUND.c.case_id == case_id)
    of_it = or_(_DECISION.c.case_id == case_id, _DECISION.c.inbound_id.in_(inbound))
    decisions = _ids(conn, _DECISION, of_it)
    outbox = _ids(conn, _OUTBOX, or_(_OUTBOX.c.case_id == case_id, _OUTBOX.c.decision_id.in_(decisions)))
    return Extent(case_id, inbound, outbox, decisions, _keys(conn, case_id, inbound, outbox, decisions))


def erase_case(conn: Connection, case_id: str, now: datetime) -> Extent:
    """Erase a case for good; what is left is its number, states, times and organisations. LookupError for no case,
    Busy while one of its mails is leased. Gives what was erased, for the proof."""
    case = conn.execute(select(_CASE.c.id).where(_CASE.c.id == case_id).with_for_update()).first()
    if case is None:
        raise LookupError(case_id)
    found = extent(conn, case_id)
    _refuse_busy(conn, found)
    conn.execute(delete(_KEY).where(_KEY.c.id.in_(found.keys)))
    cancelled = _OUTBOX.c.id.in_(found.outbox) & _OUTBOX.c.state.in_(("queued", "unknown"))
    conn.execute(update(_OUTBOX).where(cancelled).values(state="cancelled", reason="wiped"))
    for ids, rules in _work(found):
        _apply(conn, rules, ids)
    _apply(conn, (CASE_ITSELF,), (case_id,))
    conn.execute(update(_CASE).where(_CASE.c.id == case_id).values(wiped_at=now, version=_CASE.c.version + 1))
    return found


def erase_mails(conn: Connection, inbound_ids: Sequence[str]) -> int:
    """Erase accepted mails that no case keeps, and what decisions on them knew; gives how many keys were destroyed.

    A decision that held a mail on a case's address is sealed by that case's key, which stays.
    """
    on_it = _DECISION.c.inbound_id.in_(inbound_ids)
    alone = _ids(conn, _DECISION, on_it & (_DECISION.c.case_id == ""))
    keys = _data_keys(conn, _INBOUND, inbound_ids) + _data_keys(conn, _DECISION, alone)
    destroyed = conn.execute(delete(_KEY).where(_KEY.c.id.in_(keys))).rowcount
    decisions = _ids(conn, _DECISION, on_it)
    _apply(conn, OF_MAIL, inbound_ids)
    _apply(conn, OF_DECISION, decisions)
    return destroyed


def erase_posts(conn: Connection, outbox_ids: Sequence[str]) -> int:
    """Erase mails of ours that belong to no case; gives how many keys were destroyed."""
    keys = _data_keys(conn, _OUTBOX, outbox_ids)
    destroyed = conn.execute(delete(_KEY).where(_KEY.c.id.in_(keys))).rowcount
    _apply(conn, OF_POST, outbox_ids)
    return destroyed


def remains(conn: Connection, found: Extent) -> tuple[list[str], int]:
    """What is still there of an erased case, as "table.column: n rows", and how many rows were looked at."""
    left: list[str] = []
    scanned = 0
    for ids, rules in (*_work(found), ((found.case_id,), (CASE_ITSELF,))):
        for rule in rules:
            here = rule.table.c[rule.by].in_(ids)
            scanned += _count(conn, rule.table, here)
            left += _left_in(conn, rule, here)
    keys = _count(conn, _KEY, _KEY.c.id.in_(found.keys) | (_KEY.c.wrapped_by == f"case:{found.case_id}"))
    return left + ([f"data_key: {keys} rows"] if keys else []), scanned + len(found.keys)


def personal(table: Table) -> tuple[str, ...]:
    """The columns of a table that may tell of a person: sealed, or a blind index."""
    named = (
        c.name for c in table.c if c.name.endswith(("_sealed", "_index")) or c.name in ("sealed", "wrapped")
    )
    return tuple(name for name in named if (table.name, name) not in KEPT)


def _work(found: Extent) -> tuple[tuple[tuple[str, ...], tuple[Rule, ...]], ...]:
    return (
        ((found.case_id,), OF_CASE),
        (found.inbound, OF_MAIL),
        (found.outbox, OF_POST),
        (found.decisions, OF_DECISION),
    )


def _apply(conn: Connection, rules: Sequence[Rule], ids: Sequence[str]) -> None:
    for rule in rules if ids else ():
        here = rule.table.c[rule.by].in_(ids)
        if rule.becomes is None:
            conn.execute(delete(rule.table).where(here))
        else:
            conn.execute(update(rule.table).where(here).values(dict(rule.becomes)))


def _left_in(conn: Connection, rule: Rule, here: ColumnElement[bool]) -> list[str]:
    if rule.becomes is None:
        n = _count(conn, rule.table, here)
        return [f"{rule.table.name}: {n} rows"] if n else []
    counted = [
        (name, _count(conn, rule.table, here & _is_set(rule.table, name))) for name in personal(rule.table)
    ]
    return [f"{rule.table.name}.{name}: {n} rows" for name, n in counted if n]


def _is_set(table: Table, name: str) -> ColumnElement[bool]:
    return table.c[name] != "" if name.endswith("_index") else table.c[name].is_not(None)


def _refuse_busy(conn: Connection, found: Extent) -> None:
    leased = _count(conn, _OUTBOX, _OUTBOX.c.id.in_(found.outbox) & (_OUTBOX.c.state == "leased"))
    undecided = _count(
        conn, _INBOUND, _INBOUND.c.id.in_(found.inbound) & (_INBOUND.c.disposition == "pending")
    )
    if leased or undecided:
        raise Busy(f"{leased} mails on the wire, {undecided} being decided")


def _keys(
    conn: Connection, case_id: str, inbound: Sequence[str], outbox: Sequence[str], decisions: Sequence[str]
) -> tuple[str, ...]:
    wrapped = _ids(conn, _KEY, _KEY.c.wrapped_by == f"case:{case_id}")
    own = _data_keys(conn, _CASE, (case_id,)) + _data_keys(conn, _INBOUND, inbound)
    own += _data_keys(conn, _OUTBOX, outbox) + _data_keys(conn, _DECISION, decisions)
    return tuple(sorted({*wrapped, *own} - {""}))


def _data_keys(conn: Connection, table: Table, ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(conn.execute(select(table.c.data_key).where(table.c.id.in_(ids))).scalars())


def _ids(conn: Connection, table: Table, condition: ColumnElement[bool]) -> tuple[str, ...]:
    return tuple(conn.execute(select(table.c.id).where(condition).order_by(table.c.id)).scalars())


def _count(conn: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    return int(conn.execute(select(func.count()).select_from(table).where(condition)).scalar_one())
