"""What was decided, found again: by inbound id, Message-ID or case number; with mails and attempts."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select

from mailrouter.core.casenumber import valid_number
from mailrouter.core.model import Frozen
from mailrouter.store.blind import message_index
from mailrouter.store.outbox import open_text
from mailrouter.store.rows import AnyRow, rows
from mailrouter.store.seal import Erased, Sealer
from mailrouter.store.tables import AttemptRow, Case, Decided, Inbound, Outbox

_DECISION, _INBOUND, _OUTBOX = rows(Decided), rows(Inbound), rows(Outbox)
_ATTEMPT, _CASE = rows(AttemptRow), rows(Case)


class AttemptLine(Frozen, frozen=True, kw_only=True):
    """One attempt."""

    n: int
    started_at: datetime
    outcome: str
    code: int
    enhanced: str
    text: str
    relay: str


class MailLine(Frozen, frozen=True, kw_only=True):
    """One mail of a decision."""

    id: str
    template: str
    recipient: str
    state: str
    reason: str
    attempts: tuple[AttemptLine, ...]


class Explained(Frozen, frozen=True, kw_only=True):
    """One decision record. `facts` and `effects` are None unless content was asked for (break-glass)."""

    id: str
    trigger: str
    at: datetime
    inbound_id: str
    case_number: str
    disposition: str
    rule: str
    trace: list[dict[str, Any]]
    effects: list[dict[str, Any]]
    policy_digest: str
    mails: tuple[MailLine, ...]
    facts: Any = None


def explain(conn: Connection, sealer: Sealer, ref: str, content: bool = False) -> list[Explained]:
    """The decisions that `ref` names, oldest first; empty when it names nothing."""
    case_id = ""
    if number := valid_number(ref):
        case_id = conn.execute(select(_CASE.c.id).where(_CASE.c.number == number)).scalar() or ""
    inbound = [ref, *_by_message_id(conn, sealer, ref)]
    here = _DECISION.c
    wanted: list[ColumnElement[bool]] = [
        here.inbound_id.in_(inbound),
        here.id.in_(_deciding(conn, sealer, ref)),
    ]
    if case_id:
        wanted.append(here.case_id == case_id)
    found = conn.execute(select(_DECISION).where(or_(*wanted)).order_by(here.at, here.id)).all()
    return [_explained(conn, sealer, row, content) for row in found]


def _by_message_id(conn: Connection, sealer: Sealer, ref: str) -> list[str]:
    index = message_index(sealer, ref)
    return list(conn.execute(select(_INBOUND.c.id).where(_INBOUND.c.message_index == index)).scalars())


def _deciding(conn: Connection, sealer: Sealer, ref: str) -> list[str]:
    """Decisions that sent the mail with this Message-ID or outbox id."""
    same = or_(_OUTBOX.c.id == ref, _OUTBOX.c.message_index == message_index(sealer, ref))
    return list(conn.execute(select(_OUTBOX.c.decision_id).where(same)).scalars())


def _explained(conn: Connection, sealer: Sealer, row: AnyRow, content: bool) -> Explained:
    effects, facts = _sealed(conn, sealer, row)
    number = (
        conn.execute(select(_CASE.c.number).where(_CASE.c.id == row.case_id)).scalar() if row.case_id else ""
    )
    return Explained(
        id=row.id,
        trigger=row.trigger_kind,
        at=row.at,
        inbound_id=row.inbound_id,
        case_number=number or "",
        disposition=row.disposition,
        rule=row.rule,
        trace=json.loads(row.trace),
        effects=effects if content else [_shown(e) for e in effects],
        policy_digest=row.policy_digest,
        mails=_mails(conn, sealer, row.id),
        facts=facts if content else None,
    )


# What of an effect tells what happened without telling what was said.
_SAFE = (
    "type",
    "organisation",
    "to",
    "template",
    "role",
    "language",
    "audience",
    "disclosure",
    "reason",
    "territory",
    "number",
    "kinds",
    "useful",
)


def _shown(effect: dict[str, Any]) -> dict[str, Any]:
    shown = {k: v for k, v in effect.items() if k in _SAFE}
    if "due" in effect:
        shown |= {k: effect["due"].get(k, "") for k in ("kind", "at", "organisation")}
    return shown


def _sealed(conn: Connection, sealer: Sealer, row: AnyRow) -> tuple[list[dict[str, Any]], Any]:
    """Effects and facts; empty once wiped."""
    if row.effects_sealed is None:
        return [], None
    try:
        key = sealer.load_key(conn, row.data_key)
    except Erased:
        return [], None
    effects = json.loads(sealer.open(key, row.effects_sealed, f"decision.effects:{row.id}"))
    return effects, json.loads(sealer.open(key, row.facts_sealed, f"decision.facts:{row.id}"))


def _mails(conn: Connection, sealer: Sealer, decision_id: str) -> tuple[MailLine, ...]:
    found = conn.execute(
        select(_OUTBOX).where(_OUTBOX.c.decision_id == decision_id).order_by(_OUTBOX.c.seq, _OUTBOX.c.id)
    )
    return tuple(
        MailLine(
            id=r.id,
            template=r.template,
            recipient=open_text(conn, sealer, r)[0],
            state=r.state,
            reason=r.reason,
            attempts=_attempts(conn, r.id),
        )
        for r in found.all()
    )


def _attempts(conn: Connection, outbox_id: str) -> tuple[AttemptLine, ...]:
    found = conn.execute(select(_ATTEMPT).where(_ATTEMPT.c.outbox_id == outbox_id).order_by(_ATTEMPT.c.n))
    names = AttemptLine.__struct_fields__
    return tuple(AttemptLine(**{n: getattr(r, n) for n in names}) for r in found)
