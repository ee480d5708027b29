"""Durations as operators write them: "3 business days", "2 working hours", "6 months"."""

from __future__ import annotations

import re
from typing import get_args

from mailrouter.core.policy.faults import one_of
from mailrouter.core.policy.schema import Duration, Unit

UNITS: tuple[Unit, ...] = get_args(Unit)
PATTERN = r"^\d{1,5} +(minute|hour|working hour|day|business day|week|month|year)s?$"
_WRITTEN = re.compile(PATTERN)
# A hundred years, and a year of business days: more is a slip of the pen, and far dates overflow the calendar.
_LONGEST: dict[Unit, int] = {
    "minutes": 60 * 24 * 366,
    "hours": 24 * 366,
    "working hours": 24 * 366,
    "days": 36525,
    "business days": 2610,
    "weeks": 5218,
    "months": 1200,
    "years": 100,
}


def duration(text: str) -> Duration:
    """The duration in `text`. Raises ValueError with what to write instead."""
    match = _WRITTEN.match(" ".join(text.split()).lower())
    if match is None:
        raise ValueError(
            f"{text!r} is no duration; write a number and {one_of(UNITS)}, such as '3 business days'"
        )
    count = int(match.group().split(" ", 1)[0])
    unit = next(u for u in UNITS if u.removesuffix("s") == match.group(1))
    if count == 0:
        raise ValueError(f"{text!r} is no time at all; write at least '1 {match.group(1)}'")
    if count > _LONGEST[unit]:
        raise ValueError(f"{text!r} is too long; write at most '{_LONGEST[unit]} {unit}'")
    return Duration(count=count, unit=unit)
