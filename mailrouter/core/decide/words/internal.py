"""What a mail keeps from somebody who would read it: an internal marker that is not the recognised one, words to a
colleague, a person not to be told. Such a mail is relayed to nobody, its writer is asked (DOMAIN, Situations 2; decision 104)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mailrouter.core.decide.words.command import own_lines
from mailrouter.core.decide.words.courtesies import listed
from mailrouter.core.decide.words.phrases import words_of
from mailrouter.core.model import CaseView
from mailrouter.core.text import folded_words

# A line of fewer words may be said twice by chance.
SAME_WORDS = 4
# Words of a line that may keep something from somebody, wherever it says so, and of one that says nothing else.
_LONGEST, _SHORT = 24, 5
_LINES = 8  # of a mail, that are looked at for whom it keeps something from

_INTERNAL = listed("interne internes confidentiel confidentielle internal internally")
_NOTES = (("note",), ("notes",), ("nota",))
_TO_AGENTS = (
    ("note", "aux"),
    ("note", "interne"),
    ("note", "entre"),
    ("notes", "internes"),
    ("internal", "note"),
)
_COLON = re.compile(r"\s*[:–—]|\s-\s")
# To whom something is not to be told, and how that is said.
_HELPED = listed(
    "aidant aidante aidants assistante assistant sociale travailleur travailleuse conseillere famille usager usagere"
    " interesse interessee madame monsieur mme dame"
)
_TELLING = ("communiquer", "transmettre", "dire", "informer", "divulguer", "montrer", "diffuser")
_SECRET = (
    *(("ne", "pas", verb) for verb in _TELLING),
    ("ne", "rien", "dire"),
    ("ne", "pas", "en", "parler"),
    ("sans", "en", "parler"),
)
_KEEP = (
    *_SECRET,
    ("a", "ne", "pas"),
    ("pas", "a", "l", "aidant"),
    ("pas", "a", "l", "aidante"),
    ("pas", "pour", "l", "aidant"),
    ("pour", "les", "agents"),
    ("pour", "les", "collegues"),
    ("reserve", "aux", "agents"),
    ("agents", "seulement"),
    ("agents", "uniquement"),
    ("usage", "interne"),
    ("en", "interne"),
    ("entre", "nous"),
    ("entre", "agents"),
    ("do", "not", "forward"),
    ("agents", "only"),
)
_AWAY = tuple(
    ("ne", never, verb)
    for never in ("pas", "plus")
    for verb in (*_TELLING, "envoyer", "ecrire", "associer", "contacter", "inclure", "mettre")
)
_NEAR = listed(
    "refuse refusent ex mari conjoint conjointe compagnon compagne epoux epouse voisin voisine frere soeur beau belle cousin"
    " cousine oncle tante neveu niece"
)
_SPOKEN_TO = re.compile(
    r"@([^\W\d_][\w'’-]+)"
    r"|(?i:(?:bonjour|salut|hello|coucou|cher|ch[èe]re|hi|dear|pour) )?([^\W\d_][\w'’-]+)(?: [A-ZÀ-Ý][\w'’-]+)? ?(?:[,:!–—]|$)"
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
    if len(words) > _LONGEST or not _hold(words, _KEEP):
        return False
    # "Merci de ne pas transmettre d'originaux" keeps nothing from anybody.
    told = ":" in lines[0] or not _HELPED.isdisjoint(words)
    return told or len(words) <= _SHORT or _begin(words, _KEEP)


def _begin(words: tuple[str, ...], phrases: Iterable[tuple[str, ...]]) -> bool:
    return any(words[: len(phrase)] == phrase for phrase in phrases)


def _hold(words: tuple[str, ...], phrases: Iterable[tuple[str, ...]]) -> bool:
    return any(_begin(words[n:], phrases) for n in range(len(words)))


def titles_note(subject: str) -> bool:
    """Whether a base subject begins as a note to agents does: whoever writes it there thinks that it is one. A gateway's
    label ("[Interne]") is none."""
    return _begins_note(subject) and not subject.lstrip().startswith("[")


def marks_note_below(text: str) -> bool:
    """Whether a line below the first one begins as a note to agents does: what follows it was hardly meant for the
    aidant ("Bonjour Zoé, … Note aux agents : indu en cours"); or keeps something from those whom the aidant speaks for."""
    return any(_begins_note(line) or _keeps_from_them(line) for line in own_lines(text)[1:])


def _keeps_from_them(line: str) -> bool:
    words = tuple(w.text for w in words_of(line))
    return len(words) <= _LONGEST and not _HELPED.isdisjoint(words) and _hold(words, _SECRET)


def addresses_colleague(text: str, colleagues: Iterable[str], helpers: Iterable[str]) -> bool:
    """Whether a mail begins by speaking to a colleague of its writer, by first name: "@Julien : …", "Julien, peux-tu …",
    "Bonjour Julien". `colleagues` and `helpers` are full names; who is called like somebody of the helper side is not told
    from them."""
    first = {words[0] for name in colleagues if (words := folded_words(name))}
    first -= {word for name in helpers for word in folded_words(name)}
    line = next((x.strip() for x in text.splitlines() if x.strip() and not x.lstrip().startswith(">")), "")
    found = _SPOKEN_TO.match(" ".join(line.split()))
    return found is not None and not first.isdisjoint(folded_words(found[1] or found[2]))


def kept_from(text: str, people: Sequence[tuple[str, str]]) -> list[str]:
    """The addresses of those `people` (address, name) of whom a line of `text` asks that something be kept from them, or that
    they be written to no more ("ne plus envoyer à M. Roques"), or whom it calls near to the person: "Madame refuse que son
    ex-mari, Julien Roques, voie son dossier"."""
    found: list[str] = []
    for line in own_lines(text)[:_LINES]:
        words = tuple(w.text for w in words_of(line))
        near = not _NEAR.isdisjoint(words)
        if near or _hold(words, _AWAY):
            found += [
                a for a, name in people if a in line.lower() or _named(folded_words(name), words, whole=near)
            ]
    return list(dict.fromkeys(found))


def _named(name: tuple[str, ...], words: tuple[str, ...], *, whole: bool) -> bool:
    return bool(name) and len(name[-1]) > 2 and (set(name) <= set(words) if whole else name[-1] in words)


def _begins_note(line: str) -> bool:
    words = tuple(w.text for w in words_of(line))
    marked = words[:1] in _NOTES or words[:1] in (("interne",), ("confidentiel",), ("internal",))
    if marked and _COLON.search(line[:40]):
        return True
    return words[:2] in _TO_AGENTS or (len(words) <= 12 and _begin(words, _KEEP))


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
