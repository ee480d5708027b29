"""Effects on people: who joins and leaves a case, what the tables know of a person."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from sqlalchemy import Insert, Update, bindparam, select, update

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
from mailrouter.store.casebook.view import PARTICIPANT, PARTY, PERSON
from mailrouter.store.rows import row, rows, upsert_for
from mailrouter.store.tables import (
    CaseParticipant,
    CaseParty,
    Outbox,
    Person,
    Token,
)
from mailrouter.store.types import among

THREAD_LENGTH: Final = 20
TOKEN, OUTBOX = rows(Token), rows(Outbox)
_LEAVE = (
    update(PARTICIPANT)
    .where(PARTICIPANT.c.case_id == bindparam("of"), among(PARTICIPANT.c.address_index, "indexes"))
    .where(PARTICIPANT.c.removed_at.is_(None))
    .values(removed_at=bindparam("at"), removed_because=bindparam("why"))
)
_REVOKE = (
    update(TOKEN)
    .where(TOKEN.c.case_id == bindparam("of"), among(TOKEN.c.address_index, "indexes"))
    .where(TOKEN.c.revoked_at.is_(None), TOKEN.c.kind.in_(("everyone", "agents", "page")))
    .values(revoked_at=bindparam("at"))
)
_CANCEL = (
    update(OUTBOX)
    .where(OUTBOX.c.case_id == bindparam("of"), among(OUTBOX.c.recipient_index, "indexes"))
    .where(OUTBOX.c.state == "queued")
    .values(state="cancelled", reason="no longer on the case")
)
_KNOWN = select(PERSON.c.address_index).where(PERSON.c.address_index == bindparam("index"))


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
    a.put(_asking(a.conn.dialect.name), values)


def _participants(a: Applier, case_id: str, people: tuple[Participant, ...]) -> None:
    """Who joins; somebody who left comes back with the thread they had, and an expert whose own
    group is asked takes part as its agent."""
    for person in people:
        a.put(_joining(a.conn.dialect.name), _participant(a, case_id, person))


@cache
def _asking(dialect: str) -> Insert:
    return upsert_for(dialect, PARTY).on_conflict_do_nothing()


@cache
def _joining(dialect: str) -> Insert:
    statement = upsert_for(dialect, PARTICIPANT)
    back = {n: statement.excluded[n] for n in ("role", "group_id", "side", "since")}
    return statement.on_conflict_do_update(
        index_elements=["case_id", "address_index"],
        set_={**back, "removed_at": None, "removed_because": ""},
        where=PARTICIPANT.c.removed_at.is_not(None)
        | ((PARTICIPANT.c.role == "expert") & (statement.excluded.role != "expert")),
    )


def _participant(a: Applier, case_id: str, person: Participant) -> dict[str, Any]:
    box, index = a.box(case_id), address_index(a.sealer, person.address)
    # On a case that is opened now the row is new, and what is sent to them is part of its thread at once.
    sent = a.grown.get(case_id, {}).get(index, []) if case_id in a.opened else []
    return row(
        CaseParticipant,
        case_id=case_id,
        address_index=index,
        address_sealed=box.seal("participant.address", person.address),
        name_sealed=box.seal("participant.name", person.name),
        role=person.role,
        group_id=person.group,
        side=person.side,
        since=person.since,
        thread_sealed=box.seal_thread(longer(person.thread, sent)),
    )


def longer(thread: tuple[str, ...], ids: Iterable[str]) -> tuple[str, ...]:
    """A thread with more Message-IDs; the first stays, the middle of a long one goes."""
    whole = tuple(dict.fromkeys((*thread, *ids)))
    return whole if len(whole) <= THREAD_LENGTH else (whole[0], *whole[-THREAD_LENGTH + 1 :])


def remove(a: Applier, e: Remove, after: CaseView | None) -> None:
    """People leave: addresses revoked, queued mail cancelled."""
    indexes = [address_index(a.sealer, address) for address in e.addresses]
    here = {"of": e.case_id, "indexes": indexes}
    a.execute(_LEAVE, {**here, "at": a.now, "why": e.why})
    a.execute(_REVOKE, {**here, "at": a.now})
    a.execute(_CANCEL, here)
    a.history(e.case_id, "left", e.who, e.why)


def known(a: Applier, address: str) -> None:
    """The person's row is there."""
    index = address_index(a.sealer, address)
    if index in a.known:
        return
    a.known.add(index)
    if a.ask(_KNOWN, {"index": index}, PERSON) is None:
        fresh = a.fresh_key()
        sealed = a.sealer.seal(fresh.key, address.encode(), f"person.address:{index}")
        first = row(Person, address_index=index, address_sealed=sealed, data_key=fresh.id)
        a.put(_adding(a.conn.dialect.name), first)


@cache
def _adding(dialect: str) -> Insert:
    return upsert_for(dialect, PERSON).on_conflict_do_nothing()


def set_person(a: Applier, e: SetPerson, after: CaseView | None) -> None:
    """What the tables know of a person."""
    index = address_index(a.sealer, e.address)
    values: dict[str, Any] = {
        name: value
        for name in (
            "terms_asked",
            "suspended",
            "absent_until",
            "suppressed_until",
            "suppressed_because",
            "vouched_until",
        )
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
        a.execute(_changing(tuple(sorted(values))), {"index": index, **values})


@cache
def _changing(names: tuple[str, ...]) -> Update:
    """One statement for each set of columns that changes together."""
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    return update(PERSON).where(PERSON.c.address_index == bindparam("index")).values(values)
