"""HTML as a flat stream of tags and texts: linear whatever the input, no tree, nothing that can fail."""

from __future__ import annotations

import re

# Each alternative ends where it ends or at the end of input, so that nothing is scanned twice.
UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|title|template)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
TOKEN = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*)>|<[!?/a-zA-Z][^<>]*>|([^<]+|<)")
QUOTED_VALUE = re.compile(r"""=\s*(?:"[^"]*"|'[^']*')""")

Token = tuple[str, str, str, str]
"""(closing slash, tag name, attributes, text): of a tag the first three, of a text the last."""


def tokens(html: str) -> list[Token]:
    """(closing slash, tag name, attributes, text) in order; scripts, styles and comments left out."""
    html = UNSEEN.sub("", html)
    found = TOKEN.findall(html)
    if 1 in [attributes.count('"') & 1 for _, _, attributes, _ in found if attributes]:
        # a ">" inside a quoted value ended a tag early: hide such marks, then read again
        found = TOKEN.findall(
            QUOTED_VALUE.sub(lambda m: m[0].replace("<", "&lt;").replace(">", "&gt;"), html)
        )
    return found
