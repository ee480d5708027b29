"""The words of a line as two mails are compared by: without case and accents, any link equal to any other."""

from __future__ import annotations

import re
from typing import Final

from mailrouter.core.text import without_accents

_WORD = re.compile(r"https?://[^\s<>]+|[^\W_]+")
# Written into the text by clients and gateways, by nobody's hand; `cas-…` by our own HTML reader, for the links of
# our mails, which would carry one person's address to the others.
_CLIENTS_OWN = re.compile(
    r"<(?:mailto:|https?:|tel:|cas-)[^<>]*>|\[(?:cid|image)[^\[\]]*\]|\[https?:[^\[\]]*\]", re.IGNORECASE
)
LINK: Final = "\0url"  # gateways rewrite links: any link equals any other


def words_of_line(text: str) -> tuple[tuple[str, int, int], ...]:
    """Each word with its place in `text`; what clients write into a text (targets of links, names of pictures) is none."""
    if "<" in text or "[" in text:
        text = _CLIENTS_OWN.sub(lambda m: " " * len(m[0]), text)
    plain = without_accents(text).lower()
    if len(plain) == len(text):  # almost always: every letter keeps its place
        return tuple((_link(m[0]), *m.span()) for m in _WORD.finditer(plain))
    found = ((without_accents(m[0]).lower(), *m.span()) for m in _WORD.finditer(text))
    return tuple((_link(word), start, end) for word, start, end in found)


def _link(word: str) -> str:
    return LINK if word.startswith("http") and "://" in word else word
