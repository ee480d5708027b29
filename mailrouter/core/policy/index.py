"""The dictionaries behind directory.Directory, each from one part of a policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

from mailrouter.core.policy.names import Names, phrase
from mailrouter.core.policy.schema import Group, Letter, Organisation, Person, Place, Rule, Territory
from mailrouter.core.policy.slug import slug


def territory_names(territories: Iterable[Territory]) -> dict[str, Territory]:
    """Every slug that stands for a territory; of two claims the first counts (lint.py reports the second)."""
    names: dict[str, Territory] = {}
    for territory in territories:
        for name in spellings(territory):
            names.setdefault(name, territory)
    return names


def spellings(territory: Territory) -> tuple[str, ...]:
    """The slugs of one territory: its own, its aliases, code and name."""
    written = (territory.slug, *territory.aliases, slug(territory.code), slug(territory.name))
    return tuple(dict.fromkeys(name for name in written if name))


def place_names(places: Iterable[Place]) -> dict[str, Place]:
    """Slug and code of every known place."""
    return {name: place for place in places for name in (slug(place.code), place.slug)}


def organisation_slugs(organisations: Iterable[Organisation]) -> dict[str, Organisation]:
    """Every slug that stands for an organisation in an address: codes first, then names, then aliases."""
    known = tuple(organisations)
    slugs: dict[str, Organisation] = {o.slug: o for o in known}
    for organisation in known:
        slugs.setdefault(slug(organisation.name), organisation)
    for organisation in known:
        for alias in organisation.aliases:
            slugs.setdefault(slug(alias), organisation)
    return slugs


def organisation_names(organisations: Iterable[Organisation]) -> Names:
    """The names of organisations to look for in text."""
    known = tuple(organisations)
    codes = ((o.code, o.code) for o in known)
    names = ((o.name, o.code) for o in known)
    aliases = ((alias, o.code) for o in known for alias in o.aliases)
    return Names.of(chain(codes, names, aliases))


def letter_names(letters: Iterable[Letter]) -> Names:
    """The names of letters to look for in what is asked."""
    return Names.of((name, letter.name) for letter in letters for name in (letter.name, *letter.aliases))


def rule_spellings(rules: Iterable[Rule]) -> dict[str, tuple[str, ...]]:
    """The words of all rules by their folded phrase: "APL" and "apl" are found as one."""
    spellings: dict[str, tuple[str, ...]] = {}
    for rule in rules:
        for word in rule.when.words + rule.when.subject:
            key = " ".join(phrase(word))
            spellings[key] = tuple(dict.fromkeys((*spellings.get(key, ()), word)))
    return spellings


def rule_words(spellings: Iterable[str]) -> Names:
    """What to look for in a text, each phrase its own key."""
    return Names.of((key, key) for key in spellings)


def groups_at(groups: Iterable[Group]) -> dict[tuple[str, str], tuple[Group, ...]]:
    """Groups by (territory, organisation)."""
    rows: dict[tuple[str, str], tuple[Group, ...]] = {}
    for group in groups:
        for territory in group.territories:
            key = (territory, group.organisation)
            rows[key] = (*rows.get(key, ()), group)
    return rows


def people(rows: Iterable[Person]) -> dict[str, Person]:
    """People by every address of theirs."""
    return {address: person for person in rows for address in (*person.aliases, person.address)}


def by_address(
    groups: Iterable[Group], addresses: Callable[[Group], Iterable[str]]
) -> dict[str, tuple[Group, ...]]:
    """Groups by each of the addresses that `addresses` names."""
    rows: dict[str, tuple[Group, ...]] = {}
    for group in groups:
        for address in addresses(group):
            rows[address] = (*rows.get(address, ()), group)
    return rows


def twins(sets: Iterable[tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """For each domain the others of its set in `same_person_domains`."""
    return {domain: tuple(d for d in same if d != domain) for same in sets for domain in same}
