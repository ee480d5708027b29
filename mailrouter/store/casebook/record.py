"""Record: a decision with all its effects, in one transaction. The second of the three transactions.

Facts carry the case's version and the directory's generation; when either moved on, `Stale` is raised, nothing is
written, and the worker gathers and decides again."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Mapping
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from mailrouter.core.decide.evolve import evolve
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
from mailrouter.store import counters
from mailrouter.store.blind import address_index
from mailrouter.store.casebook.apply import apply
from mailrouter.store.casebook.secrets import CaseBox
from mailrouter.store.casebook.unit import Applier, Stale
from mailrouter.store.casebook.view import CASE, PARTICIPANT
from mailrouter.store.inbox import give_to_case, lock_siblings
from mailrouter.store.ledger import set_disposition
from mailrouter.store.outbox import enqueue
from mailrouter.store.rows import row, rows, upsert
from mailrouter.store.seal import Sealer
from mailrouter.store.tables import Decided, Inbound, PolicyRow, Token

DECISION, INBOUND, TOKEN, POLICY = rows(Decided), rows(Inbound), rows(Token), rows(PolicyRow)
THREAD_LENGTH = 20
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
    if was_recorded(conn, entry.key):
        return False
    _check_generation(conn, entry.facts)
    _check_version(conn, entry.decision)
    _check_sibling(conn, entry)
    now = entry.facts.now
    unit = Applier(conn, sealer, now, files, entry.inbound_id)
    after = _apply(unit, entry)
    _check_next_due(entry, after)
    key_id, key = _decision_key(unit, entry, after)
    decision_id = new_id(entry.facts.seed, "decision")
    conn.execute(
        insert(DECISION).values(
            row(
                Decided,
                id=decision_id,
                trigger_key=entry.key,
                trigger_kind=entry.kind,
                inbound_id=entry.inbound_id,
                case_id=entry.decision.case_id,
                at=now,
                disposition=entry.decision.disposition,
                rule=entry.decision.rule,
                trace=msgspec.json.encode(entry.decision.trace).decode(),
                policy_digest=entry.facts.policy_digest,
                generation=entry.facts.generation,
                data_key=key_id,
                facts_sealed=sealer.seal(
                    key, msgspec.json.encode(entry.facts), f"decision.facts:{decision_id}"
                ),
                effects_sealed=sealer.seal(
                    key, msgspec.json.encode(entry.decision.effects), f"decision.effects:{decision_id}"
                ),
            )
        )
    )
    if entry.mails:
        enqueue(conn, sealer, entry.mails, decision_id=decision_id, now=now)
        _tokens(unit, entry)
        _threads(unit, entry)
    if entry.inbound_id:
        _dispose(conn, sealer, entry)
    unit.flush()
    _count(conn, sealer, entry)
    return True


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
    return conn.execute(select(DECISION.c.id).where(DECISION.c.trigger_key == key)).first() is not None


def _check_generation(conn: Connection, facts: Facts) -> None:
    newest = conn.execute(
        select(POLICY.c.digest, POLICY.c.generation).order_by(POLICY.c.activated_at.desc()).limit(1)
    ).first()
    if newest and (newest.digest, newest.generation) != (facts.policy_digest, facts.generation):
        raise Stale("the policy moved on")


def _check_version(conn: Connection, decision: Decision) -> None:
    if decision.version is None:
        return
    moved = conn.execute(
        update(CASE)
        .where(CASE.c.id == decision.case_id, CASE.c.version == decision.version)
        .values(version=CASE.c.version + 1)
    )
    if moved.rowcount != 1:
        raise Stale(f"case {decision.case_id} moved on")


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


def _check_sibling(conn: Connection, entry: Record) -> None:
    """The same mail on another connection may have come in meanwhile: two nodes must not open two cases for it."""
    if entry.inbound_id and lock_siblings(conn, entry.inbound_id) != entry.facts.sibling_of:
        raise Stale("a sibling came in")


def _apply(unit: Applier, entry: Record) -> CaseView | None:
    case = entry.facts.case(entry.decision.case_id)
    for effect in entry.decision.effects:
        case = evolve(case, effect, entry.facts.now)
        apply(unit, effect, case)
    return case


def _decision_key(unit: Applier, entry: Record, after: CaseView | None) -> tuple[str, bytes]:
    """The key that seals facts and effects: the case's, so that a wipe erases them; else the mail's own."""
    conn = unit.conn
    if after is not None and after.state != "wiped":
        key_id = conn.execute(select(CASE.c.data_key).where(CASE.c.id == after.id)).scalar_one()
        return str(key_id), unit.box(after.id).key
    if entry.inbound_id:
        key_id = conn.execute(select(INBOUND.c.data_key).where(INBOUND.c.id == entry.inbound_id)).scalar_one()
        return str(key_id), unit.mail_key(entry.inbound_id)
    return unit.sealer.create_key(conn)


def _tokens(unit: Applier, entry: Record) -> None:
    """Rows of the addresses that the mails carry. A row that is there stays as it is, revoked ones too."""
    values = [_token(unit, token) for mail in entry.mails for token in mail.tokens]
    if values:
        unit.conn.execute(upsert(unit.conn, TOKEN).values(values).on_conflict_do_nothing())


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
    return unit.mail_key(token.inbound_id) if token.inbound_id else None


def _threads(unit: Applier, entry: Record) -> None:
    """Each recipient's own thread grows by what was sent, and by what they wrote; the first Message-ID stays."""
    grown: dict[tuple[str, str], list[str]] = {}
    message = entry.facts.message
    if message and message.author and message.message_id and entry.decision.case_id:
        grown[(entry.decision.case_id, message.author.address)] = [message.message_id]
    for mail in entry.mails:
        if mail.case_id:
            grown.setdefault((mail.case_id, mail.recipient), []).append(mail.message_id)
    for case_id in dict.fromkeys(case_id for case_id, _ in grown):
        _grow(unit, case_id, {a: ids for (c, a), ids in grown.items() if c == case_id})


def _grow(unit: Applier, case_id: str, grown: Mapping[str, list[str]]) -> None:
    new = {address_index(unit.sealer, address): ids for address, ids in grown.items()}
    here = (PARTICIPANT.c.case_id == case_id) & PARTICIPANT.c.address_index.in_(sorted(new))
    found = unit.conn.execute(
        select(PARTICIPANT.c.address_index, PARTICIPANT.c.thread_sealed).where(here)
    ).all()
    if not found:
        return
    box = unit.box(case_id)
    changes = [
        {"index": r.address_index, "sealed": _longer(box, r.thread_sealed, new[r.address_index])}
        for r in found
    ]
    unit.conn.execute(
        update(PARTICIPANT)
        .where(PARTICIPANT.c.case_id == case_id, PARTICIPANT.c.address_index == bindparam("index"))
        .values(thread_sealed=bindparam("sealed")),
        changes,
    )


def _longer(box: CaseBox, sealed: bytes | None, ids: list[str]) -> bytes:
    thread = tuple(dict.fromkeys((*box.thread(sealed), *ids)))
    kept = thread if len(thread) <= THREAD_LENGTH else (thread[0], *thread[-THREAD_LENGTH + 1 :])
    return box.seal_value("participant.thread", kept)


def _dispose(conn: Connection, sealer: Sealer, entry: Record) -> None:
    """The receipt gets its disposition; a mail of a case is sealed by the case's key from now on."""
    decision = entry.decision
    held = next((e for e in decision.effects if isinstance(e, Hold)), None)
    set_disposition(
        conn,
        entry.inbound_id,
        decision.disposition,
        reason=held.reason if held else decision.rule,
        case_id=decision.case_id,
        expires_at=held.expires_at if held else None,
    )
    if decision.case_id and decision.disposition in ("opened", "attached", "handled"):
        give_to_case(conn, sealer, entry.inbound_id, decision.case_id)


def kind_of(trigger: Trigger) -> str:
    """The trigger's kind as stored ("mail-received")."""
    return str(type(trigger).__struct_config__.tag)
