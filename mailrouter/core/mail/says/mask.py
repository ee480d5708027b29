"""Identifiers in free text: where they stand, and the text without those that a reader is not entitled to.

Masking errs on the side of hiding: a number of the right shape counts whether or not its key holds, since a typing
error in a real number is still that person's number.
"""

from __future__ import annotations

import re
from bisect import bisect
from typing import Literal

from mailrouter.core.mail.says import iban, nir
from mailrouter.core.model.mail import Frozen

Kind = Literal["nir", "fiscal", "iban", "phone", "allocataire"]

MASK = "…"
_ROUNDS = 8
_GAP = r"[\s.\-/_\u200b]{0,2}"
# A search skips what cannot begin a match only where an expression begins with characters: what must not stand before the
# first one is looked back at behind it. Over text without numbers that costs a fifth.
_NIR = re.compile(
    r"[1-478](?<!\w.)"
    + _GAP
    + r"\d\d"
    + _GAP
    + r"\d\d"
    + _GAP
    + r"(?:\d\d|2[ABab])"
    + _GAP
    + r"\d{3}"
    + _GAP
    + r"\d{3}"
    r"(?:" + _GAP + r"(?:cl[ée]|key)?" + _GAP + r":?" + _GAP + r"\d\d)?(?!\w)"
)
_DIGITS13 = re.compile(r"[0-3](?<!\w.)(?:" + _GAP + r"\d){12}(?!\w)")
_IBAN_HEAD = re.compile(r"\d\d(?<=[A-Za-z]{2}..)(?<!\w....)")
_IBAN = re.compile(
    r"[A-Za-z]{2}\d{2}(?:[\s.\-]{0,2}[A-Za-z0-9]{4}){2,7}(?:[\s.\-]{0,2}[A-Za-z0-9]{1,4})?(?!\w)"
)
_PHONE = re.compile(
    r"[+0](?<![\w.,/].)(?:(?:(?<=\+)|(?<=0)0)33[\s.\-]{0,2}(?:\(0\)[\s.\-]{0,2})?[1-9]|(?<=0)[1-9])(?:[\s.\-/]{0,2}\d\d){4}(?![\w/])"
    r"|[+0](?<!\w.)(?:(?<=\+)|(?<=0)0)(?!33)[1-9]\d{0,2}(?:[\s.\-]{0,2}\d{2,4}){3,5}(?!\w)"
)
_SEVEN_FIGURES = re.compile(r"\d(?<!\d.)(?:[ .]?\d){6}(?: ?[A-Za-z])?(?!\w)")
_ALLOCATAIRE_BEFORE = re.compile(
    r"\b(?:allocataires?|n[°o]?[ .]?\s?caf|matricule(?: caf)?|dossier caf|caf n[°o]?|num[ée]ro caf)\b[^\d\n]{0,25}\Z",
    re.I,
)
_ALLOCATAIRE_REACH = (
    45  # characters: the longest of those words, and what may stand between it and the number
)
_TAX_WORD = re.compile(r"fisca|imp[ôo]t|\bspi\b|tax", re.I)
_NIR_WORD = re.compile(r"\bnir\b|s[ée]cu|\bss\b|\binsee\b|immatriculation", re.I)


class Identifier(Frozen, frozen=True, kw_only=True):
    """One identifier found: its kind, its value without separators, and where it stands in the text."""

    kind: Kind
    value: str
    start: int
    end: int


def identifiers(text: str) -> tuple[Identifier, ...]:
    """Every NIR, tax number, IBAN, telephone and allocataire number in `text`, in order, none overlapping another."""
    if not _has_digits(text):
        return ()
    kept: list[Identifier] = []
    places: list[int] = []
    for one in (*_ibans(text), *_nirs_and_tax_numbers(text), *_allocataires(text), *_phones(text)):
        at = bisect(places, one.start)  # the surer kinds come first and keep their place
        clear = (at == 0 or kept[at - 1].end <= one.start) and (at == len(kept) or one.end <= kept[at].start)
        if clear:
            kept.insert(at, one)
            places.insert(at, one.start)
    return tuple(kept)


def mask(text: str, keep: frozenset[str]) -> str:
    """`text` with every identifier whose kind is not in `keep` replaced by dots and its last two or three characters.

    Again until nothing changes: the characters left of one may form another with the digits behind it.
    """
    for _ in range(_ROUNDS):
        hidden = _masked_once(text, keep)
        if hidden == text:
            break
        text = hidden
    return text


def _masked_once(text: str, keep: frozenset[str]) -> str:
    out: list[str] = []
    at = 0
    for one in identifiers(text):
        if one.kind in keep:
            continue
        shown = 3 if len(one.value) > 8 else 2
        out += (text[at : one.start], MASK, one.value[-shown:])
        at = one.end
    return "".join((*out, text[at:])) if out else text


def masked(value: str) -> str:
    """One identifier said back to its author: dots and its last two or three characters."""
    return MASK + value[-(3 if len(value) > 8 else 2) :] if len(value) > 4 else MASK


_LONG_NUMBER = re.compile(r"\d(?:[\s.\-/_\u200b]{0,2}[\dABab]){6}")


def _has_digits(text: str) -> bool:
    return _LONG_NUMBER.search(text) is not None


def _ibans(text: str) -> list[Identifier]:
    found = []
    past = 0
    for head in _IBAN_HEAD.finditer(text):
        place = head.start() - 2
        match = _IBAN.match(text, place) if place >= past else None
        if match is None:
            continue
        value = iban.compact(match[0])
        end = past = match.end()
        if value.startswith("FR") and len(value) > 27:  # a word of four letters right after it was taken in
            value, end = value[:27], match.start() + _length_of(match[0], 27)
        known = iban.iban_problem(value) != "iban-shape" and sum(ch.isdigit() for ch in value) >= 10
        if known:
            found.append(Identifier(kind="iban", value=value, start=match.start(), end=end))
    return found


def _length_of(written: str, count: int) -> int:
    """How many characters of `written` hold its first `count` letters and digits."""
    seen = 0
    for place, character in enumerate(written):
        seen += character.isalnum()
        if seen == count:
            return place + 1
    return len(written)


def _nirs_and_tax_numbers(text: str) -> list[Identifier]:
    found = []
    for match in _NIR.finditer(text):
        value = re.sub(r"(?i)cl[ée]|key|[^0-9ab]", "", match[0]).upper()
        if nir.is_shaped(value):
            kind: Kind = (
                "fiscal" if len(value) == 13 and _is_tax_number(text, match.start(), value) else "nir"
            )
            found.append(Identifier(kind=kind, value=value, start=match.start(), end=match.end()))
    for match in _DIGITS13.finditer(text):
        value = re.sub(r"\D", "", match[0])
        if value.startswith("0033"):  # a French telephone number with its country code
            continue
        found.append(Identifier(kind="fiscal", value=value, start=match.start(), end=match.end()))
    return found


def _is_tax_number(text: str, place: int, value: str) -> bool:
    """Thirteen digits may be either: the word before decides, then the tax number's own check digits."""
    before = text[max(0, place - 60) : place]
    tax, social = _last(_TAX_WORD, before), _last(_NIR_WORD, before)
    if tax != social:
        return tax > social
    return not iban.fiscal_problem(value)


def _last(pattern: re.Pattern[str], text: str) -> int:
    return max((match.start() for match in pattern.finditer(text)), default=-1)


def _allocataires(text: str) -> list[Identifier]:
    found = []
    for match in _SEVEN_FIGURES.finditer(text):
        place = match.start()
        if _ALLOCATAIRE_BEFORE.search(text, max(0, place - _ALLOCATAIRE_REACH), place):
            value = re.sub(r"\W", "", match[0])
            found.append(Identifier(kind="allocataire", value=value, start=place, end=match.end()))
    return found


def _phones(text: str) -> list[Identifier]:
    return [
        Identifier(kind="phone", value=phone(match[0]), start=match.start(), end=match.end())
        for match in _PHONE.finditer(text)
    ]


def phone(written: str) -> str:
    """A telephone number without separators; a French one as ten digits, whatever its prefix."""
    digits = re.sub(r"[^\d+]", "", re.sub(r"\(0\)", "", written))
    for prefix in ("+33", "0033"):
        if digits.startswith(prefix):
            return "0" + digits[len(prefix) :].removeprefix("0")
    return digits
