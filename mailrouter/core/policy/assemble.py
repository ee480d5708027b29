"""A sound draft to the frozen Policy: defaults filled in, people completed, digests made."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import msgspec

from mailrouter.core.policy.draft import Draft, Part
from mailrouter.core.policy.inputs import (
    FiguresIn,
    GroupIn,
    Keys,
    LetterIn,
    PersonIn,
    RuleIn,
    TerritoryIn,
    TimingIn,
)
from mailrouter.core.policy.schema import (
    ASK,
    Calendar,
    Group,
    Letter,
    Limits,
    Person,
    Place,
    Policy,
    Retention,
    Rule,
    Service,
    Territory,
    Timing,
    When,
)

PERSONAL_IN_GROUP = {"members": (), "managers": ()}
"""What a group says of people: in the generation, not in the digest."""


def assemble(draft: Draft) -> Policy:
    """The policy of a draft without errors."""
    territories = tuple(_territory(draft, t) for t in draft.territories)
    own = {address: person.model.address for person in draft.people for address in person.model.aliases}
    groups = tuple(_group(draft, g, {t.slug: t for t in territories}, own) for g in draft.groups)
    timing = msgspec.structs.replace(Timing(), **written_figures(draft.timing))
    service = _canonical(draft.service, own)
    policy = Policy(
        digest="",
        generation="",
        territories=territories,
        places=draft.places,
        organisations=tuple(draft.organisations.values()),
        groups=groups,
        people=_people(draft, groups, service),
        rules=tuple(_rule(r) for r in draft.rules),
        letters=tuple(_letter(x) for x in draft.letters),
        timing=timing,
        timing_of=_timing_of(draft.timing, timing),
        retention=msgspec.structs.replace(Retention(), **_given(draft.retention)),
        limits=msgspec.structs.replace(Limits(), **_given(draft.caps)),
        same_person_domains=tuple(s for f in draft.files for s in f.model.same_person_domains),
        free_mail_domains=draft.free_mail,
        **{name: getattr(service, name) for name in service.__struct_fields__},
    )
    return msgspec.structs.replace(policy, digest=digest(policy), generation=generation(policy))


def digest(policy: Policy) -> str:
    """SHA-256 over the routing without personal data and without places in files."""
    return _sha256(
        {
            "service": (policy.domain, policy.label, policy.terms_version, policy.protected_domains),
            "carried": (policy.all_protected, policy.carries_content, policy.page_url),
            "territories": [_unplaced(t) for t in policy.territories],
            "organisations": [_unplaced(o) for o in policy.organisations],
            "groups": [_unplaced(g, **PERSONAL_IN_GROUP) for g in policy.groups],
            "rules": [_unplaced(r) for r in policy.rules],
            "letters": [_unplaced(x) for x in policy.letters],
            "figures": (policy.timing, policy.timing_of, policy.retention, policy.limits),
            "domains": (policy.same_person_domains, policy.free_mail_domains),
        }
    )


def generation(policy: Policy) -> str:
    """SHA-256 over people, memberships and charges."""
    return _sha256(
        {
            "people": [_unplaced(p) for p in policy.people],
            "members": [(g.id, g.members, g.managers) for g in policy.groups],
            "operators": (policy.operators, policy.observers),
            "charges": [_unplaced(c) for c in policy.experts + policy.territory_managers],
        }
    )


def place_for(territory: TerritoryIn, places: Iterable[Place]) -> Place | None:
    """The known place a territory is, by local part, else by code."""
    known = tuple(places)
    by_slug = next((p for p in known if p.slug == territory.territory), None)
    return by_slug or next((p for p in known if p.code == territory.code), None)


def name_from(address: str) -> str:
    """A name to show for an address without one: "claire.martin@" gives "Claire Martin"."""
    words = address.rpartition("@")[0].replace("_", ".").replace("-", "-").split(".")
    return " ".join(word.capitalize() for word in words if word) or address


def calendar_of(territory: TerritoryIn, place: Place | None) -> Calendar:
    """The calendar of a territory: what its file says, else its place, else France."""
    base = Calendar()
    place = place or Place(code="", name="", slug="")
    country, _, part = (territory.holidays or place.country).partition("-")
    known_part = place.subdivision if country == place.country else ""
    chosen = part or (known_part if territory.subdivision is None else territory.subdivision)
    days = territory.working_days
    return Calendar(
        zone=territory.time_zone or place.zone,
        country=country,
        subdivision=chosen,
        workdays=base.workdays if days is None else tuple(sorted(set(days))),
        hours=base.hours if territory.working_hours is None else territory.working_hours,
        closed=territory.closed,
    )


def _territory(draft: Draft, part: Part[TerritoryIn]) -> Territory:
    model = part.model
    place = place_for(model, draft.places)
    known = place or Place(code="", name="", slug="")
    code = model.code or known.code
    return Territory(
        slug=part.id,
        name=model.name or known.name,
        of=model.of or known.of,
        code=code,
        aliases=model.aliases,
        calendar=calendar_of(model, place),
        neighbours=model.neighbours,
        postcodes=known.postcodes if model.postcodes is None else model.postcodes,
        default=model.default or ASK,
        source=str(part.at("territory")),
    )


def _canonical(service: Service, own: dict[str, str]) -> Service:
    """The static file's people under their own addresses, also where an alias is written."""
    return msgspec.structs.replace(
        service,
        operators=tuple(own.get(a, a) for a in service.operators),
        observers=tuple(own.get(a, a) for a in service.observers),
        experts=tuple(
            msgspec.structs.replace(c, address=own.get(c.address, c.address)) for c in service.experts
        ),
        territory_managers=tuple(
            msgspec.structs.replace(c, address=own.get(c.address, c.address))
            for c in service.territory_managers
        ),
    )


def _group(
    draft: Draft, part: Part[GroupIn], territories: dict[str, Territory], own: dict[str, str]
) -> Group:
    model, served = part.model, draft.territories_of(part)
    organisation = draft.organisations[model.organisation]
    place = territories[served[0]]
    of = f" {place.of}" if place.of else f" {place.name}"
    return Group(
        id=part.id,
        name=model.name or organisation.code + of,
        organisation=organisation.code,
        side=organisation.side,
        territories=served,
        mailbox=model.mailbox or "",
        readers_agreed=model.readers_agreed,
        members=tuple(dict.fromkeys(own.get(a, a) for a in model.members)),
        managers=tuple(dict.fromkeys(own.get(a, a) for a in model.managers)),
        disclosure=model.disclosure,
        network=model.network,
        accepts_from=model.accepts_from,
        shares_with=model.shares_with,
        domains=model.domains,
        urgent_phone=model.urgent_phone or "",
        source=part.source,
    )


def _people(draft: Draft, groups: tuple[Group, ...], service: Service) -> tuple[Person, ...]:
    """Those of the files, then whoever groups and the static file name besides (lint.py has said so)."""
    written = tuple(_person(p) for p in draft.people)
    known = {address for person in written for address in (person.address, *person.aliases)}
    named = [a for g in groups for a in g.members + g.managers]
    named += [c.address for c in service.experts + service.territory_managers]
    named += [*service.operators, *service.observers]
    missing = (a for a in dict.fromkeys(named) if a not in known)
    return (*written, *(Person(address=a, name=name_from(a)) for a in missing))


def _person(part: Part[PersonIn]) -> Person:
    model = part.model
    day, hour = model.digest or (None, None)
    return Person(
        address=model.address,
        name=model.name or name_from(model.address),
        aliases=model.aliases,
        language=model.language,
        phone=model.phone or "",
        digest_day=day,
        digest_hour=hour,
        source=part.source,
    )


def _rule(part: Part[RuleIn]) -> Rule:
    model = part.model
    return Rule(
        name=model.name,
        when=When(**{name: getattr(model.when, name) for name in type(model.when).model_fields}),
        propose=model.propose,
        route=model.route,
        source=part.source,
    )


def _letter(part: Part[LetterIn]) -> Letter:
    model = part.model
    return Letter(
        name=model.name,
        aliases=model.aliases,
        papers=model.papers,
        text=model.text.strip(),
        source=part.source,
    )


def written_figures(parts: list[Part[TimingIn]]) -> dict[str, Any]:
    """The service's own figures as the files set them, under the names of Timing."""
    figures = _given(parts)
    figures.pop("organisations", None)
    if digest_moment := figures.pop("digest", None):
        figures["digest_day"], figures["digest_hour"] = digest_moment
    if operators := figures.pop("operators_digest", None):
        figures["operators_digest_day"], figures["operators_digest_hour"] = operators
    return figures


def _timing_of(parts: list[Part[TimingIn]], service: Timing) -> tuple[tuple[str, Timing], ...]:
    own: dict[str, dict[str, Any]] = {}
    for part in parts:
        for code, figures in part.model.organisations.items():
            own.setdefault(code, {}).update(_written(figures))
    return tuple((code, msgspec.structs.replace(service, **figures)) for code, figures in own.items())


def _given(parts: Iterable[Part[Any]]) -> dict[str, Any]:
    """What all parts of one kind set; lint.py refuses a figure that is set twice."""
    return {name: value for part in parts for name, value in _written(part.model).items()}


def _written(figures: FiguresIn | Keys) -> dict[str, Any]:
    return {name: value for name in figures.model_fields_set if (value := getattr(figures, name)) is not None}


def _unplaced(value: msgspec.Struct, **other: Any) -> msgspec.Struct:
    return msgspec.structs.replace(value, source="", **other)


def _sha256(value: Any) -> str:
    return sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()
