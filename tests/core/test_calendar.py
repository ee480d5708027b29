"""Business days and working hours: the dates a person would count on a wall calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailrouter.core.policy.calendar import (
    add,
    business_days_between,
    business_hours_between,
    is_business_day,
    next_open,
    public_holidays,
)
from mailrouter.core.policy.schema import Calendar, Duration

PARIS = ZoneInfo("Europe/Paris")
LOT = Calendar()
MOSELLE = Calendar(subdivision="57")
REUNION = Calendar(zone="Indian/Reunion", subdivision="974")
GUADELOUPE = Calendar(zone="America/Guadeloupe", subdivision="971")
NIGHT = Calendar(hours=((0, 1440),), workdays=(0, 1, 2, 3, 4, 5, 6), country="FR")
SPLIT = Calendar(hours=((540, 720), (840, 1020)))


def at(text: str, zone: ZoneInfo = PARIS) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=zone)


def of(text: str) -> Duration:
    count, unit = text.split(" ", 1)
    return Duration(count=int(count), unit=unit if unit.endswith("s") else unit + "s")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("calendar", "start", "duration", "end"),
    [
        # plain weeks and week-ends
        (LOT, "2026-03-02 10:00", "3 business days", "2026-03-05 10:00"),
        (LOT, "2026-03-06 10:00", "3 business days", "2026-03-11 10:00"),
        (LOT, "2026-03-07 10:00", "3 business days", "2026-03-12 09:00"),
        (LOT, "2026-03-06 22:00", "1 business day", "2026-03-10 09:00"),
        (LOT, "2026-03-06 07:00", "1 business day", "2026-03-09 09:00"),
        (LOT, "2026-03-06 10:00", "0 business days", "2026-03-06 10:00"),
        # 14 July 2026 is a Tuesday; Easter Monday 6 April, Ascension 14 May
        (LOT, "2026-07-13 10:00", "1 business day", "2026-07-15 10:00"),
        (LOT, "2026-04-03 10:00", "1 business day", "2026-04-07 10:00"),
        (LOT, "2026-05-13 10:00", "1 business day", "2026-05-15 10:00"),
        # Good Friday (3 April) and St Stephen's day are holidays in Moselle only
        (MOSELLE, "2026-04-02 10:00", "1 business day", "2026-04-07 10:00"),
        (LOT, "2026-04-02 10:00", "1 business day", "2026-04-03 10:00"),
        (MOSELLE, "2025-12-24 10:00", "1 business day", "2025-12-29 10:00"),
        (LOT, "2025-12-24 10:00", "1 business day", "2025-12-26 10:00"),
        # hours: within a day, over the night, over a week-end and over lunch
        (LOT, "2026-03-02 10:00", "2 working hours", "2026-03-02 12:00"),
        (LOT, "2026-03-02 16:00", "2 working hours", "2026-03-03 10:00"),
        (LOT, "2026-03-06 16:30", "2 working hours", "2026-03-09 10:30"),
        (LOT, "2026-03-08 03:00", "2 working hours", "2026-03-09 11:00"),
        (LOT, "2026-03-02 15:00", "2 working hours", "2026-03-02 17:00"),
        (LOT, "2026-03-02 09:00", "16 working hours", "2026-03-03 17:00"),
        (SPLIT, "2026-03-02 11:00", "2 working hours", "2026-03-02 15:00"),
        # calendar units keep the wall clock, over DST (29 March, 25 October 2026) too
        (LOT, "2026-03-28 10:00", "1 day", "2026-03-29 10:00"),
        (LOT, "2026-03-28 02:30", "1 day", "2026-03-29 03:30"),
        (LOT, "2026-10-24 02:30", "1 day", "2026-10-25 02:30"),
        (LOT, "2026-03-27 10:00", "1 business day", "2026-03-30 10:00"),
        (LOT, "2026-03-28 23:00", "4 hours", "2026-03-29 04:00"),
        (LOT, "2026-03-02 10:00", "15 days", "2026-03-17 10:00"),
        (LOT, "2026-03-02 10:00", "2 weeks", "2026-03-16 10:00"),
        (LOT, "2026-08-31 10:00", "6 months", "2027-02-28 10:00"),
        (LOT, "2024-02-29 10:00", "1 year", "2025-02-28 10:00"),
        (LOT, "2026-03-02 10:00", "24 months", "2028-03-02 10:00"),
        (LOT, "2026-03-02 10:00", "10 minutes", "2026-03-02 10:10"),
        # working hours through the two odd nights: 23 and 25 hours long
        (NIGHT, "2026-03-28 12:00", "24 working hours", "2026-03-29 13:00"),
        (NIGHT, "2026-10-24 12:00", "24 working hours", "2026-10-25 11:00"),
    ],
)
def test_add_counts_as_a_person_would(calendar: Calendar, start: str, duration: str, end: str) -> None:
    result = add(calendar, at(start), of(duration))
    assert result == at(end)
    assert result.tzinfo == PARIS


@pytest.mark.parametrize(
    ("calendar", "start", "duration", "end"),
    [
        # 20 December, end of slavery, is a Sunday in 2026 and a Saturday in 2025, a Friday in 2024
        (REUNION, "2024-12-19 10:00", "1 business day", "2024-12-23 10:00"),
        (REUNION, "2026-07-13 10:00", "1 business day", "2026-07-15 10:00"),
        (REUNION, "2026-03-28 10:00", "1 day", "2026-03-29 10:00"),
        (GUADELOUPE, "2026-05-26 10:00", "1 business day", "2026-05-28 10:00"),
    ],
)
def test_overseas_holidays_and_zones(calendar: Calendar, start: str, duration: str, end: str) -> None:
    zone = ZoneInfo(calendar.zone)
    assert add(calendar, at(start, zone), of(duration)) == at(end, zone)


def test_a_start_is_read_in_the_territorys_zone() -> None:
    """17:30 in Paris is 20:30 on La Réunion in winter: its offices open the next morning."""
    start = datetime(2026, 1, 6, 16, 30, tzinfo=UTC)
    zone = ZoneInfo("Indian/Reunion")
    assert next_open(REUNION, start) == at("2026-01-07 09:00", zone)
    assert add(REUNION, start, of("2 working hours")) == at("2026-01-07 11:00", zone)
    assert add(LOT, start, of("2 working hours")) == at("2026-01-07 11:00")


def test_closing_days_of_a_territory_count_as_holidays() -> None:
    bridge = Calendar(closed=(date(2026, 5, 15),))
    assert not is_business_day(bridge, date(2026, 5, 15))
    assert add(bridge, at("2026-05-13 10:00"), of("1 business day")) == at("2026-05-18 10:00")


def test_opening_minutes() -> None:
    moments = [
        "2026-03-02 08:59",
        "2026-03-02 09:00",
        "2026-03-02 16:59",
        "2026-03-02 17:00",
        "2026-03-01 10:00",
    ]
    assert [next_open(LOT, at(m)) == at(m) for m in moments] == [False, True, True, False, False]


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        add(LOT, datetime(2026, 3, 2, 10), of("1 day"))


def test_a_calendar_that_never_opens_is_an_error_not_a_hang() -> None:
    never = Calendar(workdays=())
    for duration in ("1 business day", "1 working hour"):
        with pytest.raises(ValueError, match="no working time|too little"):
            add(never, at("2026-03-02 10:00"), of(duration))


def test_public_holidays_of_2026() -> None:
    eleven = {(1, 1), (4, 6), (5, 1), (5, 8), (5, 14), (5, 25), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
    assert {(d.month, d.day) for d in public_holidays("FR", "", 2026)} == eleven
    assert {(d.month, d.day) for d in public_holidays("FR", "57", 2026)} == eleven | {(4, 3), (12, 26)}
    assert {(d.month, d.day) for d in public_holidays("FR", "974", 2026)} == eleven | {(12, 20)}


@pytest.mark.parametrize(
    ("start", "end", "days", "hours"),
    [
        ("2026-03-02 10:00", "2026-03-02 10:00", 0, 0.0),
        ("2026-03-02 10:00", "2026-03-01 10:00", 0, 0.0),
        ("2026-03-02 10:00", "2026-03-03 09:59", 0, 7 + 59 / 60),
        ("2026-03-02 10:00", "2026-03-03 10:00", 1, 8.0),
        ("2026-03-06 16:00", "2026-03-09 10:00", 0, 2.0),
        ("2026-03-07 10:00", "2026-03-08 10:00", 0, 0.0),
        ("2026-03-06 10:00", "2026-03-08 10:00", 0, 7.0),
        ("2026-07-13 10:00", "2026-07-15 10:00", 1, 8.0),
        ("2026-12-31 10:00", "2027-01-04 10:00", 1, 8.0),
    ],
)
def test_time_passed(start: str, end: str, days: int, hours: float) -> None:
    assert business_days_between(LOT, at(start), at(end)) == days
    assert business_hours_between(LOT, at(start), at(end)) == pytest.approx(hours)


moments = st.datetimes(
    min_value=datetime(2020, 1, 1), max_value=datetime(2032, 1, 1), timezones=st.just(ZoneInfo("UTC"))
)
calendars = st.sampled_from([LOT, MOSELLE, REUNION, GUADELOUPE, SPLIT])


@settings(max_examples=150, deadline=None)
@given(calendars, moments, st.integers(0, 30))
def test_business_days_end_in_working_time_and_invert(
    calendar: Calendar, start: datetime, count: int
) -> None:
    end = add(calendar, start, Duration(count=count, unit="business days"))
    assert end >= start and next_open(calendar, end) == end
    assert business_days_between(calendar, start, end) == count
    if count:
        assert business_days_between(calendar, start, end - timedelta(minutes=1)) == count - 1


@settings(max_examples=150, deadline=None)
@given(calendars, moments, st.integers(1, 80))
def test_working_hours_invert(calendar: Calendar, start: datetime, count: int) -> None:
    end = add(calendar, start, Duration(count=count, unit="working hours"))
    assert business_hours_between(calendar, start, end) == pytest.approx(count)
    assert business_hours_between(calendar, start, end - timedelta(minutes=1)) < count


@settings(max_examples=100, deadline=None)
@given(
    calendars,
    moments,
    moments,
    st.sampled_from(["3 business days", "2 working hours", "15 days", "6 months"]),
)
def test_later_starts_never_end_earlier(calendar: Calendar, a: datetime, b: datetime, duration: str) -> None:
    first, second = sorted((a, b))
    assert add(calendar, first, of(duration)) <= add(calendar, second, of(duration))
