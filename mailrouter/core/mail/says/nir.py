"""The French social security number (NIR): 13 characters and a key of two digits.

Sex (1, 2; 3, 4 for people being registered, 7, 8 provisional), year, month, department or country, commune, order;
the key is 97 minus the number modulo 97, in which Corsica's 2A counts as 19 and 2B as 18 (INSEE, decree 82-103).
A month that was not known is 20 to 42 or 50 to 99.
"""

from __future__ import annotations

import re
from datetime import date

_SHAPE = re.compile(r"([1-478])(\d\d)(0[1-9]|1[0-2]|[23]\d|4[0-2]|[5-9]\d)(\d\d|2[AB])(\d{3})(\d{3})(\d\d)?")
_NOISE = re.compile(r"[\s.\-_/\u200b]+")


def compact(written: str) -> str:
    """A number as written, without spaces, dots and hyphens, in capitals."""
    return _NOISE.sub("", written).upper()


def key(number: str) -> int:
    """The key of the 13 characters `number`. Raises ValueError when it holds other letters than 2A or 2B."""
    corsica = {"2A": "19", "2B": "18"}.get(number[5:7])
    return 97 - int(number[:5] + corsica + number[7:] if corsica else number) % 97


def is_shaped(number: str) -> bool:
    """Whether `number` (compact) has the form of a NIR, with or without its key."""
    return _SHAPE.fullmatch(number) is not None


def is_valid(number: str) -> bool:
    """Whether `number` (compact) is a NIR with its right key."""
    return len(number) == 15 and is_shaped(number) and key(number[:13]) == int(number[13:])


def problem(number: str, birth: date | None = None) -> str:
    """What does not hold in `number` (compact): '' or `nir-length`, `nir-shape`, `nir-key-missing`, `nir-key`,
    `nir-birth` when its year and month contradict `birth`. The first in this order; the key is not computed
    for the reader, so that a typing error stays visible."""
    if len(number) not in (13, 15):
        return "nir-length"
    if not is_shaped(number):
        return "nir-shape"
    if len(number) == 15 and not is_valid(number):
        return "nir-key"
    if birth is not None and _contradicts(number, birth):
        return "nir-birth"
    return "nir-key-missing" if len(number) == 13 else ""


def _contradicts(number: str, birth: date) -> bool:
    month = int(number[3:5])
    return int(number[1:3]) != birth.year % 100 or (1 <= month <= 12 and month != birth.month)
