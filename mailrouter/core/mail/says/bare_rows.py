"""Lines that begin with a label and put nothing between it and its value: "NOM DUPONT", "Né le 3/4/1961", "NIR 2 61 …"."""

from __future__ import annotations

import re
from typing import Final

from mailrouter.core.mail.says.form_rows import NAMES, Line
from mailrouter.core.mail.says.labels import field_of, may_begin

BARE_LINE: Final = 120
"""Characters of such a line, at most."""
_WORD = re.compile(r"\S+")
_CAPITAL_NAME = re.compile(
    r"(?:[A-ZÀ-ÖØ-Þ][\w'’\-]*\.?(?:\s+|$)|(?:de|du|des|la|le|d['’]|da|ben|el|van|von)\s+){1,5}"
)
_PIECES = re.compile(r"\s+[-–—/|]\s+|\s*;\s+")


def pieces(body: str) -> list[Line]:
    """ "Né le 12 juin 1975 - Nom HADDAD - Prénom Karim": what each piece of a line states when two of them at least begin
    with a label and the others say nothing else; else nothing."""
    if len(body) > 2 * BARE_LINE:
        return []
    found = [without_separator(piece) for piece in _PIECES.split(body)]
    named = [lines for lines in found if lines and lines[0].raw]
    return [line for lines in named for line in lines] if len(named) > 1 and len(named) == len(found) else []


def without_separator(body: str) -> list[Line]:
    """ "NOM DUPONT", "Né le 3/4/1961", "NIR 2 61 …": a label at the start, and a value of the right form after it."""
    if len(body) > BARE_LINE or not body[:1].isalpha():
        return []
    if not may_begin(body):
        return []
    words = list(_WORD.finditer(body))[:7]
    for count in range(min(len(words) - 1, 6), 0, -1):
        name = field_of(body[: words[count - 1].end()])
        value = body[words[count].start() :]
        if name and _is_plausible(name, value):
            return [Line(field=name, raw=value)]
    if len(words) <= 5 and body.strip()[-1:] not in ".!?":
        name = field_of(body)
        if name in NAMES or name in ("naissance", "nir", "mandat", "organisme", "allocataire", "fiscal"):
            return [Line(field=name, raw="")]
    return []


def _is_plausible(name: str, value: str) -> bool:
    if name in ("nom", "prenom", "nom_naissance"):
        return (
            len(value) <= 50
            and _CAPITAL_NAME.fullmatch(value.strip(" .")) is not None
            and not field_of(value)
        )
    if name == "naissance":
        return re.match(r"(?:le\s+)?\d{1,2}(?:er)?[\s/.\-]|\d{4}-", value, re.I) is not None
    if name in ("nir", "fiscal", "allocataire", "telephone"):
        return re.match(r"\D{0,4}\d[\d\s.\-/ABab]{5,30}\D{0,12}$", value) is not None
    if name in ("mandat", "contact_prudent"):
        return (
            re.match(r"(?:oui|non|yes|no|sign[ée]|[ée]crit)\b", value, re.I) is not None and len(value) < 60
        )
    if name == "exclure":
        return "@" in value and len(value.split()) == 1
    return name == "organisme" and len(value.split()) <= 5 and value[:1].isupper() and value[-1:] not in ".!?"
