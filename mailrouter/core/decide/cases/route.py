"""Which organisations a mail asks for. Explicit naming decides; rules and prose only propose: ambiguous routing is a
data breach, so ask back and never guess (DOMAIN)."""

from __future__ import annotations

import re

from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.model import Frozen, Message
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.schema import ASK, Group, Rule

_TAG = re.compile(r"\[([^\[\]]{2,60})\]")


class Route(Frozen, frozen=True, kw_only=True):
    """`named`: organisations asked for beyond doubt. `proposed`: to be confirmed. `groups`: who receives, of the
    named ones; `unreached`: named ones without a group this aidant may reach."""

    named: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    unreached: tuple[str, ...] = ()


def route(scene: Scene, sender: Sender, territory: str) -> Route:
    """The organisations of a new case, from subaddress, subject tag, labelled line, or the operators' rules."""
    sources = _explicit(scene)
    named = tuple(dict.fromkeys(code for codes in sources.values() for code in codes))
    if named and not _agree(sources):
        scene.step(
            "organisations-disagree", evidence=" / ".join(f"{k}: {', '.join(v)}" for k, v in sources.items())
        )
        return Route(proposed=named)
    if named:
        scene.step(
            "organisation-named", evidence=", ".join(f"{c} by {k}" for k, v in sources.items() for c in v)
        )
        return reach(scene, sender, territory, named)
    return _by_rules(scene, sender, territory)


def reach(scene: Scene, sender: Sender, territory: str, named: tuple[str, ...]) -> Route:
    """The groups behind named organisations, in the territory of each forward-path."""
    groups: list[Group] = []
    unreached: list[str] = []
    for code in named:
        place = next((t.territory for t in scene.facts.targets if t.organisation == code), territory)
        found = group_for(scene.directory, sender.of_side("helper"), place, code)
        if found:
            scene.step("group", evidence=found.id, source=found.source)
            groups.append(found)
        else:
            scene.step("no-group", evidence=f"{code} in {place}")
            unreached.append(code)
    return Route(named=named, groups=tuple(groups), unreached=tuple(unreached))


def group_for(directory: Directory, asking: tuple[Group, ...], territory: str, code: str) -> Group | None:
    """The group of an organisation that these helpers may reach: one of their network before one open to all."""
    near = [g for g in directory.groups_for(territory, code) if g.side == "operator"]
    open_to = [g for g in near if directory.reachable(g, asking) and (g.members or g.mailbox)]
    return next(iter(sorted(open_to, key=lambda g: not g.network)), None)


def choices(directory: Directory, asking: tuple[Group, ...], territory: str) -> tuple[str, ...]:
    """The organisations that can be asked in a territory."""
    codes = [o.code for o in directory.policy.organisations if o.side == "operator"]
    return tuple(c for c in codes if group_for(directory, asking, territory, c))


def _explicit(scene: Scene) -> dict[str, tuple[str, ...]]:
    directory, message = scene.directory, scene.message
    tagged = [directory.organisation_of(tag) for tag in _TAG.findall(message.subject)]
    stated = [s.value for s in message.stated if s.field == "organisme" and s.source == "label"]
    labelled = [m.key for value in stated for m in directory.find_organisations(value)]
    sources = {
        "address": [t.organisation for t in scene.facts.targets if t.organisation],
        "subject tag": [o.code for o in tagged if o],
        "labelled line": labelled,
    }
    return {
        name: tuple(dict.fromkeys(c for c in codes if _asked_side(directory, c)))
        for name, codes in sources.items()
        if codes
    }


def _asked_side(directory: Directory, code: str) -> bool:
    organisation = directory.organisations.get(code)
    return organisation is not None and organisation.side == "operator"


def _agree(sources: dict[str, tuple[str, ...]]) -> bool:
    """Whether one source says it all: two that contradict each other are a question, not a route."""
    named = [set(codes) for codes in sources.values() if codes]
    return any(all(other <= one for other in named) for one in named)


def _by_rules(scene: Scene, sender: Sender, territory: str) -> Route:
    proposed: list[str] = []
    for rule in scene.directory.policy.rules:
        if not scene.step(f"rule:{rule.name}", *_matches(scene, sender, territory, rule), source=rule.source):
            continue
        if rule.route:
            return reach(scene, sender, territory, rule.route)
        proposed.extend(rule.propose)
    place = scene.directory.territories.get(territory)
    if not proposed and place and place.default != ASK and place.default in scene.directory.groups:
        group = scene.directory.groups[place.default]
        scene.step("territory-default", evidence=group.id, source=place.source)
        return Route(named=(group.organisation,), groups=(group,))
    proposed.extend(_in_prose(scene.directory, scene.message))
    scene.step("ask-back", evidence=f"proposed: {', '.join(dict.fromkeys(proposed)) or 'none'}")
    return Route(proposed=tuple(c for c in dict.fromkeys(proposed) if _asked_side(scene.directory, c)))


def _in_prose(directory: Directory, message: Message) -> list[str]:
    return [m.key for m in directory.find_organisations(f"{message.subject}\n{message.visible}")]


def _matches(scene: Scene, sender: Sender, territory: str, rule: Rule) -> tuple[bool, str]:
    """Whether every predicate of `rule` holds, and the configured words that spoke (never the mail's)."""
    when, message, directory = rule.when, scene.message, scene.directory
    own = sender.of_side("helper")
    spoke = (
        directory.said(f"{message.subject}\n{message.visible}") & set(when.words)
        if when.words
        else frozenset()
    )
    in_subject = directory.said(message.subject) & set(when.subject) if when.subject else frozenset()
    stated = {s.field for s in message.stated}
    holds = (
        (not when.words or bool(spoke))
        and (not when.subject or bool(in_subject))
        and (not when.territory or territory in when.territory)
        and (not when.organisation or any(g.organisation in when.organisation for g in own))
        and (not when.sender_group or any(g.id in when.sender_group for g in own))
        and (not when.network or any(not set(when.network).isdisjoint(g.network) for g in own))
        and (not when.field_present or bool(stated & set(when.field_present)))
    )
    return holds, ", ".join(sorted(spoke | in_subject))
