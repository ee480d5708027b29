"""The date of a quoted or forwarded mail, as its client wrote it, in ISO 8601 when it can be read for certain."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from types import MappingProxyType

from mailrouter.core.mail.says.dates import MONTHS
from mailrouter.core.mail.says.monthwords import NUMBERS

_CLOCK = re.compile(r"(?<!\d)(\d{1,2})\s?[:.hH]\s?(\d\d)(?:[:.](\d\d))?(?!\d)\s?([AaPp])?\.?[Mm]?\b")
_OFFSET = re.compile(r"(?:GMT|UTC)?([+-])(\d{1,2}):?(\d\d)?(?!\d)")
_ISO = re.compile(r"(?<!\d)(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?!\d)")
_NUMERIC = re.compile(
    r"(?<!\d)(\d{1,2})[-./](\d{1,2})[-./](\d{4}|\d\d)(?!\d)|(?<!\d)(\d{1,2})\.\s(\d{1,2})\.\s(\d{4})(?!\d)"
)
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})(?:\.|er|st|nd|rd|th)?[\s-](?:de\s)?([^\W\d_]{3,12})\.?,?[\s-](?:de\s)?(\d{4})(?!\d)"
)
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\.?,?\s([^\W\d_]{3,12})\.?\s(\d{1,2})(?!\d)")  # Hungarian
_MONTH_FIRST = re.compile(r"([^\W\d_]{3,12})\.?\s(\d{1,2})(?:st|nd|rd|th)?,?\s(\d{4})(?!\d)")


_RFC = re.compile(r"(?:[A-Z][a-z]{2},\s?)?\d{1,2}\s[A-Z][a-z]{2}\s\d{4}\s\d{1,2}:\d\d(?::\d\d)?\s[+-]\d{4}\b")
# Months of other languages as clients write them, cut short too (dates.py and monthwords.py have the others).
_MORE_MONTHS: Mapping[str, int] = MappingProxyType(
    {
        name: number
        for number, names in enumerate(
            (
                "gennaio gen janeiro januari stycznia ledna januára január января sty ian oca янв січ ιαν tammik gener",
                "febbraio fev fevereiro februari lutego února februára február февраля lut şub февр фев лют φεβ febr helmik",
                "março mac maart mrt marca března márca március марта mart мар бер μαρ márc maalisk març",
                "aprile april kwietnia dubna apríla április апреля kwi apr nis апр квіт кві απρ ápr huhtik",
                "maggio mag maio mei maj maja května mája május мая may мая трав тра μαΐ μαϊ máj toukok maig",
                "giugno giu junho juni czerwca června júna június июня cze iun haz июн черв чер ιουν jún kesäk juny",
                "luglio lug julho juli lipca července júla július июля lip iul tem июл лип ιουλ júl heinäk jul",
                "agosto augustus augusti sierpnia srpna augusta augusztus августа sie ağu авг серп сер αυγ elok ag",
                "settembre set setembro września září septembra szeptember сентября wrz set eyl сент сен вер σεπ szept syysk",
                "ottobre ott outubro oktober października října októbra október октября paź out eki окт жовт жов οκτ lokak",
                "novembre novembro november listopadu novembra ноября lis noi kas нояб ноя лист νοε marrask",
                "dicembre dezembro december grudnia prosince decembra december декабря gru ara дек груд гру δεκ jouluk des",
            ),
            start=1,
        )
        for name in names.split()
    }
)


def iso_date(written: str) -> str:
    """ISO 8601 of `written` (with an offset only when it gives one), or `written` itself, stripped."""
    text = " ".join(written.split())
    try:
        found = _rfc(text) or _spoken(text)
    except ValueError:  # a day that does not exist
        found = None
    return found.isoformat() if found is not None else text


def _rfc(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text) if _RFC.match(text) else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _spoken(text: str) -> datetime | None:
    day = _day(text)
    clock = _CLOCK.search(text, day[3]) or _CLOCK.search(text) if day else None
    if day is None or clock is None:
        return None
    hour = int(clock[1])
    if clock[4]:
        hour = hour % 12 + (12 if clock[4] in "pP" else 0)
    elif hour < 12 and _AFTERNOON.search(text):
        hour += 12
    offset = _OFFSET.search(text, clock.end(3) if clock[3] else clock.end(2))
    zone = None
    if offset is not None:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        zone = timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    return datetime(*day[:3], hour, int(clock[2]), int(clock[3] or 0), tzinfo=zone)


_EASTERN = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]?")
_AFTERNOON = re.compile(r"(?:下午|晚上|午後|오후)\s?\d|\d\sμ\.?\s?μ|\d (?:ΜΜ|μμ)\b|\d\sÖS\b")


def _day(text: str) -> tuple[int, int, int, int] | None:
    """Year, month, day, and where the text goes on."""
    if found := _ISO.search(text) or _EASTERN.search(text):
        return int(found[1]), int(found[2]), int(found[3]), found.end()
    for pattern, day, month in ((_DAY_FIRST, 1, 2), (_MONTH_FIRST, 2, 1)):
        for found in pattern.finditer(text):
            word = found[month].lower()
            number = _month(word)
            if number:
                return int(found[3]), number, int(found[day]), found.end()
    if (found := _YEAR_FIRST.search(text)) and (number := _month(found[2].lower())):
        return int(found[1]), number, int(found[3]), found.end()
    return _numeric(text)


def _month(word: str) -> int:
    return MONTHS.get(word) or _MORE_MONTHS.get(word) or NUMBERS.get(word, -1) + 1


def _numeric(text: str) -> tuple[int, int, int, int] | None:
    """Day before month, as everywhere in France; with AM or PM (the United States) only what is certain."""
    found = _NUMERIC.search(text)
    if found is None:
        return None
    first, second, year = (int(number) for number in found.groups() if number)
    year += 2000 if year < 100 else 0
    if re.search(r"\d\s?[AaPp]\.?[Mm]\b", text):
        return (year, first, second, found.end()) if second > 12 else None
    return (year, second, first, found.end()) if second <= 12 else (year, first, second, found.end())
