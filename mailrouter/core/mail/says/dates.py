"""Dates as people write them, French first, English second: one grammar for labels, prose and absences.

A day comes before its month (`3/4/1961` is 3 April), as everywhere in France and the United Kingdom; only ISO 8601
puts the year first. A month may be named in French, English, German, Spanish, Italian, Portuguese, Dutch or a
Scandinavian language, with or without accents.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from mailrouter.core.model.mail import Frozen

MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan january jän jaenner januar enero ene gennaio gen janeiro januari",
            "février fevrier févr fevr fév fev february feb februar febrero febbraio fevereiro februari",
            "mars mar march mär märz maerz marzo março marco maart marts",
            "avril avr april apr abril abr aprile",
            "mai may mayo maggio mag maio mei maj",
            "juin june jun juni junio giugno giu junho",
            "juillet juil july jul juli julio luglio lug julho",
            "août aout august aug aoû aou agosto ago augustus augusti",
            "septembre sept sep september septiembre settembre setembro",
            "octobre oct october oktober okt octubre ottobre ott outubro",
            "novembre nov november noviembre novembro",
            "décembre decembre déc dec december dezember dez diciembre dic dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
"""Month names, lower case, as written with and without accents."""

WEEKDAYS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "lundi monday mon montag lunes lunedì lunedi maandag måndag mandag segunda-feira",
            "mardi tuesday tue tues dienstag martes martedì martedi dinsdag tisdag tirsdag terça-feira",
            "mercredi wednesday wed mittwoch miércoles miercoles mercoledì mercoledi woensdag onsdag quarta-feira",
            "jeudi thursday thu thur thurs donnerstag jueves giovedì giovedi donderdag torsdag quinta-feira",
            "vendredi friday fri freitag viernes venerdì venerdi vrijdag fredag sexta-feira",
            "samedi saturday sat samstag sábado sabado sabato zaterdag lördag lørdag",
            "dimanche sunday sun sonntag domingo domenica zondag söndag søndag",
        )
    )
    for name in names.split()
}
"""Weekday names; Monday is 0, as in `date.weekday()`."""

MONTH = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
WEEKDAY = "(?:" + "|".join(sorted(WEEKDAYS, key=len, reverse=True)) + r")\b\.?"
_S = r"[\s\u00a0\u202f]{1,3}"
_DAY = r"(\d{1,2})"
DATE = (
    r"(?:" + WEEKDAY + r",?" + _S + r")?(?:le" + _S + r"|the" + _S + r"|den" + _S + r"|el" + _S + r")?(?:"
    r"(?P<iso>\d{4}-\d{1,2}-\d{1,2})(?!\d)"
    r"|(?P<num>\d{1,2}[ ]?[/.\-][ ]?\d{1,2}(?:[ ]?[/.\-][ ]?(?:\d{4}|\d{2}))?)(?![\d/])"
    r"|(?P<dmy>\d{1,2}(?:er|st|nd|rd|th|ème|eme|[.])?(?:"
    + _S
    + r"(?:of|de))?(?:"
    + _S
    + r"|-)"
    + MONTH
    + r"(?:,?"
    r"(?:" + _S + r"(?:de" + _S + r")?|-)(?:\d{4}|\d{2}(?![\d:hH])))?)"
    r"|(?P<mdy>" + MONTH + _S + r"\d{1,2}(?:st|nd|rd|th)?\b(?:,?" + _S + r"\d{4})?)"
    r")"
)
"""One written date; its groups `iso`, `num`, `dmy`, `mdy` say the form. Meant for re.IGNORECASE."""

_FIND = re.compile(r"(?<![\w/])" + DATE, re.I)
_WEEKDAY_AT = re.compile("(" + WEEKDAY + ")", re.I)
_NUMBERS = re.compile(r"\d+")
_NAME = re.compile(r"[^\W\d_]{3,}")
_FULL_YEAR = 1000
_FIRST_YEAR, _LAST_YEAR = 1850, 2199


class Written(Frozen, frozen=True, kw_only=True):
    """A date as written: `year` and `month` are 0 when not said, `weekday` -1; `start` and `end` bound it."""

    day: int
    month: int
    year: int = 0
    weekday: int = -1
    start: int = 0
    end: int = 0
    raw: str = ""


def find(text: str, position: int = 0, end: int | None = None) -> Written | None:
    """The first date written in `text` from `position`, or None. Its existence in the calendar is not checked."""
    match = _FIND.search(text, position, len(text) if end is None else end)
    return None if match is None else written(match)


def written(match: re.Match[str]) -> Written:
    """What a match of DATE says."""
    iso, num, dmy, mdy = match["iso"], match["num"], match["dmy"], match["mdy"]
    numbers = [int(part) for part in _NUMBERS.findall(iso or num or dmy or mdy)]
    if iso:
        year, month, day = numbers
    elif num:
        day, month, year = (*numbers, 0)[:3]
    else:
        day, month, year = numbers[0], _month(dmy or mdy), (*numbers, 0)[1]
    return Written(
        day=day,
        month=month,
        year=year,
        weekday=_weekday(match[0]),
        start=match.start(),
        end=match.end(),
        raw=match[0],
    )


def birth(one: Written, today: date | None) -> date | None:
    """The day of birth meant by `one`, or None when no such day exists. Two-digit years end at `today`'s."""
    year = one.year
    if 0 < year < 100:
        limit = (today.year if today else 2030) % 100
        year += 2000 if year <= limit else 1900
    return exact(year, one.month, one.day) if year >= _FULL_YEAR else None


def past(one: Written, today: date | None) -> date | None:
    """The last such day not after `today` for a date that may lack its year (a mandate: at most a year old)."""
    if one.year or today is None:
        return exact(_full(one.year), one.month, one.day) if one.year else None
    this_year = exact(today.year, one.month, one.day)
    if this_year is not None and this_year <= today:
        return this_year
    return exact(today.year - 1, one.month, one.day)


_DAYS_AGO = {"hier": 1, "yesterday": 1, "avant-hier": 2, "avant hier": 2}
_AGO = re.compile(r"\b(avant[- ]hier|hier|yesterday)\b", re.IGNORECASE)


def days_ago(text: str, today: date | None) -> date | None:
    """The day that "hier" or "avant-hier" means in a mail of `today`; None when neither stands there."""
    found = _AGO.search(text)
    if found is None or today is None:
        return None
    return today - timedelta(days=_DAYS_AGO[found[1].lower()])


_JUST_OVER = 31


def coming(one: Written, today: date, stale: int = _JUST_OVER) -> date | None:
    """The next such day seen from `today`. Without a year, a day up to `stale` days ago stays in this year:
    an absence message that nobody switched off speaks of last week, not of next year."""
    if one.year:
        return exact(_full(one.year), one.month, one.day)
    for year in (today.year - 1, today.year, today.year + 1):
        candidate = exact(year, one.month, one.day)
        if candidate is not None and candidate >= today - timedelta(days=stale):
            return candidate
    return None


_BORN_BEFORE = re.compile(
    r"\b(?:n[ée]{1,2}(?:\(e\))?(?: le)?|born(?: on)?|naissance\W{1,5})\W{0,2}\Z", re.IGNORECASE
)


def is_birth(text: str, place: int) -> bool:
    """Whether the date at `place` is introduced as a date of birth."""
    return _BORN_BEFORE.search(text, 0, place) is not None


def due(text: str, position: int, today: date) -> tuple[Written, date] | None:
    """The first date in `text` from `position` that is to come, or was a month ago at most, and its day; not one of birth.
    Older ones are of something else: a letter, a birth."""
    while (one := find(text, position)) is not None:
        day = coming(one, today)
        if day is not None and day >= today - timedelta(days=_JUST_OVER) and not is_birth(text, one.start):
            return one, day
        position = one.end
    return None


def next_weekday(weekday: int, today: date) -> date:
    """The first such weekday strictly after `today`."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def exact(year: int, month: int, day: int) -> date | None:
    """That day, or None when the calendar has no such day, or when it is centuries away."""
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def usable(today: date | None) -> date | None:
    """The date of a mail when one may reckon with it: a Date field may say anything."""
    return today if today is not None and _FIRST_YEAR <= today.year <= _LAST_YEAR else None


def _full(year: int) -> int:
    return year + 2000 if 0 < year < 100 else year


def _month(text: str) -> int:
    for name in _NAME.findall(text.lower()):
        if name in MONTHS:
            return MONTHS[name]
    return 0


def _weekday(text: str) -> int:
    match = _WEEKDAY_AT.match(text)
    return WEEKDAYS[match[1].lower().rstrip(".")] if match else -1
