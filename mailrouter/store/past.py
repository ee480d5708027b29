"""Past decisions, read back whole: the facts they were made on and the effects they had."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from mailrouter.core.model import Effect, Facts, Frozen
from mailrouter.store.rows import rows
from mailrouter.store.seal import Erased, Sealer
from mailrouter.store.tables import Case, Decided

_DECISION, _CASE = rows(Decided), rows(Case)
_FACTS = msgspec.json.Decoder(Facts)
_EFFECTS = msgspec.json.Decoder(tuple[Effect, ...])


class Past(Frozen, frozen=True, kw_only=True):
    """One decision as it was recorded. `facts` None: it cannot be decided again, and `why` says so ("wiped", or
    "other-format" for facts that an older version wrote)."""

    id: str
    trigger: str
    inbound_id: str
    case_number: str
    at: datetime
    disposition: str
    rule: str
    effects: tuple[Effect, ...] = ()
    facts: Facts | None = None
    why: str = ""


def decided_since(conn: Connection, since: datetime | None) -> list[str]:
    """Ids of the decisions made from `since` on (all when None), oldest first."""
    query = select(_DECISION.c.id).order_by(_DECISION.c.at, _DECISION.c.id)
    if since is not None:
        query = query.where(_DECISION.c.at >= since)
    return list(conn.execute(query).scalars())


def past(conn: Connection, sealer: Sealer, decision_id: str) -> Past:
    """One decision."""
    query = (
        select(_DECISION, _CASE.c.number)
        .outerjoin(_CASE, _CASE.c.id == _DECISION.c.case_id)
        .where(_DECISION.c.id == decision_id)
    )
    row = conn.execute(query).one()
    made = Past(
        id=row.id,
        trigger=row.trigger_kind,
        inbound_id=row.inbound_id,
        case_number=row.number or "",
        at=row.at,
        disposition=row.disposition,
        rule=row.rule,
        why="wiped",
    )
    if row.facts_sealed is None or row.effects_sealed is None:
        return made
    try:
        key = sealer.load_key(conn, row.data_key)
    except Erased:
        return made
    facts = sealer.open(key, row.facts_sealed, f"decision.facts:{row.id}")
    effects = sealer.open(key, row.effects_sealed, f"decision.effects:{row.id}")
    try:
        return msgspec.structs.replace(
            made, facts=_FACTS.decode(facts), effects=_EFFECTS.decode(effects), why=""
        )
    except msgspec.ValidationError:
        return msgspec.structs.replace(made, why="other-format")
