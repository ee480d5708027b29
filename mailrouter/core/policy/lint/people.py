"""Checks of people: one person per address, members who are registered, domains that say something."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mailrouter.core.policy.draft import Draft, Part
from mailrouter.core.policy.faults import Fault, Position, fault, position_of, warning
from mailrouter.core.policy.inputs import GroupIn, OrganisationIn
from mailrouter.core.policy.lint.wording import unknown
from mailrouter.core.policy.localpart import domain_of
from mailrouter.core.policy.slug import nearest

_SHORTEST_SLIP = 6


def one_person_each(draft: Draft, today: date) -> Iterator[Fault]:
    """An address is one person's, no shared mailbox, and none of ours: that would be a loop."""
    owners: dict[str, str] = {}
    mailboxes = {g.model.mailbox: g for g in draft.groups if g.model.mailbox}
    for address, person, steps in draft.addresses():
        if address in owners:
            message = f"{address!r} already belongs to the person at {owners[address]}; keep one of them"
            yield person.fault(message, *steps)
        elif address in mailboxes:
            message = (
                f"{address!r} is the mailbox of {mailboxes[address].id!r}; a person needs an own address"
            )
            yield person.fault(message, *steps)
        elif domain_of(address) == draft.service.domain:
            yield person.fault(
                f"{address!r} is an address of the service itself; write the person's own", *steps
            )
        owners.setdefault(address, person.source)


def members(draft: Draft, today: date) -> Iterator[Fault]:
    """Members and managers are in people.yaml; an address like a registered one is a slip, and would leak."""
    known = {address for address, _, _ in draft.addresses()}
    alike = _by_part(known)
    for group in draft.groups:
        for key in ("members", "managers"):
            seen: set[str] = set()
            for i, address in enumerate(getattr(group.model, key)):
                if address in seen:
                    yield group.warning(f"{address!r} is listed twice; remove one", key, i)
                elif address not in known:
                    yield _unregistered(address, alike, group.at(key, i))
                seen.add(address)
        if group.model.mailbox and domain_of(group.model.mailbox) == draft.service.domain:
            yield group.fault(
                "the mailbox is an address of the service itself; write the group's own", "mailbox"
            )


def in_charge(draft: Draft, today: date) -> Iterator[Fault]:
    """The static file: somebody handles held mail; experts and managers are for what exists."""
    service = draft.service
    if not service.operators:
        yield warning(
            Position(file=draft.static), "no operator handles held mail; add `operators: [address]`"
        )
    territories = {t.id for t in draft.territories} | {p.slug for p in draft.places}
    for charge in service.experts + service.territory_managers:
        at = position_of(charge.source or draft.static)
        for name in charge.territories:
            if name not in territories:
                yield fault(at, unknown("territory", name, {t.id for t in draft.territories}))
        for code in charge.organisations:
            if code not in draft.organisations:
                yield fault(at, unknown("organisation", code, draft.organisations))


def without_group(draft: Draft, today: date) -> Iterator[Fault]:
    """A person whom nothing names can do nothing."""
    service = draft.service
    if draft.faulty_groups:
        return
    named = {a for g in draft.groups for a in g.model.members + g.model.managers}
    named |= {c.address for c in service.experts + service.territory_managers}
    named |= {*service.operators, *service.observers}
    for person in draft.people:
        if named.isdisjoint((person.model.address, *person.model.aliases)):
            yield person.warning(
                f"{person.model.address!r} is in no group; add it to `members:` or remove it"
            )


def domains(draft: Draft, today: date) -> Iterator[Fault]:
    """A domain where anybody gets an address tells nothing about an employer."""
    parts: tuple[Part[GroupIn] | Part[OrganisationIn], ...] = (*draft.groups, *draft.overrides)
    for part in parts:
        for i, domain in enumerate(part.model.domains):
            if draft.is_free_mail(domain):
                message = f"{domain!r} is free-mail, open to anybody; register its people address by address"
                yield part.fault(message, "domains", i)


def twins(draft: Draft, today: date) -> Iterator[Fault]:
    """Equal local parts are one person only where one employer gives them out."""
    for file in draft.files:
        for i, same in enumerate(file.model.same_person_domains):
            if len(same) < 2:
                yield file.fault(
                    "one domain alone; write [old.example, new.example]", "same_person_domains", i
                )
            for j, domain in enumerate(same):
                if draft.is_free_mail(domain):
                    message = f"{domain!r} is free-mail: there equal names are different people; remove it"
                    yield file.fault(message, "same_person_domains", i, j)


def _unregistered(address: str, alike: dict[str, list[str]], at: Position) -> Fault:
    if near := _slip_of(address, alike):
        message = f"{address!r} is not in people.yaml; did you mean {near!r}? If not, add it there"
        return fault(at, message)
    return warning(at, f"{address!r} is not in people.yaml; add it there, with a name")


def _by_part(known: set[str]) -> dict[str, list[str]]:
    """Registered addresses by local part and by domain: a slip leaves one of the two right."""
    parts: dict[str, list[str]] = {}
    for address in known:
        for part in address.split("@"):
            parts.setdefault(part, []).append(address)
    return parts


def _slip_of(address: str, alike: dict[str, list[str]]) -> str | None:
    """The registered address that this one is likely a slip of. Short names and numbered ones (agent1, agent2) are
    different people as often as slips."""
    local, _, domain = address.partition("@")
    if len(local) < _SHORTEST_SLIP:
        return None
    near = nearest(address, alike.get(local, []) + alike.get(domain, []))
    return near if near and _digits(near) == _digits(address) else None


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())
