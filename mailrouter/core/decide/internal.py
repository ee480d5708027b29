"""Whether a first line resembles an internal marker that is not the recognised one. Notes fail closed: such a mail is
relayed to nobody, its writer is asked `note` or `envoyer` (DOMAIN, Situations 2)."""

from __future__ import annotations

from mailrouter.core.decide.acts import listed
from mailrouter.core.decide.command import own_lines, words_of

_INTERNAL = listed("interne internes confidentiel confidentielle internal internally")
_KEEP = (
    ("a", "ne", "pas"),
    ("ne", "pas", "transmettre"),
    ("ne", "pas", "diffuser"),
    ("ne", "pas", "communiquer"),
    ("pas", "pour", "l", "aidant"),
    ("reserve", "aux", "agents"),
    ("agents", "seulement"),
    ("entre", "nous"),
    ("entre", "agents"),
    ("do", "not", "forward"),
    ("agents", "only"),
)


def resembles_note(text: str) -> bool:
    """Whether the first own line looks like an internal marker that is not the recognised `note :`.

    Such a mail is relayed to nobody: the writer is asked `note` or `envoyer` (DOMAIN, Situations 2).
    """
    lines = own_lines(text)
    if not lines:
        return False
    words = tuple(w.text for w in words_of(lines[0]))
    if words[:1] == ("note",) and len(words) > 1:
        return True
    if len(words) <= 8 and not _INTERNAL.isdisjoint(words):
        return True
    return len(words) <= 12 and any(words[: len(keep)] == keep for keep in _KEEP)
