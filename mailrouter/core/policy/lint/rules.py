"""Checks of rules: names, conditions, targets, and rules that can never speak."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mailrouter.core.policy.draft import Draft
from mailrouter.core.policy.faults import Fault
from mailrouter.core.policy.inputs import RuleIn, WhenIn
from mailrouter.core.policy.lint.wording import unknown
from mailrouter.core.policy.names import phrase
from mailrouter.core.policy.schema import USAGER_FIELDS

_STATED = (*USAGER_FIELDS, "organisme", "mandat", "urgent", "contact_prudent", "repere")
_PREDICATES = tuple(WhenIn.model_fields)


def named_once(draft: Draft, today: date) -> Iterator[Fault]:
    """Explanations name the rule, so names differ."""
    first: dict[str, str] = {}
    for rule in draft.rules:
        if rule.id in first:
            yield rule.fault(f"a rule {rule.id!r} already stands at {first[rule.id]}; rename one", "name")
        first.setdefault(rule.id, rule.source)


def conditions(draft: Draft, today: date) -> Iterator[Fault]:
    """A rule without a condition would catch every mail; words need something to look for."""
    for rule in draft.rules:
        if not any(getattr(rule.model.when, name) for name in _PREDICATES):
            yield rule.fault("no condition: this would be every mail; add `words: […]`", "when")
        for key in ("words", "subject"):
            for i, word in enumerate(getattr(rule.model.when, key)):
                if not phrase(word):
                    yield rule.fault(f"{word!r} holds no letter or digit; write a word", "when", key, i)


def targets(draft: Draft, today: date) -> Iterator[Fault]:
    """Exactly one of propose and route, to organisations that answer, and that somewhere have a group."""
    answering = {g.model.organisation for g in draft.groups}
    for rule in draft.rules:
        if bool(rule.model.propose) == bool(rule.model.route):
            yield rule.fault("write either `propose: [CAF]` or `route: [CAF]`, one of the two", "name")
        for key in ("propose", "route"):
            for i, code in enumerate(getattr(rule.model, key)):
                known = draft.organisations.get(code)
                if known is None:
                    yield rule.fault(unknown("organisation", code, draft.organisations), key, i)
                elif known.side == "helper":
                    yield rule.fault(f"{code!r} is on the helpers' side; write one that answers", key, i)
                elif code not in answering:
                    yield rule.warning(f"{code!r} has no group anywhere; the aidant will be told so", key, i)


def known_names(draft: Draft, today: date) -> Iterator[Fault]:
    """What a condition compares with exists."""
    known: dict[str, tuple[str, set[str]]] = {
        "territory": ("territory", {t.id for t in draft.territories}),
        "organisation": ("organisation", set(draft.organisations)),
        "sender_group": ("group", draft.group_ids()),
        "network": ("network", {n for g in draft.groups for n in g.model.network}),
        "field_present": ("field", set(_STATED)),
    }
    for rule in draft.rules:
        for key, (what, names) in known.items():
            for i, name in enumerate(getattr(rule.model.when, key)):
                if name not in names:
                    yield rule.fault(unknown(what, name, names), "when", key, i)


def shadowed(draft: Draft, today: date) -> Iterator[Fault]:
    """A rule is dead when an earlier one holds whenever it does, and routes, or proposes at least as much."""
    for n, rule in enumerate(draft.rules):
        for earlier in draft.rules[:n]:
            if _covers(earlier.model.when, rule.model.when) and _says_all(earlier.model, rule.model):
                message = f"never speaks: {earlier.id!r} ({earlier.source}) always speaks first; put this one before it"
                yield rule.fault(message, "name")
                break


def _says_all(earlier: RuleIn, later: RuleIn) -> bool:
    return bool(earlier.route) or (not later.route and set(later.propose) <= set(earlier.propose))


def _covers(wide: WhenIn, narrow: WhenIn) -> bool:
    """Whether `wide` holds whenever `narrow` does, predicate by predicate."""
    for key in _PREDICATES:
        allowed = getattr(wide, key)
        if not allowed:
            continue
        # The subject is part of what `words` looks at, so words for the subject alone are narrower.
        asked = getattr(narrow, key) or (narrow.subject if key == "words" else ())
        if not asked or not all(_within(value, allowed, key) for value in asked):
            return False
    return True


def _within(value: str, allowed: tuple[str, ...], key: str) -> bool:
    if key not in ("words", "subject"):
        return value in allowed
    said = phrase(value)
    return any(_holds(said, phrase(other)) for other in allowed)


def _holds(said: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return any(said[i : i + len(part)] == part for i in range(len(said) - len(part) + 1))
