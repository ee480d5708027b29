"""Labelled values in HTML tables: a label in one cell, its value in the next, as forms and Word tables have them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import pairwise

from mailrouter.core.mail.says.labels import field_of

_SCAN = 300_000
_MAX_CELLS = 400
_CELL = re.compile(r"<(/?)(t[drh]|table)\b[^<>]*>", re.I)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BREAK = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]{0,200}>", re.I)


def labelled(html: str, shown: str) -> Iterator[tuple[str, str]]:
    """(field, value) of table cells whose value stands in `shown`, the text that is new in the mail."""
    known = _squeezed(shown)
    for row in _rows(html[:_SCAN]):
        for label, value in pairwise(row):
            name = field_of(label.rstrip(" :=*"), tolerant=True)
            if name and value and not field_of(value.rstrip(" :=")) and _squeezed(value) in known:
                yield name, value


def _rows(html: str) -> Iterator[list[str]]:
    """The cells of each table row, as text."""
    row: list[str] = []
    start = -1
    count = 0
    for match in _CELL.finditer(html):
        closing, tag = match[1] == "/", match[2].lower()
        if start >= 0:
            row.append(_text(html[start : match.start()]))
            count += 1
            start = -1
        if tag in ("td", "th") and not closing:
            start = match.end()
        elif tag in ("tr", "table") and row:
            yield row
            row = []
        if count > _MAX_CELLS:
            break
    if row:
        yield row


def _text(fragment: str) -> str:
    return " ".join(unescape(_TAG.sub("", _BREAK.sub(" ", fragment))).split())


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()
