"""How a text that somebody passes on is announced to those who read it."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from mailrouter.core.model import Forwarded
from mailrouter.core.months import MONTHS

# The mail passed on, by whom, of which day, and how the language ends the line.
_WORDS: Final = {
    "fr": ("Message transféré", "de", "du", " :"),
    "en": ("Forwarded message", "from", "of", ":"),
}


def forwarded_heading(original: Forwarded, language: Literal["fr", "en"]) -> str:
    """Who wrote the forwarded text, and when, in a sentence of the language of who forwards it: a screen reader says it
    as people would, where a rule of dashes is noise (DOMAIN, Situations 16)."""
    name = original.author_name or original.author
    day = _day(original.date, language)
    words, by, of, colon = _WORDS[language]
    return " ".join((words, *([f"{by} {name}"] if name else []), *([f"{of} {day}"] if day else []))) + colon


def _day(date: str, language: Literal["fr", "en"]) -> str:
    """ "2026-03-02T…" as "2 mars 2026"; as it was written when it could not be read."""
    try:
        moment = datetime.fromisoformat(date)
    except ValueError:
        return date
    number = "1er" if language == "fr" and moment.day == 1 else str(moment.day)
    return f"{number} {MONTHS[language][moment.month - 1]} {moment.year}"
