"""Blocks as plain text: one paragraph a line, never wrapped, so that a quote of it can be compared with what was sent.

No rules, boxes or decoration: a screen reader would spell them out.
"""

from __future__ import annotations

from collections.abc import Iterable

from mailrouter.core.compose.notation import Block, Line


def text_of(blocks: Iterable[Block], colon: str) -> str:
    """The plain text, LF line ends, ending in one. `colon` joins a label and what it says (" : " in French)."""
    parts = (_block(block, colon) for block in blocks if block.kind != "footer")
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block, colon: str) -> str:
    if block.kind == "message":
        return block.text
    sign = "- " if block.kind in ("list", "acts") else ""
    return "\n".join(sign + _row(block, row, colon) for row in block.rows)


def _row(block: Block, row: tuple[Line, ...], colon: str) -> str:
    cells = row[:2] if block.kind == "acts" else row
    return colon.join(text for cell in cells if (text := _line(cell, colon)))


def _line(line: Line, colon: str) -> str:
    return "".join(span.text + _target(span.text, span.href, colon) for span in line).strip()


def _target(text: str, href: str, colon: str) -> str:
    """Where a link leads, for readers without links: an address or a URL, but not the ready-made words of a mail."""
    shown = href.removeprefix("mailto:").partition("?")[0]
    return f"{colon}{shown}" if shown and shown != text else ""
