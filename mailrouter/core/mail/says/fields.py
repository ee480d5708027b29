"""What a mail states: labelled lines first, cells of HTML tables, then prose for what labels did not give.

Canonical fields: `prenom`, `nom`, `naissance`, `nom_naissance`, `nir`, `allocataire`, `fiscal`, `dossier`, `adresse`,
`telephone`, `autre`, `organisme`, `mandat`, `urgent`, `contact_prudent`, `repere`, `territoire`, `langue`, `exclure`.
A value that does not hold keeps its words and carries a `problem`; two different values of one field are both given,
each with confidence 0.5: a mail about two people must be asked about, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import msgspec

from mailrouter.core.mail.says import cells, dates, nir, prose, values
from mailrouter.core.mail.says.bare_rows import BARE_LINE, pieces, without_separator
from mailrouter.core.mail.says.form_rows import NAMES, PERSON, Line, read_columns, read_small_names
from mailrouter.core.mail.says.labels import field_of, may_end
from mailrouter.core.model.mail import Parsed, Stated

_MAX_LINES = 600
_MAX_LINE = 1500
_STRONG = re.compile(r"[ \t\u00a0\u202f]*[:=：][ \t\u00a0\u202f]*")
_WEAK = re.compile(r"[ \u00a0]+[-–—→>][ \u00a0]+|\t+|[ \u00a0]*\|[ \u00a0]*|[ \u00a0]{3,}")
_WEAK_MARKS = (
    "\t",
    "|",
    "   ",
    " -",
    " /",
    " –",
    " —",
    " →",
    " >",
)  # none of them, no weak separator: a cheap look
_WORD = re.compile(r"\S+")
_BULLET = re.compile(r"^[\s>\-–—•·*▪►‣◦○●✓+]{0,12}(?:o\s+)?(?:\(?\d{1,2}[.)\]]\s+|[a-h][.)]\s+)?(?=\S)")
_BRACKETED = re.compile(r"\A\[([^\[\]:]{3,40})\]\s*:?\s*(?=[^\s\[\]])")  # "[Nom] Diop"
_NEEDS_PERSON = frozenset(("adresse", "telephone", "autre"))
_SEVERAL = frozenset(("organisme", "exclure", "autre", "telephone"))
_BORN = re.compile(r"\bn[ée](?:e|\(e\))?\s+le\b", re.I)
_BEFORE_DAY = re.compile(r"[^\W\d_][ (/|\-–—:]{1,4}\Z")
_COMMA = re.compile(r"\s*[,;]\s*")
_CLOSED = frozenset(("mandat", "contact_prudent", "naissance"))
_OF_A_YES = re.compile(
    r"\W*(?:oui|sign|[ée]crit|orale?\b|verbal|dat[ée]|donn[ée]|recueilli|obtenu|re[çc]u|remis|valable|valide|joint|ci-|en (?:pi[èe]ce|annexe|date|cours)|le \d|du \d|par |[àa] \w+\W*$|written|signed|given|held|on \d|\d)",
    re.I,
)
_WHOLE = frozenset(("adresse", "autre", "urgent"))
_NEXT_SENTENCE = re.compile(r"(?<=\w\w[.!?;])\s+(?=[^\W\d_])|(?<=\)[.!?;])\s+(?=[^\W\d_])")
_SENTENCE_WORDS = (
    3  # fewer stand before a label or behind a value without saying anything ("Voici son nom :")
)
_VALUE_WORDS = 10
_POSTCODE = re.compile(r"^\s*\d{5}\s+[^\W\d]")
_NAME_FORM = re.compile(
    r"(?!(?:merci|cordialement|bonjour|bien|salutations|thank|regards)\b)[^\W\d_][^\d:;!?@]{0,60}$", re.I
)
_NUMBER_FORM = re.compile(r"\D{0,10}\d(?:\D{0,3}\d){5,}")
_FORMS: dict[str, re.Pattern[str]] = {
    **dict.fromkeys((*NAMES, "organisme", "territoire"), _NAME_FORM),
    **dict.fromkeys(("nir", "fiscal", "allocataire", "telephone", "dossier"), _NUMBER_FORM),
    "naissance": re.compile(r"(?:le )?\d"),
    **dict.fromkeys(
        ("mandat", "contact_prudent"),
        re.compile(r"\W{0,3}(?:oui|non|yes|no|sign|[ée]crit|le \d|\d|☒|\[)", re.I),
    ),
}
"""What a value below its label begins with, where that tells it from the next sentence."""


def stated(
    parsed: Parsed, new_text: str, html: str = "", organisations: tuple[str, ...] = ()
) -> tuple[Stated, ...]:
    """What the new text of a mail states, by labels and, for the rest, in prose.

    `html` is the mail's HTML body: of its table cells only those count whose words stand in `new_text` too, so that
    a quoted form is not read again. `organisations` are the words to recognise in prose.
    """
    today = dates.usable(parsed.date.date() if parsed.date else None)
    unlabelled, found = _read(new_text)
    if html and "<t" in html:
        found += [Line(field=name, raw=raw) for name, raw in cells.labelled(html, new_text)]
    told = prose.stated(unlabelled, today, organisations)
    if found:
        by_label = _settled(found, today)
        given = {one.field for one in by_label}
        told = (*by_label, *[one for one in told if one.field not in given])
    return _checked(told) if told else ()


def labelled(text: str, today: date | None = None, *, person: bool = False) -> tuple[Stated, ...]:
    """What the labelled lines of any `text` state (new text, or insertions in a quote); `today` is its own date.
    `person`: whose lines these are is known, so that an address or a telephone counts alone."""
    return _checked(_settled(_read(text)[1], dates.usable(today), person=person))


def _settled(lines: list[Line], today: date | None, *, person: bool = False) -> tuple[Stated, ...]:
    """The values of all lines: placeholders and repetitions dropped, contradictions marked."""
    person = person or any(line.field in PERSON for line in lines)
    found = [
        one
        for line in lines
        if person or line.field not in _NEEDS_PERSON
        for one in values.stated(line.field, line.raw, today)
    ]
    unique = list({(one.field, one.value.casefold()): one for one in reversed(found)}.values())[::-1]
    counts: dict[str, int] = {}
    for one in unique:
        counts[one.field] = counts.get(one.field, 0) + 1
    return tuple(
        msgspec.structs.replace(one, confidence=min(one.confidence, 0.5))
        if counts[one.field] > 1 and one.field not in _SEVERAL
        else one
        for one in unique
    )


def _checked(found: tuple[Stated, ...]) -> tuple[Stated, ...]:
    """With the NIR held against the date of birth (`nir-birth`), when both are there and otherwise sound."""
    birth = next((one.value for one in found if one.field == "naissance" and not one.problem), "")
    if not birth:
        return found
    day = date.fromisoformat(birth)
    return tuple(
        msgspec.structs.replace(one, problem=nir.problem(one.value, day))
        if one.field == "nir" and one.problem in ("", "nir-key-missing")
        else one
        for one in found
    )


def _read(text: str) -> tuple[str, list[Line]]:
    """(the lines without any label, which are prose; the labelled values in order)."""
    plain = text if text.isascii() else text.replace("\u00a0", " ").replace("\u202f", " ")
    written = plain.split("\n", _MAX_LINES)
    if len(written) > _MAX_LINES:
        text = "\n".join(text.split("\n", _MAX_LINES)[:_MAX_LINES])
        del written[_MAX_LINES:]
    rows = [row[:_MAX_LINE].strip("\r\n ").rstrip() for row in written]
    weak = tuple([mark for mark in _WEAK_MARKS if mark[-1] in plain and mark in plain])
    if weak or ":" in plain or "=" in plain or "：" in plain:
        found = [_row(row, weak) if row else [] for row in rows]
    else:
        found = [[] if len(x) > BARE_LINE and x[:2].isalpha() else _row(x, weak) if x else [] for x in rows]
    if "\t" in text or "|" in text:
        read_columns(rows, found)
    if not any(found):
        return text, []
    read_small_names(rows, found)
    prose_rows = [row for row, lines in zip(text.split("\n"), found, strict=True) if not lines]
    return "\n".join(prose_rows), list(_lines(rows, found))


def _lines(rows: list[str], found: list[list[Line]]) -> Iterator[Line]:
    """The values of all rows; a label that ends its row takes the next one when that may be its value."""
    for number, lines in enumerate(found):
        for position, line in enumerate(lines):
            if not line.field:
                continue
            if position < len(lines) - 1:
                yield line
            elif not line.raw.strip():
                value = _value_below(rows, found, number, line.field)
                yield Line(field=line.field, raw=value)
            else:
                yield _with_postcode(line, rows[number + 1 : number + 2])


def _value_below(rows: list[str], found: list[list[Line]], number: int, name: str) -> str:
    """The row below a label that stands alone, an empty row between them at most: "" unless it fits the field."""
    below = next((n for n in range(number + 1, min(len(rows), number + 3)) if rows[n]), None)
    if below is None or found[below]:
        return ""
    value = _BULLET.sub("", rows[below])
    fits = _FORMS.get(name)
    near = below == number + 1
    return value if (fits.match(value) if fits else near) and (near or len(value) < 40) else ""


def _with_postcode(line: Line, below: list[str]) -> Line:
    """An address goes on in the next row when that begins with a postcode."""
    if line.field != "adresse" or not below or not _POSTCODE.match(below[0]):
        return line
    return Line(field="adresse", raw=f"{line.raw}, {below[0].strip()}")


def _row(row: str, marks: tuple[str, ...]) -> list[Line]:
    """The labelled values of one line, empty ones included; `marks` are the weak ones that stand somewhere."""
    body = row if row[:2].isalpha() else _BULLET.sub("", row, count=1)
    if body[:1] == "[":
        body = _BRACKETED.sub(r"\1 : ", body)
    if ":" in body or "=" in body or "：" in body:
        found = _by_separator(body, _STRONG, tolerant=True)
        if found:
            return [line for one in found for line in _without_more(one)]
    weak = marks and any(map(body.__contains__, marks))
    found = (pieces(body) or _by_separator(body, _WEAK, tolerant=False)) if weak else []
    found = found or without_separator(body)
    return [line for one in found for line in _without_more(one)]


def beside_labels(row: str) -> str:
    """What a labelled line says besides: before its first label ("Elle est seule. Repère : bleu"), behind its last value
    ("Organisme : CAF. Elle attend."); '' when nothing. Addresses, urgencies and remarks are values to their end."""
    body = row.strip() if row[:2].isalpha() else _BULLET.sub("", row, count=1)
    before = ""
    for match in _STRONG.finditer(body):
        place, name = _label_before(body[: match.start()], tolerant=True, whole=True)
        if name:
            before = body[:place]
            break
    found = _row(row, _WEAK_MARKS)
    behind = "" if not found or found[-1].field in _WHOLE else _going_on(found[-1])
    return " ".join(part.strip(" ,;") for part in (before, behind) if len(part.split()) >= _SENTENCE_WORDS)


def _going_on(line: Line) -> str:
    """What stands behind a value. One sentence behind it; or, where far more stands there than a value has, all that follows
    its first comma; behind a yes or a day whatever follows a comma and is no more of it ("oui, signé le 3 mars, elle dort dehors")."""
    sentence = _NEXT_SENTENCE.search(line.raw)
    value, rest = (line.raw[: sentence.start()], line.raw[sentence.end() :]) if sentence else (line.raw, "")
    if line.field in _CLOSED:
        more = [chunk for chunk in _COMMA.split(value)[1:] if not _OF_A_YES.match(chunk)]
        said = ", ".join(more) if sum(len(chunk.split()) for chunk in more) >= _SENTENCE_WORDS else ""
        return " ".join(part for part in (said, rest) if part)
    return rest or (value.partition(", ")[2] if len(value.split()) > _VALUE_WORDS else "")


def _by_separator(body: str, separator: re.Pattern[str], tolerant: bool) -> list[Line]:
    """Labels before separators; what stands between a separator and the next label is the value."""
    marks: list[tuple[int, int, str]] = []  # where the label starts, where its value starts, the field
    start = 0
    for match in separator.finditer(body):
        place, name = _label_before(body[start : match.start()], tolerant, whole=not marks)
        if name:
            marks.append((start + place, match.end(), name))
            start = match.end()
    if not marks:
        return []
    ends = [mark[0] for mark in marks[1:]] + [len(body)]
    return [
        Line(field=name, raw=body[begin:end].strip(" \t|;,"))
        for (_, begin, name), end in zip(marks, ends, strict=True)
    ]


def _label_before(text: str, tolerant: bool, whole: bool) -> tuple[int, str]:
    """(where the label starts in `text`, its field): the whole of a line's beginning, else the last words."""
    if whole:
        name = field_of(text, tolerant and text.count(" ") < 7)
        if name:
            return 0, name
        if not tolerant:
            return 0, ""
    words = list(_WORD.finditer(text))[-6:]
    if not words or not may_end(words[-1][0]):
        return 0, ""
    for word in words[1:] if whole else words:
        name = field_of(text[word.start() :])
        if name:
            return word.start(), name
    return 0, ""


def _without_more(line: Line) -> list[Line]:
    """A name is a name only: "Marie, née le 3/4/1961", "DUPONT Marie née le …", "DUPONT Marie (3/4/1961)" hold a birth too."""
    if line.field not in NAMES:
        return [line]
    born = _BORN.search(line.raw)
    head, tail = (line.raw[: born.start()], line.raw[born.start() :]) if born else (line.raw, "")
    first, *others = _COMMA.split(head.strip(" ,;"))
    day = dates.find(first)
    if day and day.year and _BEFORE_DAY.search(first[: day.start]):
        first, others = first[: day.start].rstrip(" ,;(/|-–—:"), [day.raw, *others]
    found = [Line(field=line.field, raw=first)]
    for chunk in (*others, tail):
        bare = dates.find(chunk)
        lone = bare is not None and bare.year and bare.raw == chunk.strip(" ()")
        found += [Line(field="naissance", raw=chunk.strip())] if lone else without_separator(chunk.strip())
    return found
