"""Effects on people: who joins and leaves a case, what the tables know of a person."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from mailrouter.core.model import (
    CaseView,
    Invite,
    Participant,
    Party,
    Remove,
    SetPerson,
)
from mailrouter.store.blind import address_index
from mailrouter.store.casebook.unit import Applier
from mailrouter.store.casebook.view import PARTICIPANT, PARTY
from mailrouter.store.rows import row, rows, upsert
from mailrouter.store.tables import (
    CaseParticipant,
    CaseParty,
    Outbox,
    Person,
    Token,
)

TOKEN, OUTBOX, PERSON = rows(Token), rows(Outbox), rows(Person)


def invite(a: Applier, e: Invite, after: CaseView | None) -> None:
    """A party and people join."""
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


def remove(a: Applier, e: Remove, after: CaseView | None) -> None:
    """People leave: addresses revoked, queued mail cancelled."""
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
        .where(TOKEN.c.kind.in_(("everyone", "agents", "page")))
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


def known(a: Applier, address: str) -> None:
    """The person's row is there."""
    index = address_index(a.sealer, address)
    known = a.conn.execute(select(PERSON.c.address_index).where(PERSON.c.address_index == index)).scalar()
    if known is None:
        key_id, key = a.sealer.create_key(a.conn)
        sealed = a.sealer.seal(key, address.encode(), f"person.address:{index}")
        first = row(Person, address_index=index, address_sealed=sealed, data_key=key_id)
        a.conn.execute(upsert(a.conn, PERSON).values(first).on_conflict_do_nothing())


def set_person(a: Applier, e: SetPerson, after: CaseView | None) -> None:
    """What the tables know of a person."""
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
    known(a, e.address)
    if values:
        a.conn.execute(update(PERSON).where(PERSON.c.address_index == index).values(values))
