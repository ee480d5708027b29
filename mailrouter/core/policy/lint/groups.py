"""Checks of groups: ids, organisations, territories, networks, and whether somebody answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mailrouter.core.policy.draft import Draft, Part
from mailrouter.core.policy.faults import Fault, one_of
from mailrouter.core.policy.inputs import GroupIn
from mailrouter.core.policy.lint.wording import unknown
from mailrouter.core.policy.schema import ASK
from mailrouter.core.policy.slug import slug


def ids(draft: Draft, today: date) -> Iterator[Fault]:
    """A group's id is a slug, and no other group's."""
    first: dict[str, Part[GroupIn]] = {}
    for group in draft.groups:
        if slug(group.id) != group.id or group.id == ASK:
            better = f"{ASK}-1" if group.id == ASK else slug(group.id) or "caf-lot"
            yield group.fault(f"{group.id!r} cannot be a group's id; write {better!r}")
        if group.id in first:
            yield group.fault(
                f"the group {group.id!r} already stands at {first[group.id].source}; rename one"
            )
        first.setdefault(group.id, group)


def organisation(draft: Draft, today: date) -> Iterator[Fault]:
    """Organisations that a group names exist."""
    for group in draft.groups:
        if group.model.organisation not in draft.organisations:
            message = unknown("organisation", group.model.organisation, draft.organisations)
            yield group.fault(message, "organisation")
        for i, code in enumerate(group.model.shares_with):
            if code not in draft.organisations:
                yield group.fault(unknown("organisation", code, draft.organisations), "shares_with", i)


def territories(draft: Draft, today: date) -> Iterator[Fault]:
    """A group serves open territories, and accepts from known ones."""
    open_ = {t.id for t in draft.territories}
    known = open_ | {p.slug for p in draft.places}
    for group in draft.groups:
        if not draft.territories_of(group) and not group.document.wrote("territory"):
            yield group.fault("no territory; add `territories: [lot]`, or `territory:` to the file")
        for i, name in enumerate(group.model.territories or ()):
            if name not in open_:
                yield group.fault(unknown("territory", name, open_), "territories", i)
        for i, name in enumerate(group.model.accepts_from):
            if name not in known:
                yield group.fault(unknown("territory", name, open_), "accepts_from", i)


def networks(draft: Draft, today: date) -> Iterator[Fault]:
    """A network that an answering group asks for has helpers."""
    helpers = {n for g in draft.groups if _side(draft, g) == "helper" for n in g.model.network}
    for group in draft.groups:
        if _side(draft, group) == "operator":
            for name in group.model.network:
                if name not in helpers:
                    yield group.fault(unknown("network of helpers", name, helpers), "network")


def answered(draft: Draft, today: date) -> Iterator[Fault]:
    """A group without people: nobody answers, and what only a mailbox reads has no owner."""
    for group in draft.groups:
        if group.model.members:
            continue
        if group.model.mailbox:
            yield group.warning("only the mailbox reads this group's mail; add `members:` who answer")
        else:
            yield group.warning("nobody is in this group; add `members:` or a mailbox")


def uncovered(draft: Draft, today: date) -> Iterator[Fault]:
    """The coverage sets that nobody living answers for, one line per territory."""
    sets: dict[str, list[str]] = {}
    for organisation_ in draft.organisations.values():
        if organisation_.coverage:
            sets.setdefault(organisation_.coverage, []).append(organisation_.code)
    # Where a group was left out, or its organisation is a slip, nobody knows yet who is missing.
    unclear = {t for g in draft.groups if draft.organisation_of(g) is None for t in draft.territories_of(g)}
    unclear |= {t.id for t in draft.territories if t.trimmed("groups")}
    for part in draft.territories:
        staffed = {
            g.model.organisation
            for g in draft.groups
            if g.model.members and part.id in draft.territories_of(g)
        }
        missing = [name for name, codes in sets.items() if staffed.isdisjoint(codes)]
        if missing and part.id and part.id not in unclear:
            yield part.warning(f"nobody answers in {part.id!r} for {one_of(missing)}", "territory")


def _side(draft: Draft, group: Part[GroupIn]) -> str:
    known = draft.organisation_of(group)
    return known.side if known else ""
