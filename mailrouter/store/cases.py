"""Cases for operators: what stands where, without content unless it is asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from mailrouter.core.casenumber import valid_number
from mailrouter.core.model import CaseView, Frozen
from mailrouter.store.casebook.secrets import CaseBox
from mailrouter.store.casebook.view import CASE, DUE, PARTY, load_case
from mailrouter.store.rows import rows
from mailrouter.store.seal import Erased, Sealer
from mailrouter.store.tables import HistoryRow

_HISTORY = rows(HistoryRow)


class CaseRow(Frozen, frozen=True, kw_only=True):
    """A line of `cases list`."""

    number: str
    territory: str
    state: str
    opened_at: datetime
    parties: tuple[dict[str, str], ...] = ()
    next_due: datetime | None = None
    next_due_kind: str = ""


def list_cases(conn: Connection, state: str = "") -> list[CaseRow]:
    """Every case, newest first; of one state if given."""
    query = select(CASE.c.id, CASE.c.number, CASE.c.territory, CASE.c.state, CASE.c.opened_at)
    if state:
        query = query.where(CASE.c.state == state)
    found = conn.execute(query.order_by(CASE.c.opened_at.desc(), CASE.c.number.desc())).all()
    parties: dict[str, list[dict[str, str]]] = {}
    for p in conn.execute(
        select(PARTY.c.case_id, PARTY.c.organisation, PARTY.c.state).order_by(PARTY.c.organisation)
    ):
        parties.setdefault(p.case_id, []).append({"organisation": p.organisation, "state": p.state})
    dues: dict[str, tuple[datetime, str]] = {}
    for d in conn.execute(
        select(DUE.c.case_id, DUE.c.kind, DUE.c.at).where(DUE.c.done_at.is_(None)).order_by(DUE.c.at)
    ):
        dues.setdefault(d.case_id, (d.at, d.kind))
    return [
        CaseRow(
            number=r.number,
            territory=r.territory,
            state=r.state,
            opened_at=r.opened_at,
            parties=tuple(parties.get(r.id, ())),
            next_due=dues[r.id][0] if r.id in dues else None,
            next_due_kind=dues[r.id][1] if r.id in dues else "",
        )
        for r in found
    ]


def show_case(conn: Connection, sealer: Sealer, number: str, content: bool) -> dict[str, Any] | None:
    """One case as plain values; subject, fields and messages only with `content`."""
    case_id = conn.execute(
        select(CASE.c.id).where(CASE.c.number == (valid_number(number) or number))
    ).scalar()
    case = load_case(conn, sealer, case_id) if case_id else None
    if case is None:
        return None
    shown: dict[str, Any] = msgspec.to_builtins(case)
    shown["messages"] = [_line(m, content) for m in shown.get("messages", ())]
    if not content:
        for name in ("subject", "fields", "markers", "urgent", "mandate"):
            shown.pop(name, None)
        for participant in shown.get("participants", ()):
            participant.pop("thread", None)
        for party in shown.get("parties", ()):
            party.pop("reason", None)
    shown["dues"] = [
        {"at": d.at.isoformat(), "kind": d.kind, "organisation": d.organisation, "step": d.step or ""}
        for d in sorted(case.dues, key=lambda d: d.at)
    ]
    shown["history"] = _history(conn, sealer, case, content)
    return shown


def _line(message: dict[str, Any], content: bool) -> dict[str, Any]:
    if content:
        return message
    kept = ("id", "at", "author", "side", "organisation", "audience")
    return {k: message[k] for k in kept if k in message} | {"files": len(message.get("files", ()))}


def _history(conn: Connection, sealer: Sealer, case: CaseView, content: bool) -> list[dict[str, Any]]:
    found = conn.execute(select(_HISTORY).where(_HISTORY.c.case_id == case.id).order_by(_HISTORY.c.seq)).all()
    try:
        box = CaseBox(sealer, case.id, sealer.case_key(conn, case.id))
    except Erased:
        box = None
    return [
        {
            "at": r.at.isoformat(),
            "act": r.act,
            "organisation": r.organisation,
            "before": r.before,
            "after": r.after,
            "who": box.open("history.who", r.who_sealed) if box else "",
            **({"why": box.open("history.why", r.why_sealed)} if box and content else {}),
        }
        for r in found
    ]
