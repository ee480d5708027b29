"""Effects on the case itself: opened, written to, its fields, states, owners."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from sqlalchemy import insert, select, update

from mailrouter.core.mail.basesubject import base_subject
from mailrouter.core.model import (
    Answered,
    AppendMessage,
    CaseView,
    ChangeState,
    OpenCase,
    SetCreator,
    SetFields,
    SetOwner,
    Signed,
)
from mailrouter.store.blind import address_index, subject_index
from mailrouter.store.casebook.files import load_files
from mailrouter.store.casebook.secrets import AuthorSecrets, CaseBox, CaseSecrets
from mailrouter.store.casebook.unit import Applier
from mailrouter.store.casebook.view import CASE, FILE, MESSAGE, PARTICIPANT, PARTY
from mailrouter.store.rows import row, rows
from mailrouter.store.tables import (
    Case,
    CaseMessageRow,
    FileRow,
    Token,
)

TOKEN = rows(Token)


def open_case(a: Applier, e: OpenCase, after: CaseView | None) -> None:
    """A case, its key first: everything personal of it is sealed by that."""
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


def append_message(a: Applier, e: AppendMessage, after: CaseView | None) -> None:
    """A message of the case, with its files; whoever wrote it is a human sign of life."""
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


def signed(a: Applier, e: Signed, after: CaseView | None) -> None:
    """A shared mailbox's message bears a name from now on; the history says when it was given."""
    box = a.box(e.case_id)
    here = (MESSAGE.c.id == e.message_id) & (MESSAGE.c.case_id == e.case_id)
    sealed = a.conn.execute(select(MESSAGE.c.author_sealed).where(here)).scalar_one()
    author = replace(box.author(sealed), name=e.name)
    a.conn.execute(update(MESSAGE).where(here).values(author_sealed=box.seal_value("message.author", author)))
    a.history(e.case_id, "signed", e.who, why=e.name, organisation=e.organisation)


def _stored(a: Applier, case_id: str, sha256: str) -> bytes | None:
    """The octets of a file that the case has already: sent on from an earlier message."""
    return load_files(a.conn, a.sealer, case_id, (sha256,)).get(sha256)


def _file(a: Applier, e: AppendMessage, position: int, file: Any) -> None:
    octets = a.files.get(file.sha256) or _stored(a, e.case_id, file.sha256)
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


def set_fields(a: Applier, e: SetFields, after: CaseView | None) -> None:
    """What was stated, all of it again: the secrets are one sealed value."""
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


def change_state(a: Applier, e: ChangeState, after: CaseView | None) -> None:
    """One party's state, or the case's own."""
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
        if e.to in ("frozen", "withdrawn"):
            # Its addresses and links open nothing any more; what bounces is still known by its reverse-path.
            here = (TOKEN.c.case_id == e.case_id) & TOKEN.c.kind.in_(("everyone", "agents", "page"))
            a.conn.execute(update(TOKEN).where(here, TOKEN.c.revoked_at.is_(None)).values(revoked_at=a.now))
    a.history(e.case_id, "state", e.who, e.why, e.organisation, str(before), str(e.to))


def set_owner(a: Applier, e: SetOwner, after: CaseView | None) -> None:
    """Who sees to it, of one party."""
    sealed = a.box(e.case_id).seal("party.owner", e.owner) if e.owner else None
    a.conn.execute(
        update(PARTY)
        .where(PARTY.c.case_id == e.case_id, PARTY.c.organisation == e.organisation)
        .values(owner_index=address_index(a.sealer, e.owner) if e.owner else "", owner_sealed=sealed)
    )
    a.history(e.case_id, "owner", e.who, organisation=e.organisation)


def set_creator(a: Applier, e: SetCreator, after: CaseView | None) -> None:
    """Another creator; the one before stays as a colleague."""
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


def answered(a: Applier, e: Answered, after: CaseView | None) -> None:
    """First and last answer of a party."""
    party = after.party(e.organisation) if after else None
    if party is None:
        return
    a.conn.execute(
        update(PARTY)
        .where(PARTY.c.case_id == e.case_id, PARTY.c.organisation == e.organisation)
        .values(first_answer_at=party.first_answer_at, last_answer_at=party.last_answer_at)
    )
