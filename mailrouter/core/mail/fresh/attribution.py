"""The line above a quote that says who wrote what follows, and when: "Le … , Jean Dupont <…> a écrit :".

Clients write it in their user's language, over one to four lines. A person's sentence can look like it ("Le 3
mars, elle m'a écrit que …"), so two questions are kept apart: does the line stand directly above quoted lines
(then a date or an address with the verb suffices), or does unmarked text follow (then only what no person
types will do, since everything below is folded).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

LINES: Final = 4  # lines one attribution may be wrapped over (measured: at most 4, blank ones apart)
_REACH: Final = 420  # characters of an attribution, addresses and links in it included
_MARKS: Final = " \t>*_|\xa0\u202f\ufeff\u200b"

# "wrote" in the languages of the clients measured; stems, lower-case.
VERB = re.compile(
    r"\b(?:wrote|writes|sent(?=\s?:$)|quoting|citant|citando|zitat von|a écrit|écrivait|ont écrit|avez écrit|as écrit|a ecrit|avez ecrit|"
    r"schrieb(?:en)?|geschrieben|escribió|escribio|ha escrito|ha scritto|hai scritto|scrive|scrisse|escreveu|"
    r"escribiu|schreef|geschreven|schrijft|skrev|kirjoitti|napisał\w*|pisze|użytkownik|napsala?|píše|"
    r"napísala?|írta|keltezéssel|scris|написал\w*|пишет|писал\w*|написа\w*|пише|yazdı|yazmış|napisao|"
    r"napisala|je napisal|έγραψε|kirjutas|rakstīja|rašė|parašė|va escriure|ha escrit|idatzi|menulis|"
    r"đã viết|viết|пользователь|користувач)\b"
    r"|書きました|書いた|写道|寫道|写到|작성|썼습니다|さんは|نوشت|كتب|כתב|تمت كتابة|كتب",
)
# Some clients write "said" or "a dit", which people write more often: only above a marked quote, with date and clock.
_SAID = re.compile(r"\b(?:said|a dit|sagte|dijo|ha detto)\b")
_USUAL: Final = ("> a écrit :", "> a écrit:", "> wrote:")
_DIGIT = re.compile(r"\d")
_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:]+@[^\s<>()\[\]\",;:]+")
_BRACKETED = re.compile(r"[<\[][^<>\[\]]{0,60}@|mailto:")
_IN_PASSING = re.compile(
    r"\([^()<>]{0,60}@"
)  # "la caisse (a@b) a écrit :" is a person's; clients write <a@b>
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d\s?年|\d년")
_NUMERIC = re.compile(r"(?<!\d)\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}(?!\d)|\[\d{6} \d")
_CLOCK = re.compile(r"(?<!\d)\d{1,2}[:.]\d\d(?!\d)")
_WEEKDAY = re.compile(
    r"\b(?:lun(?:di)?|mar(?:di)?|mer(?:credi)?|jeu(?:di)?|ven(?:dredi)?|sam(?:edi)?|dim(?:anche)?|mon(?:day)?|"
    r"tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|"
    r"montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lunes|martes|miércoles|jueves|viernes|sábado|domingo|"
    r"lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|"
    r"zondag|segunda|terça|quarta|quinta|sexta)\b"
)
# A date at once, after at most a preposition and a weekday: "On Tue, Apr 11", "Le 12", "2014-10-17", "Am 26."
_DATED_START = re.compile(
    r"(?!(?:on|in) the\b|(?:at|à|um|kl|klo|ore|om)\b)(?:[^\W\d_]{1,10}\.?(?:\s+[^\W\d_]{3,6})?,?\s+)?"
    r"(?:[^\W\d_]{2,16}(?:-[^\W\d_]{2,6})?[.,]{0,2}\s+){0,2}(?:den\s+|de\s+)?\d{1,4}(?=[./,\s年년-]|st|nd|rd|th|er\s)",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"(?:19|20)\d\d\.?[,\s]")
_DAY_LAST = re.compile(
    r"(?:[^\W\d_]{1,5}\s)?[^\W\d_]{2,10}\.?,?\s(?:(?:de\s)?\d{1,2}\.?(?:\sde)?\s[^\W\d_]{3,10}|[^\W\d_]{3,10}\.?\s\d{1,2})[.,]?"
)  # "On Thu, 5 Mar", "Le jeu. 5 mars", "Mar 5,": nothing but the day
# "anne@x.fr :", "Selon Anne Roy <anne@x.fr>:" (IMP): an address, a name perhaps, and nothing else.
_BARE_AUTHOR = re.compile(
    r"(?:(?:[Ss]elon|Quoting|Zitat von|Citando) )?(?:\"?(?:[A-ZÀ-Þ][\w.'’-]{0,30}(?: [A-ZÀ-Þ][\w.'’-]{0,30}){0,4})?\"? ?)?[<(\[]?[^\s<>()@]+@[^\s<>()@]+[>)\]]?\s?:\Z"
)
_ENDS_WITH_CLOCK = re.compile(r"\d[:.]\d\d(?:\s?[AaPp]\.?[Mm]\.?)?\Z")
_YOU_WROTE = re.compile(r"(?:you wrote|vous avez écrit|tu as écrit|du schriebst|sie schrieben)\s?:$")

# Who narrates uses pronouns, a client names people: "elle m'a écrit :", "he wrote to me:", "j'ai écrit :".
_NARRATED = re.compile(
    r"\b(?:m|t|l|j|s)['’]\s?(?:a|ai|ont|avait|avais)\s+(?:\w+\s+)?écri"
    r"|\b(?:nous|vous|lui|leur|me|te|on|il|elle|ils|elles|qui)\s+(?:nous |vous |lui |leur )?"
    r"(?:a|ai|ont|avait|avons|avaient)\s+(?:\w+\s+)?écri"
    r"|\b(?:[mtl]['’]|nous |vous |lui |leur |me |te )écrivai"
    r"|\b(?:he|she|they|we|who|i)\s+(?:\w+\s+)?wrote\b|\bwrote\s+(?:to\s+)?(?:me|us|him|her|them|back)\b"
)
_ADDRESS_WROTE = re.compile(
    r"<[^<>\s]+@[^<>\s]+>\s(?:a écrit|wrote|schrieb|escribió|ha scritto|escreveu|schreef|skrev)\s?:(?=\s)"
)
_QUOTING: Final = ("«", '"', "“", "„", "‘", "- ", "• ")
_ENDS: Final = ("!", "?", ".", ";", ")")
_INSIDE_HITS: Final = 3  # places tried in one line, from its end
_INSIDE = re.compile(r"[-\s.!?)]((?:On|Le|Am|El|Il|Op|Em|Dne|Dnia|Den)\s+[^\W_])")


class Attribution(msgspec.Struct, frozen=True):
    """Lines [begin, end) are the attribution; text of line `begin` before `column` is the person's own."""

    begin: int
    column: int
    end: int


def ends_like_one(line: str) -> bool:
    """Whether the line can be the last of an attribution: it ends in a colon, or has dashes on both ends."""
    bare = line.rstrip(" \t*_\xa0\u202f\ufeff>")
    return bare[-1:] in (":", "：") or (bare.endswith("--") and bare.lstrip(_MARKS)[:2] == "--")


def may_end(lines: Sequence[str], last: int) -> bool:
    """Whether an attribution can end at line `last`: an address or the verb stands near. A cheap look."""
    if "@" in lines[last] or any("@" in line for line in lines[max(0, last - LINES - 1) : last]):
        return True
    low = _joined(lines, max(0, last - LINES - 1), last).lower()
    return VERB.search(low) is not None or _SAID.search(low) is not None


def above_quote(lines: Sequence[str], quote: int, floor: int) -> Attribution | None:
    """The attribution directly above the quoted line `quote` (at most four blank lines between), or None.

    Lines before `floor` belong to something else already.
    """
    last = quote - 1
    lowest = max(floor, quote - 5)
    while last >= lowest and not lines[last].strip(_MARKS):
        last -= 1
    return _search(lines, last, floor, _names_a_writer) if last >= lowest and may_end(lines, last) else None


def at_line(lines: Sequence[str], last: int, floor: int) -> Attribution | None:
    """An attribution that ends with line `last` though no marked quote follows it, or None."""
    found = _search(lines, last, floor, _only_a_client)
    if found is None:
        return None
    following = next((s for x in lines[found.end : found.end + 4] if (s := x.strip(_MARKS))), "")
    if following.startswith(_QUOTING) and not _BRACKETED.search(_joined(lines, found.begin, last)):
        return None  # a person quoting a letter: "Le 12/03/2024 10:12, la caisse a écrit :" then « … »
    return found


def opens_a_quote(line: str) -> bool:
    """Yahoo for Android: date, name, "<address> a écrit :" and on the same line the quote itself."""
    if "@" not in line or len(line) > 20 * _REACH:
        return False
    found = _ADDRESS_WROTE.search(line, 0, _REACH)
    head = line[: found.end()].strip(_MARKS) if found else ""
    return bool(head) and _DATED_START.match(head) is not None and _only_a_client(head)


def _search(
    lines: Sequence[str], last: int, floor: int, accepts: Callable[[str], bool]
) -> Attribution | None:
    """The nearest begin at or above `last` from which the joined lines are accepted; a dated begin wins."""
    named: int | None = None
    for begin in _begins(lines, last, floor):
        joined = _joined(lines, begin, last)
        if len(joined) > _REACH:
            break
        start = joined.lstrip("-—– ")
        if _DATED_START.match(start):
            if (named is None or _holds_date(lines[begin])) and accepts(joined):
                return Attribution(_date_begins(lines, begin, floor, start), 0, last + 1)
        elif named is None and _starts_a_name(start) and _unbroken(lines, begin, last) and accepts(joined):
            named = begin
    inside = (
        _inside_line(lines, last, floor, accepts) if named is None or _INSIDE.search(lines[named]) else None
    )
    if named is None or (inside is not None and lines[inside.begin][: inside.column].rstrip()[-1:] in _ENDS):
        return inside  # "Merci ! Le mar. 3 juin …, Jean a écrit :" begins with a sentence, not with a name
    return Attribution(named, 0, last + 1)


def _date_begins(lines: Sequence[str], begin: int, floor: int, start: str) -> int:
    """`begin`, or the line above it when the date itself was broken before its year: "On Thu, 5 Mar" / "2026 at 14:22"."""
    if begin <= floor or not _YEAR_FIRST.match(start):
        return begin
    above = lines[begin - 1].strip(_MARKS)
    return begin - 1 if len(above) < 30 and _DAY_LAST.fullmatch(above) else begin


def _starts_a_name(start: str) -> bool:
    return (not start[:1].islower() and start[:1] not in "<([") or "@" in start.split(" ", 1)[0]


def _unbroken(lines: Sequence[str], begin: int, last: int) -> bool:
    return all(lines[i].strip(_MARKS) for i in range(begin, last))


def _holds_date(line: str) -> bool:
    """A first line of a wrapped attribution has the date; a person's line above one that begins with a name has not."""
    return any(p.search(line) is not None for p in (_YEAR, _NUMERIC, _CLOCK))


def _begins(lines: Sequence[str], last: int, floor: int) -> list[int]:
    """Lines at which an attribution that ends at `last` may begin, nearest first.

    Upwards it goes on over lines that end no sentence, and over one blank line only when an address was broken
    off above it (Polymail).
    """
    found: list[int] = []
    for begin in range(last, max(floor, last - LINES - 2) - 1, -1):
        bare = lines[begin].strip(_MARKS)
        if not bare:
            below = lines[begin + 1].strip() if begin < last else ""
            if not below.startswith(("<", "(", "mailto:")):
                break
            continue
        if found and (
            (bare[-1] in ".!?;»" and not bare.endswith((" M.", " Dr.")))
            or (bare[-1] in ":：" and not VERB.search(bare.lower()))
        ):
            break
        found.append(begin)
        if len(found) == LINES:
            break
    return found


def _inside_line(
    lines: Sequence[str], last: int, floor: int, accepts: Callable[[str], bool]
) -> Attribution | None:
    """An attribution behind the person's own words on one line: "merci On Wed, Apr 4, 2012 …, bob wrote:"."""
    for begin in _begins(lines, last, floor):
        line = lines[begin]
        if len(line) > 2 * _REACH:
            return None
        for hit in list(_INSIDE.finditer(line))[-_INSIDE_HITS:]:
            column = hit.start(1)
            joined = f"{line[column:]} {_joined(lines, begin + 1, last)}".strip()
            if len(joined) <= _REACH and _DATED_START.match(joined) and accepts(joined):
                return Attribution(begin, column, last + 1)
    return None


def _joined(lines: Sequence[str], begin: int, last: int) -> str:
    joined = " ".join(" ".join(lines[begin : last + 1]).split())
    return joined.lstrip(" *_>\ufeff\u200b\u200e\u200f").rstrip(" *_\u200b\u200e\u200f")


def _names_a_writer(joined: str) -> bool:
    """Above quoted lines: the verb with a date, an address or a bare name; or a date and an address alone."""
    low = joined.lower()
    if low.endswith(_USUAL) and low.count("écri") + low.count("wrote") == 1 and _DIGIT.search(joined):
        return True  # nobody narrates with a pronoun that is a bracket: the rest says the same, dearly
    if _NARRATED.search(low):
        return False
    if joined.startswith("--") and joined.endswith("--") and VERB.search(low):
        return True
    closed = joined[-1:] in (":", "：", "-", "…") or joined.endswith("...")  # news readers ended in dots
    address = "@" in joined and _ADDRESS.search(joined) is not None
    verb = VERB.search(low)
    if verb and closed:
        return address or any(c.isdigit() for c in joined) or _is_name(joined[: verb.start()])
    dated = _YEAR.search(joined) is not None or _NUMERIC.search(joined) is not None
    if address and closed and _BARE_AUTHOR.match(joined):
        return True
    if dated and closed and _CLOCK.search(joined) and _SAID.search(low):
        return True
    # "Jean <a@b>, 12/03/2024 :"; or "12/03/2024, 10:12 von a@b:" (Tutanota), where the clock says that no person typed it.
    if address and dated and _ENDS_WITH_CLOCK.search(joined) and _is_name(_ADDRESS.split(joined, 1)[0]):
        return True  # "Jean Dupont" jean@x.fr – 12 mars 2024 10:12 (Nextcloud Mail)
    bracketed = address and (any(c in joined for c in "<([") or _CLOCK.search(joined) is not None)
    return dated and bracketed and len(joined) < 200 and (closed or joined[-1:] in ">)")


def _only_a_client(joined: str) -> bool:
    """Above unmarked text: an address beside verb and date; or the client's own way of writing date and time."""
    low = joined.lower()
    if _NARRATED.search(low):
        return False
    dated = _NUMERIC.search(joined) is not None or _YEAR.search(joined) is not None
    clock = _CLOCK.search(joined) is not None
    address = "@" in joined and _ADDRESS.search(joined) is not None
    if not VERB.search(low):
        return dated and clock and address and joined.endswith((">:", "):"))
    if joined.startswith("--") and joined.endswith("--"):
        return True  # Zoho, Android, Notes: "---- Jean Dupont a écrit ----"
    if address and (clock or not _IN_PASSING.search(joined)):
        return dated or clock or _DATED_START.match(joined) is not None
    if dated and _YOU_WROTE.search(low):
        return True
    # Without an address, the clock ("10:12", people write "10h12") right beside a numeric date or a weekday.
    return clock and (_NUMERIC.search(joined) is not None or (dated and _WEEKDAY.search(low) is not None))


def _is_name(text: str) -> bool:
    words = text.strip(" \"'«»“”<>-").split()
    return 0 < len(words) <= 5 and all(w[0].isupper() or w[0] in "\"'(«@" or len(w) < 4 for w in words)
