"""The notation of the body templates: one source, read once, written as text and as HTML.

A rendered template is lines of template text in which every value stands between two marks. What stands between
the marks is never notation, so nothing that a person wrote can become a link, a heading or another row.

    # Title             one, first                  > value      a person's message, line breaks kept
    ## Heading                                      | label | value   a row of facts
    - item                                          = word | what it does | href | link label   an act
    ! a notice that must not be missed              ~ label : value   a line of a form to complete
    --  alone: what follows is the footer           anything else: a paragraph

Inside a line: **strong** and [text](href). Lines of one paragraph join; a blank line ends it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

OPEN: Final = "\ue000"
CLOSE: Final = "\ue001"

Kind = Literal[
    "title", "heading", "paragraph", "list", "message", "facts", "acts", "form", "notice", "footer"
]

_VALUE: Final = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")
_FIRST_SLOT: Final = 0xF0000
_SLOT: Final = re.compile("[\U000f0000-\U000fffff]")
_INLINE: Final = re.compile(r"\*\*(.+?)\*\*|\[([^\]]+)\]\(([^)]+)\)")
_BREAK: Final = re.compile(r"\s*\n\s*")
_CONTROLS: Final = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160))) | {
    0x2028: "\n",
    0x2029: "\n",
}
_MARKS: Final = {ord(OPEN): None, ord(CLOSE): None}
_PREFIXES: Final[tuple[tuple[str, Kind], ...]] = (
    ("# ", "title"),
    ("## ", "heading"),
    ("- ", "list"),
    ("> ", "message"),
    ("| ", "facts"),
    ("= ", "acts"),
    ("! ", "notice"),
    ("~ ", "form"),
)
_BY_SIGN: Final = {prefix[0]: kind for prefix, kind in _PREFIXES if len(prefix) == 2}
_ROWS: Final = frozenset({"list", "facts", "acts", "form"})


class Span(NamedTuple):
    """A run of text; `href` makes it a link, `strong` marks it."""

    text: str
    href: str = ""
    strong: bool = False


Line = tuple[Span, ...]


class Block(NamedTuple):
    """One block. `rows` has one row per line of the block, each row its cells; `text` is a message, as written."""

    kind: Kind
    rows: tuple[tuple[Line, ...], ...] = ()
    text: str = ""


def marked(value: object) -> str:
    """`value` as it goes into a rendered template: between marks, without control characters."""
    text = str(value)
    if not text.isprintable():  # the marks themselves and every control character are not printable
        text = clean(text).translate(_MARKS)
    return f"{OPEN}{text}{CLOSE}"


def clean(text: str) -> str:
    """`text` with LF line ends and without control characters or lone surrogates."""
    unix = text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)
    return unix if unix.isprintable() else unix.encode("utf-8", "replace").decode()


def read(rendered: str) -> tuple[Block, ...]:
    """The blocks of a rendered template, in order."""
    values: list[str] = []

    def slot(match: re.Match[str]) -> str:
        values.append(match.group(1))
        return chr(_FIRST_SLOT + len(values) - 1)

    lines = _VALUE.sub(slot, rendered).split("\n")
    return tuple(_blocks(lines, values))


def _blocks(lines: list[str], values: list[str]) -> Iterator[Block]:
    pending: list[str] = []
    kind: Kind = "paragraph"
    for line in (*map(str.strip, lines), ""):
        sort = _kind(line)
        if pending and (not line or sort != kind or (sort not in _ROWS and sort != "paragraph")):
            yield _block(kind, pending, values)
            pending = []
        if line:
            kind = sort
            pending.append(line)


def _kind(line: str) -> Kind:
    if line == "--":
        return "footer"
    if line.startswith("## "):
        return "heading"
    return _BY_SIGN.get(line[:1], "paragraph") if line[1:2] == " " else "paragraph"


def _block(kind: Kind, lines: list[str], values: list[str]) -> Block:
    if kind == "footer":
        return Block(kind)
    if kind == "message":
        return Block(kind, text=_filled(lines[0][2:], values).strip("\n"))
    if kind == "paragraph":
        return Block(kind, ((_line(" ".join(lines), values),),))
    bodies = (line.lstrip("#").lstrip() if kind == "heading" else line[2:] for line in lines)
    return Block(kind, tuple(tuple(_line(cell, values) for cell in _cells(kind, body)) for body in bodies))


def _cells(kind: Kind, body: str) -> list[str]:
    if kind in ("facts", "acts"):
        return [cell.strip() for cell in body.split(" | ")]
    return [body]


def _line(text: str, values: list[str]) -> Line:
    spans: list[Span] = []
    end = 0
    for match in _INLINE.finditer(text):
        if match.start() > end:
            spans.append(Span(_flat(text[end : match.start()], values)))
        strong, label, href = match.groups()
        if strong:
            spans.append(Span(_flat(strong, values), strong=True))
        else:
            spans.append(Span(_flat(label, values), href=_flat(href, values)))
        end = match.end()
    if end < len(text):
        spans.append(Span(_flat(text[end:], values)))
    return tuple(spans)


def _filled(text: str, values: list[str]) -> str:
    return _SLOT.sub(lambda m: values[ord(m.group()) - _FIRST_SLOT], text)


def _flat(text: str, values: list[str]) -> str:
    """Filled in on one line: a value with line breaks must not look like several."""
    return _BREAK.sub(" ", _filled(text, values))
