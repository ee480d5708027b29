"""Text made comparable: slugs for addresses, folded words for matching, and how far two words are apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

# NFKD leaves these letters whole, although French readers write them as two.
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o"})
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def ascii_fold(text: str) -> str:
    """`text` without case and accents (NFKD, combining marks dropped); other signs stay as they are."""
    folded = folded_in_place(text)
    return _decomposed(text) if folded is None else folded


def folded_in_place(text: str) -> str | None:
    """As `ascii_fold`, where each character gives exactly one and all are Latin-1: a tenth of the cost of normalising,
    for what nearly all French words are written in. None for any other text."""
    if text.isascii():
        return text.lower()
    try:
        octets = text.encode("latin-1")
    except UnicodeEncodeError:
        return None
    return None if _ODD.search(octets) else octets.translate(_FOLDED).decode("latin-1")


def _decomposed(text: str) -> str:
    """The long way, for any text."""
    spread = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return "".join(c for c in spread if not unicodedata.combining(c)).lower()


_LATIN: Final = tuple(_decomposed(chr(code)) for code in range(256))
# Octets of Latin-1 that fold to no one octet of it ("ß", "½").
_ODD: Final = re.compile(
    b"[%s]" % b"".join(re.escape(bytes((c,))) for c, f in enumerate(_LATIN) if len(f) != 1 or f > "\xff")
)
_FOLDED: Final = bytes(ord(f) if len(f) == 1 and f <= "\xff" else c for c, f in enumerate(_LATIN))


def slug(text: str) -> str:
    """The local part of a name: "Val-d'Oise" gives "val-d-oise", "Chèque énergie" "cheque-energie"; "" if
    nothing is left of it."""
    return _NOT_SLUG.sub("-", ascii_fold(text)).strip("-")


def distance(a: str, b: str, most: int) -> int:
    """Damerau-Levenshtein distance (optimal string alignment) of `a` and `b`; `most + 1` when it is larger."""
    a, b = _without_common(a, b)
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        before, row = row, _next_row(a, b, i, left, before, row)
        # A swap builds on the row before the last, so both must be too far.
        if min(row) > most and min(before, default=0) >= most:
            return most + 1
    return min(row[-1], most + 1)


def _without_common(a: str, b: str) -> tuple[str, str]:
    """Both without what they begin and end with alike: it never changes the distance."""
    start, end = 0, 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    return a[start : len(a) - end], b[start : len(b) - end]


def _next_row(a: str, b: str, i: int, left: str, older: list[int], row: list[int]) -> list[int]:
    out = [i]
    for j, right in enumerate(b, 1):
        cost = min(row[j] + 1, out[j - 1] + 1, row[j - 1] + (left != right))
        if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
            cost = min(cost, older[j - 2] + 1)
        out.append(cost)
    return out


def nearest(word: str, known: Iterable[str], shortest: int = 3) -> str | None:
    """The one of `known` that `word` was most likely meant to be, or None.

    Two slips are forgiven, one in words of up to four letters, none in words under `shortest` letters or in numbers
    (47 is not a misspelt 46). Of several at the same distance the first in alphabetical order, so that the answer is stable.
    """
    most = 2 if len(word) > 4 else 1
    if len(word) < shortest or word.isdigit():
        return None
    scored = [
        (distance(word, other, most), other)
        for other in known
        if len(other) >= shortest and not other.isdigit()
    ]
    best = min((s for s in scored if s[0] <= most), default=None)
    return best[1] if best else None
