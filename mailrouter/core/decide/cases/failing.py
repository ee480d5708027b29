"""Somebody cannot be reached, for now (absence) or for good (bounce): the case goes to the group's others at once,
then to its managers; when nobody is left the aidant is told and the operators are alerted."""

from __future__ import annotations

from mailrouter.core.decide.basis import dues, pace
from mailrouter.core.decide.basis.alerting import nobody_left
from mailrouter.core.decide.basis.mails import given, to_participant
from mailrouter.core.decide.basis.people import available, left, member_of, party_of, works_for
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases.asking import tell_new_case
from mailrouter.core.decide.cases.consulting import tell_of_expert
from mailrouter.core.model import (
    FINAL_PARTY_STATES,
    Due,
    Invite,
    Missed,
    Participant,
    Party,
    Remove,
    SetOwner,
    SetPerson,
)
from mailrouter.core.policy.calendar import add
from mailrouter.core.policy.schema import Group

# "The mailbox is full" (RFC 3463 3.3), for now or, as many systems say it, for good.
FULL = ".2.2"
UNDER_WAY = ("incomplete", "open", "done")


def unreachable(scene: Scene, address: str, why: str, detail: str) -> None:
    """`why` is "absent" (detail: return date) or "bounced" (detail: RFC 3463 status)."""
    if why == "bounced":
        until = add(scene.directory.calendar(""), scene.facts.now, scene.directory.timing().failing)
        scene.do(SetPerson(address=address, suppressed_until=until, suppressed_because=detail))
    if scene.draft.case is None or scene.case.state not in UNDER_WAY:
        return
    person = scene.case.participant(address)
    if person is None:
        return
    if person.role == "expert":
        _expert_unreachable(scene, person, why)
        return
    if person.side == "helper":
        if person.address == scene.case.creator:
            # Two days are waited: a short absence is the rule, not the exception (DOMAIN, Situations 13).
            dues.schedule(
                scene, "helper-absent", pace.of_helper(scene, lambda t: t.helper_absent), address=address
            )
        return
    party = party_of(scene, person)
    group = scene.directory.groups.get(person.group)
    if party is None or group is None or party.state in FINAL_PARTY_STATES:
        return
    _carry_on(scene, person, party, group, why, detail)


def _expert_unreachable(scene: Scene, expert: Participant, why: str) -> None:
    """An absence is waited for; who cannot be reached at all leaves, so that nobody counts on them."""
    if why == "bounced":
        scene.do(Remove(case_id=scene.case.id, addresses=(expert.address,), who="service", why="unreachable"))
        tell_of_expert(scene, expert, "unreachable")


def mailbox_full(scene: Scene, outbox_id: str, address: str, status: str) -> None:
    """4.2.2 and 5.2.2 count as delay for some days (DOMAIN, Situations 13): the mail is kept to be sent again once the
    person writes; if nothing comes in that time, the mailbox counts as failing."""
    scene.do(SetPerson(address=address, suppressed_because=status))
    scene.do(Missed(outbox_id=outbox_id, status=status))
    case = scene.draft.case
    if case is None or case.participant(address) is None or case.state not in UNDER_WAY:
        return
    if not any(d.kind == "mailbox-full" and d.address == address for d in scene.case.dues):
        dues.schedule(scene, "mailbox-full", pace.of_person(scene, address).mailbox_full, address=address)


def still_full(scene: Scene, due: Due) -> None:
    """The days a mailbox may be full are over: gone on with others, unless the person wrote meanwhile."""
    status = scene.facts.person(due.address).suppressed_because
    if FULL in status:
        unreachable(scene, due.address, "bounced", status)


def without(scene: Scene, person: Participant, why: str) -> None:
    """The case goes on without an agent who was removed: `why` is "excluded", "not-me" or "gone"."""
    party = party_of(scene, person)
    group = scene.directory.groups.get(person.group)
    if party is None or scene.case.state not in ("open", "done"):
        return
    if party.owner == person.address:
        owner = SetOwner(case_id=scene.case.id, organisation=party.organisation, owner="", who="service")
        scene.do(owner)
    if party.state not in FINAL_PARTY_STATES and group is not None:
        _carry_on(scene, person, party, group, why, "")


def _carry_on(scene: Scene, person: Participant, party: Party, group: Group, why: str, detail: str) -> None:
    case_id = scene.case.id
    if party.owner == person.address and why == "bounced":
        scene.do(SetOwner(case_id=case_id, organisation=party.organisation, owner="", who="service"))
    if others := _others(scene, person, party):
        scene.step("others-there", evidence=group.id)
        if party.owner == person.address:
            _not_waiting_for_the_owner(scene, party, others, person.name)
        return
    joining = _reserve(scene, group, person.address)
    scene.step("re-route", bool(joining), evidence=f"{len(joining)} of {group.id}", source=group.source)
    if joining:
        scene.do(Invite(case_id=case_id, who="service", participants=joining, why=why))
        for one in joining:
            tell_new_case(scene, scene.case.participant(one.address) or one)
        return
    nobody_left(scene, party, group, why, detail)


def _not_waiting_for_the_owner(
    scene: Scene, party: Party, others: tuple[Participant, ...], owner: str
) -> None:
    """After `je m'en occupe` the others were spared; now that the owner is away they are told that it waits."""
    values = {"since": (party.last_answer_at or party.asked_at).isoformat(), **given(owner=owner)}
    for one in others:
        to_participant(scene, "reminder", one, values, organisation=party.organisation)


def _others(scene: Scene, person: Participant, party: Party) -> tuple[Participant, ...]:
    """Those of the group who work on the case and are there; a shared mailbox counts."""
    return tuple(
        p
        for p in scene.case.active("operator")
        if works_for(scene, p, party) and p.address != person.address and available(scene, p.address)
    )


def _reserve(scene: Scene, group: Group, missing: str) -> tuple[Participant, ...]:
    """Members not on the case yet, else the managers; only those who are there and did not leave it on purpose."""
    for addresses in (group.members, group.managers):
        found = [
            a
            for a in addresses
            if a != missing
            and available(scene, a)
            and not scene.case.participant(a)
            and not left(scene.case, a)
        ]
        if found:
            return tuple(member_of(scene, group, a) for a in found)
    return ()
