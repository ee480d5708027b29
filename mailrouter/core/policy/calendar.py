"""Business days and working hours of a territory: public holidays, its own closing days, its zone and DST.

Conventions: what starts outside working time starts at the next opening, so that a business-day or working-hour
duration always ends in working time; "3 business days" from Friday 10:00 is Wednesday 10:00, from Saturday it is
Thursday at opening. Days, weeks, months and years keep the local wall clock (the last day of a shorter month);
a wall-clock time that a DST change skips becomes the one an hour later. Minutes and hours are elapsed time.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from datetime import time as clock
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from mailrouter.core.policy.schema import Calendar, Duration

UTC = ZoneInfo("UTC")
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
# A calendar without a working day in this many days never works: better an error than an endless search.
_SEARCH_DAYS = 3660


@lru_cache(maxsize=1024)
def public_holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    """The public holidays of one year, from the `holidays` library (subdivision 57 is Alsace-Moselle there,
    971-976 and the other codes overseas; "" the whole country). Raises NotImplementedError when unknown."""
    return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))


def is_business_day(calendar: Calendar, day: date) -> bool:
    """Whether the territory works on `day`."""
    return (
        day.weekday() in calendar.workdays
        and day not in calendar.closed
        and day not in public_holidays(calendar.country, calendar.subdivision, day.year)
    )


def next_open(calendar: Calendar, at: datetime) -> datetime:
    """`at` itself when it is working time, else the next opening; in the territory's zone."""
    zone = ZoneInfo(calendar.zone)
    for opens, closes in _all_openings(calendar, at):
        if at < closes:
            return max(at, opens).astimezone(zone)
    raise ValueError(f"no working time within {_SEARCH_DAYS} days")


def add(calendar: Calendar, start: datetime, duration: Duration) -> datetime:
    """`start` (aware) plus `duration`, in the territory's zone. Raises ValueError for a naive start, and when
    the calendar has no working time."""
    if start.tzinfo is None:
        raise ValueError("a start without a time zone")
    zone = ZoneInfo(calendar.zone)
    count = duration.count
    match duration.unit:
        case "minutes" | "hours":
            step = _MINUTE * (count if duration.unit == "minutes" else 60 * count)
            return (start.astimezone(UTC) + step).astimezone(zone)
        case "working hours":
            return _add_hours(calendar, start, timedelta(hours=count))
        case "business days":
            return _add_business_days(calendar, start, count)
        case "days" | "weeks":
            local = start.astimezone(zone)
            return _at_wall_clock(local.date() + _DAY * count * (7 if duration.unit == "weeks" else 1), local)
        case "months" | "years":
            local = start.astimezone(zone)
            return _at_wall_clock(
                _months_later(local.date(), count * (12 if duration.unit == "years" else 1)), local
            )


def before(calendar: Calendar, end: datetime, duration: Duration) -> datetime:
    """As long before `end` as `duration` would last after it: exact for days and weeks, near enough for warnings."""
    return end - (add(calendar, end, duration) - end)


def business_days_between(calendar: Calendar, start: datetime, end: datetime) -> int:
    """How many whole business days passed: the largest n with add(start, n business days) <= end; 0 if none."""
    first = next_open(calendar, start)
    last = end.astimezone(first.tzinfo)
    if last <= first:
        return 0
    days = sum(
        is_business_day(calendar, first.date() + _DAY * n)
        for n in range(1, (last.date() - first.date()).days + 1)
    )
    unfinished = is_business_day(calendar, last.date()) and last.time() < first.time()
    return max(0, days - unfinished)


def business_hours_between(calendar: Calendar, start: datetime, end: datetime) -> float:
    """Working hours between two moments (aware); 0 when `end` is not later."""
    passed = timedelta()
    if end <= start:
        return 0.0
    for opens, closes in _all_openings(calendar, start, end):
        passed += max(timedelta(), min(closes, end) - max(opens, start))
    return passed / timedelta(hours=1)


def _add_business_days(calendar: Calendar, start: datetime, count: int) -> datetime:
    first = next_open(calendar, start)
    day, left, searched = first.date(), count, 0
    while left:
        day += _DAY
        left -= is_business_day(calendar, day)
        searched += 1
        if searched > _SEARCH_DAYS + 7 * count:
            raise ValueError("too few working days")
    return _at_wall_clock(day, first)


def _add_hours(calendar: Calendar, start: datetime, left: timedelta) -> datetime:
    zone = ZoneInfo(calendar.zone)
    if not left:
        return next_open(calendar, start)
    for opens, closes in _all_openings(calendar, start):
        begin = max(opens, start)
        if closes - begin >= left > timedelta():
            return (begin.astimezone(UTC) + left).astimezone(zone)
        left -= max(timedelta(), closes - begin)
    raise ValueError("too little working time")


def _all_openings(
    calendar: Calendar, start: datetime, end: datetime | None = None
) -> Iterator[tuple[datetime, datetime]]:
    zone = ZoneInfo(calendar.zone)
    first = start.astimezone(zone).date()
    count = _SEARCH_DAYS if end is None else (end.astimezone(zone).date() - first).days + 1
    for n in range(count):
        yield from _openings(calendar, first + _DAY * n)


def _openings(calendar: Calendar, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """The working times of one day, in UTC, where lengths are true also on the day of a DST change."""
    if not is_business_day(calendar, day):
        return ()
    zone = ZoneInfo(calendar.zone)
    midnight = datetime.combine(day, clock.min)
    return tuple(
        (
            (midnight + _MINUTE * opens).replace(tzinfo=zone).astimezone(UTC),
            (midnight + _MINUTE * closes).replace(tzinfo=zone).astimezone(UTC),
        )
        for opens, closes in calendar.hours
    )


def _at_wall_clock(day: date, like: datetime) -> datetime:
    """`day` at the wall clock of `like`, in its zone; through UTC, which maps a skipped time to a real one."""
    return datetime.combine(day, like.timetz()).replace(fold=0).astimezone(UTC).astimezone(like.tzinfo)


def _months_later(day: date, count: int) -> date:
    year, month0 = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month0 + 1, min(day.day, months.monthrange(year, month0 + 1)[1]))
