"""What a person writes below an act is read: by whom the text alone would have been, or by the agents of one who leaves."""

from __future__ import annotations

import pytest
from story import well
from town import CAF_BOX, CLAIRE, JULIEN, ZOE

SAID = "Elle n'a plus de carte vitale depuis mars."


@pytest.mark.parametrize(
    "word",
    [
        "inviter CPAM",
        "historique",
        "liste",
        "aide",
        "mandat",
        "résumé",
        "exclure julien.roques@caf46.example",
    ],
)
def test_an_aidants_text_goes_to_the_organisations(town, word):
    """The act is done, and the agents read the text as if it had come alone."""
    opened = town.open_case()
    done = town.answer(ZOE, opened.to(ZOE), f"{word}\n\n{SAID}\n\nZoé")
    assert done.rule.startswith("act:")
    assert SAID in done.to(CLAIRE, "message").text
    assert town.case().messages[-1].text.startswith(SAID)
    well(town)


def test_three_words_are_a_text(town):
    """The shortest sentence says enough."""
    opened = town.open_case()
    done = town.answer(ZOE, opened.to(ZOE), "historique\n\nElle dort dehors.")
    assert "Elle dort dehors." in done.to(CLAIRE, "message").text


def test_a_word_and_a_name_are_no_text(town):
    """A greeting below an act is nothing to read."""
    opened = town.open_case()
    for word in ("historique", "aide", "inviter CPAM"):
        done = town.answer(ZOE, opened.to(ZOE), f"Bonjour,\n\n{word}\n\nMerci\nZoé")
        assert "message" not in {template for _, template in done.sent()}
    assert len(town.case().messages) == 1


def test_a_file_below_an_act_goes_on(town):
    """So does what hangs on the mail."""
    opened = town.open_case()
    pdf = [("bail.pdf", b"%PDF-1.4 x", "application/pdf")]
    done = town.answer(ZOE, opened.to(ZOE), "historique", files=pdf)
    assert "bail.pdf" in done.to(CLAIRE, "message").text


def test_an_agents_text_is_an_answer(town):
    """An agent who asks for the history and answers has answered."""
    opened = town.open_case()
    done = town.answer(CLAIRE, opened.to(CLAIRE), "historique\n\nLe rappel de mars part vendredi prochain.")
    assert "part vendredi" in done.to(ZOE, "answer").text
    assert town.case().party("CAF").first_answer_at


def test_who_leaves_speaks_to_the_agents_alone(town):
    """ "pas moi" with a word for those who go on: a note, never a mail to the aidant."""
    opened = town.open_case()
    left = town.answer(
        CLAIRE, opened.to(CLAIRE), "pas moi\n\nCe quartier est suivi par Julien depuis janvier."
    )
    notes = {letter.to for letter in left.letters if "suivi par Julien" in letter.text}
    assert notes == {JULIEN, CAF_BOX}
    well(town)
