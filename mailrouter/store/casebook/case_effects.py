"""Effects on the case itself: opened, written to, its fields, states, owners."""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import ColumnElement, and_, bindparam, insert, select, update

from mailrouter.core.mail.basesubject import base_subject
from mailrouter.core.model import (
    Answered,
    AppendMessage,
    Attachment,
    CaseView,
    ChangeState,
    OpenCase,
    SetCreator,
    SetFields,
    SetMarker,
    SetOwner,
    Signed,
)
from mailrouter.store.blind import address_index, subject_index
from mailrouter.store.casebook.files import load_files
from mailrouter.store.casebook.secrets import AuthorSecrets, CaseSecrets
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
_MESSAGE, _FILE = insert(MESSAGE), insert(FILE)
_HERE: Final[ColumnElement[bool]] = and_(
    PARTY.c.case_id == bindparam("of"), PARTY.c.organisation == bindparam("by")
)
_PARTY_STATE = select(PARTY.c.state).where(_HERE)
_CASE_STATE = select(CASE.c.state).where(CASE.c.id == bindparam("of"))
_SET_PARTY_STATE = update(PARTY).where(_HERE).values(state=bindparam("to"), reason_sealed=bindparam("reason"))
_SET_OWNER = (
    update(PARTY).where(_HERE).values(owner_index=bindparam("index"), owner_sealed=bindparam("sealed"))
)
_SET_ANSWERED = (
    update(PARTY).where(_HERE).values(first_answer_at=bindparam("first"), last_answer_at=bindparam("last"))
)
_THIS = and_(MESSAGE.c.id == bindparam("message"), MESSAGE.c.case_id == bindparam("of"))
_AUTHOR = select(MESSAGE.c.author_sealed).where(_THIS)
_SET_AUTHOR = update(MESSAGE).where(_THIS).values(author_sealed=bindparam("sealed"))
_AS_COLLEAGUE = (
    update(PARTICIPANT)
    .where(PARTICIPANT.c.case_id == bindparam("of"), PARTICIPANT.c.role == "creator")
    .values(role="colleague")
)
_AS_CREATOR = (
    update(PARTICIPANT)
    .where(PARTICIPANT.c.case_id == bindparam("of"), PARTICIPANT.c.address_index == bindparam("index"))
    .values(role="creator")
)
_REVOKE_ALL = (
    update(TOKEN)
    .where(TOKEN.c.case_id == bindparam("of"), TOKEN.c.kind.in_(("everyone", "agents", "page")))
    .where(TOKEN.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"))
)


def open_case(a: Applier, e: OpenCase, after: CaseView | None) -> None:
    """A case, its key first: everything personal of it is sealed by that."""
    key_id, box = a.open(e.case_id)
    secrets = CaseSecrets(urgent=e.urgent)
    values = row(
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
    a.change(e.case_id, **values)
    a.history(e.case_id, "opened", e.creator, after=e.state)


def append_message(a: Applier, e: AppendMessage, after: CaseView | None) -> None:
    """A message of the case, with its files; whoever wrote it is a human sign of life."""
    box = a.box(e.case_id)
    author = AuthorSecrets(address=e.author, name=e.author_name, to_all=e.to_all)
    values = row(
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
        author_sealed=box.seal_value("message.author", author),
        text_sealed=box.seal("message.text", e.text),
    )
    a.put(_MESSAGE, values)
    for position, file in enumerate(e.attachments):
        _file(a, e, position, file)
    a.change(e.case_id, last_human_at=a.now)
    if after and after.creator == e.author:
        a.change(e.case_id, last_creator_at=a.now)


def signed(a: Applier, e: Signed, after: CaseView | None) -> None:
    """A shared mailbox's message bears a name from now on; the history says when it was given."""
    box = a.box(e.case_id)
    here = {"of": e.case_id, "message": e.message_id}
    author = replace(box.author(a.ask(_AUTHOR, here, MESSAGE)), name=e.name)
    a.execute(_SET_AUTHOR, {**here, "sealed": box.seal_value("message.author", author)})
    a.history(e.case_id, "signed", e.who, why=e.name, organisation=e.organisation)


def _stored(a: Applier, case_id: str, sha256: str) -> bytes | None:
    """The octets of a file that the case has already: sent on from an earlier message."""
    if case_id in a.opened:
        return None
    return load_files(a.conn, a.sealer, case_id, (sha256,)).get(sha256)


def _file(a: Applier, e: AppendMessage, position: int, file: Attachment) -> None:
    octets = a.files.get(file.sha256) or _stored(a, e.case_id, file.sha256)
    if octets is None:
        return
    box, key = a.box(e.case_id), a.fresh_key(e.case_id)
    file_id = f"{e.message_id}.{position}"
    values = row(
        FileRow,
        id=file_id,
        message_id=e.message_id,
        case_id=e.case_id,
        position=position,
        data_key=key.id,
        name_sealed=box.seal("file.name", file.name),
        type=file.type,
        size=file.size,
        inline=file.inline,
        sha256_index=a.sealer.blind("file", file.sha256),
        sha256_sealed=box.seal("file.sha256", file.sha256),
        octets_sealed=a.sealer.seal(key.key, octets, f"file.octets:{file_id}"),
    )
    a.put(_FILE, values)


def set_fields(a: Applier, e: SetFields, after: CaseView | None) -> None:
    """What was stated, all of it again: the secrets are one sealed value."""
    if after is not None:
        _seal_fields(a, after)
        a.change(e.case_id, urgent=bool(after.urgent), careful=after.careful)


def set_marker(a: Applier, e: SetMarker, after: CaseView | None) -> None:
    """A participant's own marker, beside what was stated."""
    if after is not None:
        _seal_fields(a, after)


def _seal_fields(a: Applier, after: CaseView) -> None:
    secrets = CaseSecrets(
        fields=after.fields,
        mandate=after.mandate,
        wanted=after.wanted,
        proposed=after.proposed,
        urgent=after.urgent,
        markers=after.markers,
    )
    a.change(after.id, fields_sealed=a.box(after.id).seal_value("case.fields", secrets))


def change_state(a: Applier, e: ChangeState, after: CaseView | None) -> None:
    """One party's state, or the case's own."""
    if e.organisation:
        before = _party_state(a, e)
        reason = a.box(e.case_id).seal("party.reason", e.why) if e.why else None
        a.execute(_SET_PARTY_STATE, {**_party_of(e), "to": e.to, "reason": reason})
    else:
        before = _case_state(a, e)
        closed = a.now if e.to in ("closed", "withdrawn") else None
        useful = e.useful or (after.useful if after else "")
        a.change(e.case_id, state=e.to, closed_at=closed, useful=useful)
        if e.to in ("frozen", "withdrawn"):
            # Its addresses and links open nothing any more; what bounces is still known by its reverse-path.
            a.execute(_REVOKE_ALL, {"of": e.case_id, "at": a.now})
    a.history(e.case_id, "state", e.who, e.why, e.organisation, before, str(e.to))


def _party_state(a: Applier, e: ChangeState) -> str:
    if a.before and a.before.id == e.case_id and (party := a.before.party(e.organisation)):
        return str(party.state)
    return str(a.ask(_PARTY_STATE, _party_of(e), PARTY))


def _case_state(a: Applier, e: ChangeState) -> str:
    if a.before and a.before.id == e.case_id:
        return str(a.before.state)
    return str(a.ask(_CASE_STATE, {"of": e.case_id}, CASE))


def _party_of(e: ChangeState | SetOwner | Answered) -> dict[str, Any]:
    return {"of": e.case_id, "by": e.organisation}


def set_owner(a: Applier, e: SetOwner, after: CaseView | None) -> None:
    """Who sees to it, of one party."""
    sealed = a.box(e.case_id).seal("party.owner", e.owner) if e.owner else None
    index = address_index(a.sealer, e.owner) if e.owner else ""
    a.execute(_SET_OWNER, {**_party_of(e), "index": index, "sealed": sealed})
    a.history(e.case_id, "owner", e.who, organisation=e.organisation)


def set_creator(a: Applier, e: SetCreator, after: CaseView | None) -> None:
    """Another creator; the one before stays as a colleague."""
    index = address_index(a.sealer, e.creator)
    a.change(e.case_id, creator_index=index, creator_sealed=a.box(e.case_id).seal("case.creator", e.creator))
    a.execute(_AS_COLLEAGUE, {"of": e.case_id})
    a.execute(_AS_CREATOR, {"of": e.case_id, "index": index})
    a.history(e.case_id, "creator", e.who, e.why)


def answered(a: Applier, e: Answered, after: CaseView | None) -> None:
    """First and last answer of a party."""
    party = after.party(e.organisation) if after else None
    if party is None:
        return
    times = {"first": party.first_answer_at, "last": party.last_answer_at}
    a.execute(_SET_ANSWERED, {**_party_of(e), **times})
