"""Acts of both sides: invite, wrong person, history, list, help."""

from __future__ import annotations

from typing import Any

from mailrouter.core.decide import dues
from mailrouter.core.decide.agent_acts import ActFunction
from mailrouter.core.decide.command import Command
from mailrouter.core.decide.disclose import lens, may_read, visible_text
from mailrouter.core.decide.mails import to_participant
from mailrouter.core.decide.opening import ask_organisation, tell_new_case
from mailrouter.core.decide.people import member_of
from mailrouter.core.decide.route import group_for
from mailrouter.core.decide.scene import Scene
from mailrouter.core.decide.services import help_values, listed
from mailrouter.core.decide.states import everyone, offered
from mailrouter.core.decide.voice import Voice
from mailrouter.core.model import ChangeState, Invite
from mailrouter.core.policy.schema import Group


def invite(scene: Scene, voice: Voice, command: Command) -> bool:
    """`inviter CPAM`, `inviter CAF 69`, `inviter prenom.nom@…`: who is eligible joins; the inviter is told."""
    if scene.case.state not in ("open", "done"):
        return False
    target = command.argument.strip()
    if "@" in target:
        return _invite_person(scene, voice, target)
    group = _group_named(scene, target)
    if group is None or scene.case.party(group.organisation):
        return False
    ask_organisation(scene, group, voice.person.address, why="invited")
    _acknowledge(scene, voice, "invite", group.name)
    return True


def _group_named(scene: Scene, target: str) -> Group | None:
    """The group of the named organisation, in the named territory or the case's own."""
    organisation = scene.directory.organisation_of(target)
    if organisation is None or organisation.side != "operator":
        return None
    places = (scene.directory.territory_of(word) for word in target.split())
    territory = next((p.slug for p in places if p), scene.case.territory)
    own = scene.directory.groups.get(scene.case.creator_group)
    near = group_for(scene.directory, (own,) if own else (), territory, organisation.code)
    if near or territory == scene.case.territory:
        return near
    # An invitation reaches the groups of a territory for that organisation, beyond what the aidant may open.
    return next(iter(scene.directory.groups_for(territory, organisation.code)), None)


def _invite_person(scene: Scene, voice: Voice, target: str) -> bool:
    """A person is eligible as member of the inviter's own group or of a group already on the case."""
    address = scene.directory.canonical(target.strip("<>.,; "))
    involved = {p.group for p in scene.case.participants if p.active} | {voice.person.group}
    group = next((g for g in scene.directory.groups_of(address) if g.id in involved), None)
    if group is None or scene.case.participant(address):
        return False
    joining = member_of(scene, group, address)
    scene.do(Invite(case_id=scene.case.id, who=voice.person.address, participants=(joining,), why="invited"))
    known = scene.case.participant(address)
    if known and known.side == "operator":
        tell_new_case(scene, known)
    elif known:
        to_participant(scene, "joined", known, {"invited_by": voice.person.name})
    _acknowledge(scene, voice, "invite", joining.name)
    return True


def _acknowledge(scene: Scene, voice: Voice, act: str, target: str) -> None:
    to_participant(
        scene, "acknowledged", voice.person, {"act": act, "target": target}, automatic="auto-replied"
    )


def wrong_person(scene: Scene, voice: Voice, command: Command) -> bool:
    """`erreur de personne`: the case is frozen, its addresses are revoked, everyone is told without content."""
    for person in everyone(scene):
        to_participant(scene, "wrong-person", person, {"who": voice.person.name})
    dues.ended(scene)
    scene.do(ChangeState(case_id=scene.case.id, to="frozen", who=voice.person.address, why="wrong person"))
    return True


def history(scene: Scene, voice: Voice, command: Command) -> bool:
    """`historique`: the transcript this person may see."""
    case, person = scene.case, voice.person
    view = lens(scene.directory, case, person)
    entries: list[dict[str, Any]] = [
        {
            "at": m.at.isoformat(),
            "who": m.author_name,
            "act": "message",
            "organisation": m.organisation,
            "why": visible_text(view, m.text),
        }
        for m in case.messages
        if may_read(scene.directory, person, m)
    ]
    values = {"entries": entries, "states": [[p.organisation, p.state] for p in case.parties]}
    to_participant(scene, "history", person, values, automatic="auto-replied", audience=_widest(scene, voice))
    return True


def _widest(scene: Scene, voice: Voice) -> Any:
    """A transcript that holds notes is itself for agents only."""
    notes = any(m.audience == "agents" for m in scene.case.messages)
    return "agents" if notes and voice.person.side == "operator" else "everyone"


def list_cases(scene: Scene, voice: Voice, command: Command) -> bool:
    """`liste`: the person's cases, without personal data."""
    to_participant(scene, "listing", voice.person, {"cases": listed(scene)}, automatic="auto-replied")
    return True


def help_(scene: Scene, voice: Voice, command: Command) -> bool:
    """`aide` in reply on a case: what works for this person on this case now."""
    values = {"acts": list(offered(scene.case, voice.person)), **help_values(scene)}
    to_participant(scene, "help", voice.person, values, automatic="auto-replied")
    return True


COMMON_ACTS: dict[str, ActFunction] = {
    "invite": invite,
    "wrong-person": wrong_person,
    "history": history,
    "list": list_cases,
    "help": help_,
}
