"""Whom the aidant keeps out of a case before anybody is asked: a line `Exclure : …` of the request, or a sentence that names
somebody who would receive it (DOMAIN, Situations 9). Whom nobody can find is asked about: the case goes to nobody until then."""

from __future__ import annotations

import re

from mailrouter.core.decide.basis.disclose import EXCLUDE
from mailrouter.core.decide.basis.mails import again, given, to_participant
from mailrouter.core.decide.basis.people import address_in, left, member_of, named
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases.route import reach
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.words.command import said
from mailrouter.core.decide.words.internal import kept_from
from mailrouter.core.model import Field, Invite, Message, Participant, Remove, SetFields
from mailrouter.core.text import fold

UNKNOWN = "not-there"
NAMED = "named-agent"
_BETWEEN = re.compile(r"\s*(?:[,;]|\bet\b|\band\b)\s*")
_NOBODY = frozenset(("personne", "aucun", "aucune", "non", "nobody", "none", "no"))


def excluded_in(message: Message) -> tuple[str, ...]:
    """Whom the lines of a mail exclude, as written: labelled ones, else the act on its first line."""
    lines = [one.raw for one in message.stated if one.field == EXCLUDE and one.source == "label"]
    command = said(message.visible)
    if not lines and command and command.act == "exclude":
        lines = [command.argument]
    return tuple(piece for line in lines for piece in _BETWEEN.split(line.strip(" .")) if piece)


def keep_out(scene: Scene, who: str) -> None:
    """Shut out whom this mail excludes, before they are asked; a name that is nobody's is kept, to be asked about."""
    pieces = excluded_in(scene.message)
    if not scene.step("excludes", bool(pieces), evidence=f"{len(pieces)} named"):
        return
    unknown = [one for one in pieces if fold(one) not in _NOBODY and not shut(scene, one, who)]
    told = Field(name=EXCLUDE, value=", ".join(unknown), note=UNKNOWN if unknown else "")
    scene.do(SetFields(case_id=scene.case.id, fields=(told,)))


def shut(scene: Scene, called: str, who: str) -> bool:
    """Exclude the one agent whom `called` names, on the case or not yet; False when it names none, or several."""
    address = _agent(scene, called)
    if not address:
        return False
    if scene.case.participant(address) is None:
        group = next(g for g in scene.directory.groups_of(address) if g.side == "operator")
        joining = (member_of(scene, group, address),)
        scene.do(Invite(case_id=scene.case.id, who=who, participants=joining, why="excluded"))
    scene.do(Remove(case_id=scene.case.id, addresses=(address,), who=who, why="excluded"))
    return True


def tell_excluded(scene: Scene, creator: Participant, person: Participant) -> None:
    """Tell the aidant that `person` reads nothing of the case, and which shared mailbox on it they may still read; an expert
    reads none of the organisation that is helped."""
    boxes = (p for p in scene.case.active("operator") if p.role == "mailbox" and p.group == person.group)
    mailbox = next((p.name for p in boxes if person.role != "expert"), "")
    values = {"act": "exclude", "target": person.name, **given(mailbox=mailbox)}
    key = again(scene, "acknowledged", creator.address)
    to_participant(scene, "acknowledged", creator, values, automatic="auto-replied", key=key)


def tell_shut_out(scene: Scene, creator: Participant) -> None:
    """The same of everybody who was shut out before the organisations were asked, where a shared mailbox is left."""
    boxes = {p.group for p in scene.case.active("operator") if p.role == "mailbox"}
    for person in scene.case.participants:
        if person.removed_because == "excluded" and person.group in boxes:
            tell_excluded(scene, creator, person)


def _agent(scene: Scene, called: str) -> str:
    """The address of the agent whom `called` names: by an address of any group, by a name of the territory's groups."""
    if "@" in called:
        address = scene.directory.canonical(address_in(called))
        return address if any(g.side == "operator" for g in scene.directory.groups_of(address)) else ""
    here = [
        g
        for g in scene.directory.groups.values()
        if g.side == "operator" and scene.case.territory in g.territories
    ]
    found = {address for g in here if (address := named(scene, g, called))}
    return found.pop() if len(found) == 1 else ""


def doubts(scene: Scene, sender: Sender, *, confirmed: bool) -> tuple[tuple[str, str], ...]:
    """What is asked before anything goes out: an exclusion of nobody known, and, until she has `confirmed`, a text that
    keeps the case from somebody who would receive it. (Field, problem code.)"""
    case = scene.case
    if case.field(EXCLUDE):
        return ((EXCLUDE, UNKNOWN),)
    if confirmed:
        return ()
    groups = reach(scene, sender, case.territory, case.wanted).groups
    people = [
        (p.address, p.name)
        for g in groups
        for p in scene.directory.members(g.id)
        if not left(case, p.address)
    ]
    told = any(kept_from(m.text, people) for m in case.messages if m.side == "helper")
    return ((EXCLUDE, NAMED),) if told else ()
