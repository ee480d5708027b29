"""Several acts, or an act and a note, in one mail: all that can be done is, and no note goes where an answer would."""

from __future__ import annotations

import pytest
from story import well
from town import AURELIE, BERNARD, CAF_BOX, CLAIRE, EMILIE, ZOE

INDU = "elle a un indu de 3000 euros"


def test_two_invitations(town):
    """Each on its line, the text below them once."""
    opened = town.open_case()
    out = town.answer(
        ZOE, opened.to(ZOE), "Bonjour,\n\ninviter CPAM\ninviter la MSA svp\n\nElle change de caisse."
    )
    assert {(AURELIE, "new-case-agent"), (EMILIE, "new-case-agent")} <= set(out.sent())
    assert "Elle change de caisse." in out.to(CLAIRE, "message").text
    for who in (AURELIE, EMILIE):
        assert "Elle change de caisse." in out.to(who).text
    assert len(town.case().messages) == 2
    assert "act-offered" not in {template for _, template in out.sent()}
    well(town)


def test_two_colleagues_excluded_and_the_same_act_twice(town):
    """Each is acknowledged; an act said twice is done once and then answered."""
    opened = town.open_case()
    out = town.answer(ZOE, opened.to(ZOE), "exclure Claire Martin\nexclure Julien Roques\nliste")
    assert [t for to, t in out.sent() if to == ZOE] == ["acknowledged", "acknowledged", "listing"]
    twice = town.answer(ZOE, opened.to(ZOE), "historique\nhistorique")
    assert [t for _, t in twice.sent()] == ["history"]


def test_take_and_invite(town):
    """The owner is set, the organisation asked, the sentence below reaches the aidant without the words of the acts."""
    opened = town.open_case()
    out = town.answer(
        CLAIRE, opened.to(CLAIRE), "je m'en occupe\ninviter DDFIP\n\nIl me faut son avis d'impôt."
    )
    assert town.case().party("CAF").owner == CLAIRE
    assert (BERNARD, "new-case-agent") in out.sent()
    assert [t for to, t in out.sent() if to == ZOE] == ["answer"]
    answer = out.to(ZOE, "answer").text
    assert "s'occupe" in answer
    assert "avis d'impôt" in answer and "inviter DDFIP" not in answer.partition("Ce que vous pouvez")[0]


def test_one_of_two_cannot_be_done(town):
    """The other is done all the same; what is answered is the line that was not, and it does not say that nothing was."""
    opened = town.open_case()
    out = town.answer(ZOE, opened.to(ZOE), "inviter CPAM\ninviter Bidule")
    assert (AURELIE, "new-case-agent") in out.sent()
    told = out.to(ZOE, "not-understood").text
    assert "inviter Bidule" in told and "Rien n'a été transmis" not in told


def test_none_of_several_can_be_done(town):
    """One mail says each line that was not done and why, and that nothing was passed on."""
    opened = town.open_case()
    lines = "inviter Bidule\ninviter Machin\nplus tard hier\n\nLe dossier avance."
    out = town.answer(CLAIRE, opened.to(CLAIRE), lines)
    assert out.sent() == [(CLAIRE, "not-understood")]
    told = out.to(CLAIRE).text.replace("\r\n", "\n")
    assert "Vous avez écrit : « inviter Bidule » et « inviter Machin ». Nous n'avons pas trouvé" in told
    assert "\n\nVous avez aussi écrit : « plus tard hier ». Nous n'avons pas compris quel jour" in told
    assert told.count("Rien n'a été transmis ni changé.") == 1


def test_the_text_below_an_act_that_fails_goes_on_with_the_others(town):
    """The mail was taken: its text is not lost because the last of its acts was not understood."""
    opened = town.open_case()
    out = town.answer(
        CLAIRE, opened.to(CLAIRE), "je m'en occupe\nplus tard hier\n\nIl me faut son avis d'impôt."
    )
    assert "avis d'impôt" in out.to(ZOE, "answer").text
    assert "plus tard hier" in out.to(CLAIRE, "not-understood").text
    assert "Rien n'a" not in out.to(CLAIRE).text
    helper = town.answer(ZOE, opened.to(ZOE), "exclure Julien Roques\nexclure Bidule Truc\n\nElle attend.")
    assert "Elle attend." in helper.to(CLAIRE, "message").text
    assert "exclure Bidule Truc" in helper.to(ZOE, "not-understood").text


@pytest.mark.parametrize("act", ["traité", "je m'en occupe", "historique"])
def test_a_note_below_an_act_is_a_note(town, act):
    """The act is done, the note reaches the agents and nobody else."""
    opened = town.open_case()
    out = town.answer(CLAIRE, opened.to(CLAIRE), f"{act}\n\nnote : {INDU}")
    assert INDU in out.to(CAF_BOX, "note").text
    assert not [x for x in out.letters if x.to == ZOE and "indu" in x.text]
    well(town)


@pytest.mark.parametrize(
    "text",
    [
        f"Bonjour Zoé, le dossier avance.\n\nNote aux agents : {INDU}",
        f"Bonjour Zoé, le dossier avance.\n\nnote : {INDU}",
        f"Bonjour Zoé, le dossier avance.\n\nNote interne - {INDU}",
        f"Bonjour Zoé, le dossier avance.\n\nÀ ne pas transmettre : {INDU}",
        f"Bonjour, le dossier avance.\n\nNote aux agents : {INDU}",
        f"pas nous\n\nnote : {INDU}",
        f"traité\n\nLe rappel part.\n\nnote aux agents : {INDU}",
        f"non pertinent : doublon\n\nnote : {INDU}",
    ],
)
def test_a_note_further_down_waits_for_a_word(town, text):
    """Situations 2: what begins as a note anywhere in an answer is relayed to nobody before its writer says which."""
    opened = town.open_case()
    out = town.answer(CLAIRE, opened.to(CLAIRE), text)
    assert out.sent() == [(CLAIRE, "held-ask")]
    sent = town.answer(CLAIRE, out.to(CLAIRE), "envoyer")
    assert ZOE in {to for to, _ in sent.sent()}


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour, il faut noter que le délai est long.",
        "Bonjour,\n\nLa note de février est payée.\nNotre service rappelle.",
    ],
)
def test_other_lines_are_no_notes(town, text):
    """Words alike make no question."""
    opened = town.open_case()
    assert town.answer(CLAIRE, opened.to(CLAIRE), text).rule == "on-case:token"


def test_reopened_with_words_is_told_once(town):
    """The agents read the words; the aidant knows that the case goes on."""
    opened = town.open_case()
    town.answer(CLAIRE, opened.to(CLAIRE), "traité")
    out = town.answer(ZOE, opened.to(ZOE), "rouvrir\n\nLe rappel n'est pas arrivé.")
    assert out.to(CLAIRE).template == "message"
    assert out.to(ZOE).template == "reopened"


@pytest.mark.parametrize("ending", ["retrait mandat", "erreur de personne"])
def test_what_is_offered_on_an_ended_case_works(town, ending):
    """The list and the help; anything else is answered with why nothing goes on."""
    opened = town.open_case()
    town.answer(ZOE, opened.to(ZOE), ending)
    refused = town.answer(ZOE, opened.to(ZOE), "Finalement elle veut bien.")
    assert "écrivez une nouvelle demande" in refused.to(ZOE, "not-understood").text.lower()
    for word, template in (("liste", "listing"), ("aide", "help")):
        assert town.answer(ZOE, refused.to(ZOE), word).sent() == [(ZOE, template)]
    assert not town.answer(ZOE, refused.to(ZOE), "Merci").letters


def test_who_is_invited_beside_an_exclusion_reads_the_text_once(town):
    """Below "inviter" and "exclure": in the one mail that tells of the case, and not by who is excluded."""
    opened = town.open_case()
    out = town.answer(
        ZOE, opened.to(ZOE), "inviter CPAM\nexclure Julien Roques\n\nElle n'a plus de carte Vitale."
    )
    assert [t for to, t in out.sent() if to == AURELIE] == ["new-case-agent"]
    assert "carte Vitale" in out.to(AURELIE).text and "carte Vitale" in out.to(CLAIRE, "message").text
    assert "julien.roques@caf46.example" not in {to for to, _ in out.sent()}
