"""The lines of a plain text body as the rules of quoting see them."""

from __future__ import annotations

from typing import Final

from mailrouter.core.mail.letters import western

# They hide attributions and labels from the rules; Gmail puts the embeddings around names in right-to-left languages.
_INVISIBLE: Final = (
    "\ufeff\u200b\u200e\u200f\u2060\u00ad\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_SOFT_HYPHEN: Final = b"\xad"  # the only one of them in Latin-1


def body_lines(text: str) -> list[str]:
    """The lines of `text`, any line end, without characters that nobody sees."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    octets = western(text)
    if octets is None or _SOFT_HYPHEN in octets:
        for mark in _INVISIBLE:
            if mark in text:
                text = text.replace(mark, "")
    return text.split("\n")
