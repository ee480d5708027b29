"""Days of absences told by counting: "semaine 12" (ISO 8601 weeks), "le vingt-trois mars"; put into dates that are read."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from mailrouter.core.mail.says.dates import MONTH

_TENS: Final = ("", "dix", "vingt", "trente")
_UNITS: Final = ("", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf")
_TEENS: Final = {
    "onze": 11,
    "douze": 12,
    "treize": 13,
    "quatorze": 14,
    "quinze": 15,
    "seize": 16,
    "premier": 1,
}
_WORDS: Final = {
    **_TEENS,
    **{unit: n for n, unit in enumerate(_UNITS) if n > 1},
    **{f"{ten}-{unit}" if n > 1 else f"{ten} et un": t * 10 + n for t, ten in enumerate(_TENS) if t for n, unit in enumerate(_UNITS) if n},
    **{ten: t * 10 for t, ten in enumerate(_TENS) if t},
}  # fmt: skip
_COUNTED = re.compile(
    r"\b(" + "|".join(word.replace("-", "[- ]").replace(" et ", "[- ]et[- ]") for word in sorted(_WORDS, key=len, reverse=True)) + r") (?=" + MONTH + ")",
    re.IGNORECASE,
)  # fmt: skip
_WEEK = re.compile(
    r"\b(?:(?:en |la |in |der )?(?:semaine|week|kw|kalenderwoche|semana|settimana|vecka|uge|uke)|(?<=[ (])S) ?(?:n° ?)?(\d{1,2})\b(?! ?[/:h\d]|\.\d| (?:heures|jours|fois|hours|days))",
    re.IGNORECASE,
)
_STALE: Final = 4  # weeks for which nobody switched an absence off; an earlier one is of next year
_BACK = re.compile(
    r"(?:retour|reprise|reviens|reviendrai|rentre|de nouveau|[àa] partir|[àa] compter|d[èe]s|back|return\w*|zur[üu]ck|wieder|ab|vuelta|regreso|rientro|terug|tillbaka|tilbage|tilbake)\W{1,3}(?:prévu\w* )?(?:en |la |in )?\Z",
    re.IGNORECASE,
)


def in_dates(flat: str, today: date | None) -> str:
    """`flat` (one line) with weeks and numbers in words as dates; `today` tells the year of a week. A week is its Monday
    behind a word of return, else a range to its Sunday."""
    if _COUNTED.search(flat):
        flat = _COUNTED.sub(lambda found: f"{_number(found[1])} ", flat)
    if today is None or _WEEK.search(flat) is None:
        return flat
    return _WEEK.sub(lambda found: _week(found, today), flat)


def _number(words: str) -> int:
    bare = words.lower().replace("-", " ")
    return _WORDS.get(bare) or _WORDS.get(bare.replace(" ", "-")) or _WORDS[bare.replace("-", " ")]


def _week(found: re.Match[str], today: date) -> str:
    number = int(found[1])
    year = today.year + (number < today.isocalendar().week - _STALE)
    try:
        monday = date.fromisocalendar(year, number, 1)
    except ValueError:
        return found[0]
    if _BACK.search(found.string, max(0, found.start() - 40), found.start()):
        return f"le {monday.isoformat()}"
    return f"du {monday.isoformat()} au {(monday + timedelta(days=6)).isoformat()}"
