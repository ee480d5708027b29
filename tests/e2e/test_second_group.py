"""`inviter CAF 95`: a second group of an organisation that is on the case already joins it, and stays a reader of its own."""

from __future__ import annotations

import pytest
from story import well
from town import CAF_BOX, CLAIRE, JULIEN, ZOE

SOPHIE = "sophie.nguyen@caf95.example"
OLIVIER = "olivier.petit@caf95.example"
BOX_95 = "aplus@caf95.example"


@pytest.fixture
def invited(town):
    """(the opening, the invitation): CAF du Lot is asked, then CAF du Val-d'Oise is invited."""
    opened = town.open_case()
    town.answer(CLAIRE, opened.to(CLAIRE), "Elle a déménagé : son dossier est parti à Pontoise.")
    return opened, town.answer(ZOE, opened.to(ZOE), "inviter CAF 95")


def test_the_other_unit_is_asked_and_the_organisation_stays_one(town, invited):
    """Its people get the case under their own name; the state is the organisation's."""
    _, invitation = invited
    asked = [to for to, template in invitation.sent() if template.startswith("new-case")]
    assert {SOPHIE, OLIVIER} <= set(asked) and CLAIRE not in asked
    assert "CAF du Val-d'Oise" in invitation.to(SOPHIE).text
    assert [p.organisation for p in town.case().parties] == ["CAF"]
    again = town.answer(ZOE, invitation.to(ZOE), "inviter CAF 95")
    assert again.sent() == [(ZOE, "not-understood")]


def test_an_answer_goes_to_the_aidant_and_its_own_unit_alone(town, invited):
    """DOMAIN, *Personal data*: an organisation's answer reaches the aidant and its own group."""
    opened, invitation = invited
    said = town.answer(SOPHIE, invitation.to(SOPHIE), "Dossier reçu, versement lundi.")
    assert {to for to, _ in said.sent()} == {ZOE, OLIVIER, BOX_95}
    before = town.answer(SOPHIE, invitation.to(SOPHIE), "historique").to(SOPHIE).text
    assert "Pontoise" not in before and "versement lundi" in before
    first = town.answer(CLAIRE, opened.to(CLAIRE), "historique").to(CLAIRE).text
    assert "Pontoise" in first and "versement lundi" not in first
    asked = town.answer(ZOE, opened.to(ZOE), "Merci, et pour le rappel de loyer ?")
    assert {SOPHIE, OLIVIER, CLAIRE, JULIEN} <= {to for to, _ in asked.sent()}


def test_its_people_are_reminded_take_it_and_end_it(town, invited):
    """Time and acts count for the organisation, whoever of its units they come from."""
    _, invitation = invited
    waited = town.pass_time(days=8)
    assert (SOPHIE, "reminder") in waited.sent()
    town.answer(SOPHIE, invitation.to(SOPHIE), "je m'en occupe")
    assert town.case().party("CAF").owner == SOPHIE
    done = town.answer(SOPHIE, invitation.to(SOPHIE), "traité")
    assert (ZOE, "asked-to-close") in done.sent() and town.case().state == "done"
    well(town)


def test_pas_nous_and_the_right_unit_begins_anew(town):
    """An organisation that had ended its part has a part again."""
    opened = town.open_case()
    refused = town.answer(CLAIRE, opened.to(CLAIRE), "pas nous")
    assert town.case().party("CAF").state == "not-competent"
    invitation = town.answer(ZOE, refused.to(ZOE), "inviter CAF Val-d'Oise")
    assert town.case().party("CAF").state == "new" and town.case().state == "open"
    town.answer(SOPHIE, invitation.to(SOPHIE), "Nous regardons.")
    assert town.case().party("CAF").state == "in-progress"
    leaves = town.answer(SOPHIE, invitation.to(SOPHIE), "pas moi")
    assert (OLIVIER, "declined") in leaves.sent()
    assert CAF_BOX not in {to for to, t in leaves.sent() if t.startswith("new-case")}
    well(town)
