"""A case as the core sees it, loaded from its rows."""

from __future__ import annotations

from msgspec.structs import replace
from sqlalchemy import BindParameter, Connection, and_, bindparam, select

from mailrouter.core.model import (
    Attachment,
    CaseMessage,
    CaseView,
    Due,
    Frozen,
    Participant,
    Party,
)
from mailrouter.store.blind import address_index
from mailrouter.store.casebook.secrets import CaseBox
from mailrouter.store.keyring import Keyring
from mailrouter.store.rows import AnyRow, rows
from mailrouter.store.seal import Erased, Sealer
from mailrouter.store.tables import (
    Case,
    CaseMessageRow,
    CaseParticipant,
    CaseParty,
    DueRow,
    FileRow,
    Person,
)

CASE, PARTY, PARTICIPANT = rows(Case), rows(CaseParty), rows(CaseParticipant)
MESSAGE, FILE, DUE, PERSON = rows(CaseMessageRow), rows(FileRow), rows(DueRow), rows(Person)
# Built once: building a statement and finding its text again costs three times its execution.
_OF_CASE: BindParameter[str] = bindparam("case_id")
_CASE = select(CASE).where(CASE.c.id == _OF_CASE)
_STANDING = (
    select(
        *(CASE.c[n] for n in ("id", "number", "version", "territory", "state", "creator_group")),
        *(CASE.c[n] for n in ("opened_at", "closed_at", "careful")),
        *(PARTICIPANT.c[n] for n in ("role", "group_id", "side", "since", "removed_at")),
        PERSON.c.suspended,
    )
    .select_from(
        CASE.outerjoin(
            PARTICIPANT,
            and_(PARTICIPANT.c.case_id == CASE.c.id, PARTICIPANT.c.address_index == bindparam("index")),
        ).outerjoin(PERSON, PERSON.c.address_index == bindparam("index"))
    )
    .where(CASE.c.id == _OF_CASE)
)
_PEOPLE = (
    select(PARTICIPANT)
    .where(PARTICIPANT.c.case_id == _OF_CASE)
    .order_by(PARTICIPANT.c.since, PARTICIPANT.c.address_index)
)
_PARTIES = select(PARTY).where(PARTY.c.case_id == _OF_CASE).order_by(PARTY.c.asked_at, PARTY.c.organisation)
_OPEN_DUES = (
    select(DUE).where(DUE.c.case_id == _OF_CASE, DUE.c.done_at.is_(None)).order_by(DUE.c.at, DUE.c.key)
)
# Without the octets, which may be megabytes.
_FILES = (
    select(*(FILE.c[n] for n in ("message_id", "name_sealed", "type", "size", "sha256_sealed", "inline")))
    .where(FILE.c.case_id == _OF_CASE)
    .order_by(FILE.c.position)
)
_WRITTEN = select(MESSAGE).where(MESSAGE.c.case_id == _OF_CASE).order_by(MESSAGE.c.position, MESSAGE.c.id)


class Standing(Frozen, frozen=True, kw_only=True):
    """A recipient's standing; `case` None when it is gone."""

    case: CaseView | None = None
    suspended: bool = False


def load_case(conn: Connection, sealer: Sealer, case_id: str) -> CaseView | None:
    """`view_case` for a transaction that loads no more than this."""
    return view_case(Keyring(conn, sealer), case_id)


def view_case(keys: Keyring, case_id: str) -> CaseView | None:
    """The case with everything `decide` may ask of it; None when there is none. Of a wiped case, the tombstone."""
    conn = keys.conn
    row = conn.execute(_CASE, {"case_id": case_id}).first()
    if row is None:
        return None
    try:
        box = CaseBox(keys.sealer, case_id, keys.case(case_id))
    except Erased:
        return _tombstone(row)
    participants, by_index = _participants(conn, box)
    secrets = box.secrets(row.fields_sealed)
    return CaseView(
        id=row.id,
        number=row.number,
        version=row.version,
        territory=row.territory,
        state=row.state,
        creator=box.open("case.creator", row.creator_sealed),
        creator_group=row.creator_group,
        opened_at=row.opened_at,
        subject=box.open("case.subject", row.subject_sealed),
        markers=secrets.markers,
        fields=secrets.fields,
        mandate=secrets.mandate,
        careful=row.careful,
        urgent=secrets.urgent,
        wanted=secrets.wanted,
        proposed=secrets.proposed,
        parties=_parties(conn, box, by_index),
        participants=participants,
        dues=_dues(conn, box),
        last_human_at=row.last_human_at,
        last_creator_at=row.last_creator_at,
        closed_at=row.closed_at,
        useful=row.useful,
        messages=_messages(conn, box),
    )


def load_standing(conn: Connection, sealer: Sealer, case_id: str, address: str) -> Standing:
    """What one recipient's entitlement asks: whether they are suspended, and the case as far as its state and that
    participant go; the case None when it is gone."""
    row = conn.execute(_STANDING, {"case_id": case_id, "index": address_index(sealer, address)}).first()
    if row is None:
        return Standing()
    people = (_standing(row, address),) if row.role is not None else ()
    case = replace(_tombstone(row), state=row.state, careful=row.careful, participants=people)
    return Standing(case=case, suspended=bool(row.suspended))


def _standing(known: AnyRow, address: str) -> Participant:
    return Participant(
        address=address,
        role=known.role,
        group=known.group_id,
        side=known.side,
        since=known.since,
        removed_at=known.removed_at,
    )


def _tombstone(row: AnyRow) -> CaseView:
    return CaseView(
        id=row.id,
        number=row.number,
        version=row.version,
        territory=row.territory,
        state="wiped",
        creator="",
        creator_group=row.creator_group,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
    )


def _participants(conn: Connection, box: CaseBox) -> tuple[tuple[Participant, ...], dict[str, str]]:
    found = conn.execute(_PEOPLE, {"case_id": box.case_id}).all()
    addresses = {r.address_index: box.open("participant.address", r.address_sealed) for r in found}
    people = tuple(
        Participant(
            address=addresses[r.address_index],
            name=box.open("participant.name", r.name_sealed),
            role=r.role,
            group=r.group_id,
            side=r.side,
            since=r.since,
            removed_at=r.removed_at,
            removed_because=r.removed_because,
            thread=box.thread(r.thread_sealed),
        )
        for r in found
    )
    return people, addresses


def _parties(conn: Connection, box: CaseBox, addresses: dict[str, str]) -> tuple[Party, ...]:
    found = conn.execute(_PARTIES, {"case_id": box.case_id})
    return tuple(
        Party(
            organisation=r.organisation,
            group=r.group_id,
            state=r.state,
            owner=addresses.get(r.owner_index, "") if r.owner_index else "",
            asked_at=r.asked_at,
            first_answer_at=r.first_answer_at,
            last_answer_at=r.last_answer_at,
            reason=box.open("party.reason", r.reason_sealed),
        )
        for r in found
    )


def _dues(conn: Connection, box: CaseBox) -> tuple[Due, ...]:
    found = conn.execute(_OPEN_DUES, {"case_id": box.case_id})
    return tuple(
        Due(
            key=r.key,
            case_id=r.case_id,
            kind=r.kind,
            at=r.at,
            organisation=r.organisation,
            address=box.open("due.address", r.address_sealed),
            step=r.step,
        )
        for r in found
    )


def _messages(conn: Connection, box: CaseBox) -> tuple[CaseMessage, ...]:
    files: dict[str, list[Attachment]] = {}
    for f in conn.execute(_FILES, {"case_id": box.case_id}):
        files.setdefault(f.message_id, []).append(
            Attachment(
                name=box.open("file.name", f.name_sealed),
                type=f.type,
                size=f.size,
                sha256=box.open("file.sha256", f.sha256_sealed),
                inline=f.inline,
            )
        )
    found = conn.execute(_WRITTEN, {"case_id": box.case_id})
    return tuple(_message(box, r, tuple(files.get(r.id, ()))) for r in found)


def _message(box: CaseBox, row: AnyRow, files: tuple[Attachment, ...]) -> CaseMessage:
    author = box.author(row.author_sealed)
    return CaseMessage(
        id=row.id,
        case_id=row.case_id,
        at=row.at,
        author=author.address,
        author_name=author.name,
        side=row.side,
        group=row.group_id,
        organisation=row.organisation,
        audience=row.audience,
        text=box.open("message.text", row.text_sealed),
        files=files,
        to_all=author.to_all,
        inbound_id=row.inbound_id,
    )
