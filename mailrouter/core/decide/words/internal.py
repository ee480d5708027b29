"""Whether a first line resembles an internal marker that is not the recognised one. Notes fail closed: such a mail is
relayed to nobody, its writer is asked `note` or `envoyer` (DOMAIN, Situations 2)."""

from __future__ import annotations

import re

from mailrouter.core.decide.words.command import own_lines
from mailrouter.core.decide.words.courtesies import listed
from mailrouter.core.decide.words.phrases import words_of
from mailrouter.core.model import CaseView
from mailrouter.core.text import folded_words

# Words of a first line that may keep its mail from somebody, wherever it says so: "CAF - ne pas communiquer : contrôle en cours".
_LONGEST = 16
# A line of fewer words may be said twice by chance.
SAME_WORDS = 4

_INTERNAL = listed("interne internes confidentiel confidentielle internal internally")
_NOTES = (("note",), ("notes",), ("nota",))
_KEEP = (
    ("a", "ne", "pas"),
    ("ne", "pas", "transmettre"),
    ("ne", "pas", "diffuser"),
    ("ne", "pas", "communiquer"),
    ("ne", "pas", "divulguer"),
    ("ne", "pas", "montrer"),
    ("sans", "en", "parler", "a"),
    ("pas", "a", "l", "aidant"),
    ("pas", "a", "l", "aidante"),
    ("pas", "pour", "l", "aidant"),
    ("reserve", "aux", "agents"),
    ("agents", "seulement"),
    ("entre", "nous"),
    ("entre", "agents"),
    ("do", "not", "forward"),
    ("agents", "only"),
)


_COLON = re.compile(r"\s*[:–—]|\s-\s")
_TO_AGENTS = (
    ("note", "aux"),
    ("note", "interne"),
    ("note", "entre"),
    ("notes", "internes"),
    ("internal", "note"),
)


def resembles_note(text: str) -> bool:
    """Whether the first own line looks like an internal marker that is not the recognised `note :`.

    Such a mail is relayed to nobody: the writer is asked `note` or `envoyer` (DOMAIN, Situations 2).
    """
    lines = own_lines(text)
    if not lines:
        return False
    words = tuple(w.text for w in words_of(lines[0]))
    if words[:1] in _NOTES and (len(words) > 1 or words[0] != "note"):
        return True
    if words[:1] and words[0] in _INTERNAL and _COLON.search(lines[0][:60]):
        return True
    if len(words) <= 8 and not _INTERNAL.isdisjoint(words):
        return True
    return len(words) <= _LONGEST and any(_stands(words, keep) for keep in _KEEP)


def _stands(words: tuple[str, ...], keep: tuple[str, ...]) -> bool:
    return any(words[n : n + len(keep)] == keep for n in range(len(words) - len(keep) + 1))


def titles_note(subject: str) -> bool:
    """Whether a base subject begins as a note to agents does: whoever writes it there thinks that it is one. A gateway's
    label ("[Interne]") is none."""
    return _begins_note(subject) and not subject.lstrip().startswith("[")


def marks_note_below(text: str) -> bool:
    """Whether a line below the first one begins as a note to agents does: what follows it was hardly meant for the
    aidant ("Bonjour Zoé, … Note aux agents : indu en cours")."""
    return any(_begins_note(line) for line in own_lines(text)[1:])


def _begins_note(line: str) -> bool:
    words = tuple(w.text for w in words_of(line))
    marked = words[:1] in _NOTES or words[:1] in (("interne",), ("confidentiel",), ("internal",))
    if marked and _COLON.search(line[:40]):
        return True
    return words[:2] in _TO_AGENTS or (len(words) <= 12 and any(words[: len(keep)] == keep for keep in _KEEP))


def quotes_note(text: str, case: CaseView) -> bool:
    """Whether `text` repeats a line of a note between agents. A note never reaches an aidant, not even in a quote."""
    said = " ".join(folded_words(text))
    return any(
        len(words) >= SAME_WORDS and " ".join(words) in said
        for message in case.messages
        if message.audience == "agents"
        for line in message.text.splitlines()
        if (words := folded_words(line))
    )
