"""`inviter …`: organisations, people and experts join a case; who may be invited by whom."""

from __future__ import annotations

from mailrouter.core.decide.acts.agent_acts import suggest
from mailrouter.core.decide.acts.handing import brings_somebody_in
from mailrouter.core.decide.basis import dues
from mailrouter.core.decide.basis.alerting import alert
from mailrouter.core.decide.basis.mails import again, to_participant
from mailrouter.core.decide.basis.people import address_in, left, member_of, name_in, named
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases.asking import ask_organisation, closed_to, tell_new_case
from mailrouter.core.decide.cases.consulting import any_expert, consult, eligible, one_to_invite
from mailrouter.core.decide.cases.route import group_for
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.command import Command
from mailrouter.core.model import FINAL_PARTY_STATES, ChangeState, Invite, SetFields
from mailrouter.core.policy.schema import Group
from mailrouter.core.text import folded_words


def invite(scene: Scene, voice: Voice, command: Command) -> bool | str:
    """`inviter CPAM`, `inviter CAF 69`, `inviter prenom.nom@…`: who is eligible joins; the inviter is told, else why
    nobody joins."""
    if scene.case.state not in ("open", "done"):
        return False
    target = command.argument.strip()
    if "@" in target:
        return _invite_person(scene, voice, target)
    if any_expert(target):
        return _invite_expert(scene, voice)
    # An article is taken for a filler ("inviter la CAF"), and is part of a name or two ("La Poste").
    groups = groups_named(scene, target) or groups_named(scene, f"la {target}")
    if not groups:
        return _invite_by_name(scene, voice, target)
    if all(_takes_part(scene, g) for g in groups):
        return "already-there"
    groups = tuple(g for g in groups if not _takes_part(scene, g))
    if scene.case.careful and voice.person.side == "operator":
        # Nobody joins a case under `contact prudent` without the aidant's yes (DOMAIN, Situations 9).
        for group in groups:
            suggest(scene, voice, group.organisation)
        return True
    ask_more(scene, voice, groups)
    acknowledge(scene, voice, "invite", ", ".join(g.name for g in groups))
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
    codes, rest = _organisations(scene, target)
    place = _place(scene, rest)
    if place is None or not codes or (place != scene.case.territory and len(codes) > 1):
        return ()
    groups = [_group(scene, place, code) for code in codes]
    return tuple(g for g in groups if g) if all(groups) else ()


def _organisations(scene: Scene, target: str) -> tuple[tuple[str, ...], str]:
    """The codes of the organisations named in `target`, and what is left of it without their names."""
    found = scene.directory.find_organisations(target)
    rest = target
    for mention in reversed(found):
        rest = f"{rest[: mention.start]} {rest[mention.end :]}"
    return tuple(dict.fromkeys(m.key for m in found)), rest


def _is_place(scene: Scene, text: str) -> bool:
    """Whether what is left of an invitation is nothing, a territory, or a department that is not open here."""
    words = [w for w in folded_words(text) if w not in _ARTICLES]
    return _place(scene, text) is not None or scene.directory.unopened("-".join(words)) is not None


_ARTICLES = frozenset(
    [
        "la",
        "le",
        "les",
        "l",
        "du",
        "de",
        "des",
        "d",
        "en",
        "a",
        "et",
        "and",
        "the",
        "of",
        "dept",
        "sur",
        "dans",
        "to",
        "cette",
        "ce",
        "ma",
        "notre",
        "demande",
        "dossier",
        "case",
    ]
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


def _invite_by_name(scene: Scene, voice: Voice, target: str) -> bool | str:
    """A target that is no organisation to be asked here: one without anybody there (operators are alerted), or a
    person of the groups that are involved, by name."""
    codes, rest = _organisations(scene, target)
    if not codes:
        codes, rest = _organisations(scene, f"la {target}")
    if codes and _is_place(scene, rest):
        place = _place(scene, rest) or ""
        missing = [code for code in codes if not _group(scene, place, code)]
        closed = [code for code in missing if place == scene.case.territory and closed_to(scene, code)]
        for code in missing:
            why = "group-not-open" if code in closed else "no-agent"
            alert(scene, why, code, rest.strip() or scene.case.territory)
        return "not-open" if missing and closed == missing else "nobody-there"
    members = (named(scene, group, target, besides=voice.person.address) for group in _involved(scene, voice))
    found = {address for address in (*members, *_experts_named(scene, voice, target)) if address}
    return _invite_person(scene, voice, found.pop()) if len(found) == 1 else "not-known"


def _involved(scene: Scene, voice: Voice) -> list[Group]:
    """The groups whose members may be invited: the inviter's own, and those on the case."""
    ids = dict.fromkeys((voice.person.group, *(p.group for p in scene.case.participants if p.active)))
    return [scene.directory.groups[id_] for id_ in ids if id_ in scene.directory.groups]


def _invite_person(scene: Scene, voice: Voice, target: str) -> bool | str:
    """A person is eligible as member of the inviter's own group or of a group already on the case, else as an expert of
    an organisation that is asked."""
    address = scene.directory.canonical(address_in(target))
    involved = _involved(scene, voice)
    group = next((g for g in scene.directory.groups_of(address) if g in involved), None)
    if scene.case.participant(address):
        return "already-there"
    agent = voice.person.side == "operator"
    known = group is not None or address in eligible(scene, voice.person)
    if not known or (agent and left(scene.case, address)):
        return "not-known"
    if agent and brings_somebody_in(scene, address):
        return "careful"
    if group is None:
        return consult(scene, voice.person, address)
    joining = member_of(scene, group, address)
    scene.do(Invite(case_id=scene.case.id, who=voice.person.address, participants=(joining,), why="invited"))
    joined = scene.case.participant(address)
    if joined and joined.side == "operator":
        tell_new_case(scene, joined)
    elif joined:
        to_participant(scene, "joined", joined, {"invited_by": voice.person.name})
    acknowledge(scene, voice, "invite", joining.name)
    return True


def _invite_expert(scene: Scene, voice: Voice) -> bool | str:
    """`inviter expert`: the first in the file who is there; by name or address another one."""
    address = one_to_invite(scene, voice.person)
    if not address:
        there = any(p.role == "expert" for p in scene.case.active("operator"))
        return "already-there" if there else "no-expert"
    return _invite_person(scene, voice, address)


def _experts_named(scene: Scene, voice: Voice, text: str) -> list[str]:
    """The experts who may be invited and whom `text` names: "inviter Nadia Benali", "inviter l'experte Nadia Benali"."""
    words = name_in(text) - {"expert", "experte"}
    people = [scene.directory.person_of(a) for a in eligible(scene, voice.person)]
    return [p.address for p in people if p and words and words <= set(folded_words(p.name))]


def acknowledge(scene: Scene, voice: Voice, act: str, target: str) -> None:
    """Who said it is told that it is done."""
    key = again(scene, "acknowledged", voice.person.address)
    values = {"act": act, "target": target}
    to_participant(scene, "acknowledged", voice.person, values, automatic="auto-replied", key=key)
