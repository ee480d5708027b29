"""Somebody cannot be reached, for now (absence) or for good (bounce): the case goes to the group's others at once,
then to its managers; when nobody is left the aidant is told and the operators are alerted."""

from __future__ import annotations

from datetime import timedelta

from mailrouter.core.decide.mails import given, to_participant
from mailrouter.core.decide.opening import alert, tell_new_case
from mailrouter.core.decide.people import available, helpers_of, member_of
from mailrouter.core.decide.scene import Scene
from mailrouter.core.model import (
    FINAL_PARTY_STATES,
    Invite,
    Participant,
    Party,
    SetOwner,
    SetPerson,
)
from mailrouter.core.policy.schema import Group

SUPPRESSED_FOR = timedelta(days=90)


def unreachable(scene: Scene, address: str, why: str, detail: str) -> None:
    """`why` is "absent" (detail: return date) or "bounced" (detail: RFC 3463 status)."""
    if why == "bounced":
        until = scene.facts.now + SUPPRESSED_FOR
        scene.do(SetPerson(address=address, suppressed_until=until, suppressed_because=detail))
    if scene.draft.case is None:
        return
    person = scene.case.participant(address)
    if person is None or person.side != "operator":
        return
    party = next((p for p in scene.case.parties if p.group == person.group), None)
    group = scene.directory.groups.get(person.group)
    if party is None or group is None or party.state in FINAL_PARTY_STATES:
        return
    _carry_on(scene, person, party, group, why, detail)


def _carry_on(scene: Scene, person: Participant, party: Party, group: Group, why: str, detail: str) -> None:
    case_id = scene.case.id
    if party.owner == person.address and why == "bounced":
        scene.do(SetOwner(case_id=case_id, organisation=party.organisation, owner="", who="service"))
    if _others(scene, person, party):
        scene.step("others-there", evidence=group.id)
        return
    joining = _reserve(scene, group, person.address)
    scene.step("re-route", bool(joining), evidence=f"{len(joining)} of {group.id}", source=group.source)
    if joining:
        scene.do(Invite(case_id=case_id, who="service", participants=joining, why=why))
        for one in joining:
            tell_new_case(scene, one)
        return
    values = {"organisations": [party.organisation], "why": why}
    values |= given(phone=group.urgent_phone, return_date=detail if why == "absent" else "")
    for helper in helpers_of(scene, scene.case):
        to_participant(scene, "absence-told", helper, values)
    alert(scene, f"nobody left of {group.id}: {why}")


def _others(scene: Scene, person: Participant, party: Party) -> bool:
    """Whether somebody else of the group works on the case and is there; a shared mailbox counts."""
    return any(
        p.group == party.group and p.address != person.address and available(scene, p.address)
        for p in scene.case.active("operator")
    )


def _reserve(scene: Scene, group: Group, missing: str) -> tuple[Participant, ...]:
    """Members not on the case yet, else the managers; only those who are there."""
    for addresses in (group.members, group.managers):
        found = [
            a for a in addresses if a != missing and available(scene, a) and not scene.case.participant(a)
        ]
        if found:
            return tuple(member_of(scene, group, a) for a in found)
    return ()
