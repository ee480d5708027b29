"""What is not meant for somebody who would read it goes to nobody before its writer has said so."""

from __future__ import annotations

import pytest
from town import CAF_BOX, CLAIRE, JULIEN, KARIM, ZOE

SECRET = "c'est son voisin"


def readers(done, words: str) -> set[str]:
    """Whose mails hold `words`."""
    return {x.to for x in done.letters if words in x.text}


def test_an_agent_whom_a_sentence_keeps_it_from_does_not_read_it(town):
    """Situations 9: excluded silently first, then the message goes to the others."""
    opened = town.open_case()
    text = f"Merci de ne plus envoyer à Julien Roques, {SECRET}."
    asked = town.answer(ZOE, opened.to(ZOE), text)
    assert (asked.disposition, asked.sent()) == ("held", [(ZOE, "held-ask")])
    assert f"exclure {JULIEN}" in asked.to(ZOE).text
    excluded = town.answer(ZOE, opened.to(ZOE), f"exclure {JULIEN}")
    assert JULIEN not in {x.to for x in excluded.letters}
    gone = town.answer(ZOE, asked.to(ZOE), "envoyer")
    assert readers(gone, SECRET) == {CLAIRE, CAF_BOX}


def test_it_goes_to_all_when_she_says_so(town):
    """She may have meant it otherwise: `envoyer` alone sends it as it is."""
    opened = town.open_case()
    asked = town.answer(ZOE, opened.to(ZOE), "Merci de ne pas écrire à Mme Martin directement.")
    assert readers(town.answer(ZOE, asked.to(ZOE), "envoyer"), "directement") == {CLAIRE, JULIEN, CAF_BOX}


@pytest.mark.parametrize(
    "text",
    [
        "Merci de ne plus contacter sa fille.",
        "Julien Roques m'a répondu, merci.",
        "Ne pas envoyer de courrier au domicile.",
    ],
)
def test_a_sentence_about_others_goes_on(town, text):
    """Only who takes part by name is asked about."""
    opened = town.open_case()
    assert town.answer(ZOE, opened.to(ZOE), text).disposition == "attached"


@pytest.mark.parametrize(
    "text",
    [
        "@Julien : indu en cours, tu peux regarder ?",
        "Bonjour Julien,\n\nIndu en cours, tu peux prendre ce dossier ?",
        "Julien, indu en cours, tu gères ?",
        "Pour info en interne : indu en cours, ne rien dire à l'assistante sociale.",
        "Pour les agents uniquement : indu en cours",
        "INTERNE CAF - indu en cours depuis le mois de janvier dernier, contrôle demandé hier",
        "Bonjour Zoé,\n\nLe RSA est rétabli.\n\nPS : indu en cours, ne pas communiquer à l'aidante.",
    ],
)
def test_what_an_agent_says_to_colleagues_waits(town, text):
    """Situations 2: to nobody, until the agent says note or envoyer."""
    opened = town.open_case()
    asked = town.answer(CLAIRE, opened.to(CLAIRE), text)
    assert (asked.rule, asked.sent()) == ("ask:internal-marker", [(CLAIRE, "held-ask")])
    note = town.answer(CLAIRE, asked.to(CLAIRE), "note")
    assert ZOE not in {x.to for x in note.letters} and JULIEN in readers(note, "ndu en cours")
    assert town.case().party("CAF").state == "new"


def test_an_internal_exchange_passed_on_waits(town):
    """What keeps something from the family further down in a forward is asked about too."""
    below = (
        "-----Message d'origine-----\nDe : Contrôle <controle@caf46.example>\nEnvoyé : lundi 2 mars 2026 09:00\nÀ : Claire\n"
        "Objet : dossier\n\nContrôle prévu le 12 mars, ne pas informer la famille."
    )
    case = town.open_case().to(CLAIRE).reply_to
    asked = town.write(CLAIRE, case, "TR: dossier", f"Pour suite à donner.\n\n{below}")
    assert asked.rule == "ask:internal-marker" and readers(asked, "12 mars") == set()


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour Zoé,\n\nLe droit est ouvert.",
        "Julien Roques suit désormais ce dossier.",
        "Bonjour,\n\nMerci de ne pas transmettre d'originaux.\nLe droit est ouvert.",
    ],
)
def test_an_answer_to_the_aidant_goes_on(town, text):
    """A colleague's name in a sentence, and a request about papers, are an answer."""
    opened = town.open_case()
    assert (ZOE, "answer") in town.answer(CLAIRE, opened.to(CLAIRE), text).sent()


def test_an_aidant_called_like_an_agent_is_greeted(town):
    """A first name of both sides says nothing."""
    opened = town.open_case(cc=[KARIM])
    assert (KARIM, "answer") in town.answer(
        CLAIRE, opened.to(CLAIRE), "Bonjour Karim,\n\nC'est en cours."
    ).sent()


def test_an_urgency_in_a_sentence_is_offered_its_line(town):
    """Situations 8: a sentence hurries nobody; who wrote it is told the line that does."""
    opened = town.open_case()
    told = town.answer(ZOE, opened.to(ZOE), "URGENT !! expulsion prévue demain matin")
    assert "Urgent : expulsion prévue demain matin" in told.to(ZOE, "act-offered").text
    assert town.case().urgent == ""
    hurried = town.answer(
        ZOE, told.to(ZOE, "act-offered"), "Urgent : expulsion prévue demain matin", to=opened.to(ZOE).reply_to
    )
    assert town.case().urgent == "expulsion prévue demain matin"
    assert (ZOE, "act-offered") not in hurried.sent()


def test_an_urgency_in_a_sentence_alone(town):
    """Shown back with its line, once a day."""
    opened = town.open_case()
    told = town.answer(ZOE, opened.to(ZOE), "Bonjour, c'est devenu urgent, elle est à la rue depuis hier.")
    shown = told.to(ZOE, "act-offered").text
    assert "Urgent : " in shown and "relancés au bout de 2 heures" in shown
    assert readers(told, "à la rue") >= {CLAIRE, JULIEN}
    assert (ZOE, "act-offered") not in town.answer(ZOE, opened.to(ZOE), "C'est toujours urgent.").sent()
