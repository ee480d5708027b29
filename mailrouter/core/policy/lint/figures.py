"""Checks of figures: each set once, in an order that makes sense, for organisations that exist."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from mailrouter.core.policy.assemble import written_figures
from mailrouter.core.policy.calendar import add
from mailrouter.core.policy.draft import Draft, Part
from mailrouter.core.policy.faults import Fault
from mailrouter.core.policy.lint.wording import unknown
from mailrouter.core.policy.schema import Calendar, Duration, Timing

_MONDAY = datetime(2024, 9, 2, 9, tzinfo=ZoneInfo("Europe/Paris"))
# (what comes first, what comes later)
_ORDER = (("remind", "escalate"), ("urgent_remind", "urgent_escalate"))


def set_once(draft: Draft, today: date) -> Iterator[Fault]:
    """A figure stands in one file: of two, which one counts would depend on the files' names."""
    parts: tuple[list[Part[Any]], ...] = (list(draft.timing), list(draft.retention), list(draft.caps))
    for kind in parts:
        first: dict[str, str] = {}
        for part in kind:
            for name in sorted(part.model.model_fields_set - {"organisations"}):
                if name in first:
                    yield part.fault(f"{name!r} is already set at {first[name]}; keep one of them", name)
                first.setdefault(name, str(part.key(name)))
    yield from _organisations_once(draft)


def _organisations_once(draft: Draft) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for part in draft.timing:
        for code in part.model.organisations:
            if code in first:
                yield part.fault(f"{code!r} is already set at {first[code]}; keep one", "organisations", code)
            first.setdefault(code, str(part.key("organisations", code)))


def order(draft: Draft, today: date) -> Iterator[Fault]:
    """An escalation before the reminder says that somebody mixed the two up."""
    service = msgspec.structs.replace(Timing(), **written_figures(draft.timing))
    for part in draft.timing:
        yield from _order_of(part, service, ())
        for code, figures in part.model.organisations.items():
            own = {k: v for k in figures.model_fields_set if (v := getattr(figures, k)) is not None}
            yield from _order_of(part, msgspec.structs.replace(service, **own), ("organisations", code))


def _order_of(part: Part[Any], timing: Timing, steps: tuple[str, ...]) -> Iterator[Fault]:
    for before, after in _ORDER:
        sooner, later = getattr(timing, before), getattr(timing, after)
        if _end(later) <= _end(sooner):
            place = (
                (*steps, after) if (*part.path, *steps, after) in part.document.places else (*steps, before)
            )
            if (*part.path, *place) in part.document.places:
                yield part.warning(f"{after} ({later}) does not come after {before} ({sooner})", *place)


def _end(duration: Duration) -> datetime:
    return add(Calendar(), _MONDAY, duration)


def organisations(draft: Draft, today: date) -> Iterator[Fault]:
    """Figures of an organisation that exists."""
    for part in draft.timing:
        for code in part.model.organisations:
            if code not in draft.organisations:
                message = unknown("organisation", code, draft.organisations)
                yield part.fault(message, "organisations", code)
