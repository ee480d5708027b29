"""A word, a thanks or nothing at a territory's address opens no case; what is said inside a sentence is offered."""

from __future__ import annotations

import pytest
from town import CAF_BOX, CLAIRE, JULIEN, KARIM, OPERATOR, ZOE

from mailrouter.store.cases import list_cases


def cases(town) -> int:
    return len(town.app.store.read(lambda conn: list_cases(conn, "")))


@pytest.mark.parametrize(
    ("subject", "text", "template"),
    [
        ("", "liste", "listing"),
        ("Liste", "", "listing"),
        ("", "Bonjour,\n\nListe s'il vous plaît\n\nZoé Durand", "listing"),
        ("aide", "aide", "help"),
        ("", "mandat", "mandate-form"),
        ("", "", "help"),
        ("", "Bonjour", "help"),
        ("", "Zoé Durand\nConseillère, France Services Cahors\n05 65 00 00 00", "help"),
        ("", "Bonjour,\n\nCordialement,\nZoé Durand\nFrance Services Cahors", "help"),
        ("", "Envoyé de mon iPhone", "help"),
        ("", "clore oui", "which-case"),
        ("", "rouvrir", "which-case"),
    ],
)
def test_a_word_is_answered_and_opens_nothing(town, subject, text, template):
    """DOMAIN: mail `liste@`, or the word `liste`; an act without a case is answered with the sender's cases."""
    done = town.write(ZOE, "lot@aplus.example", subject, text)
    assert (done.disposition, done.sent()) == ("handled", [(ZOE, template)])
    assert cases(town) == 0


@pytest.mark.parametrize("subject", ["Merci", "", "Re: Demande APL", "RE : Votre aide"])
def test_a_bare_thanks_opens_nothing_and_is_not_answered(town, subject):
    """Nobody answers a thank-you."""
    done = town.write(ZOE, "lot@aplus.example", subject, "Merci beaucoup pour votre aide !")
    assert (done.disposition, done.rule, done.sent(), cases(town)) == ("handled", "thanks", [], 0)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Aide", "Mme Dupont n'a plus de logement."),
        ("Liste des pièces", "Voici un dossier bloqué."),
        ("", "Bonjour,\n\nElle dort dehors.\n\nZoé Durand"),
        ("Mme Dupont n'a plus de logement", "Zoé Durand\nFrance Services Cahors"),
        ("Urgent : expulsion demain", "Bonjour,\n\nMerci d'avance\n\nZoé Durand"),
        (
            "TR: Votre dossier",
            "Merci.\n\n-----Message d'origine-----\nDe : Marie <marie@orange.example>\nEnvoyé : lundi 2 mars 2026 09:00\nÀ : Zoé Durand\nObjet : Votre dossier\n\nJe n'ai plus rien.",
        ),
        ("", "Nom : Dupont"),
    ],
)
def test_a_text_opens_a_case_whatever_its_subject_says(town, subject, text):
    """Nothing that somebody wrote about a person in need is taken for a word."""
    assert town.write(ZOE, "lot@aplus.example", subject, text).disposition == "opened"


def test_a_file_alone_opens_a_case(town):
    """Where there is something to read, there is a case."""
    files = [("courrier.pdf", b"%PDF-1.4 x", "application/pdf")]
    assert town.write(ZOE, "lot@aplus.example", "", "", files=files).disposition == "opened"


def test_an_act_inside_a_sentence_is_relayed_and_offered_once_a_day(town):
    """DOMAIN: inside a sentence it is text: relayed, and the command is offered."""
    opened = town.open_case()
    said = town.answer(
        CLAIRE, opened.to(CLAIRE), "Bonjour, c'est traité de notre côté, vous pouvez regarder."
    )
    assert said.sent() == sorted(
        [(ZOE, "answer"), (CAF_BOX, "answer"), (JULIEN, "answer"), (CLAIRE, "act-offered")]
    )
    assert town.case().party("CAF").state == "in-progress"
    assert "« traité »" in said.to(CLAIRE).text and "« pas nous »" not in said.to(CLAIRE).text
    again = town.answer(
        CLAIRE, opened.to(CLAIRE), "Je le redis : le dossier n'est pas encore traité en totalité."
    )
    assert (CLAIRE, "act-offered") not in again.sent()
    assert town.answer(CLAIRE, said.to(CLAIRE), "traité").rule == "act:done"


def test_the_history_names_notes_and_files(town):
    """A note is called one for those who may read it; a file is there by its name."""
    opened = town.open_case()
    town.answer(CLAIRE, opened.to(CLAIRE), "note : à vérifier avec le contrôle")
    pdf = [("notification.pdf", b"%PDF-1.4 x", "application/pdf")]
    town.answer(JULIEN, opened.to(JULIEN), "Voici la notification.", files=pdf)
    seen = town.answer(JULIEN, opened.to(JULIEN), "historique").to(JULIEN).text
    assert "Claire Martin (CAF du Lot) a écrit une note" in seen
    assert "Fichiers joints : notification.pdf" in seen
    aidant = town.answer(ZOE, opened.to(ZOE), "historique").to(ZOE).text
    assert "note" not in aidant and "notification.pdf" in aidant


def test_a_group_that_is_not_open_is_not_called_empty(town):
    """The aidant of another territory is told why, and what to do; the operators know too."""
    done = town.open_case(author=KARIM, to="val-d-oise+caf@aplus.example")
    text = done.to(KARIM, "no-agent").text
    assert "votre structure n'en fait pas partie" in text and "Aucune personne" not in text
    told = done.to(OPERATOR).text
    assert "Agents présents, mais fermés à cette structure : CAF, val-d-oise" in told
    assert "mailrouter cases show" in told and "held" not in told
    listed = town.write(KARIM, "liste@aplus.example", "", "")
    assert "aucun agent trouvé pour l'instant" in listed.to(KARIM).text


@pytest.mark.parametrize("text", ["STOP", "Désabonnement svp", "Unsubscribe please"])
def test_stop_is_no_answer_for_the_aidant(town, text):
    """An agent takes the notices for a newsletter: what leaves a case is said, and the word goes to nobody."""
    opened = town.open_case()
    done = town.answer(CLAIRE, opened.to(CLAIRE), text)
    assert (done.rule, done.sent()) == ("not-understood", [(CLAIRE, "not-understood")])
    assert "« pas moi »" in done.to(CLAIRE).text and town.case().party("CAF").state == "new"


def test_a_hand_over_spoken_of_is_offered(town):
    """It is in no list of acts, and in this one."""
    opened = town.open_case()
    said = town.answer(CLAIRE, opened.to(CLAIRE), "Bonjour, transmis à ma collègue pour la suite.")
    assert "passer le relais à" in said.to(CLAIRE, "act-offered").text


def test_what_stands_before_an_act_on_its_line_is_text(town):
    """A sentence about the person, then a wish to close: all of it is relayed, and closing is offered."""
    opened = town.open_case()
    text = "Madame a retrouvé du travail, on peut fermer le dossier, merci à tous !"
    told = town.answer(ZOE, opened.to(ZOE), text)
    assert town.case().state == "open" and text in told.to(CLAIRE).text.replace("\r\n", " ")
    assert "« clore oui »" in told.to(ZOE, "act-offered").text
