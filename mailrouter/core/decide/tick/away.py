"""The aidant of a case is away or has left, a person left the files, somebody is back (DOMAIN, Situations 13). Cases
stay with the structure: never does another helper group see one."""

from __future__ import annotations

from datetime import timedelta

from mailrouter.core.decide.basis import dues, pace
from mailrouter.core.decide.basis.alerting import alert
from mailrouter.core.decide.basis.mails import given, to_participant
from mailrouter.core.decide.basis.membership import belongs
from mailrouter.core.decide.basis.people import available, helpers_of, member_of
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases.consulting import tell_of_expert
from mailrouter.core.decide.cases.failing import FULL, without
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.model import Due, Invite, Participant, Remove, Resend, SetPerson

TRIES = 3
A_DAY = timedelta(days=1)


def back(scene: Scene, sender: Sender) -> None:
    """A registered person wrote, and proves it: no longer away, reachable again; what was missed is sent again."""
    if not (sender.registered and sender.aligned):
        return
    state, now = scene.facts.person(sender.address), scene.facts.now
    seen = state.last_active_at
    news = state.absent_until or state.suppressed_because or state.suppressed_until
    if news or seen is None or seen < now - A_DAY:
        scene.do(SetPerson(address=sender.address, present=True))
    if FULL in state.suppressed_because:
        scene.step("mailbox-works-again", evidence=state.suppressed_because)
        scene.do(Resend(address=sender.address))


def roster(scene: Scene, due: Due) -> None:
    """Who is no longer in the files leaves the case: addresses revoked, parts without owner, others told."""
    case = scene.case
    gone = tuple(p for p in case.active() if not belongs(scene.directory, case, p))
    if not gone:
        return
    scene.step("left-the-files", evidence=f"{len(gone)}")
    addresses = tuple(p.address for p in gone)
    scene.do(Remove(case_id=case.id, addresses=addresses, who="service", why="gone"))
    for person in gone:
        if person.role == "expert":
            tell_of_expert(scene, person, "left")
        elif person.side == "operator":
            without(scene, person, "gone")
    creator = next((p for p in gone if p.address == case.creator), None)
    if creator:
        ask_colleagues(scene, creator, gone=True)
        _ask_again(scene, creator, 1)


def still_away(scene: Scene, due: Due) -> None:
    """Two days later, or after asking: nobody carried on, and the creator is still away or gone."""
    case = scene.case
    creator = next((p for p in case.participants if p.address == case.creator), None)
    if creator is None or (creator.active and available(scene, creator.address)):
        return
    ask_colleagues(scene, creator, gone=not creator.active)
    if due.step + 1 < TRIES:
        _ask_again(scene, creator, due.step + 1)
    else:
        alert(scene, "nobody-carries-on")


def _ask_again(scene: Scene, creator: Participant, step: int) -> None:
    after = pace.of_helper(scene, lambda t: t.helper_absent_again)
    dues.schedule(scene, "helper-absent", after, address=creator.address, step=step)


def ask_colleagues(scene: Scene, creator: Participant, *, gone: bool) -> None:
    """Colleagues on the case get a notice and `reprendre`; with none there, the manager of the structure joins."""
    there = [p for p in helpers_of(scene, scene.case, creator.address) if available(scene, p.address)]
    there = there or _managers(scene, creator)
    until = scene.facts.person(creator.address).absent_until
    values = {
        "who": creator.name,
        "gone": gone,
        "states": [[p.organisation, p.state] for p in scene.case.parties],
        **given(until=until.isoformat() if until and not gone else ""),
    }
    for person in there:
        to_participant(scene, "helper-away", person, values)
    if not there:
        alert(scene, "structure-away")


def _managers(scene: Scene, creator: Participant) -> list[Participant]:
    case = scene.case
    group = scene.directory.groups.get(case.creator_group)
    if group is None:
        return []
    there = [a for a in group.managers if a != creator.address and available(scene, a)]
    joining = tuple(member_of(scene, group, a) for a in there)
    if joining:
        scene.do(Invite(case_id=case.id, who="service", participants=joining, why="aidant away"))
    return [found for a in there if (found := scene.case.participant(a))]
