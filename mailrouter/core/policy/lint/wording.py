"""How a fault says that a name is unknown."""

from __future__ import annotations

from collections.abc import Iterable

from mailrouter.core.policy.faults import one_of
from mailrouter.core.policy.slug import nearest, slug

_FEW = 8


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """ "there is no group 'caf-lto'; did you mean 'caf-lot'?", or the few that there are."""
    names = sorted(set(known))
    by_slug = {slug(other): other for other in names}
    near = by_slug.get(slug(name)) or by_slug.get(nearest(slug(name), by_slug, shortest=2) or "")
    if near:
        return f"there is no {what} {name!r}; did you mean {near!r}?"
    if not names:
        return f"there is no {what} {name!r}; there is none at all yet"
    if len(names) <= _FEW:
        return f"there is no {what} {name!r}; write {one_of(names)}"
    return f"there is no {what} {name!r}; see `mailrouter directory list`"
