"""Header blocks: where they end, their fields, and the parameters of MIME fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote_to_bytes

import msgspec

from mailrouter.core.mail.wire.budget import Budget, OverBudget
from mailrouter.core.mail.wire.charset import decode
from mailrouter.core.mail.wire.words import decode_words

# One field with its folded lines, or (group 2) a line that is none (RFC 5322 2.2; obsolete space before the colon).
FIELD = re.compile(r"(?:([!-9;-~]+)[ \t]*:|([^\n]))([^\n]*(?:\n[ \t][^\n]*)*)\n?")
# The same in a block whose folds are taken out: a field, or (group 3) a line that is none.
LINE = re.compile(r"([!-9;-~]+)[ \t]*+:[ \t]*+([^\n]*)|([^\n]+)")
KNOWN = re.compile(
    r"(?:from|to|cc|bcc|subject|date|message-id|mime-version|content-[a-z-]+|received|reply-to|sender|return-path"
    r"|in-reply-to|references|delivered-to|dkim-signature|x-[a-z0-9-]+|list-[a-z-]+|arc-[a-z-]+"
    r"|authentication-results|thread-[a-z]+|importance|organization|user-agent)[ \t]*:",
    re.IGNORECASE,
)
KNOWN_LINE = re.compile(r"^" + KNOWN.pattern, re.IGNORECASE | re.MULTILINE)
BLANK = re.compile(r"\n[ \t]+\n(?![ \t])")
EMPTY_LINE = re.compile(rb"\n\r?\n")
FOLD = re.compile(r"\n[ \t]+")
# A parameter (RFC 2045 5.1): quoted, with escapes, end quote optional; or up to the next semicolon.
PARAM = re.compile(r';\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]+|\\.)*)"?|([^;]*))', re.DOTALL)
PIECE = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?\Z")
ESCAPE = re.compile(r"\\(.)")
COMMENT_TAIL = re.compile(r"\s*\([^()]*\)\s*\Z")

# All but printable ASCII, line feeds and tabs becomes a space.
_PRINTABLE = bytes(code if 32 <= code < 127 or code in b"\t\n" else 32 for code in range(256))
_USUAL = 16_384  # octets of a block that is read line by line

Fields = list[tuple[str, str]]


class Block(msgspec.Struct):
    """A header block taken apart: fields (lower-case name, unfolded undecoded value), where the body starts. `plain`:
    every value is printable ASCII."""

    fields: Fields
    body: int
    defects: list[str]
    plain: bool = False


def block(data: bytes, budget: Budget) -> Block:
    """The header block at the start of `data` (RFC 5322 2.1). Raises OverBudget.

    The block ends at the first empty line. Without one that is usable (a first line that is no field,
    a line of blanks only, a field lost its fold) the body starts where no known field follows any more.
    """
    if data[:1] == b"\n" or data[:2] == b"\r\n":
        return Block([], 1 + (data[:1] == b"\r"), [])
    stop = _end(data, budget.header_block + 4)
    if stop > budget.header_block:
        return _endless(data, budget)
    body = data.find(b"\n", stop + 1) + 1 if stop < len(data) else stop
    octets = data[:stop]
    fields = _usual(octets, budget)
    if fields is not None:
        return Block(fields, body, [], plain=True)
    head, defects = _text(octets)
    fields, kept, more = _fields(head, budget)
    if kept is not None:
        body = _offset(data, kept)
    return Block(fields, body, defects + more)


def _endless(data: bytes, budget: Budget) -> Block:
    """A block without an empty line in reach: its fields, when a line that is none shows where the body starts."""
    head, defects = _text(data[: data.rfind(b"\n", 0, budget.header_block) + 1 or budget.header_block])
    if all(match[1] for match in FIELD.finditer(head)):
        raise OverBudget("header_block")
    fields, kept, more = _salvaged(head, budget)
    if kept is None:
        raise OverBudget("header_block")
    return Block(fields, _offset(data, kept), defects + more)


def _end(data: bytes, limit: int) -> int:
    """Where the line break before the first empty line stands; the end of the data when there is none."""
    stop = data.find(b"\n\n", 0, limit)
    if stop >= 0 and data.find(b"\r", 0, stop) < 0:
        return stop
    found = EMPTY_LINE.search(data, 0, limit)
    return found.start() if found else len(data)


def _offset(data: bytes, lines: int) -> int:
    """Where the line number `lines` of the block starts in the octets."""
    at = 0
    for _ in range(lines):
        at = data.find(b"\n", at) + 1
    return at


def _text(octets: bytes) -> tuple[str, list[str]]:
    """Header octets as text with "\n" line ends: ASCII, else UTF-8 (RFC 6532), else line by line, since the fields
    of one mail come from several programs."""
    if b"\r" in octets:
        octets = octets.replace(b"\r\n", b"\n")
    if octets.isascii():
        return octets.decode("ascii"), []
    try:
        return octets.decode("utf-8"), ["header-8bit"]
    except UnicodeDecodeError:
        return "\n".join([decode(line)[0] for line in octets.split(b"\n")]), ["header-8bit"]


def _usual(octets: bytes, budget: Budget) -> Fields | None:
    """The fields of a block as nearly every mail has it: printable ASCII, each line a field or the fold of one. None for any
    other block, which `_fields` takes apart."""
    if b"\r" in octets:
        octets = octets.replace(b"\r\n", b"\n")
    if len(octets) > min(_USUAL, budget.header_length) or octets.translate(_PRINTABLE) is not octets:
        return None
    fields: Fields = []
    above = " "
    for line in octets.decode("ascii").split("\n"):
        if line >= "!":
            name, colon, value = line.partition(":")
            if not (name and colon) or " " in name or "\t" in line:
                return None
            fields.append((name.lower(), value.strip()))
        else:
            more = line.lstrip()
            if not more or above[-1] == " " or "\t" in more:
                return None
            name, value = fields[-1]
            fields[-1] = name, f"{value} {more}".strip()
        above = line
    return fields if len(fields) <= budget.header_count else None


def _fields(head: str, budget: Budget) -> tuple[Fields, int | None, list[str]]:
    """Fields of a block; the line at which the body starts after all, or None; defects."""
    blank = BLANK.search(head)
    if blank and not KNOWN.match(head, blank.end()):
        fields, earlier, defects = _fields(head[: blank.start()], budget)
        line = head.count("\n", 0, blank.end()) if earlier is None else earlier
        return fields, line, [*defects, "header-separator"]
    found = LINE.findall(FOLD.sub(" ", head))
    if "".join([garbage for _, _, garbage in found]):
        return _salvaged(head, budget)
    if len(found) > budget.header_count:
        raise OverBudget("header_count")
    if len(head) > budget.header_length and max(len(value) for _, value, _ in found) > budget.header_length:
        raise OverBudget("header_length")
    return [(name.lower(), value.rstrip()) for name, value, _ in found], None, []


def _salvaged(head: str, budget: Budget) -> tuple[Fields, int | None, list[str]]:
    """As `_fields`, for a block with lines that are no fields: passed over while known fields follow, else the body."""
    kept: list[str] = []
    last_known = max((match.start() for match in KNOWN_LINE.finditer(head)), default=-1)
    for match in FIELD.finditer(head):
        if match[1] is not None:
            kept.append(match[0].rstrip("\n"))
        elif match.start() > last_known:
            fields = _fields("\n".join(kept), budget)[0]
            return fields, head.count("\n", 0, match.start()), ["header-separator"]
    fields, _, defects = _fields("\n".join(kept), budget)
    return fields, None, [*defects, "header-garbage"]


@lru_cache(maxsize=512)
def parameters(value: str) -> tuple[str, Mapping[str, str]]:
    """The value before the first semicolon in lower case, and the parameters by lower-case name (RFC 2045 5.1).

    RFC 2231 continuations and charsets are put together; encoded words in values, which no standard
    allows and most mailers write, are decoded; of a doubled parameter the first counts. Kept for the values
    that every mail repeats ("text/plain; charset=utf-8").
    """
    main, semicolon, _ = value.partition(";")
    main = COMMENT_TAIL.sub("", main).strip().lower()
    if not semicolon:
        return main, {}
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for name, quoted, bare in PARAM.findall(value):
        text = ESCAPE.sub(r"\1", quoted) if "\\" in quoted else quoted or bare.strip()
        if text[-1:] == ")" and not quoted and "name" not in name:
            text = COMMENT_TAIL.sub("", text)
        if "*" in name and (part := PIECE.match(name)):
            pieces.setdefault(part[1].lower(), []).append((int(part[2] or 0), bool(part[3]), text))
        else:
            plain.setdefault(name.lower(), decode_words(text) if "=?" in text else text)
    return main, plain | {name: _joined(parts) for name, parts in pieces.items()}


def _joined(parts: list[tuple[int, bool, str]]) -> str:
    """One value of RFC 2231 pieces: by number, percent-decoded where marked, in the charset of the first."""
    parts.sort(key=lambda part: part[0])
    charset, octets = "", b""
    for number, (_, encoded, text) in enumerate(parts):
        if encoded and number == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        octets += unquote_to_bytes(text) if encoded else text.encode("utf-8", "surrogateescape")
    return decode(octets, charset)[0]
