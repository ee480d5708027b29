"""Acts of both sides: invite, wrong person, history, list, help."""

from __future__ import annotations

from typing import Any

from mailrouter.core.decide import dues
from mailrouter.core.decide.agent_acts import ActFunction, suggest
from mailrouter.core.decide.asking import ask_organisation, tell_new_case
from mailrouter.core.decide.command import Command
from mailrouter.core.decide.disclose import lens, may_read, visible_text
from mailrouter.core.decide.handing import hand_over
from mailrouter.core.decide.mails import to_participant
from mailrouter.core.decide.people import left, member_of
from mailrouter.core.decide.route import group_for
from mailrouter.core.decide.scene import Scene
from mailrouter.core.decide.services import help_values, listed
from mailrouter.core.decide.snooze import later
from mailrouter.core.decide.states import everyone, offered
from mailrouter.core.decide.voice import Voice
from mailrouter.core.model import FINAL_PARTY_STATES, ChangeState, Invite, SetFields, SetPerson
from mailrouter.core.policy.schema import Group
from mailrouter.core.text import folded_words


def invite(scene: Scene, voice: Voice, command: Command) -> bool:
    """`inviter CPAM`, `inviter CAF 69`, `inviter prenom.nom@…`: who is eligible joins; the inviter is told."""
    if scene.case.state not in ("open", "done"):
        return False
    target = command.argument.strip()
    if "@" in target:
        return _invite_person(scene, voice, target)
    groups = groups_named(scene, target)
    if not groups or any(_takes_part(scene, g) for g in groups):
        return False
    if scene.case.careful and voice.person.side == "operator":
        # Nobody joins a case under `contact prudent` without the aidant's yes (DOMAIN, Situations 9).
        for group in groups:
            suggest(scene, voice, group.organisation)
        return True
    ask_more(scene, voice, groups)
    _acknowledge(scene, voice, "invite", ", ".join(g.name for g in groups))
    return True


def ask_more(scene: Scene, voice: Voice, groups: tuple[Group, ...]) -> None:
    """Further organisations are asked; a case that was done is open again for them alone."""
    case, who = scene.case, voice.person.address
    if case.state == "done":
        dues.cancel(scene, *dues.CLOSING)
        scene.do(ChangeState(case_id=case.id, to="open", who=who, why="another organisation is asked"))
    scene.do(SetFields(case_id=case.id, proposed=()))
    for group in groups:
        _taken_up_again(scene, group, who)
        ask_organisation(scene, group, who, why="invited")
    dues.active(scene)


def _takes_part(scene: Scene, group: Group) -> bool:
    asked = (party.group for party in scene.case.parties)
    return group.id in {*asked, *(p.group for p in scene.case.active("operator"))}


def _taken_up_again(scene: Scene, group: Group, who: str) -> None:
    """A second group of an organisation that had ended its part ("pas nous", say) begins it anew."""
    party = scene.case.party(group.organisation)
    if party and party.state in FINAL_PARTY_STATES:
        why = f"{group.name} is asked"
        scene.do(
            ChangeState(case_id=scene.case.id, to="new", organisation=party.organisation, who=who, why=why)
        )


def groups_named(scene: Scene, target: str) -> tuple[Group, ...]:
    """The groups of the organisations that `target` names and nothing else, in the territory it names or the case's
    own; none when a word of it is neither: ambiguous routing is never guessed."""
    found = scene.directory.find_organisations(target)
    rest = target
    for mention in reversed(found):
        rest = f"{rest[: mention.start]} {rest[mention.end :]}"
    place = _place(scene, rest)
    codes = tuple(dict.fromkeys(m.key for m in found))
    if place is None or not codes or (place != scene.case.territory and len(codes) > 1):
        return ()
    groups = [_group(scene, place, code) for code in codes]
    return tuple(g for g in groups if g) if all(groups) else ()


_ARTICLES = frozenset(
    ("la", "le", "les", "l", "du", "de", "des", "d", "en", "a", "et", "and", "the", "of", "dept")
)


def _place(scene: Scene, text: str) -> str | None:
    """The territory that is left of an invitation; the case's own when nothing is, None when it is something else."""
    words = [w for w in folded_words(text.replace("'", " ").replace("’", " ")) if w not in _ARTICLES]
    if not words:
        return scene.case.territory
    for tried in (" ".join(words), *words) if len(words) == 1 else (text.strip(" ,;:()"), " ".join(words)):
        if found := scene.directory.territory_of(tried):
            return found.slug
    stripped = text.strip(" ,;:()")
    for article in ("du ", "de la ", "de l'", "de ", "d'", "des "):
        if stripped.lower().startswith(article) and (
            found := scene.directory.territory_of(stripped[len(article) :])
        ):
            return found.slug
    return None


def _group(scene: Scene, territory: str, code: str) -> Group | None:
    organisation = scene.directory.organisations.get(code)
    if organisation is None or organisation.side != "operator":
        return None
    own = scene.directory.groups.get(scene.case.creator_group)
    near = group_for(scene.directory, (own,) if own else (), territory, code)
    if near or territory == scene.case.territory:
        return near
    # An invitation reaches the groups of a territory for that organisation, beyond what the aidant may open.
    return next((g for g in scene.directory.groups_for(territory, code) if not g.network), None)


def _invite_person(scene: Scene, voice: Voice, target: str) -> bool:
    """A person is eligible as member of the inviter's own group or of a group already on the case."""
    address = scene.directory.canonical(target.strip("<>.,; "))
    involved = {p.group for p in scene.case.participants if p.active} | {voice.person.group}
    group = next((g for g in scene.directory.groups_of(address) if g.id in involved), None)
    back = voice.person.side == "helper" or not left(scene.case, address)
    if group is None or scene.case.participant(address) or not back:
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
            "act": "note" if m.audience == "agents" else "message",
            "organisation": m.organisation,
            "why": visible_text(view, m.text),
            "files": [visible_text(view, f.name) for f in m.files if view.disclosure != "notice"],
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


def accept_terms(scene: Scene, voice: Voice, command: Command) -> bool:
    """`j'accepte` in reply on a case: the terms in force are accepted."""
    version = scene.directory.policy.terms_version
    scene.do(SetPerson(address=voice.person.address, terms_version=version))
    _acknowledge(scene, voice, "accept-terms", "")
    return True


COMMON_ACTS: dict[str, ActFunction] = {
    "hand-over": hand_over,
    "later": later,
    "accept-terms": accept_terms,
    "invite": invite,
    "wrong-person": wrong_person,
    "history": history,
    "list": list_cases,
    "help": help_,
}
