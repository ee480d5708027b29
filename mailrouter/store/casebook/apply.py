"""Effects become rows: one function for each kind of effect, all inside record's transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import insert, select, update

from mailrouter.core.mail.basesubject import base_subject
from mailrouter.core.model import (
    Answered,
    AppendMessage,
    CancelDue,
    CaseView,
    ChangeState,
    Count,
    Due,
    Effect,
    Hold,
    Invite,
    Missed,
    OpenCase,
    Participant,
    Party,
    Release,
    Remove,
    Resend,
    ScheduleDue,
    Send,
    SetCreator,
    SetFields,
    SetOwner,
    SetPerson,
    UseToken,
)
from mailrouter.store import pending
from mailrouter.store.blind import address_index, subject_index
from mailrouter.store.casebook.secrets import AuthorSecrets, CaseBox, CaseSecrets
from mailrouter.store.casebook.unit import Applier
from mailrouter.store.casebook.view import CASE, DUE, FILE, MESSAGE, PARTICIPANT, PARTY
from mailrouter.store.outbox import again
from mailrouter.store.rows import row, rows, upsert
from mailrouter.store.tables import (
    Case,
    CaseMessageRow,
    CaseParticipant,
    CaseParty,
    DueRow,
    FileRow,
    HistoryRow,
    Outbox,
    Person,
    Token,
)

TOKEN, OUTBOX, HISTORY, PERSON = rows(Token), rows(Outbox), rows(HistoryRow), rows(Person)


def _open(a: Applier, e: OpenCase, after: CaseView | None) -> None:
    key_id, key = a.sealer.create_key(a.conn)
    a.boxes[e.case_id] = box = CaseBox(a.sealer, e.case_id, key)
    secrets = CaseSecrets(urgent=e.urgent, repere=e.repere)
    a.conn.execute(
        insert(CASE).values(
            row(
                Case,
                id=e.case_id,
                number=e.number,
                version=1,
                territory=e.territory,
                state=e.state,
                creator_index=address_index(a.sealer, e.creator),
                creator_sealed=box.seal("case.creator", e.creator),
                creator_group=e.creator_group,
                data_key=key_id,
                subject_sealed=box.seal("case.subject", e.subject),
                subject_index=subject_index(a.sealer, base_subject(e.subject)),
                fields_sealed=box.seal_value("case.fields", secrets),
                urgent=bool(e.urgent),
                careful=e.careful,
                opened_at=a.now,
                last_human_at=a.now,
                last_creator_at=a.now,
            )
        )
    )
    a.history(e.case_id, "opened", e.creator, after=e.state)


def _append(a: Applier, e: AppendMessage, after: CaseView | None) -> None:
    box = a.box(e.case_id)
    a.conn.execute(
        insert(MESSAGE).values(
            row(
                CaseMessageRow,
                id=e.message_id,
                case_id=e.case_id,
                inbound_id=a.inbound_id,
                at=a.now,
                position=len(after.messages) if after else 0,
                side=e.side,
                group_id=e.group,
                organisation=e.organisation,
                audience=e.audience,
                author_sealed=box.seal_value(
                    "message.author", AuthorSecrets(address=e.author, name=e.author_name, to_all=e.to_all)
                ),
                text_sealed=box.seal("message.text", e.text),
            )
        )
    )
    for position, file in enumerate(e.attachments):
        _file(a, e, position, file)
    human: dict[str, Any] = {"last_human_at": a.now}
    if after and after.creator == e.author:
        human["last_creator_at"] = a.now
    a.conn.execute(update(CASE).where(CASE.c.id == e.case_id).values(human))


def _file(a: Applier, e: AppendMessage, position: int, file: Any) -> None:
    octets = a.files.get(file.sha256)
    if octets is None:
        return
    box, key = a.box(e.case_id), a.sealer.create_key(a.conn, f"case:{e.case_id}")
    file_id = f"{e.message_id}.{position}"
    a.conn.execute(
        insert(FILE).values(
            row(
                FileRow,
                id=file_id,
                message_id=e.message_id,
                case_id=e.case_id,
                position=position,
                data_key=key[0],
                name_sealed=box.seal("file.name", file.name),
                type=file.type,
                size=file.size,
                inline=file.inline,
                sha256_index=a.sealer.blind("file", file.sha256),
                sha256_sealed=box.seal("file.sha256", file.sha256),
                octets_sealed=a.sealer.seal(key[1], octets, f"file.octets:{file_id}"),
            )
        )
    )


def _fields(a: Applier, e: SetFields, after: CaseView | None) -> None:
    if after is None:
        return
    secrets = CaseSecrets(
        fields=after.fields,
        mandate=after.mandate,
        wanted=after.wanted,
        proposed=after.proposed,
        urgent=after.urgent,
        repere=after.repere,
    )
    sealed = a.box(e.case_id).seal_value("case.fields", secrets)
    a.conn.execute(
        update(CASE)
        .where(CASE.c.id == e.case_id)
        .values(fields_sealed=sealed, urgent=bool(after.urgent), careful=after.careful)
    )


def _state(a: Applier, e: ChangeState, after: CaseView | None) -> None:
    if e.organisation:
        here = (PARTY.c.case_id == e.case_id) & (PARTY.c.organisation == e.organisation)
        before = a.conn.execute(select(PARTY.c.state).where(here)).scalar_one()
        reason = a.box(e.case_id).seal("party.reason", e.why) if e.why else None
        a.conn.execute(update(PARTY).where(here).values(state=e.to, reason_sealed=reason))
    else:
        before = a.conn.execute(select(CASE.c.state).where(CASE.c.id == e.case_id)).scalar_one()
        closed = a.now if e.to in ("closed", "withdrawn") else None
        useful = e.useful or (after.useful if after else "")
        a.conn.execute(
            update(CASE).where(CASE.c.id == e.case_id).values(state=e.to, closed_at=closed, useful=useful)
        )
    a.history(e.case_id, "state", e.who, e.why, e.organisation, str(before), str(e.to))


def _owner(a: Applier, e: SetOwner, after: CaseView | None) -> None:
    sealed = a.box(e.case_id).seal("party.owner", e.owner) if e.owner else None
    a.conn.execute(
        update(PARTY)
        .where(PARTY.c.case_id == e.case_id, PARTY.c.organisation == e.organisation)
        .values(owner_index=address_index(a.sealer, e.owner) if e.owner else "", owner_sealed=sealed)
    )
    a.history(e.case_id, "owner", e.who, organisation=e.organisation)


def _creator(a: Applier, e: SetCreator, after: CaseView | None) -> None:
    index = address_index(a.sealer, e.creator)
    here = PARTICIPANT.c.case_id == e.case_id
    a.conn.execute(
        update(CASE)
        .where(CASE.c.id == e.case_id)
        .values(creator_index=index, creator_sealed=a.box(e.case_id).seal("case.creator", e.creator))
    )
    a.conn.execute(update(PARTICIPANT).where(here, PARTICIPANT.c.role == "creator").values(role="colleague"))
    a.conn.execute(
        update(PARTICIPANT).where(here, PARTICIPANT.c.address_index == index).values(role="creator")
    )
    a.history(e.case_id, "creator", e.who, e.why)


FULL = "mailbox full"


def _missed(a: Applier, e: Missed, after: CaseView | None) -> None:
    a.conn.execute(
        update(OUTBOX)
        .where(OUTBOX.c.id == e.outbox_id, OUTBOX.c.state.in_(("sent", "failed")))
        .values(state="failed", reason=f"{FULL}: {e.status}", reported=True)
    )


def _resend(a: Applier, e: Resend, after: CaseView | None) -> None:
    """The same octets, in rows of their own: the old ones have their end, and a transport takes each id once."""
    missed = a.conn.execute(
        select(OUTBOX)
        .where(OUTBOX.c.recipient_index == address_index(a.sealer, e.address), OUTBOX.c.state == "failed")
        .where(OUTBOX.c.reason.startswith(FULL))
        .order_by(OUTBOX.c.seq)
    ).all()
    for found in missed:
        again(a.conn, a.sealer, found, a.now)


def _answered(a: Applier, e: Answered, after: CaseView | None) -> None:
    party = after.party(e.organisation) if after else None
    if party is None:
        return
    a.conn.execute(
        update(PARTY)
        .where(PARTY.c.case_id == e.case_id, PARTY.c.organisation == e.organisation)
        .values(first_answer_at=party.first_answer_at, last_answer_at=party.last_answer_at)
    )


def _invite(a: Applier, e: Invite, after: CaseView | None) -> None:
    if e.party:
        _party(a, e.case_id, e.party)
    _participants(a, e.case_id, e.participants)
    a.history(e.case_id, "invited", e.who, e.why, e.party.organisation if e.party else "")


def _party(a: Applier, case_id: str, party: Party) -> None:
    values = row(
        CaseParty,
        case_id=case_id,
        organisation=party.organisation,
        group_id=party.group,
        state=party.state,
        asked_at=party.asked_at,
    )
    a.conn.execute(upsert(a.conn, PARTY).values(values).on_conflict_do_nothing())


def _participants(a: Applier, case_id: str, people: tuple[Participant, ...]) -> None:
    """Who joins; somebody who left comes back with the thread they had."""
    if not people:
        return
    statement = upsert(a.conn, PARTICIPANT).values([_participant(a, case_id, person) for person in people])
    back = {n: statement.excluded[n] for n in ("role", "group_id", "side", "since")}
    a.conn.execute(
        statement.on_conflict_do_update(
            index_elements=["case_id", "address_index"],
            set_={**back, "removed_at": None, "removed_because": ""},
            where=PARTICIPANT.c.removed_at.is_not(None),
        )
    )


def _participant(a: Applier, case_id: str, person: Participant) -> dict[str, Any]:
    box = a.box(case_id)
    return row(
        CaseParticipant,
        case_id=case_id,
        address_index=address_index(a.sealer, person.address),
        address_sealed=box.seal("participant.address", person.address),
        name_sealed=box.seal("participant.name", person.name),
        role=person.role,
        group_id=person.group,
        side=person.side,
        since=person.since,
        thread_sealed=box.seal_value("participant.thread", person.thread),
    )


def _remove(a: Applier, e: Remove, after: CaseView | None) -> None:
    indexes = [address_index(a.sealer, address) for address in e.addresses]
    a.conn.execute(
        update(PARTICIPANT)
        .where(PARTICIPANT.c.case_id == e.case_id, PARTICIPANT.c.address_index.in_(indexes))
        .where(PARTICIPANT.c.removed_at.is_(None))
        .values(removed_at=a.now, removed_because=e.why)
    )
    a.conn.execute(
        update(TOKEN)
        .where(TOKEN.c.case_id == e.case_id, TOKEN.c.address_index.in_(indexes), TOKEN.c.revoked_at.is_(None))
        .where(TOKEN.c.kind.in_(("everyone", "agents")))
        .values(revoked_at=a.now)
    )
    a.conn.execute(
        update(OUTBOX)
        .where(
            OUTBOX.c.case_id == e.case_id, OUTBOX.c.recipient_index.in_(indexes), OUTBOX.c.state == "queued"
        )
        .values(state="cancelled", reason="no longer on the case")
    )
    a.history(e.case_id, "left", e.who, e.why)


def _due(a: Applier, e: ScheduleDue, after: CaseView | None) -> None:
    due = e.due
    slot = (
        (DUE.c.case_id == due.case_id) & (DUE.c.organisation == due.organisation) & (DUE.c.kind == due.kind)
    )
    index = address_index(a.sealer, due.address) if due.address else ""
    open_slot = slot & (DUE.c.address_index == index) & DUE.c.done_at.is_(None)
    a.conn.execute(
        update(DUE).where(open_slot, DUE.c.key != _key(a, due.key, due.address)).values(done_at=a.now)
    )
    values = row(
        DueRow,
        key=_key(a, due.key, due.address),
        case_id=due.case_id,
        organisation=due.organisation,
        kind=due.kind,
        address_index=index,
        address_sealed=_sealed_address(a, due),
        step=due.step,
        at=due.at,
    )
    statement = upsert(a.conn, DUE).values(values)
    again = {
        "done_at": None,
        "at": statement.excluded.at,
        "step": statement.excluded.step,
        "leased_until": None,
    }
    a.conn.execute(statement.on_conflict_do_update(index_elements=["key"], set_=again))


def _sealed_address(a: Applier, due: Due) -> bytes | None:
    """Under the case's key; a due of a person alone (a digest) is told by the person's own row."""
    if not due.address:
        return None
    if due.case_id:
        return a.box(due.case_id).seal("due.address", due.address)
    _known(a, due.address)
    return None


def _key(a: Applier, key: str, address: str) -> str:
    """The due's key without the address in clear."""
    return key.replace(f"/{address}/", f"/{address_index(a.sealer, address)}/") if address else key


def _cancel(a: Applier, e: CancelDue, after: CaseView | None) -> None:
    here = (DUE.c.case_id == e.case_id) & DUE.c.kind.in_(e.kinds) & DUE.c.done_at.is_(None)
    if e.organisation:
        here = here & (DUE.c.organisation == e.organisation)
    a.conn.execute(update(DUE).where(here).values(done_at=a.now, leased_until=None))


def _known(a: Applier, address: str) -> None:
    """The person's row is there."""
    index = address_index(a.sealer, address)
    known = a.conn.execute(select(PERSON.c.address_index).where(PERSON.c.address_index == index)).scalar()
    if known is None:
        key_id, key = a.sealer.create_key(a.conn)
        sealed = a.sealer.seal(key, address.encode(), f"person.address:{index}")
        first = row(Person, address_index=index, address_sealed=sealed, data_key=key_id)
        a.conn.execute(upsert(a.conn, PERSON).values(first).on_conflict_do_nothing())


def _person(a: Applier, e: SetPerson, after: CaseView | None) -> None:
    index = address_index(a.sealer, e.address)
    values: dict[str, Any] = {
        name: value
        for name in ("suspended", "absent_until", "suppressed_until", "suppressed_because", "vouched_until")
        if (value := getattr(e, name)) is not None
    }
    if e.terms_version is not None:
        values |= {"terms_version": e.terms_version, "terms_at": a.now}
    if e.present:
        values |= {
            "absent_until": None,
            "suppressed_until": None,
            "suppressed_because": "",
            "last_active_at": a.now,
        }
    _known(a, e.address)
    if values:
        a.conn.execute(update(PERSON).where(PERSON.c.address_index == index).values(values))


def _token_used(a: Applier, e: UseToken, after: CaseView | None) -> None:
    a.conn.execute(update(TOKEN).where(TOKEN.c.row_id == e.row_id).values(used_at=a.now))


def _release(a: Applier, e: Release, after: CaseView | None) -> None:
    pending.release(a.conn, e.inbound_id, e.by, e.word, a.now)


def _nothing(a: Applier, e: Count | Hold | Send, after: CaseView | None) -> None:
    """Hold is the receipt's disposition, Send an outbox row, Count comes last: record writes them."""


APPLY: dict[type, Callable[[Applier, Any, CaseView | None], None]] = {
    OpenCase: _open,
    AppendMessage: _append,
    SetFields: _fields,
    ChangeState: _state,
    SetOwner: _owner,
    SetCreator: _creator,
    Missed: _missed,
    Resend: _resend,
    Answered: _answered,
    Invite: _invite,
    Remove: _remove,
    ScheduleDue: _due,
    CancelDue: _cancel,
    SetPerson: _person,
    Count: _nothing,
    UseToken: _token_used,
    Release: _release,
    Hold: _nothing,
    Send: _nothing,
}


def apply(a: Applier, effect: Effect, after: CaseView | None) -> None:
    """One effect becomes rows; `after` is the case as it is to be (core/decide/evolve.py)."""
    APPLY[type(effect)](a, effect, after)
