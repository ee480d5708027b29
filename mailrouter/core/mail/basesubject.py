"""The base subject: what is left when reply, forward and gateway markers are gone (RFC 5256 2.1, widened to the
French clients' `TR :`, `RE :` and to `[EXTERNE]`)."""

from __future__ import annotations

import re

from mailrouter.core.text import fold

_LEADER = re.compile(
    r"^(?:\s|(?:re|rep|aw|sv|antw|ref|tr|fw|fwd|wg|i|rv|res|enc)\s*(?:\[\d+\]|\(\d+\))?\s*:"
    r"|\[(?:extern\w*|ext|spam|liste?|suspect)\]\s*:?)+"
)
_TRAILER = re.compile(r"(?:\s|\((?:fwd|tr)\))+$")


def base_subject(subject: str) -> str:
    """The folded base subject, whitespace collapsed; '' when nothing is left. Equal ones are one conversation."""
    folded = " ".join(fold(subject[:1000]).split())
    return _TRAILER.sub("", _LEADER.sub("", folded)).strip()
