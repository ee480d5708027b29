"""A signature that nothing but its author's name tells; other people's particulars, and one's own when announced, stay."""

from __future__ import annotations

import pytest

from mailrouter.core.mail.fresh.visible import visible_html, visible_text

SIGNED = [
    (
        "PETIT Aline <boite@lot.example>",
        "Aline PETIT\nAssistante de service social\nCD 46 - MDS de Figeac\n05 65 55 12 34",
    ),
    (
        "Manon Roux <boite@lot.example>",
        "Manon Roux | Conseillère France services | Mairie de Gourdon | 05 65 55 00 11",
    ),
    ("Aline Petit (CD 46) <boite@lot.example>", "Mme Aline Petit\nwww.lot.example"),
    ("Aline PETIT <boite@lot.example>", "Aline Petit\n\nAssistante sociale\n05 65 55 12 34"),
    ("CD 46 <aline.petit@lot.example>", "Aline PETIT - Assistante sociale\nMDS de Figeac"),
    ("Éloïse Müller-Roy <boite@lot.example>", "Eloise MULLER ROY\nSekretariat"),
    ("王伟 <wang@foxmail.example>", "wang@foxmail.example"),
]
KEPT = [
    ("Aline Petit <boite@lot.example>", "Il est reparti.\n\nAwa Diop\n12 rue des Lilas\n46000 Cahors"),
    ("Aline Petit <boite@lot.example>", "Voici mes coordonnées :\n\nAline Petit\n06 55 55 12 34"),
    (
        "Aline Petit <boite@lot.example>",
        "Je vous donne ma nouvelle adresse.\n\nAline Petit\n12 rue des Lilas 46000 Cahors",
    ),
    ("Awa Diop <boite@lot.example>", "Je demande le RSA.\n\nAwa Diop\nnée le 3/4/1961\n12 rue des Lilas"),
    ("Awa Diop <boite@lot.example>", "Je demande le RSA.\n\nAwa Diop\nmon gaz sera coupé lundi"),
    ("Awa Diop <boite@lot.example>", "Vous avez reçu deux lettres, de :\nAwa Diop\nService social"),
    ("Awa Diop <boite@lot.example>", "Qui signe ?\n\nAwa Diop"),
    ("Awa <boite@lot.example>", "Bien reçu.\n\nAwa\n06 55 55 12 34"),
]


@pytest.mark.parametrize(("author", "block"), SIGNED)
def test_the_authors_name_above_an_office_signs(author: str, block: str) -> None:
    found = visible_text(f"Bonjour,\nC'est noté, je rappelle Mme Sow demain.\n\n{block}\n", author)
    assert (found.visible, found.signature) == ("Bonjour,\nC'est noté, je rappelle Mme Sow demain.", block)


def test_in_html_too() -> None:
    found = visible_html(
        "<p>C'est noté.</p><p>Aline PETIT<br>Assistante sociale</p>", "Aline Petit <a@lot.example>"
    )
    assert (found.visible, found.signature) == ("C'est noté.", "Aline PETIT\nAssistante sociale")


@pytest.mark.parametrize(("author", "text"), KEPT)
def test_particulars_stay_text(author: str, text: str) -> None:
    assert visible_text(text, author).visible == text


FRAMED = [
    "--------------------\n市役所 福祉課\n山田 花子\n電話 03-5555-1234\n--------------------",
    "====================\nAline Petit\naline@lot.example\n====================",
]
FRAMED_BY_A_PERSON = [
    "Voici ses coordonnées :\n--------------------\nAwa Diop\n06 55 55 12 34\n--------------------",
    "Il dit ceci.\n--------------------\nje n'ai plus rien\n06 55 55 12 34\n--------------------",
    "Il dit ceci.\n--------------------\nAwa Diop\nCahors\n--------------------",
]


@pytest.mark.parametrize("frame", FRAMED)
def test_two_rules_frame_a_signature(frame: str) -> None:
    found = visible_text(f"申請は受理されました。\n\n{frame}\n")
    assert (found.visible, found.signature) == ("申請は受理されました。", frame)


@pytest.mark.parametrize("text", FRAMED_BY_A_PERSON)
def test_what_a_person_frames_stays(text: str) -> None:
    shown = visible_text(text).visible
    assert shown.rstrip("-\n") == text.rstrip("-\n")
