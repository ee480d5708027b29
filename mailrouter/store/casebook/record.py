"""Record: a decision with all its effects, in one transaction. The second of the three transactions.

Facts carry the case's version and the directory's generation; when either moved on, `Stale` is raised, nothing is
written, and the worker gathers and decides again."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Mapping
from functools import cache
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import Connection, Insert, bindparam, insert, select, update

from mailrouter.core.decide.basis.evolve import evolve
from mailrouter.core.ids import new_id
from mailrouter.core.model import (
    CaseView,
    Count,
    Decision,
    Facts,
    Frozen,
    Hold,
    NewToken,
    OutboundMail,
    TimeReached,
    Trigger,
)
from mailrouter.store import counters, pending
from mailrouter.store.blind import address_index
from mailrouter.store.casebook.apply import apply
from mailrouter.store.casebook.threads import grown_by, lengthen
from mailrouter.store.casebook.unit import Applier, Stale
from mailrouter.store.casebook.view import CASE
from mailrouter.store.inbox import lock_siblings
from mailrouter.store.ledger import move
from mailrouter.store.outbox import enqueue
from mailrouter.store.rows import AnyRow, row, rows, upsert_for
from mailrouter.store.seal import Sealer
from mailrouter.store.tables import DataKey, Decided, Inbound, PolicyRow, Token

DECISION, INBOUND, TOKEN, POLICY, KEY = (
    rows(Decided),
    rows(Inbound),
    rows(Token),
    rows(PolicyRow),
    rows(DataKey),
)
_DECIDED = insert(DECISION)
_RECORDED = select(DECISION.c.id).where(DECISION.c.trigger_key == bindparam("trigger"))
_NEWEST_POLICY = select(POLICY.c.digest, POLICY.c.generation).order_by(POLICY.c.activated_at.desc()).limit(1)
_MOVE_ON = (
    update(CASE)
    .where(CASE.c.id == bindparam("of"), CASE.c.version == bindparam("gathered"))
    .values(version=CASE.c.version + 1)
    .returning(CASE.c.data_key)
)
_RECEIPT = (
    select(
        *(INBOUND.c[n] for n in ("sibling_key", "received_at", "disposition", "data_key")),
        KEY.c.wrapped_by,
        KEY.c.wrapped,
    )
    .select_from(INBOUND.outerjoin(KEY, KEY.c.id == INBOUND.c.data_key))
    .where(INBOUND.c.id == bindparam("inbound_id"))
)
UNDER_WAY = ("incomplete", "open", "done")


class Forgotten(Exception):
    """A decision would leave an open case without a next due act."""


class Record(Frozen, frozen=True, kw_only=True):
    """Everything that record writes. `key` is the trigger's unique key; `inbound_id` empty unless a mail triggered."""

    key: str
    kind: str
    facts: Facts
    decision: Decision
    mails: tuple[OutboundMail, ...] = ()
    inbound_id: str = ""


def record(conn: Connection, sealer: Sealer, entry: Record, files: Mapping[str, bytes]) -> bool:
    """Write a decision and its effects; False when this trigger was recorded before. Stale when overtaken."""
    if _was_recorded(conn, entry):
        return False
    now = entry.facts.now
    unit = Applier(conn, sealer, now, files, entry.inbound_id)
    _check_version(unit, entry.decision)
    receipt = _check_receipt(unit, entry)
    unit.grown = grown_by(sealer, entry.facts, entry.decision.case_id, entry.mails)
    after = _apply(unit, entry)
    _check_next_due(entry, after)
    decision_id = new_id(entry.facts.seed, "decision")
    unit.put(_DECIDED, _decided(unit, entry, after, decision_id))
    if entry.mails:
        enqueue(conn, sealer, entry.mails, decision_id, now, keys=unit.keys, opened=unit.opened)
        _tokens(unit, entry)
        lengthen(unit)
    if receipt is not None:
        _dispose(unit, entry, receipt)
    unit.flush()
    _count(conn, sealer, entry)
    return True


def _decided(unit: Applier, entry: Record, after: CaseView | None, decision_id: str) -> dict[str, Any]:
    key_id, key = _decision_key(unit, entry, after)
    facts, effects = msgspec.json.encode(entry.facts), msgspec.json.encode(entry.decision.effects)
    return row(
        Decided,
        id=decision_id,
        trigger_key=entry.key,
        trigger_kind=entry.kind,
        inbound_id=entry.inbound_id,
        case_id=entry.decision.case_id,
        at=unit.now,
        disposition=entry.decision.disposition,
        rule=entry.decision.rule,
        trace=msgspec.json.encode(entry.decision.trace).decode(),
        policy_digest=entry.facts.policy_digest,
        generation=entry.facts.generation,
        data_key=key_id,
        facts_sealed=unit.sealer.seal(key, facts, f"decision.facts:{decision_id}"),
        effects_sealed=unit.sealer.seal(key, effects, f"decision.effects:{decision_id}"),
    )


def _count(conn: Connection, sealer: Sealer, entry: Record) -> None:
    """Count last and in one order: a counter's row is locked from here to the commit, and two transactions must not
    wait for each other crosswise."""
    effects = [e for e in entry.decision.effects if isinstance(e, Count)]
    own: Tally[str] = Tally()
    for blind, effect in sorted(((sealer.blind("counter", e.name), e) for e in effects), key=itemgetter(0)):
        own[blind] += 1
        counted = counters.count(conn, blind, effect.until, entry.facts.now)
        if effect.alone and counted != entry.facts.count(effect.name) + own[blind]:
            raise Stale("somebody else counted")


def was_recorded(conn: Connection, key: str) -> bool:
    """Whether the trigger with this unique key has its decision."""
    return conn.execute(_RECORDED, {"trigger": key}).first() is not None


def _was_recorded(conn: Connection, entry: Record) -> bool:
    """`was_recorded`; if not, Stale when the policy is not the one that the facts were gathered under."""
    if was_recorded(conn, entry.key):
        return True
    newest, facts = conn.execute(_NEWEST_POLICY).first(), entry.facts
    if newest and (newest.digest, newest.generation) != (facts.policy_digest, facts.generation):
        raise Stale("the policy moved on")
    return False


def _check_version(unit: Applier, decision: Decision) -> None:
    if decision.version is None:
        return
    here = {"of": decision.case_id, "gathered": decision.version}
    key_id = unit.conn.execute(_MOVE_ON, here).scalar()
    if key_id is None:
        raise Stale(f"case {decision.case_id} moved on")
    unit.know_case_key_id(decision.case_id, str(key_id))


def _check_next_due(entry: Record, after: CaseView | None) -> None:
    """Silence is never an end state: no decision may leave an open case without a next due act. One that would is a
    fault of ours, and is not recorded."""
    before = entry.facts.case(entry.decision.case_id)
    if after is None or after.state not in UNDER_WAY or (before is not None and not before.dues):
        return  # over, or forgotten already: `mailrouter db check` names those
    trigger = entry.facts.trigger
    done = trigger.due.key if isinstance(trigger, TimeReached) else ""
    if all(due.key == done for due in after.dues):
        raise Forgotten(f"{entry.decision.rule} would leave case {after.number} without a next due act")


def _check_receipt(unit: Applier, entry: Record) -> AnyRow | None:
    """The receipt that is decided on, with its key. The same mail on another connection may have come in meanwhile:
    two nodes must not open two cases for it."""
    if not entry.inbound_id:
        return None
    receipt = unit.conn.execute(_RECEIPT, {"inbound_id": entry.inbound_id}).one()
    sibling = lock_siblings(unit.conn, entry.inbound_id, receipt.sibling_key, receipt.received_at)
    if sibling != entry.facts.sibling_of:
        raise Stale("a sibling came in")
    key = unit.keys.unwrap(receipt.data_key, receipt.wrapped_by, receipt.wrapped)
    unit.know_mail_key(entry.inbound_id, receipt.data_key, key)
    return receipt


def _apply(unit: Applier, entry: Record) -> CaseView | None:
    case = entry.facts.case(entry.decision.case_id)
    for effect in entry.decision.effects:
        certain = case is not None and (entry.decision.version is not None or case.id in unit.opened)
        unit.before = case if certain else None
        case = evolve(case, effect, entry.facts.now)
        apply(unit, effect, case)
    return case


def _decision_key(unit: Applier, entry: Record, after: CaseView | None) -> tuple[str, bytes]:
    """The key that seals facts and effects: the case's, so that a wipe erases them; else the mail's own."""
    if after is not None and after.state != "wiped":
        return unit.case_key_id(after.id), unit.box(after.id).key
    if entry.inbound_id:
        return unit.mail_key(entry.inbound_id)
    fresh = unit.fresh_key()
    return fresh.id, fresh.key


def _tokens(unit: Applier, entry: Record) -> None:
    """Rows of the addresses that the mails carry. A row that is there stays as it is, revoked ones too."""
    for mail in entry.mails:
        for token in mail.tokens:
            unit.put(_adding(unit.conn.dialect.name), _token(unit, token))


@cache
def _adding(dialect: str) -> Insert:
    return upsert_for(dialect, TOKEN).on_conflict_do_nothing()


def _token(unit: Applier, token: NewToken) -> dict[str, Any]:
    key = _token_key(unit, token)
    sealed = unit.sealer.seal(key, token.address.encode(), "token.address") if key and token.address else None
    return row(
        Token,
        row_id=token.row_id,
        kind=token.kind,
        key_id=token.key_id,
        case_id=token.case_id,
        address_index=address_index(unit.sealer, token.address) if token.address else "",
        address_sealed=sealed,
        audience=token.audience,
        outbox_id=token.outbox_id,
        inbound_id=token.inbound_id,
        question=token.question,
        words=" ".join(token.words),
        created_at=unit.now,
        expires_at=token.expires_at,
    )


def _token_key(unit: Applier, token: NewToken) -> bytes | None:
    if token.case_id:
        return unit.box(token.case_id).key
    return unit.mail_key(token.inbound_id)[1] if token.inbound_id else None


def _dispose(unit: Applier, entry: Record, receipt: AnyRow) -> None:
    """The receipt gets its disposition; a mail of a case is sealed by the case's key from now on."""
    decision = entry.decision
    held = next((e for e in decision.effects if isinstance(e, Hold)), None)
    moved = move(
        unit.conn,
        entry.inbound_id,
        receipt.disposition,
        decision.disposition,
        reason=held.reason if held else decision.rule,
        case_id=decision.case_id,
        expires_at=held.expires_at if held else None,
    )
    if not moved:
        raise Stale("somebody else decided")
    if held and held.waits_for:
        pending.wait_for(unit.conn, entry.inbound_id, unit.sealer.blind("waits-for", held.waits_for))
    if decision.case_id and decision.disposition in ("opened", "attached", "handled"):
        key_id, key = unit.mail_key(entry.inbound_id)
        wrapping = unit.box(decision.case_id).key
        unit.sealer.store_rewrapped(unit.conn, key_id, key, f"case:{decision.case_id}", wrapping)


def kind_of(trigger: Trigger) -> str:
    """The trigger's kind as stored ("mail-received")."""
    return str(type(trigger).__struct_config__.tag)
