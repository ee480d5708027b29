"""The day an absent person is back, read from the wording of an absence message.

`return_date` is the FIRST day the person is there again:
- "de retour le lundi 23", "back on 23 March", "à compter du 23", "pas avant le 23" name that day itself;
- "jusqu'au 20", "du 9 au 20", "through 20 March", "out on 20 March" name the last day away, so the day after;
  weekends and holidays are the business calendar's affair, not this reading's;
- a bare English "until 23 March" names the day itself ("out until Monday"); "until … inclusive" or
  "from … until …" the last day away.
A named return wins over an end of absence. Days without a year are taken near the mail's own date.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from mailrouter.core.mail import dates

_SCAN = 3000
_WINDOW = 110
_I = re.IGNORECASE

_RETURN = re.compile(
    r"\b(?:de retour|retour|reprise|reprends|reprendrai|reprendrons|reviens|reviendrai|reviendrons|rentre|rentrerai"
    r"|r[ée]ouverture|r[ée]?ouvrir(?:a|ons|ont)|rouvre|r[ée]pondrai|r[ée]pondrons|recontacter|recontacterai|rappellerai"
    r"|traiterai|traiterons|trait[ée]s?|prendrai connaissance"
    r"|back|returning|returns?|resum(?:e|ing)|re-?open(?:s|ing)?|get back to you|reply to you"
    r"|zur[üu]ck|wieder|ab|de vuelta|regres(?:o|ar[ée])|vuelvo)\b",
    _I,
)
_AVAILABLE = re.compile(
    r"(?<!pas )(?<!plus )(?<!non )(?<!not )(?<!peu )"
    r"\b(?:(?:re)?joignables?|disponibles?|pr[ée]sente?s?|available|reachable)\b",
    _I,
)
_NOT_BEFORE = re.compile(r"\b(?:pas|plus|not|nicht)\b[^.!?;\d]{0,60}?\b(?:avant|before|vor)\b", _I)
_RANGE = re.compile(r"\b(?:du|de|entre|from|between|vom|del)\b(?= )", _I)
_RANGE_END = re.compile(
    r"(?:\b(?:jusqu['’]?\s?au|au|[àa]|et(?: le)?|to|until|till|thru|through|and|bis(?: zum)?|al|y el)|[-–—])\s",
    _I,
)
_RANGE_START = re.compile(r" (?:le )?(?:\w{3,9},? )?\d")
_MONTH_DAYS = re.compile("(" + dates.MONTH + r") (\d{1,2})\s?(?:-|–|to|through|until)\s?(\d{1,2})\b", _I)
_DAYS_MONTH = re.compile(
    r"(?<![\d/.])\d{1,2}\s?(?:-|–|to|through)\s?(\d{1,2}(?:st|nd|rd|th)? (?:of )?"
    + dates.MONTH
    + r"(?: \d{4})?)",
    _I,
)
_UNTIL = re.compile(
    r"\b(?:jusqu['’]?\s?(?:au|[àa]u?|en)|bis(?: zum| einschlie[ßs]+lich)?|hasta(?: el)?)(?=\s)", _I
)
_UNTIL_EN = re.compile(r"\b(?P<last>through|thru|up to(?: and including)?)\b|\b(?:until|till|'til)\b", _I)
_AWAY = re.compile(
    r"\b(?:absente?s?|absence|cong[ée]s?|indisponibles?|injoignables?|d[ée]placement|formation|ferm[ée]e?s?|fermeture"
    r"|out of (?:the )?office|out|away|off|on leave|closed|abwesend|ausente)\b",
    _I,
)
_SINCE = re.compile(
    r"(?:[àa] partir|[àa] compter|depuis|d[èe]s|since|from|as of|starting|beginning|ab)\s*(?:du|le|on|dem)?\s*$",
    _I,
)
_STOP = re.compile(r"[.!?;]\s|\b(?:jusqu|until|till|bis|hasta)", _I)
_INCLUSIVE = re.compile(r"^\W{0,3}(?:inclu|y compris|compris|einschl|au soir)", _I)
_EXCLUSIVE = re.compile(r"^\W{0,3}(?:exclu|non (?:inclus|compris))", _I)

_WEEK = "|".join(sorted((n for n in dates.WEEKDAYS if len(n) > 4), key=len, reverse=True))
_TARGET = re.compile(
    r"(?P<date>(?<![\w/])" + dates.DATE + r")"
    r"|(?P<numbered>\b(?:" + _WEEK + r"),?\s(?:le\s|the\s)?\d{1,2}(?:er|st|nd|rd|th)?\b(?!\s?[h:/]))"
    r"|(?P<weekday>\b(?:" + _WEEK + r")\b)"
    r"|(?P<day>\ble \d{1,2}(?:er)?\b(?!\s?[h:/%.,]\d)(?!\s?h\b))"
    r"|(?P<after_tomorrow>\bapr[èe]s[- ]demain\b|\bday after tomorrow\b)"
    r"|(?P<tomorrow>\bdemain\b|\btomorrow\b|\bmorgen\b|\bmañana\b)"
    r"|(?P<today>\baujourd['’]hui\b|\bce jour\b|\btoday\b|\bheute\b|\bcet apr[èe]s[- ]midi\b|\bthis afternoon\b)"
    r"|(?P<next_week>\bla semaine prochaine\b|\bnext week\b)"
    r"|(?P<week_end>\b(?:fin de (?:la |cette )?semaine|cette semaine|end of (?:the|this) week|this week)\b)"
    r"|(?P<month_end>\b(?:fin (?:du|de ce) mois|end of (?:the|this) month)\b)"
    r"|(?P<within>\b(?:dans|in) (?:\d{1,2}|une?|deux|trois|quatre|one|two|three|four|a) (?:jour|semaine|day|week)s?\b)",
    _I,
)
_COUNT = {
    "un": 1,
    "une": 1,
    "a": 1,
    "one": 1,
    "deux": 2,
    "two": 2,
    "trois": 3,
    "three": 3,
    "quatre": 4,
    "four": 4,
}


def return_date(text: str, today: date | None) -> date | None:
    """The first day back said in `text` (subject and body of an absence), seen from `today`, the mail's own date.

    None when no such day is said. Reads the first 3,000 characters only; every pattern is bounded.
    """
    flat = " ".join(text[:_SCAN].split())
    for reading in (_named_return, _not_before, _month_range, _range_end, _until, _until_english, _single):
        found = next(reading(flat, today), None)
        if found is not None:
            return found
    return None


def _named_return(flat: str, today: date | None) -> Iterator[date]:
    for cue in (_RETURN, _AVAILABLE):
        for match in cue.finditer(flat):
            filler, day, _ = _target(flat, match.end(), today)
            if day is not None and not _STOP.search(filler) and not _backward(filler, match[0]):
                yield day


def _backward(filler: str, cue: str) -> bool:
    """Whether "traité(s)" or a reply is bound to a day that is not a return: "votre message du 12 mars"."""
    return (
        bool(re.search(r"\b(?:du|reçue?s?|dated|of)\s*$", filler, _I))
        and not _SINCE.search(filler)
        and cue != "retour"
    )


def _not_before(flat: str, today: date | None) -> Iterator[date]:
    for match in _NOT_BEFORE.finditer(flat):
        filler, day, _ = _target(flat, match.end(), today)
        if day is not None and not _STOP.search(filler):
            yield day


def _month_range(flat: str, today: date | None) -> Iterator[date]:
    """ "March 9-13" and "9-13 March"."""
    for match in _MONTH_DAYS.finditer(flat):
        one = dates.find(f"{match[1]} {match[3]}")
        day = None if one is None else _dated(one, today)
        if day is not None:
            yield day + timedelta(days=1)
    for match in _DAYS_MONTH.finditer(flat):
        one = dates.find(match[1])
        day = None if one is None else _dated(one, today)
        if day is not None:
            yield day + timedelta(days=1)


def _range_end(flat: str, today: date | None) -> Iterator[date]:
    """ "du 9 au 20 mars", "from 9 to 20 March", "du 12 mars au 16"."""
    for match in _RANGE.finditer(flat):
        window = flat[match.end() : match.end() + 60]
        if not _RANGE_START.match(window):
            continue
        for end in _RANGE_END.finditer(window):
            if _STOP.search(window[: end.start()]):
                break
            day = _end_of_range(window[: end.start()], flat, match.end() + end.end(), today)
            if day is not None:
                yield day
                break


def _end_of_range(start: str, flat: str, place: int, today: date | None) -> date | None:
    filler, day, tail = _target(flat, place, today)
    if filler.strip(" le") or day is None:
        day, tail = _bare_end(start, flat[place : place + 40], today), ""
    if day is None:
        return None
    return day if _EXCLUSIVE.match(tail) else day + timedelta(days=1)


def _bare_end(start: str, end: str, today: date | None) -> date | None:
    """The end of "du 12 mars au 16": its month is the start's, or the next one when the day is smaller."""
    first = dates.find(start)
    bare = re.match(r"(?:[^\W\d]{4,9} )?(\d{1,2})(?:er|st|nd|rd|th)?\b(?!\s?[/.\-]\s?\d)", end)
    if first is None or bare is None or dates.find(end[: bare.end() + 12]) is not None:
        return None
    opening = _dated(first, today)
    if opening is None:
        return None
    day = int(bare[1])
    month = opening.month + (day < opening.day)
    return dates.exact(opening.year + (month > 12), month - 12 * (month > 12), day)


def _until(flat: str, today: date | None) -> Iterator[date]:
    for match in _UNTIL.finditer(flat):
        filler, day, tail = _target(flat, match.end(), today)
        if day is None or re.search(r"[.!?;:]", filler):
            continue
        yield day if _EXCLUSIVE.match(tail) or _whole_week(flat, match.end()) else day + timedelta(days=1)


def _until_english(flat: str, today: date | None) -> Iterator[date]:
    for match in _UNTIL_EN.finditer(flat):
        filler, day, tail = _target(flat, match.end(), today)
        if day is None or re.search(r"[.!?;:]", filler):
            continue
        inclusive = (match["last"] or _INCLUSIVE.match(tail)) and not _whole_week(flat, match.end())
        yield day + timedelta(days=1) if inclusive else day


def _single(flat: str, today: date | None) -> Iterator[date]:
    """ "absente le 12 mars", "absent les 12 et 13 mars", "out of office today": back the day after."""
    for match in _AWAY.finditer(flat):
        filler, day, _ = _target(flat, match.end(), today, weekday=False)
        if day is not None and not _STOP.search(filler) and not _SINCE.search(filler):
            part = re.search(
                r"après[- ]midi|apres[- ]midi|afternoon", flat[match.end() : match.end() + _WINDOW], _I
            )
            whole = _whole_week(flat, match.end())
            yield (
                day
                if whole
                else day + timedelta(days=0 if part and day == today and "matin" in filler else 1)
            )


def _whole_week(flat: str, place: int) -> bool:
    """Whether the day found is already the first of the next week or month."""
    match = _TARGET.search(flat, place, place + _WINDOW)
    return match is not None and match.lastgroup in ("week_end", "month_end", "next_week")


def _target(flat: str, place: int, today: date | None, weekday: bool = True) -> tuple[str, date | None, str]:
    """(words before the day, the day, words after it) for the first day said after `place`."""
    match = _TARGET.search(flat, place, min(len(flat), place + _WINDOW))
    if match is None:
        return "", None, ""
    form = next(name for name in _FORMS if match[name] is not None)
    if not weekday and form in ("weekday", "day"):
        return "", None, ""
    return flat[place : match.start()], _FORMS[form](match, today), flat[match.end() : match.end() + 30]


def _dated(one: dates.Written, today: date | None) -> date | None:
    if one.month > 12 >= one.day:  # 3/23: only an American can mean that
        one = dates.Written(day=one.month, month=one.day, year=one.year)
    if one.year:
        return dates.exact(one.year + (2000 if one.year < 100 else 0), one.month, one.day)
    return None if today is None else dates.coming(one, today)


def _of_date(match: re.Match[str], today: date | None) -> date | None:
    return _dated(dates.written(match), today)


def _of_number(match: re.Match[str], today: date | None) -> date | None:
    """ "lundi 23", "le 23": the next such day of a month, on that weekday when one is said."""
    number = int(re.findall(r"\d+", match[0])[0])
    name = re.match(r"\w+", match[0].lower())
    wanted = dates.WEEKDAYS.get(name[0], -1) if name else -1
    if today is None:
        return None
    for ahead in range(370):
        day = today + timedelta(days=ahead)
        if day.day == number and wanted in (-1, day.weekday()):
            return day
    return None


def _of_weekday(match: re.Match[str], today: date | None) -> date | None:
    return None if today is None else dates.next_weekday(dates.WEEKDAYS[match[0].lower()], today)


def _of_month_end(_: re.Match[str], today: date | None) -> date | None:
    if today is None:
        return None
    return date(today.year + (today.month == 12), today.month % 12 + 1, 1)


def _of_within(match: re.Match[str], today: date | None) -> date | None:
    words = match[0].lower().split()
    count = _COUNT.get(words[1]) or int(words[1])
    days = count * (7 if words[2].startswith(("semaine", "week")) else 1)
    return None if today is None else today + timedelta(days=days)


def _ahead(days: int) -> Callable[[re.Match[str], date | None], date | None]:
    return lambda _, today: None if today is None else today + timedelta(days=days)


def _monday(_: re.Match[str], today: date | None) -> date | None:
    return None if today is None else dates.next_weekday(0, today)


_FORMS: dict[str, Callable[[re.Match[str], date | None], date | None]] = {
    "date": _of_date,
    "numbered": _of_number,
    "weekday": _of_weekday,
    "day": _of_number,
    "after_tomorrow": _ahead(2),
    "tomorrow": _ahead(1),
    "today": _ahead(0),
    "next_week": _monday,
    "week_end": _monday,
    "month_end": _of_month_end,
    "within": _of_within,
}
