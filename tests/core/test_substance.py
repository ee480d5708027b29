"""One answer for every act to "is this worth passing on?": a sentence is never lost, a signature never sent."""

from __future__ import annotations

import pytest

from mailrouter.core.decide.words.substance import (
    acknowledges,
    only_courteous,
    only_thanks,
    says_something,
    sent_by_mistake,
)

NAMES = "Claire Martin Zoé Durand CAF du Lot"


@pytest.mark.parametrize(
    "text",
    [
        "Elle dort dehors",
        "Bonjour, elle dort dehors",
        "Indu soldé",
        "Payé.",
        "Urgent !",
        "Il manque :\n- RIB",
        "- mars\n- avril",
        "RAPPEL DE MARS PAYÉ",
        "Julien la connaît.",
        "06 12 34 56 78",
        "Merci de rappeler Madame",
        "Merci\nElle dort dehors",
        "Bonjour,\n\nVoilà le bail.\n\nZoé",
    ],
)
def test_something_is_said(text):
    """However short, whatever stands around it."""
    assert says_something(text, "Zoé Durand")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Merci",
        "Merci d'avance\nZoé",
        "Bien cordialement",
        "Bonne fin de journée\nZoé Durand",
        "Claire Martin\nCaf du Lot",
        "Marie-Claude de La Tour",
        "zoé durand\nconseillère numérique à Cahors\n05 65 00 00 00",
        "Bonjour,",
        "👍",
        "> elle dort dehors",
    ],
)
def test_nothing_is_said(text):
    """Greetings, thanks, closing formulas, and everything from the author's own name on."""
    assert not says_something(text, "Zoé Durand")


@pytest.mark.parametrize(
    ("text", "thanks", "courteous"),
    [
        ("Merci Claire", True, True),
        ("merci claire, bonne journée", True, True),
        ("Merci Madame Martin, excellente journée à vous", True, True),
        ("Merci\n\nZoé Durand", True, True),
        ("Merci beaucoup pour votre aide précieuse", True, True),
        ("Merci à toute l'équipe de la CAF", True, True),
        ("Bien reçu", False, True),
        ("C'est noté", False, True),
        ("ok", False, True),
        ("👍", False, True),
        ("Bonne journée", False, True),
        ("Merci, je relance la CPAM", False, False),
        ("Merci de me rappeler", False, False),
        ("Merci beaucoup.\nAvez-vous la date ?", False, False),
        ("merci ?", False, False),
        ("Merci mais rien reçu", False, False),
        ("non", False, False),
        ("", False, False),
    ],
)
def test_courtesies(text, thanks, courteous):
    """Thanks by name are thanks; one word of content more is a message."""
    assert (only_thanks(text, NAMES), only_courteous(text, NAMES)) == (thanks, courteous)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\xa0\n\u200b",
        "...",
        "-",
        "XXX",
        "Préparer une réponse…",
        "[Votre texte ici]",
        "Cliquez ou appuyez ici pour entrer du texte.",
        "Type your message here",
        "Envoyé de mon iPhone",
        "Bonjour,",
        "Bonjour Madame Martin,\n\nCordialement,\n\nZoé Durand",
        "Zoé Durand\nconseillère numérique\nFrance Services Cahors\n05 65 00 00 00",
        "Bien cordialement,\nZoé",
    ],
)
def test_sent_by_mistake(text):
    """A greeting, a signature, signs, what stands where a text is to be written."""
    assert sent_by_mistake(text, "Zoé Durand")


@pytest.mark.parametrize(
    "text",
    [
        "?",
        "???",
        "Oui",
        "Non",
        "ok",
        "Parfait",
        "Bien reçu",
        "Merci",
        "Bonne journée",
        "👍",
        "Mme Roux",
        "Bien",
        "Aujourd'hui",
        "Bonjour, réponse jeudi",
        "Julien Roques",
        "12/03",
        "06 12 34 56 78",
        "Payé.",
        "Demain",
        "[photo.jpg]",
        "Zoé\nElle dort dehors depuis hier soir.",
        "Bonjour,\n\nSuite à votre demande, je vous",
        "Cliquez ici pour entrer du texte : où faut-il cliquer ?",
        "Texte de la décision",
    ],
)
def test_said_on_purpose(text):
    """However short, whatever may answer a question."""
    assert not sent_by_mistake(text, "Zoé Durand")


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("Bien reçu", True),
        ("Bien reçu, merci.", True),
        ("C'est noté, bonne journée", True),
        ("Merci", True),
        ("ok", False),
        ("D'accord", False),
        ("Oui", False),
        ("Bien reçu, je reviens vers vous jeudi", False),
        ("👍", True),
        (
            "Je vous confirme la bonne réception de votre demande. Elle sera étudiée dans les meilleurs délais.\nClaire",
            True,
        ),
        ("J'ai bien reçu votre demande, je reviens vers vous dès que possible.", True),
        ("Nous accusons réception de votre message.", True),
        ("Nous avons bien reçu votre demande et le droit est ouvert.", False),
        ("Votre demande sera traitée le 12 mars.", False),
        ("Votre demande va être traitée rapidement. Il manque le bail.", False),
        ("Votre demande est étudiée par la commission.", False),
        ("Merci, il manque le RIB", False),
    ],
)
def test_what_acknowledges_and_is_no_answer(text, only):
    """A word that may answer a question is an answer."""
    assert acknowledges(text) is only
