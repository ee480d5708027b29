"""Checks of territories: local parts that clash, the default, neighbours, calendars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import holidays

from mailrouter.core.policy.assemble import calendar_of, place_for
from mailrouter.core.policy.directory import TOKEN_PREFIXES
from mailrouter.core.policy.draft import Draft, Part
from mailrouter.core.policy.faults import Fault, Position, fault, warning
from mailrouter.core.policy.index import organisation_slugs
from mailrouter.core.policy.inputs import TerritoryIn
from mailrouter.core.policy.lint.wording import unknown
from mailrouter.core.policy.schema import ASK, SERVICE_WORDS, Place
from mailrouter.core.policy.slug import slug

_TERRITORY_KEYS = ("name", "of", "code", "aliases", "default", "neighbours", "postcodes", "holidays")


def some_territory(draft: Draft, today: date) -> Iterator[Fault]:
    """A service without any territory has no address that opens a case."""
    if not draft.territories:
        at = Position(file=draft.files[0].document.name if draft.files else "routing")
        yield fault(
            at, "no territory is open; write `territory: lot` and `default: ask` in a file of routing/"
        )


def known_or_named(draft: Draft, today: date) -> Iterator[Fault]:
    """A territory has a slug and a name, from its file or the shipped table; and a file without has no keys of one."""
    for part in draft.territories:
        if not part.id:
            yield part.fault("'territory' is missing; add `territory: lot`")
        elif not part.model.name and place_for(part.model, draft.places) is None:
            yield part.fault(f"no department is called {part.id!r}; add `name:`", "territory")
    for file in draft.files:
        keys = [k for k in _TERRITORY_KEYS if k in file.model.model_fields_set and not file.model.territory]
        for key in keys:
            yield file.fault(f"{key!r} belongs to a territory; add `territory:` to this file", key)


def default_group(draft: Draft, today: date) -> Iterator[Fault]:
    """The default is compulsory: `ask`, or an operator group of the territory."""
    groups = {g.id: g for g in draft.groups}
    for part in draft.territories:
        wanted = part.model.default
        if wanted is None:
            if not part.document.wrote("default") or part.path:
                yield part.fault(
                    "'default' is missing; add `default: ask`, or the id of the group that triages"
                )
        elif wanted != ASK and wanted not in draft.group_ids():
            yield part.fault(unknown("group", wanted, {*groups, ASK}), "default")
        elif wanted in groups:
            yield from _triage(draft, part, wanted)


def _triage(draft: Draft, part: Part[TerritoryIn], wanted: str) -> Iterator[Fault]:
    group = next(g for g in draft.groups if g.id == wanted)
    organisation = draft.organisation_of(group)
    if part.id not in draft.territories_of(group):
        yield part.fault(
            f"the group {wanted!r} does not serve {part.id!r}; write `ask` or one that does", "default"
        )
    if organisation and organisation.side == "helper":
        yield part.fault(f"{wanted!r} is a group of helpers; write `ask` or a group that answers", "default")


def local_parts(draft: Draft, today: date) -> Iterator[Fault]:
    """One local part stands for one thing: a territory, an organisation, or the service itself."""
    claimed: dict[str, Part[TerritoryIn]] = {}
    organisations = organisation_slugs(draft.organisations.values())
    for part in draft.territories:
        for name, steps in _spellings(part, draft.places).items():
            if name in claimed:
                first = claimed[name]
                message = f"{name!r} already stands for {first.id!r} ({first.source}); choose another"
                yield part.fault(message, *steps)
            elif name in SERVICE_WORDS:
                yield part.fault(f"{name!r} is an address of the service itself; choose another", *steps)
            elif name.startswith(TOKEN_PREFIXES):
                yield part.fault(f"{name!r} begins as the addresses of cases do; choose another", *steps)
            elif name in organisations:
                code = organisations[name].code
                yield part.fault(f"{name!r} is also the organisation {code}; choose another", *steps)
            claimed.setdefault(name, part)


def _spellings(part: Part[TerritoryIn], places: Iterable[Place]) -> dict[str, tuple[str | int, ...]]:
    """Every local part a territory claims, with the steps to where it is written."""
    place = place_for(part.model, places)
    claims: dict[str, tuple[str | int, ...]] = {part.id: ("territory",)}
    for i, alias in enumerate(part.model.aliases):
        claims.setdefault(alias, ("aliases", i))
    claims.setdefault(slug(part.model.code or (place.code if place else "")), ("code",))
    claims.setdefault(slug(part.model.name or (place.name if place else "")), ("name",))
    claims.pop("", None)
    return claims


def neighbours(draft: Draft, today: date) -> Iterator[Fault]:
    """Neighbours are territories; one that is not open yet is only mentioned."""
    open_ = {t.id for t in draft.territories}
    known = {p.slug for p in draft.places}
    for part in draft.territories:
        for i, name in enumerate(part.model.neighbours):
            if name == part.id:
                yield part.fault(f"{name!r} is this territory itself; remove it", "neighbours", i)
            elif name not in open_ and name in known:
                yield warning(part.at("neighbours", i), f"{name!r} is not open yet")
            elif name not in open_:
                yield part.fault(unknown("territory", name, open_ | known), "neighbours", i)


def calendars(draft: Draft, today: date) -> Iterator[Fault]:
    """Holidays that the library knows, days and hours on which somebody works."""
    countries = holidays.list_supported_countries()
    for part in draft.territories:
        calendar = calendar_of(part.model, place_for(part.model, draft.places))
        if calendar.country not in countries:
            message = f"no public holidays are known for {calendar.country!r}; write a country such as FR"
            yield part.fault(message, "holidays")
        elif calendar.subdivision and calendar.subdivision not in countries[calendar.country]:
            key = "subdivision" if part.model.subdivision else "holidays"
            parts = ", ".join(countries[calendar.country])
            yield part.fault(
                f"{calendar.country} has no part {calendar.subdivision!r}; write one of {parts}", key
            )
        if not calendar.workdays and not part.trimmed("working_days"):
            yield part.fault("nobody would ever work; write at least one day", "working_days")
        if not calendar.hours and not part.trimmed("working_hours"):
            yield part.fault("nobody would ever work; write at least one opening time", "working_hours")
        for (_, closes), (opens, _) in zip(calendar.hours, calendar.hours[1:], strict=False):
            if opens < closes:
                yield part.fault(
                    "opening times overlap or are out of order; write them in order", "working_hours"
                )
