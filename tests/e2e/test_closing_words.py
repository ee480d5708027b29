"""What an aidant says to the question whether to close, in the words people use; a complaint is never taken for a yes."""

from __future__ import annotations

import pytest
from town import CLAIRE, ZOE, Town


def asked(town: Town):
    """A case that its agent said is done."""
    opened = town.open_case()
    return town.answer(CLAIRE, opened.to(CLAIRE), "Traité.\n\nLe rappel sera versé le 5 mars.").to(ZOE)


@pytest.mark.parametrize(
    ("text", "useful"),
    [
        ("Oui utile", "yes"),
        ("Oui, très utile, merci", "yes"),
        ("pas utile", "no"),
        ("Not useful", "no"),
        ("C'est bon pour moi, merci", "unknown"),
        ("Tout est réglé", "unknown"),
        ("It is solved, thanks", "unknown"),
        ("ok", "unknown"),
        ("oui", "yes"),
    ],
)
def test_it_is_closed_as_she_says(town, text, useful):
    """The usefulness that she tells is counted, and none that she does not."""
    closed = town.answer(ZOE, asked(town), text)
    assert (closed.rule, town.case().state, town.case().useful) == ("act:close", "closed", useful)


@pytest.mark.parametrize(
    "text",
    [
        "Non ce n'est pas réglé",
        "Pas utile\nLe versement n'est pas arrivé.",
        "Tout est réglé ?",
        "C'est réglé\nMais il manque le rappel de janvier.",
        "Très utile mais le rappel manque",
        "rien reçu à ce jour",
    ],
)
def test_it_goes_on_where_something_is_missing(town, text):
    """Whoever complains is read by the agents, whatever word the complaint begins with."""
    town.answer(ZOE, asked(town), text)
    assert town.case().state == "open"
