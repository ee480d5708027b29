"""Folding of human text for comparison: case, accents, apostrophes, punctuation."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[a-z0-9@.+_-]*[a-z0-9]|\?")
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "’": "'", "ʼ": "'", "`": "'"})


def fold(text: str) -> str:
    """`text` without accents, case, ligatures or typographic apostrophes; NFKD, so a no-break space is a space."""
    if text.isascii():
        return text.replace("`", "'").lower()
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


def folded_words(text: str) -> tuple[str, ...]:
    """The words of `text`, folded; punctuation is gone but for addresses and a question mark."""
    return tuple(_WORD.findall(fold(text)))


def close_words(a: str, b: str) -> bool:
    """Whether two folded words are the same but for one typing slip: a letter added, lost, changed, or two swapped.

    Short words (under five letters) must be equal: "moi" and "mois" are different acts.
    """
    if a == b:
        return True
    if min(len(a), len(b)) < 5 or abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[start:], b[start:]
    return (
        rest_a[1:] == rest_b
        or rest_a == rest_b[1:]
        or rest_a[1:] == rest_b[1:]
        or (rest_a[:2] == rest_b[1::-1] and rest_a[2:] == rest_b[2:])
    )
