"""Dates of other languages in words that `dates` reads: months by their French name, Eastern dates in ISO order.

Only absences are read so, after everything else said that the mail is one: the names of months in twenty languages would
make every look for a date slower, and most mail holds none of them.
"""

from __future__ import annotations

import re
from typing import Final

from mailrouter.core.months import MONTHS

# Polish, Czech, Slovak, Russian, Ukrainian, Bulgarian, Romanian, Finnish, Hungarian, Turkish, Greek, Croatian, Slovene,
# Catalan, Estonian, Latvian, Lithuanian: as they stand behind a day.
_NAMES: Final = (
    "stycznia ledna januára января січня януари ianuarie tammikuuta január ocak ιανουαρίου siječnja januarja januara gener jaanuar janvāris sausio",
    "lutego února februára февраля лютого февруари februarie helmikuuta február şubat φεβρουαρίου veljače februarja februara febrer veebruar februāris vasario",
    "marca března марта березня март martie maaliskuuta március mart μαρτίου ožujka març märts marts kovo",
    "kwietnia dubna apríla апреля квітня април aprilie huhtikuuta április nisan απριλίου travnja aprila aprill aprīlis balandžio",
    "maja května mája мая травня май toukokuuta május mayıs μαΐου μαίου svibnja maig maijs gegužės",
    "czerwca června júna июня червня юни iunie kesäkuuta június haziran ιουνίου lipnja junija juna juny juuni jūnijs birželio",
    "lipca července júla июля липня юли iulie heinäkuuta július temmuz ιουλίου srpnja julija jula juliol juuli jūlijs liepos",
    "sierpnia srpna augusta августа серпня август elokuuta augusztus ağustos αυγούστου kolovoza avgusta agost augustā rugpjūčio",
    "września září septembra сентября вересня септември septembrie syyskuuta szeptember eylül σεπτεμβρίου rujna setembre septembris rugsėjo",
    "października října októbra октября жовтня октомври octombrie lokakuuta október ekim οκτωβρίου oktobra oktoober oktobris spalio",
    "listopadu listopada novembra ноября листопада ноември noiembrie marraskuuta kasım νοεμβρίου studenoga studenog novembris lapkričio",
    "grudnia prosince decembra декабря грудня декември decembrie joulukuuta aralık δεκεμβρίου prosinca desembre detsember decembris gruodžio",
)
NUMBERS: Final = {name: number for number, names in enumerate(_NAMES) for name in names.split()}
"""Month (0 for January) by its name, lower case. `listopada` is November in Polish, October in Croatian."""
_CROATIAN = re.compile(r"[čšđž]", re.IGNORECASE)
_MONTH = re.compile(
    r"\b(?:" + "|".join(sorted(NUMBERS, key=len, reverse=True)) + r")\b(?:['’]\w{1,4}\b)?", re.IGNORECASE
)
_EASTERN = re.compile(
    r"(?:(\d{4})\s?[年년]\s?)?(?<!\d)(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일号號]?(?:\s?[(（][^()（）]{1,4}[)）])?"
)


def in_known_words(text: str) -> str:
    """`text` with the dates of other languages in French and ISO words; itself when it holds none."""
    text = _EASTERN.sub(_iso, text)
    return _MONTH.sub(lambda match: MONTHS["fr"][_number(_bare(match[0]), text)], text)


def _number(word: str, text: str) -> int:
    return 9 if word == "listopada" and _CROATIAN.search(text) else NUMBERS[word]


def _bare(word: str) -> str:
    return re.split(r"['’]", word.replace("İ", "i").lower())[0]


def _iso(match: re.Match[str]) -> str:
    year, month, day = match.groups()
    return f" {year}-{month}-{day} " if year else f" {day}/{month} "
