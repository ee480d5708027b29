"""Handing over and taking over: an agent's part goes to a colleague of the own group, an aidant's case stays with the
structure (DOMAIN, Situations 13)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailrouter.core.decide.acts.relay import relay_answer
from mailrouter.core.decide.acts.states import under_way
from mailrouter.core.decide.basis import dues
from mailrouter.core.decide.basis.mails import given, group_label, to_participant
from mailrouter.core.decide.basis.people import agents_of, available, helpers_of, left, member_of, named
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases.appending import append_message
from mailrouter.core.decide.cases.asking import tell_new_case
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.command import Command
from mailrouter.core.decide.words.substance import says_something
from mailrouter.core.model import (
    FINAL_PARTY_STATES,
    CaseMessage,
    Invite,
    Participant,
    Party,
    SetCreator,
    SetOwner,
)
from mailrouter.core.policy.schema import Group

OPEN = ("incomplete", "open", "done")


# "à Karim Haddad jusqu'au 20 mars": for how long is between the two of them; the case comes back by `reprendre`.
_WHILE = re.compile(
    r"[\s,(]+(?:jusqu|pendant|durant|du \d|à partir|a partir|dès |le temps|until|while|during|from )", re.I
)


def hand_over(scene: Scene, voice: Voice, command: Command) -> bool | str:
    """`passer le relais à …`: an agent's part, or an aidant's case, goes to a colleague of the same group."""
    group = scene.directory.groups.get(voice.person.group)
    who = _WHILE.split(command.argument, maxsplit=1)[0]
    target = named(scene, group, who, besides=voice.person.address) if group else ""
    if group is None or not target:
        return "not-colleague"
    if voice.person.side == "helper":
        return _case_to(scene, voice, group, target, command)
    if brings_somebody_in(scene, target):
        return "careful"
    owner = part_to(scene, voice, group, target, command)
    if owner is None:
        return False
    _acknowledge(scene, voice, owner)
    return True


def brings_somebody_in(scene: Scene, target: str) -> bool:
    """Whether an agent would let somebody into a case under `contact prudent`: that takes the aidant's yes (DOMAIN,
    Situations 9)."""
    return scene.case.careful and scene.case.participant(target) is None and not left(scene.case, target)


def _beside(scene: Scene, voice: Voice, group: Group, command: Command | None) -> CaseMessage | None:
    """What is said with a hand-over, and its files: in the mails that tell of it."""
    if command is None or command.followed or scene.case.state == "incomplete":
        return None
    if not (says_something(command.rest, voice.name) or scene.brings_files):
        return None
    return append_message(scene, voice.sender, group, command.rest)


def part_to(
    scene: Scene, voice: Voice, group: Group, target: str, command: Command | None = None
) -> Participant | None:
    """The organisation's part has a new owner, who joins the case if need be; None when it cannot. What is said below
    the `command` is an answer, and tells who goes on."""
    party = scene.case.party(group.organisation)
    if scene.case.state != "open" or party is None or party.state in FINAL_PARTY_STATES:
        return None
    joined = scene.case.participant(target)
    if joined is None and left(scene.case, target):
        return None  # excluded silently: as if there were no such colleague
    owner = joined or _join(scene, voice.person.address, group, target)
    told = [*helpers_of(scene, scene.case), *agents_of(scene, scene.case, party)]
    told += [joined] if joined else []
    owned(scene, party, owner.address, voice.person.address)
    message = _beside(scene, voice, group, command)
    heard = relay_answer(scene, voice, message, taken=owner.name) if message else frozenset()
    for person in {p.address: p for p in told}.values():
        if person.address in heard:
            continue
        if person.address != voice.person.address and (joined or person.address != target):
            values = {"who": owner.name, "author_group": group_label(scene, group.id), "why": "relay"}
            values |= given(given_by=voice.person.name if person.address == target else "")
            to_participant(scene, "taken", person, values, organisation=party.organisation)
    if not joined:
        tell_new_case(scene, owner)
    return owner


def owned(scene: Scene, party: Party, owner: str, who: str) -> None:
    """`owner` has the organisation's part; it is under way, and the reminder starts anew."""
    case_id = scene.case.id
    scene.do(SetOwner(case_id=case_id, organisation=party.organisation, owner=owner, who=who))
    if party.state == "new":
        under_way(scene, party, who, "taken")
    dues.taken(scene, party.organisation)


def taken_by(
    scene: Scene, party: Party, group: Group, owner: str, who: str
) -> tuple[Participant, list[Participant]]:
    """`owner`, a member of the group, takes the organisation's part, as `who` (the member or a shared mailbox of the
    group) said. Gives them, and who is to be told once: the others of the group and the helper side."""
    others = [*helpers_of(scene, scene.case), *agents_of(scene, scene.case, party, leave_out=owner)]
    person = scene.case.participant(owner) or _join(scene, who, group, owner, "signed")
    owned(scene, party, owner, who)
    return person, [one for one in others if one.address != who]


def tell_taken(
    scene: Scene, party: Party, group: Group, by: Participant, others: Iterable[Participant], said: str = ""
) -> None:
    """`others` learn that `by` takes the organisation's part, and the day that was named ("demain")."""
    for one in others:
        values = {"who": by.name, "author_group": group_label(scene, group.id), **given(said=said)}
        to_participant(scene, "taken", one, values, organisation=party.organisation)


def _join(scene: Scene, who: str, group: Group, target: str, why: str = "hand-over") -> Participant:
    joining = member_of(scene, group, target)
    scene.do(Invite(case_id=scene.case.id, who=who, participants=(joining,), why=why))
    return scene.case.participant(target) or joining


def _case_to(scene: Scene, voice: Voice, group: Group, target: str, command: Command) -> bool:
    """The case has a new creator of the creator's group; who handed over stays on it."""
    if scene.case.state not in OPEN or group.id != scene.case.creator_group:
        return False
    joined = scene.case.participant(target)
    person = joined or _join(scene, voice.person.address, group, target)
    message = _beside(scene, voice, group, command)
    if not joined:
        values = {"invited_by": voice.person.name}
        to_participant(scene, "joined", person, values, message=message, with_fields=True)
    carry_on(scene, person, voice.person.address, "relay", joined=joined is not None, said=message)
    if message and scene.case.state == "open":
        dues.after_helper(scene)
    _acknowledge(scene, voice, person)
    return True


def carry_on(
    scene: Scene,
    person: Participant,
    who: str,
    why: str,
    *,
    joined: bool = True,
    said: CaseMessage | None = None,
) -> None:
    """`person` is the creator from now on; the others on the case are told once, and so is `person` who was on it
    before (`joined`) and did not say it themselves. `said`: what was written with it."""
    by = next((p.name for p in scene.case.participants if p.address == who), "")
    told = [
        p for p in helpers_of(scene, scene.case) if p.address not in (who, "" if joined else person.address)
    ]
    for party in scene.case.parties if scene.case.state == "open" else ():
        if party.state not in FINAL_PARTY_STATES:
            told += agents_of(scene, scene.case, party)
    scene.do(SetCreator(case_id=scene.case.id, creator=person.address, who=who, why=why))
    dues.cancel(scene, "helper-absent")
    for one in {p.address: p for p in told}.values():
        values = {
            "who": person.name,
            "author_group": group_label(scene, person.group),
            "why": why,
            "helper": True,
        }
        values |= given(given_by=by if one.address == person.address else "")
        to_participant(scene, "taken", one, values, message=said)


def take_over(scene: Scene, voice: Voice, command: Command) -> bool:
    """`reprendre`: a colleague of the creator's group, or their manager, carries on as the creator. Under `contact prudent`
    only while the creator is away or gone: who has the case may lift the precaution."""
    case, person = scene.case, voice.person
    creator = case.participant(case.creator)
    if case.careful and creator and available(scene, creator.address):
        return False
    if case.state not in OPEN or person.address == case.creator or person.group != case.creator_group:
        return False
    carry_on(scene, person, person.address, "absent")
    _acknowledge(scene, voice, person)
    return True


def _acknowledge(scene: Scene, voice: Voice, person: Participant) -> None:
    values = {"act": "hand-over", "target": person.name}
    to_participant(scene, "acknowledged", voice.person, values, automatic="auto-replied")
