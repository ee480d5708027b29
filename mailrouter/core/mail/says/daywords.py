"""Days as sentences say them after a cue word: "le 23 mars", "lundi 23", "lundi", "demain", "la semaine prochaine".

All are seen from the mail's own date; without it only a date with its year means a day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from mailrouter.core.mail.says import dates
from mailrouter.core.model.mail import Frozen

_WINDOW = 110
_I = re.IGNORECASE

_WEEK = "|".join(sorted((n for n in dates.WEEKDAYS if len(n) > 4), key=len, reverse=True))
_COUNT = {
    **dict.fromkeys(("un", "une", "a", "one"), 1),
    **dict.fromkeys(("deux", "two"), 2),
    **dict.fromkeys(("trois", "three"), 3),
    **dict.fromkeys(("quatre", "four"), 4),
    **dict.fromkeys(("cinq", "five"), 5),
    **dict.fromkeys(("six",), 6),
    **dict.fromkeys(("sept", "seven"), 7),
    **dict.fromkeys(("huit", "eight"), 8),
    **dict.fromkeys(("dix", "ten"), 10),
    **dict.fromkeys(("quinze", "fifteen"), 15),
}
_COUNTED = "|".join(sorted(_COUNT, key=len, reverse=True))
_TARGET = re.compile(
    r"(?P<date>(?<![\w/])" + dates.DATE + r")"
    r"|(?P<numbered>\b(?:" + _WEEK + r"),?\s(?:le\s|the\s)?\d{1,2}(?:er|st|nd|rd|th)?\b(?!\s?[h:/]))"
    r"|(?P<this_weekday>\b(?:ce|this) (?:" + _WEEK + r")\b)"
    r"|(?P<weekday>\b(?:" + _WEEK + r")\b)"
    r"|(?P<day>\b(?:le \d{1,2}(?:er)?|the \d{1,2}(?:st|nd|rd|th))\b(?!\s?[h:/%.,]\d)(?!\s?h\b))"
    r"|(?P<after_tomorrow>\bapr[èe]s[- ]demain\b|\bday after tomorrow\b)"
    r"|(?P<tomorrow>\bdemain\b|\btomorrow\b|\bmorgen\b|\bmañana\b)"
    r"|(?P<today>\bce soir\b|\btonight\b|\baujourd['’]hui\b|\bce jour\b|\btoday\b|\bheute\b|\bcet apr[èe]s[- ]midi\b|\bthis afternoon\b)"
    r"|(?P<next_week>\bla semaine prochaine\b|\bnext week\b)"
    r"|(?P<week_end>\b(?:fin de (?:la |cette )?semaine|cette semaine|toute la semaine|end of (?:the|this) week|this week|all week)\b)"
    r"|(?P<month_end>\b(?:fin (?:du|de ce) mois|end of (?:the|this) month)\b)"
    r"|(?P<end_of_month>\b(?:fin (?:de |du mois d[e'’] ?)?|(?:the )?end of |ende |eind |finales de |fine |final de )"
    + dates.MONTH
    + r"(?: \d{4})?(?! ?\d))"
    r"|(?P<month>(?:\b(?:en|in|im|em|d[ée]but|early|anfang|mois d[e'’]|(?<=\bjusqu['’]en)|(?<=\bjusqu['’][àa])|(?<=until)|(?<=till)|(?<=through)) ?)\b"
    + dates.MONTH
    + r"(?: \d{4})?(?! ?\d))"
    r"|(?P<within>\b(?:dans|in) (?:\d{1,2}|" + _COUNTED + r") (?:jour|semaine|mois|day|week|month)s?\b)",
    _I,
)
# A month is four weeks: the weekday stays, and a reminder is no deadline.
_UNITS = (("semaine", 7), ("week", 7), ("mois", 28), ("month", 28))


class Day(Frozen, frozen=True, kw_only=True):
    """One day said after a cue: the words before it, the day, where the words end, what follows, how it was said."""

    filler: str
    day: date
    form: str
    end: int
    tail: str


def following(flat: str, place: int, today: date | None, weekday: bool = True) -> Day | None:
    """The first day said in the hundred characters after `place` in `flat` (text on one line), or None.

    A bare weekday or "le 23" counts only with `weekday`: after "je suis absente" it is a habit, not a day.
    """
    match = _TARGET.search(flat, place, min(len(flat), place + _WINDOW))
    form = next((name for name in _FORMS if match[name] is not None), "") if match else ""
    if match is None or (not weekday and form in ("weekday", "day")):
        return None
    day = _FORMS[form](match, today)
    if day is None:
        return None
    tail = flat[match.end() : match.end() + 30]
    return Day(filler=flat[place : match.start()], day=day, form=form, end=match.end(), tail=tail)


def written(flat: str) -> Iterator[dates.Written]:
    """The first dates written in `flat`, twenty at most."""
    place = 0
    for _ in range(20):
        one = dates.find(flat, place)
        if one is None:
            return
        yield one
        place = one.end


def dated(one: dates.Written, today: date | None) -> date | None:
    """The day that a written date means, the next one when it lacks its year; None when there is no such day."""
    if one.month > 12 >= one.day:  # 3/23: only an American can mean that
        one = dates.Written(day=one.month, month=one.day, year=one.year)
    if one.year:
        return dates.exact(one.year + (2000 if one.year < 100 else 0), one.month, one.day)
    return None if today is None else dates.coming(one, today)


def _of_date(match: re.Match[str], today: date | None) -> date | None:
    return dated(dates.written(match), today)


def _of_number(match: re.Match[str], today: date | None) -> date | None:
    """ "lundi 23", "le 23"."""
    number = int(re.findall(r"\d+", match[0])[0])
    name = re.match(r"\w+", match[0].lower())
    wanted = dates.WEEKDAYS.get(name[0], -1) if name else -1
    return None if today is None else numbered(number, wanted, today)


def numbered(number: int, weekday: int, today: date) -> date | None:
    """The next day with that number in its month, on that weekday unless it is -1."""
    days = (today + timedelta(days=ahead) for ahead in range(370))
    return next((day for day in days if day.day == number and weekday in (-1, day.weekday())), None)


def _of_weekday(match: re.Match[str], today: date | None) -> date | None:
    return None if today is None else dates.next_weekday(dates.WEEKDAYS[match[0].lower()], today)


def _of_this_weekday(match: re.Match[str], today: date | None) -> date | None:
    weekday = dates.WEEKDAYS[match[0].lower().split()[1]]
    if today is not None and today.weekday() == weekday:
        return today
    return None if today is None else dates.next_weekday(weekday, today)


def _of_month_end(_: re.Match[str], today: date | None) -> date | None:
    if today is None:
        return None
    return date(today.year + (today.month == 12), today.month % 12 + 1, 1)


def _of_month(match: re.Match[str], today: date | None) -> date | None:
    """ "en septembre 2026": its first day, the next such month when the year is not said."""
    name = next(word for word in re.findall(r"[^\W\d_]+", match[0].lower())[::-1] if word in dates.MONTHS)
    year = re.search(r"\d{4}", match[0])
    if year is None and today is None:
        return None
    month = dates.MONTHS[name]
    if year is not None:
        return dates.exact(int(year[0]), month, 1)
    return date(today.year + (month < today.month), month, 1) if today is not None else None


def _after_month(match: re.Match[str], today: date | None) -> date | None:
    first = _of_month(match, today)
    return None if first is None else date(first.year + (first.month == 12), first.month % 12 + 1, 1)


def _of_within(match: re.Match[str], today: date | None) -> date | None:
    words = match[0].lower().split()
    count = _COUNT.get(words[1]) or int(words[1])
    days = count * next((n for unit, n in _UNITS if words[2].startswith(unit)), 1)
    return None if today is None else today + timedelta(days=days)


def _ahead(days: int) -> Callable[[re.Match[str], date | None], date | None]:
    return lambda _, today: None if today is None else today + timedelta(days=days)


def _monday(_: re.Match[str], today: date | None) -> date | None:
    return None if today is None else dates.next_weekday(0, today)


_FORMS: dict[str, Callable[[re.Match[str], date | None], date | None]] = {
    "date": _of_date,
    "numbered": _of_number,
    "this_weekday": _of_this_weekday,
    "weekday": _of_weekday,
    "day": _of_number,
    "after_tomorrow": _ahead(2),
    "tomorrow": _ahead(1),
    "today": _ahead(0),
    "next_week": _monday,
    "week_end": _monday,
    "month_end": _of_month_end,
    "month": _of_month,
    "end_of_month": _after_month,
    "within": _of_within,
}
