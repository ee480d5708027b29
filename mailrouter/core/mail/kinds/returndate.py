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
from itertools import islice

from mailrouter.core.mail.says import dates, daycounts, daywords
from mailrouter.core.mail.says.monthwords import in_known_words

_SCAN = 3000
_MOST_CUES = 12
_I = re.IGNORECASE

_RETURN = re.compile(
    r"\b(?:de retour|retour|reprise|reprends|reprendrai|reprendrons|reviens|reviendrai|reviendrons|rentre|rentrerai"
    r"|r[ée]ouverture|r[ée]?ouvrir(?:a|ons|ont)|rouvre|r[ée]pondrai|r[ée]pondrons|recontacter|recontacterai|rappellerai"
    r"|traiterai|traiterons|trait[ée]s?|prendrai connaissance"
    r"|back|returning|returns?|resum(?:e|ing)|re-?open(?:s|ing)?|get back to you|reply to you"
    r"|zur[üu]ck|wieder|ab|de vuelta|regress?(?:o|ar[ée]|arei)|vuelvo|volver[ée]|(?:re)?incorporar[ée]|me reincorporo"
    r"|rientr(?:o|er[òo])|torn(?:o|er[òo])|di ritorno|riapr(?:e|ir[àa]|iamo)|volto|voltarei|de volta|retorn(?:o|arei)"
    r"|terug|weer|vanaf|tillbaka|[åa]ter|tilbage|tilbake|palaan|palaamme|takaisin|wracam|wr[óo]c[ęe]|powr[óo]t|vr[áa]t[íi]m|vrac[íi]m|zp[ěe]t|n[áa]vrat"
    r"|вернусь|возвращаюсь|выйду|выхожу|повернуся|повертаюся|върна|revin|revenim|întorc|d[öo]n[üu]ş\w*|επιστρ[έε]\w+|vra[ćc]am|povratak|nazaj|tornar[ée])\b",
    _I,
)
_BACK_THEN = re.compile(
    r"[\s,]{1,2}(?:je (?:serai|suis) |i (?:will be|am|'ll be) )?"
    r"(?:(?:de retour|back|wieder|zur[üu]ck|weer|terug|de vuelta|de volta|di ritorno|tillbaka|tilbage|tilbake)\b"
    r"|返回|回来|回來|恢复上班|復帰|戻り|출근|복귀)",
    _I,
)
_AVAILABLE = re.compile(
    r"(?<!pas )(?<!plus )(?<!non )(?<!not )(?<!peu )"
    r"\b(?:(?:re)?joignables?|disponibles?|pr[ée]sente?s?|available|reachable|disponibile|raggiungibile|dispon[íi]vel)\b",
    _I,
)
_NOT_BEFORE = re.compile(r"\b(?:pas|plus|not|nicht|ne)\b[^.!?;\d]{0,60}?\b(?:avant|before|vor)\b", _I)
_RANGE = re.compile(r"\b(?:du|de|entre|from|between|vom|von|del|desde|dal|tra|van|fr[åa]n|fra)\b(?= )", _I)
_RANGE_END = re.compile(
    r"(?:\b(?:jusqu['’]?\s?au|au|[àa]|et(?: le)?|to|until|till?|thru|through|and|bis(?: zum)?|al|y el|hasta(?: el)?"
    r"|e il|at[ée](?: ao?)?|ao|tot en met|tot|t/m|till och med|til og med)|[-–—])\s",
    _I,
)
_BARE = re.compile(
    r"\s:?\s?(\d{1,2})(?:er)?(?=\s?(?:[.,;)!](?!\d)(?!\s" + dates.MONTH + r")|$|inclus|compris|au soir))", _I
)
_RANGE_START = re.compile(r" (?:le )?(?:\w{3,9},? ){0,2}\d")
# The point of "déc." ends no sentence.
_ABBREVIATED = re.compile(r"\b(janv?|f[ée]vr?|feb|avr|apr|juil|jul|sept?|oct|nov|d[ée]c)\.(?= \d)", _I)
# "absente jusqu'au 18 mars, puis du 23 au 27": the first absence ends first.
_SECOND = re.compile(r"\b(?:puis|ensuite|de nouveau|[àa] nouveau|then|again|danach|luego|poi)\W{0,3}\Z", _I)
_MONTH_DAYS = re.compile("(" + dates.MONTH + r") (\d{1,2})\s?(?:-|–|to|through|until)\s?(\d{1,2})\b", _I)
_DAYS_MONTH = re.compile(
    r"(?<![\d/.])\d{1,2}\s?(?:-|–|to|through)\s?(\d{1,2}(?:st|nd|rd|th)? (?:of )?"
    + dates.MONTH
    + r"(?: \d{4})?)",
    _I,
)
_UNTIL = re.compile(
    r"\b(?:jusqu['’]?\s?(?:au|[àa]u?|en)|bis(?: zum| einschlie[ßs]+lich)?|hasta(?: el)?|(?:sino|fino) al?|at[ée](?: ao?| o)?(?: dia)?"
    r"|tot en met|t/m|till och med|t\.?o\.?m\.?|til og med|(?:jusqu['’]|a)?(?:do|до|по|p[âa]n[ăa] (?:la|pe|[îi]n)|[έε]ως|μ[έε]χρι|fins al|lig)(?= \d|\s(?:[^\W\d]{4,12},? )\d|\s(?:τις|την|στις|data) ))(?=\s)",
    _I,
)
_UNTIL_EN = re.compile(r"\b(?P<last>through|thru|up to(?: and including)?)\b|\b(?:until|till|'til)\b", _I)
_AWAY = re.compile(
    r"\b(?:absente?s?|absence|cong[ée]s?|indisponibles?|injoignables?|d[ée]placement|formation|rtt|repos|vacances|ferm[ée]e?s?|fermeture"
    r"|out of (?:the )?office|out|away|off|on leave|closed|abwesend|geschlossen|ausente|cerrad[oa]s?|assente|ferie|chius[oiae]"
    r"|afwezig|gesloten|vrij|fechad[oa]s?|borta|ledig)\b",
    _I,
)
_SINCE = re.compile(
    r"(?:[àa] partir|[àa] compter|depuis|d[èe]s|since|from|as of|starting|beginning|ab)\s*(?:du|le|on|dem)?\s*$",
    _I,
)
_STOP = re.compile(r"[.!?;]\s|\b(?:jusqu|until|till|bis\b|hasta|fino al|at[ée]\b|tot en met|t/m)", _I)
_INCLUSIVE = re.compile(r"^\W{0,3}(?:inclu|y compris|compris|einschl|au soir)", _I)
_EXCLUSIVE = re.compile(
    r"^\W{0,3}(?:exclu|(?:au |le |in the )?(?:matin|morning)\b|non (?:inclus|compris)|(?:[àa] |at |um )?(?:0?[6-9]|1[0-2]) ?(?:h|:\d\d|heures)(?! ?pm))",
    _I,
)


def return_date(text: str, today: date | None) -> date | None:
    """The first day back said in `text` (subject and body of an absence), seen from `today`, the mail's own date.

    None when no such day is said. Reads the first 3,000 characters only; every pattern is bounded.
    """
    flat = _ABBREVIATED.sub(r"\1", " ".join(in_known_words(text[:_SCAN]).split()))
    today = dates.usable(today)
    flat = daycounts.in_dates(flat, today)
    for reading in _READINGS:
        found = next(reading(flat, today), None)
        if found is not None:
            return found
    return None


def _cues(pattern: re.Pattern[str], flat: str) -> Iterator[re.Match[str]]:
    """The first places of a cue; a text with more of them is no absence message."""
    return islice(pattern.finditer(flat), _MOST_CUES)


def _named_return(flat: str, today: date | None) -> Iterator[date]:
    for cue in (_RETURN, _AVAILABLE):
        for match in _cues(cue, flat):
            said = daywords.following(flat, match.end(), today)
            if said and not _STOP.search(said.filler) and not _backward(said.filler, match[0]):
                yield said.day + timedelta(days=_AFTER.search(said.filler) is not None)


_AFTER = re.compile(r"\b(?:apr[èe]s|after|nach dem|despu[ée]s del?|dopo il|na)\s(?:le\s)?\Z", _I)


def _backward(filler: str, cue: str) -> bool:
    """Whether "traité(s)" or a reply is bound to a day that is not a return: "votre message du 12 mars"."""
    return (
        bool(re.search(r"\b(?:du|reçue?s?|dated|of)\s*$", filler, _I))
        and not _SINCE.search(filler)
        and cue != "retour"
    )


def _not_before(flat: str, today: date | None) -> Iterator[date]:
    for match in _cues(_NOT_BEFORE, flat):
        said = daywords.following(flat, match.end(), today)
        if said and not _STOP.search(said.filler):
            yield said.day


def _date_then_return(flat: str, today: date | None) -> Iterator[date]:
    """ "am 23. März wieder im Büro", "le lundi 23 mars, je serai de retour"."""
    for one in daywords.written(flat):
        if _BACK_THEN.match(flat, one.end):
            day = daywords.dated(one, today)
            if day is not None:
                yield day


_LAST_DAY = re.compile(
    r"\b(?:fin|date de fin|end(?: date)?|ende|fine|fim|einde|dernier jour|last day)\s?:\s?", _I
)


def _labelled_end(flat: str, today: date | None) -> Iterator[date]:
    """ "Début : 09/03/2026 - Fin : 20/03/2026"."""
    for match in _cues(_LAST_DAY, flat):
        said = daywords.following(flat, match.end(), today)
        if said and not said.filler.strip():
            yield said.day + timedelta(days=1)


def _date_range(flat: str, today: date | None) -> Iterator[date]:
    """ "12 mars - 20 mars 2026"."""
    for one in daywords.written(flat):
        dash = re.match(r"\s?[-–—>]+\s?", flat[one.end : one.end + 5])
        other = dates.find(flat, one.end + dash.end(), one.end + dash.end() + 30) if dash else None
        if dash and other is not None and other.start == one.end + dash.end():
            day = daywords.dated(other, today)
            if day is not None:
                yield day + timedelta(days=1)


def _month_range(flat: str, today: date | None) -> Iterator[date]:
    """ "March 9-13" and "9-13 March"."""
    for match in _cues(_MONTH_DAYS, flat):
        one = dates.find(f"{match[1]} {match[3]}")
        day = None if one is None else daywords.dated(one, today)
        if day is not None:
            yield day + timedelta(days=1)
    for match in _cues(_DAYS_MONTH, flat):
        one = dates.find(match[1])
        day = None if one is None else daywords.dated(one, today)
        if day is not None:
            yield day + timedelta(days=1)


def _range_end(flat: str, today: date | None) -> Iterator[date]:
    """ "du 9 au 20 mars", "from 9 to 20 March", "du 12 mars au 16"."""
    for match in _cues(_RANGE, flat):
        window = flat[match.end() : match.end() + 60]
        if not _RANGE_START.match(window) or _SECOND.search(flat, max(0, match.start() - 20), match.start()):
            continue
        for end in _RANGE_END.finditer(window):
            if _STOP.search(window[: end.start()]):
                break
            day = _end_of_range(window[: end.start()], flat, match.end() + end.end(), today)
            if day is not None:
                yield day
                break


def _end_of_range(start: str, flat: str, place: int, today: date | None) -> date | None:
    said = daywords.following(flat, place, today)
    if said is None or said.filler.strip(" le"):
        last = _bare_end(start, flat[place : place + 40], today)
        return last + timedelta(days=1) if last else None
    return said.day if _EXCLUSIVE.match(said.tail) else said.day + timedelta(days=1)


def _bare_end(start: str, end: str, today: date | None) -> date | None:
    """The end of "du 12 mars au 16": its month is the start's, or the next one when the day is smaller."""
    first = dates.find(start)
    bare = re.match(r"(?:[^\W\d]{4,9} )?(\d{1,2})(?:er|st|nd|rd|th)?\b(?!\s?[/.\-]\s?\d)", end)
    if bare is None or dates.find(end[: bare.end() + 12]) is not None:
        return None
    if first is None:
        number = re.search(r"\d{1,2}(?!\d)", start)
        alone = number is not None and _BARE.match(" " + end[bare.start(1) :])
        return daywords.numbered(int(bare[1]), -1, today) if alone and today is not None else None
    opening = daywords.dated(first, today)
    if opening is None:
        return None
    day = int(bare[1])
    month = opening.month + (day < opening.day)
    return dates.exact(opening.year + (month > 12), month - 12 * (month > 12), day)


def _until(flat: str, today: date | None) -> Iterator[date]:
    for match in _cues(_UNTIL, flat):
        bare = _BARE.match(flat, match.end())
        if bare is not None:
            day = daywords.numbered(int(bare[1]), -1, today) if today else None
            if day is not None:
                yield day if _EXCLUSIVE.match(flat, bare.end()) else day + timedelta(days=1)
            continue
        said = daywords.following(flat, match.end(), today)
        if said and not re.search(r"[.!?;]", said.filler):
            back_then = _EXCLUSIVE.match(said.tail) or said.form in _FIRST_DAYS
            yield said.day if back_then else said.day + timedelta(days=1)


# Finnish, Hungarian, Turkish, Japanese and Korean say "until" behind the day.
_UNTIL_THEN = re.compile(
    r"[.\s]{0,2}(?:asti|saakka|-ig\b|kadar\b|まで|迄|까지|之前|tarihine kadar)|['’][^\W\d]{1,4} kadar\b", _I
)


def _then_until(flat: str, today: date | None) -> Iterator[date]:
    for one in daywords.written(flat):
        if _UNTIL_THEN.match(flat, one.end):
            day = daywords.dated(one, today)
            if day is not None:
                yield day + timedelta(days=1)


def _until_english(flat: str, today: date | None) -> Iterator[date]:
    for match in _cues(_UNTIL_EN, flat):
        said = daywords.following(flat, match.end(), today)
        if said and not re.search(r"[.!?;:]", said.filler):
            last = match["last"] or _INCLUSIVE.match(said.tail) or "includ" in said.filler
            if last and said.form == "month":
                yield (said.day + timedelta(days=31)).replace(day=1)
            else:
                yield said.day + timedelta(days=1) if last and said.form not in _FIRST_DAYS else said.day


def _single(flat: str, today: date | None) -> Iterator[date]:
    """ "absente le 12 mars", "absent les 12 et 13 mars", "out of office today": back the day after."""
    for match in _cues(_AWAY, flat):
        said = daywords.following(flat, match.end(), today, weekday=False)
        if said is None or _STOP.search(said.filler) or _SINCE.search(said.filler):
            continue
        also = _ALSO.match(said.tail)
        second = daywords.following(flat, said.end + also.end(), today, weekday=False) if also else None
        last = second if second and not second.filler.strip(" le") else said
        yield last.day + timedelta(days=_FIRST_DAYS.get(last.form, 1))


_ALSO = re.compile(r"\s?(?:,|et|and|&)\s?", _I)
_FIRST_DAYS = {"week_end": 0, "month_end": 0, "month": 0, "end_of_month": 0, "next_week": 7}
"""Forms that name a week or a month: the day found begins the next one, or is the Monday of the week away."""

_READINGS: tuple[Callable[[str, date | None], Iterator[date]], ...] = (
    _named_return,
    _date_then_return,
    _not_before,
    _month_range,
    _range_end,
    _labelled_end,
    _date_range,
    _until,
    _then_until,
    _until_english,
    _single,
)
"""In order: a named return first, the single day away last."""
