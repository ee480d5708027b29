"""Checks of organisations: complete rows, names that two of them claim, fields and domains."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mailrouter.core.policy.draft import Draft, Part
from mailrouter.core.policy.faults import Fault, fault, one_of, position_of
from mailrouter.core.policy.inputs import OrganisationIn
from mailrouter.core.policy.lint.wording import unknown
from mailrouter.core.policy.names import phrase
from mailrouter.core.policy.schema import USAGER_FIELDS, Organisation
from mailrouter.core.policy.slug import slug


def organisation_names(draft: Draft, today: date) -> Iterator[Fault]:
    """A name says one organisation: two claims would be a guess, and a guess is a breach."""
    owners: dict[tuple[str, ...], list[str]] = {}
    for organisation in draft.organisations.values():
        for words in {phrase(name) for name in _names(organisation)}:
            owners.setdefault(words, []).append(organisation.code)
    written: set[tuple[str, ...]] = set()
    for part, name, steps in _written(draft):
        written.add(phrase(name))
        others = [code for code in owners.get(phrase(name), ()) if code != part.id]
        if others:
            yield part.fault(f"{name!r} also names {one_of(others)}; choose another", *steps)
    for words, codes in owners.items():
        if len(codes) > 1 and words not in written:
            at = position_of(draft.organisations[codes[-1]].source)
            yield fault(at, f"{' '.join(words)!r} names {one_of(codes)} at once; keep one of them")


def _names(organisation: Organisation) -> tuple[str, ...]:
    return (organisation.code, organisation.name, *organisation.aliases)


def _written(draft: Draft) -> Iterator[tuple[Part[OrganisationIn], str, tuple[str | int, ...]]]:
    for part in draft.overrides:
        if part.model.name:
            yield part, part.model.name, ("name",)
        for i, alias in enumerate(part.model.aliases):
            yield part, alias, ("aliases", i)


def organisation_rows(draft: Draft, today: date) -> Iterator[Fault]:
    """A new organisation says its name and side; fields are those that a usager has; codes give a slug."""
    for part in draft.overrides:
        if part.id not in draft.shipped:
            for key in ("name", "side"):
                if getattr(part.model, key) is None:
                    yield part.fault(f"{part.id!r} is new: {key!r} is missing; add `{key}: …`")
        if not slug(part.id):
            yield part.fault(f"{part.id!r} cannot stand in an address; write a code with letters")
        for i, name in enumerate(part.model.fields or ()):
            if name not in USAGER_FIELDS:
                yield part.fault(unknown("usager field", name, USAGER_FIELDS), "fields", i)
