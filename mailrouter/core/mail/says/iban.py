"""Bank account and tax numbers: what holds and what does not (ISO 13616, ISO 7064 MOD 97-10; French tax number)."""

from __future__ import annotations

import re

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_LENGTHS = {
    "FR": 27,
    "MC": 27,
    "BE": 16,
    "DE": 22,
    "ES": 24,
    "IT": 27,
    "LU": 20,
    "PT": 25,
    "CH": 21,
    "GB": 22,
}
_NOISE = re.compile(r"[\s.\-\u200b]+")


def compact(written: str) -> str:
    """A number as written, without separators, in capitals."""
    return _NOISE.sub("", written).upper()


def iban_problem(number: str) -> str:
    """'' when `number` (compact) is an IBAN, else `iban-shape`, `iban-length` or `iban-key`."""
    if not _IBAN.fullmatch(number):
        return "iban-shape"
    if len(number) != _LENGTHS.get(number[:2], len(number)):
        return "iban-length"
    rolled = "".join(str(int(letter, 36)) for letter in number[4:] + number[:4])
    return "" if int(rolled) % 97 == 1 else "iban-key"


def fiscal_problem(number: str) -> str:
    """'' when `number` (compact) is a French tax number, else `fiscal-length` or `fiscal-key`.

    13 digits, the first 0 to 3, the last three the first ten modulo 511 (Direction générale des Finances publiques;
    the same rule as in python-stdnum's `fr.nif`).
    """
    if len(number) != 13 or not number.isdigit():
        return "fiscal-length"
    return "" if number[0] in "0123" and int(number[:10]) % 511 == int(number[10:]) else "fiscal-key"
