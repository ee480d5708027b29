"""A case after an effect: what the store will hold once the decision is recorded. Pure, so that one decision can
build on its own earlier effects, and so that the store can be checked against it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from mailrouter.core.model import (
    Answered,
    AppendMessage,
    CancelDue,
    CaseMessage,
    CaseView,
    ChangeState,
    Decision,
    Due,
    Effect,
    Facts,
    Field,
    Invite,
    OpenCase,
    Participant,
    Party,
    Remove,
    ScheduleDue,
    SetCreator,
    SetFields,
    SetMarker,
    SetOwner,
    Signed,
    StopMails,
)

replace = msgspec.structs.replace


def evolve(case: CaseView | None, effect: Effect, now: datetime) -> CaseView | None:
    """`case` after `effect`; unchanged when the effect is about something else. OpenCase makes it."""
    if isinstance(effect, OpenCase):
        return _opened(effect, now)
    if case is None or (getattr(effect, "case_id", None) != case.id and not isinstance(effect, ScheduleDue)):
        return case
    match effect:
        case AppendMessage():
            return _appended(case, effect, now)
        case StopMails():
            return _forgotten(case, effect)
        case Signed():
            return _signed(case, effect)
        case SetFields():
            return _stated(case, effect)
        case SetMarker():
            return replace(case, markers=tuple({**dict(case.markers), effect.address: effect.marker}.items()))
        case ChangeState():
            return _changed(case, effect, now)
        case SetOwner():
            return _party(case, effect.organisation, owner=effect.owner)
        case SetCreator():
            return _created_by(case, effect.creator)
        case Answered():
            return _answered(case, effect.organisation, now)
        case Invite():
            return _invited(case, effect)
        case Remove():
            return _removed(case, effect, now)
        case ScheduleDue() if effect.due.case_id == case.id:
            kept = tuple(d for d in case.dues if not _same_slot(d, effect.due))
            return replace(case, dues=(*kept, effect.due))
        case CancelDue():
            return replace(
                case, dues=tuple(d for d in case.dues if not _cancels(effect, d.kind, d.organisation))
            )
        case _:
            return case


def after(facts: Facts, decision: Decision) -> CaseView | None:
    """The decision's case as it will be once everything is recorded."""
    case = facts.case(decision.case_id)
    for effect in decision.effects:
        case = evolve(case, effect, facts.now)
    return case


def _cancels(effect: CancelDue, kind: str, organisation: str) -> bool:
    return kind in effect.kinds and effect.organisation in ("", organisation)


def _same_slot(one: Due, other: Due) -> bool:
    """One due of a kind for each organisation and person: a new one replaces it."""
    return (one.organisation, one.kind, one.address) == (other.organisation, other.kind, other.address)


def _opened(effect: OpenCase, now: datetime) -> CaseView:
    return CaseView(
        id=effect.case_id,
        number=effect.number,
        territory=effect.territory,
        state=effect.state,
        creator=effect.creator,
        creator_group=effect.creator_group,
        opened_at=now,
        subject=effect.subject,
        urgent=effect.urgent,
        careful=effect.careful,
        last_human_at=now,
        last_creator_at=now,
    )


def _appended(case: CaseView, effect: AppendMessage, now: datetime) -> CaseView:
    message = CaseMessage(
        id=effect.message_id,
        case_id=case.id,
        at=now,
        author=effect.author,
        author_name=effect.author_name,
        side=effect.side,
        group=effect.group,
        organisation=effect.organisation,
        audience=effect.audience,
        text=effect.text,
        files=effect.attachments,
        to_all=effect.to_all,
        inbound_id=effect.inbound_id,
    )
    creator_at = now if effect.author == case.creator else case.last_creator_at
    return replace(case, messages=(*case.messages, message), last_human_at=now, last_creator_at=creator_at)


def _signed(case: CaseView, effect: Signed) -> CaseView:
    messages = (
        replace(m, author_name=effect.name) if m.id == effect.message_id else m for m in case.messages
    )
    return replace(case, messages=tuple(messages))


def merged_fields(old: tuple[Field, ...], new: tuple[Field, ...]) -> tuple[Field, ...]:
    """Old fields with the new ones in their place; an empty new value removes the field."""
    given = {f.name: f for f in new}
    kept = [given.pop(f.name, f) for f in old]
    return tuple(f for f in [*kept, *given.values()] if f.value)


def _stated(case: CaseView, effect: SetFields) -> CaseView:
    return replace(
        case,
        fields=merged_fields(case.fields, effect.fields),
        mandate=effect.mandate or case.mandate,
        urgent=effect.urgent or case.urgent,
        careful=case.careful if effect.careful is None else effect.careful,
        wanted=case.wanted if effect.wanted is None else effect.wanted,
        proposed=case.proposed if effect.proposed is None else effect.proposed,
    )


def _party(case: CaseView, organisation: str, **changes: object) -> CaseView:
    parties = tuple(replace(p, **changes) if p.organisation == organisation else p for p in case.parties)
    return replace(case, parties=parties)


def _changed(case: CaseView, effect: ChangeState, now: datetime) -> CaseView:
    if effect.organisation:
        return _party(case, effect.organisation, state=effect.to, reason=effect.why)
    closed = now if effect.to in ("closed", "withdrawn") else None
    useful = effect.useful or (case.useful if effect.to == "closed" else "")
    return replace(case, state=effect.to, closed_at=closed, useful=useful)


def _forgotten(case: CaseView, effect: StopMails) -> CaseView:
    """The recalled message holds nothing any more."""
    if not effect.forget:
        return case
    kept = tuple(replace(m, text="", files=()) if m.id == effect.message_id else m for m in case.messages)
    return replace(case, messages=kept)


def _created_by(case: CaseView, creator: str) -> CaseView:
    people = tuple(
        replace(p, role="creator" if p.address == creator else "colleague")
        if p.address == creator or p.role == "creator"
        else p
        for p in case.participants
    )
    return replace(case, creator=creator, participants=people)


def _answered(case: CaseView, organisation: str, now: datetime) -> CaseView:
    party = case.party(organisation)
    first = party.first_answer_at if party and party.first_answer_at else now
    return _party(case, organisation, first_answer_at=first, last_answer_at=now)


def _invited(case: CaseView, effect: Invite) -> CaseView:
    parties: tuple[Party, ...] = case.parties
    if effect.party and not case.party(effect.party.organisation):
        parties = (*parties, effect.party)
    people: dict[str, Participant] = {p.address: p for p in case.participants}
    for joining in effect.participants:
        known = people.get(joining.address)
        if known is None:
            people[joining.address] = joining
        elif not known.active or (known.role == "expert" and joining.role != "expert"):
            # Somebody who left comes back; an expert whose own group is asked takes part as one of its agents.
            people[joining.address] = replace(joining, thread=known.thread)
    return replace(case, parties=parties, participants=tuple(people.values()))


def _removed(case: CaseView, effect: Remove, now: datetime) -> CaseView:
    people = tuple(
        replace(p, removed_at=now, removed_because=effect.why)
        if p.active and p.address in effect.addresses
        else p
        for p in case.participants
    )
    return replace(case, participants=people)
