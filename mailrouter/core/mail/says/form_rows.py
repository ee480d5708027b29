"""Rows of a form that only the rows beside them explain: columns as spreadsheets are pasted, names in small letters."""

from __future__ import annotations

import re

from mailrouter.core.mail.says.labels import field_of
from mailrouter.core.model.mail import Frozen

PERSON = frozenset(("nom", "prenom", "identite", "identite_nom", "identite_prenom", "naissance", "nir"))
NAMES = frozenset(("nom", "prenom", "nom_naissance", "identite", "identite_nom", "identite_prenom"))
_SMALL_NAME = re.compile(
    r"((?:pr[ée])?noms?(?: de naissance)?) +([a-zà-öø-ÿ][a-zà-öø-ÿ'’\-]*(?: [a-zà-öø-ÿ'’\-]+){0,2})", re.I
)


class Line(Frozen, frozen=True, kw_only=True):
    """One labelled value as written."""

    field: str
    raw: str


def read_columns(rows: list[str], found: list[list[Line]]) -> None:
    """Take a row of labels and the row of as many values below it, as spreadsheets are pasted, for what they are."""
    for number, row in enumerate(rows[:-1]):
        labels = [field_of(cell) for cell in _cells(row)]
        if len(labels) < 2 or not all(labels):
            continue
        below = next((n for n in (number + 1, number + 2) if n < len(rows) and rows[n]), number)
        values = _cells(rows[below])
        if below > number and len(values) == len(labels) and not all(map(field_of, values)):
            found[number] = [
                Line(field=name, raw=raw) for name, raw in zip(labels, values, strict=True) if raw
            ]
            found[below] = [Line(field="", raw="")]  # read already: neither labels nor prose


def read_small_names(rows: list[str], found: list[list[Line]]) -> None:
    """Take "prenom jean-claude" for a name beside another line of the form: alone, "nom propre" may be prose."""
    small_rows = [
        (n, small) for n, row in enumerate(rows) if not found[n] and (small := _SMALL_NAME.fullmatch(row))
    ]
    # Twice: the first of two may be known only by the second.
    for number, small in (*small_rows, *reversed(small_rows)):
        beside = [*found[max(0, number - 1)], *found[min(number + 1, len(rows) - 1)]]
        name = field_of(small[1])
        if not found[number] and name in NAMES and any(line.field in PERSON for line in beside):
            found[number] = [Line(field=name, raw=small[2])]


def _cells(row: str) -> list[str]:
    if "\t" not in row and "|" not in row:
        return []
    return [cell.strip() for cell in re.split(r"\t|\|", row.strip(" |"))]
