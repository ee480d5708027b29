"""Letters made comparable: without case and accents, at the cost of a copy for what French mail is written in.

`str.lower`, `str.translate` and Unicode normalisation take 20 to 50 ns a character of accented text, which was a third
of reading a letter of 2,000 characters. Both foldings here look at each character by itself, so that a table of 256
octets gives the very same for Latin-1; the few other characters of Western letters (quotes, dashes, the euro) are
replaced before. All other text takes the long way.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_STRAIGHT: Final = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "œ": "oe", "æ": "ae", "–": "-", "—": "-", "ß": "ss"}
)
_USUAL: Final = (
    "’€œ–"  # what French letters hold outside Latin-1; the error that they raise costs more than four looks
)
# No case of Latin-1 leaves it, but these come into it ("K" of kelvin, "Å" of ångström, "İ", "Ÿ", "ẞ").
_LOWERED_INTO: Final = ("\u212a", "\u212b", "\u0130", "\u0178", "\u1e9e")


def fold(text: str) -> str:
    """Lower case ASCII, without accents, apostrophes and dashes straight, every run of space one space."""
    return " ".join((text.lower() if text.isascii() else _ascii(text)).split())


def lowered(text: str) -> str:
    """`text` in lower case, of the same length ("İ" would become two characters): for expressions written in lower
    case, which find the right branch among many several times faster than under IGNORECASE."""
    return text.lower() if text.isascii() or "İ" not in text else text.replace("İ", "i").lower()


def lower_octets(text: str) -> bytes:
    """`text` in lower case Latin-1, "?" for what is not in it: what hints are looked for in."""
    if text.isascii():
        return text.lower().encode()
    octets = western(text)
    if octets is not None:
        return octets.translate(LOWER)
    if any(map(text.__contains__, _LOWERED_INTO)):
        return text.lower().encode("latin-1", "replace")
    return text.encode("latin-1", "replace").translate(LOWER)


def western(text: str) -> bytes | None:
    """`text` in Latin-1, "?" for the few characters that French letters hold besides; None when it holds others."""
    for character in _USUAL:
        if character in text:
            text = text.replace(character, "?")
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return None


def _ascii(text: str) -> str:
    for character, plain in _WESTERN:
        if character in text:
            text = text.replace(character, plain)
    try:
        octets = text.encode("latin-1")
    except UnicodeEncodeError:
        return _decomposed(text)
    for octet, several in _SEVERAL:
        if octet in octets:
            octets = octets.replace(octet, several)
    return octets.translate(_FOLDED, _DROPPED).decode("ascii")


def _decomposed(text: str) -> str:
    """The long way, for any text: lower case, compatibility decomposition (NFKD), what is ASCII of it."""
    return unicodedata.normalize("NFKD", text.lower().translate(_STRAIGHT)).encode("ascii", "ignore").decode()


_LATIN: Final = tuple(_decomposed(chr(code)) for code in range(256))
_FOLDED: Final = bytes(ord(plain) if len(plain) == 1 else 32 for plain in _LATIN)
_DROPPED: Final = bytes(code for code, plain in enumerate(_LATIN) if not plain)
_SEVERAL: Final = tuple(
    (bytes((code,)), plain.encode()) for code, plain in enumerate(_LATIN) if len(plain) > 1
)
_WESTERN: Final = tuple((c, _decomposed(c)) for c in "’–œ€…“”—‘Œ•\u202f\u200b")
LOWER: Final = bytes(ord(low) if (low := chr(code).lower()) < "\u0100" else code for code in range(256))
