"""Cross checks of the routing files: each check is a name, what it says, and a generator of faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from mailrouter.core.policy.draft import Draft
from mailrouter.core.policy.faults import Fault
from mailrouter.core.policy.lint import figures, groups, letters, names, people, places, rules, secrecy

Check = Callable[[Draft, date], Iterator[Fault]]

CHECKS: tuple[Check, ...] = (
    places.some_territory,
    places.known_or_named,
    places.default_group,
    places.local_parts,
    places.neighbours,
    places.calendars,
    names.organisation_names,
    names.organisation_rows,
    groups.ids,
    groups.organisation,
    groups.territories,
    groups.networks,
    groups.answered,
    groups.uncovered,
    people.one_person_each,
    people.members,
    people.in_charge,
    people.without_group,
    people.domains,
    people.twins,
    letters.named_once,
    rules.named_once,
    rules.conditions,
    rules.targets,
    rules.known_names,
    rules.shadowed,
    figures.set_once,
    figures.order,
    figures.organisations,
    secrecy.readers,
    secrecy.notices,
)


def lint(draft: Draft, today: date) -> Iterator[Fault]:
    """Every fault that one file alone does not show."""
    for check in CHECKS:
        yield from check(draft, today)
