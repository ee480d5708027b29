"""What a relay's answer means for a mail (RFC 5321 4.2, RFC 3463)."""

from __future__ import annotations

import re

from mailrouter.core.model import Attempt
from mailrouter.core.model.outbound import Outcome

_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b[ -]?")
_LONGEST = 500
# A full mailbox empties, and 552 without an enhanced code means that too, or too many recipients (RFC 5321 4.5.3.1.10).
_FULL = re.compile(r"[45]\.2\.2\Z")


def outcome_of(code: int, enhanced: str) -> Outcome:
    """`sent`, `retry` or `failed`, by code and enhanced code."""
    if 200 <= code < 300:
        return "sent"
    if 500 <= code < 600 and not _FULL.match(enhanced) and not (code == 552 and not enhanced):
        return "failed"
    return "retry"


def attempt(code: int, text: str, relay: str) -> Attempt:
    """An answer as an Attempt; the text is bounded and on one line."""
    found = _ENHANCED.match(text)
    enhanced = found[1] if found else ""
    said = " ".join(_ENHANCED.sub("", line, count=1).strip() for line in text.splitlines()) if found else text
    return Attempt(
        outcome=outcome_of(code, enhanced), code=code, enhanced=enhanced, text=bounded(said), relay=relay
    )


def bounded(text: str) -> str:
    """A relay's words on one line, at most 500 characters, nothing unprintable."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(plain.split())[:_LONGEST]


def no_answer(outcome: Outcome, enhanced: str, text: str, relay: str) -> Attempt:
    """An attempt that ended without an answer of the relay."""
    return Attempt(outcome=outcome, enhanced=enhanced, text=bounded(text), relay=relay)
