"""The lines of a plain text body as the rules of quoting see them."""

from __future__ import annotations

from typing import Final

_INVISIBLE: Final = "\ufeff\u200b\u200e\u200f\u2060\u00ad"  # they hide attributions and labels from the rules


def body_lines(text: str) -> list[str]:
    """The lines of `text`, any line end, without characters that nobody sees."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    for mark in _INVISIBLE if not text.isascii() else "":
        if mark in text:
            text = text.replace(mark, "")
    return text.split("\n")
