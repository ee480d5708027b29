"""The block of fields that a client writes above a mail it quotes or forwards.

    De : Jean Dupont <jean@caf.example>        From: …
    Envoyé : mardi 12 mars 2024 10:12          Sent: …
    À : Zoé Durand                             To: …
    Objet : dossier                            Subject: …

A person writes such lines too ("De : Paris", "À : Lyon", the head of a letter). What only a client writes
decides: an address in the author's field, or a date with its time of day, beside at least one more field.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

import msgspec

from mailrouter.core.mail.fresh.header_labels import LABELS, LANGUAGES, Language

LABEL_REACH: Final = 34  # characters: the longest label of the table, with marks before it
_BLOCK_LINES: Final = 40  # a block longer than this is no block: many recipients fold into few lines
_FOLDED_LINES: Final = 4  # lines of one folded field before the next label must come
_FLAT_REACH: Final = 4000  # characters searched for the labels of one line
_MARKS: Final = " \t>*_|\xa0\u202f\ufeff\u200b\u2007"
_VALUE_MARKS: Final = " \t*_\xa0\u202f\ufeff\u200b"

# No "8h30": people write it, no client does.
_TIME = re.compile(r"\d\s?[:.時시点]\s?\d\d|[0-2]?\d\s?[AaPp]\.?\s?[Mm]\b")
_ORANGE = re.compile(r"message du \d", re.IGNORECASE)


class Block(msgspec.Struct, frozen=True):
    """Lines [begin, end) hold the fields; `fields` their values by canonical name, the first of each."""

    begin: int
    end: int
    fields: dict[str, str]


def label_of(line: str) -> tuple[str, str] | None:
    """The canonical field and value of a line that begins with a known label, or None."""
    bare = line.lstrip(_MARKS)
    colon = bare.find(":", 0, LABEL_REACH)
    wide = -1 if bare.isascii() else bare.find("：", 0, LABEL_REACH)  # full-width, Japanese and Chinese
    if wide > 0 and not 0 < colon < wide:
        colon = wide
    field = LABELS.get(bare[:colon].strip(_VALUE_MARKS).casefold()) if colon > 0 else None
    if field is not None:
        return field, bare[colon + 1 :].strip(_VALUE_MARKS)
    # Orange and La Poste write "Message du 12/03/2024 10:12" in some versions: the colon is the time's.
    return ("date", bare[11:].strip(_VALUE_MARKS)) if bare[:1] in "mM" and _ORANGE.match(bare) else None


def block_at(lines: Sequence[str], begin: int, *, announced: bool = False) -> Block | None:
    """The header block that begins at line `begin`, or None.

    `announced`: a separator or the structure of the HTML already says that a quoted mail begins here, so one
    field of the author or two fields of any kind suffice.
    """
    block = labelled_lines(lines, begin)
    return block if block is not None and is_header(block, announced=announced) else None


def colonless_at(lines: Sequence[str], begin: int) -> Block | None:
    """The fields that eM Client writes without colons directly below its marker (`From "Jean" <jean@x.example>`), or None."""
    fields: dict[str, str] = {}
    end = begin
    while end < min(len(lines), begin + 8) and (found := _colonless(lines[end])) is not None:
        fields.setdefault(*found)
        end += 1
    return Block(begin, end, fields) if len(fields) >= 3 and "@" in fields.get("from", "") else None


def _colonless(line: str) -> tuple[str, str] | None:
    words = line.strip(_MARKS).split(" ")
    for count in (1, 2):
        field = LABELS.get(" ".join(words[:count]).casefold())
        if field is not None and len(words) > count:
            return field, " ".join(words[count:])
    return None


def labelled_lines(lines: Sequence[str], begin: int) -> Block | None:
    """The run of known labels that begins at line `begin`, whoever wrote it, or None."""
    first = label_of(lines[begin])
    if first is None or first[0] == "other":
        return None
    fields, end = _collect(lines, begin, first)
    return Block(begin, end, fields)


def is_header(block: Block, *, announced: bool = False) -> bool:
    """Whether a client wrote the block, see `block_at`."""
    if announced:
        return "from" in block.fields or len(block.fields.keys() - {"other"}) >= 2
    return _only_a_client(block.fields)


def lines_of_blocks(lines: Sequence[str], attempts: int) -> set[int]:
    """The numbers of the lines that belong to a header block, of at most `attempts` that might begin one: a client wrote
    them, whoever's names stand there."""
    found: set[int] = set()
    for i, line in enumerate(lines):
        if i in found or attempts == 0 or label_of(line) is None:
            continue
        attempts -= 1
        if block := block_at(lines, i):
            found.update(range(block.begin, block.end))
    return found


def _collect(lines: Sequence[str], begin: int, first: tuple[str, str]) -> tuple[dict[str, str], int]:
    fields: dict[str, str] = {}
    _keep(fields, first)
    field, end, i = first[0], begin + 1, begin + 1
    stop = min(len(lines), begin + _BLOCK_LINES)
    blank = False
    while i < stop and i - end < _FOLDED_LINES:
        found = label_of(lines[i])
        if found is not None:
            if found[0] in fields and found[0] != "other":
                break
            if found[0] == "from" and i > end:
                break  # a block begins here; the labels above it, with a gap between, are the person's
            if i > end:
                _fold(fields, field, lines[end:i])
            _keep(fields, found)
            field, end, blank = found[0], i + 1, False
        elif not lines[i].strip(_MARKS):
            blank = True  # HTML paragraphs leave a blank line after each field; text after one ends the block
        elif blank:
            break
        elif field in ("to", "cc") and "@" in lines[i] and i == end:
            end = i + 1  # a folded list of recipients at the end of the block
        i += 1
    return fields, end


def _keep(fields: dict[str, str], found: tuple[str, str]) -> None:
    field, value = found
    if field == "from":
        glued = _split_glued(value)
        for name, part in glued.items():
            fields.setdefault(name, part)
        return
    fields.setdefault(field, value)


def _fold(fields: dict[str, str], field: str, more: Sequence[str]) -> None:
    """Add folded lines to the field before them ("Subject: two" / "lines")."""
    extra = " ".join(bare for line in more if (bare := line.strip(_MARKS)))
    if extra:
        fields[field] = f"{fields.get(field, '')} {extra}".strip()


def _only_a_client(fields: dict[str, str]) -> bool:
    author, date = fields.get("from", ""), fields.get("date", "")
    address = "@" in author
    if "from" in fields and "date" in fields:
        # With an address any date will do; without one (Exchange shows the name alone) the time of day and
        # a recipient or subject: the head of a letter has neither.
        if address and any(map(str.isdigit, date)):
            return True
        return ("to" in fields or "subject" in fields) and _TIME.search(date) is not None
    if address and "to" in fields and "subject" in fields:
        return True
    # Hotmail and Outlook.com for phones leave the author out, or put it behind the recipients.
    return "@" in fields.get("to", "") and _TIME.search(date) is not None


def _split_glued(value: str) -> dict[str, str]:
    """Fields that HTML put on one line with the author: "bob@x.fr Date: Thu, 24 Mar 2016 …"."""
    if ":" not in value:
        return {"from": value}
    parts: dict[str, str] = {}
    field, at = "from", 0
    for match in _glued().finditer(value, 0, _FLAT_REACH):
        parts.setdefault(field, value[at : match.start()].strip(_VALUE_MARKS))
        field, at = LABELS[match[1].casefold()], match.end()
    parts.setdefault(field, value[at:].strip(_VALUE_MARKS))
    return parts


@cache
def _glued() -> re.Pattern[str]:
    words = sorted((w for w, f in LABELS.items() if f != "other" and len(w) > 2), key=len, reverse=True)
    return re.compile(r"(?<=[\s>])(" + "|".join(map(re.escape, words)) + r")\s?[:：]\s", re.IGNORECASE)


# ---- Yahoo writes marker and fields on one line, without a space between value and next label

_ORDER: Final = ("from", "to", "cc", "date", "subject")


def flat_fields(text: str) -> dict[str, str] | None:
    """Fields of "From: X <a@b>To: Y <c@d>Sent: …Subject: …" (Yahoo's text part), or None.

    The labels must come in Yahoo's order and in one language; a translation may lack a colon.
    """
    best: dict[str, str] = {}
    text = text[:_FLAT_REACH]
    head = "".join(low if len(low := c.lower()) == 1 else c for c in text)  # offsets must stay
    for row in LANGUAGES:
        found = _flat_in(row, text, head)
        if len(found) > len(best):
            best = found
    return best if len(best) >= 3 and "@" in best.get("from", "") else None


def _flat_in(row: Language, text: str, head: str) -> dict[str, str]:
    marks: list[tuple[str, int, int]] = []
    at = 0
    for field in _ORDER:
        hit = _find_label(_words(row, field), head, at, anchored=field == "from")
        if hit is None and field == "from":
            return {}
        if hit is not None:
            marks.append((field, *hit))
            at = hit[1]
    ends = [begin for _, begin, _ in marks[1:]] + [len(text)]
    return {
        field: text[after:end].strip(_VALUE_MARKS) for (field, _, after), end in zip(marks, ends, strict=True)
    }


def _words(row: Language, field: str) -> tuple[str, ...]:
    return {"from": row.author, "to": row.to, "cc": row.cc, "date": row.date, "subject": row.subject}[field]


def _find_label(words: tuple[str, ...], head: str, at: int, *, anchored: bool) -> tuple[int, int] | None:
    """Where the earliest of the labels stands from `at` on, and where its value begins."""
    if anchored:
        for word in words:
            colon = head.find(":", len(word), len(word) + 3)
            if head.startswith(word) and colon > 0 and not head[len(word) : colon].strip():
                return 0, colon + 1
        return None
    hits = [
        (place, place + len(word) + len(mark))
        for mark in (":", " :", "\xa0:", "：")
        for word in words
        if (place := head.find(word + mark, at)) >= 0
    ]
    if hits:
        return min(hits)
    for word in words:  # a translation without its colon, glued to the value before it
        place = head.find(word + " ", at)
        if place > 0 and len(word) > 4 and not head[place - 1].isspace():
            return place, place + len(word)
    return None
