"""Folding of human text for comparison: case, accents, apostrophes, punctuation."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[a-z0-9@.+_-]*[a-z0-9]|\?")
_LIGATURES = {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "’": "'", "ʼ": "'", "`": "'"}
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_SHORT = 3  # "é", "« "; a text in another script is no word to remember


def without_accents(text: str) -> str:
    """NFKD without combining characters. Only what is not ASCII is looked at, and each short run of it once."""
    return text if text.isascii() else _NOT_ASCII.sub(lambda found: _plain(found[0]), text)


def _plain(run: str) -> str:
    return _short(run) if len(run) <= _SHORT else _decomposed(run)


def _decomposed(run: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", run) if not unicodedata.combining(c))


_short = lru_cache(maxsize=4096)(_decomposed)


def fold(text: str) -> str:
    """`text` without accents, case, ligatures or typographic apostrophes; NFKD, so a no-break space is a space."""
    if text.isascii():
        return text.replace("`", "'").lower()
    for special, plain in _LIGATURES.items():
        text = text.replace(special, plain)
    return without_accents(text).lower()


def folded_words(text: str) -> tuple[str, ...]:
    """The words of `text`, folded; punctuation is gone but for addresses and a question mark."""
    return tuple(_WORD.findall(fold(text)))


def close_words(a: str, b: str) -> bool:
    """Whether two folded words are the same but for one typing slip: a letter added, lost, changed, or two swapped.

    Short words (under five letters) must be equal: "moi" and "mois" are different acts.
    """
    if a == b:
        return True
    if abs(len(a) - len(b)) > 1 or min(len(a), len(b)) < 5:
        return False
    if a[0] != b[0] and a[-1] != b[-1]:  # one slip leaves one end or the other
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[start:], b[start:]
    return (
        rest_a[1:] == rest_b
        or rest_a == rest_b[1:]
        or rest_a[1:] == rest_b[1:]
        or (rest_a[:2] == rest_b[1::-1] and rest_a[2:] == rest_b[2:])
    )
