"""Guarantee: what people jot down below their name stays their text; what an office prints there is a signature."""

from __future__ import annotations

import pytest

from mailrouter.core.mail.fresh.visible import visible_text

ANSWER = "Bonjour,\n\nLa situation est bloquée."
JOTTED = (
    "RDV le 12 juin à 10 h",
    "Dossier urgent",
    "URGENT",
    "Relance n°2",
    "Pièces manquantes : RIB, bail",
    "Mme Sow rappellera lundi",
    "Copie à la CPAM",
    "PJ bail et RIB",
    "Nouvelle adresse : 3 rue Haute",
    "Attente de réponse avant le 20",
    "Expulsion prévue le 20 mars",
    "Coupure de courant mardi",
    "Elle pleure beaucoup",
    "Téléphone de Mme Sow : 06 12 34 56 78",
    "Numéro allocataire 1234567",
    "Mandat signé",
    "Voir aussi avec la MSA",
    "Rappel demain 9h",
    "3 enfants à charge",
    "Loyer 420 €",
    "Dette de 1 200 €",
    "Né le 3/4/1961",
    "Seule avec deux enfants",
    "Plus de ressources",
    "Sans logement depuis lundi",
    "Contact prudent : oui",
    "Ne pas appeler le matin",
    "Appeler après 17h",
    "Suite à notre appel",
    "Réponse souhaitée avant lundi",
)
PRINTED = (
    "Référente famille",
    "Chargée de dossiers RSA",
    "Service des dossiers complexes",
    "Absente le mercredi",
    "Présente du lundi au jeudi",
    "Accueil sur rendez-vous",
    "Permanences sur rendez-vous au 05 65 00 00 00",
    "Permanence le lundi de 9h à 12h",
    "CAF du Lot - 12 rue Haute - 46000 Cahors",
    "Standard : 05 65 00 00 00",
    "zoe.durand@cahors.example",
    "Assistante sociale de secteur",
    "Unité territoriale",
    "Conseillère numérique France Services",
    "Sofia Rivera",
)


@pytest.mark.parametrize("line", JOTTED)
def test_jotted_below_the_name(line: str) -> None:
    for gap in ("\n", "\n\n"):
        found = visible_text(f"{ANSWER}\n\nCordialement,\nZoé Durand{gap}{line}\n")
        assert found.visible.endswith(line) and found.visible.startswith(ANSWER)


@pytest.mark.parametrize("line", PRINTED)
def test_printed_below_the_name(line: str) -> None:
    found = visible_text(f"{ANSWER}\n\nCordialement,\nZoé Durand\n{line}\n")
    assert (found.visible, found.signature) == (ANSWER, f"Cordialement,\nZoé Durand\n{line}")


@pytest.mark.parametrize(
    "line",
    [
        "Cordialement, merci de rappeler Mme Sow demain",
        "Cordialement. Il manque le RIB",
        "À vous de vérifier l'adresse de Mme Sow",
        "Sincèrement désolée pour ce retard",
        "Respectueusement, elle demande un délai",
        "Bonne réception du dossier à confirmer",
        "Message envoyé depuis le portail mobile de la CAF",
        "Envoi depuis la tablette de l'espace France Services",
        "Provenance : courrier de la CAF",
        "Veuillez recevoir ci-joint le bail",
    ],
)
def test_a_line_that_only_begins_like_a_closing_or_a_footer(line: str) -> None:
    assert visible_text(f"{ANSWER}\n\n{line}\n").visible == f"{ANSWER}\n\n{line}"
    assert visible_text(f"{ANSWER}\n\n{line}\n\nZoé Durand\n").visible == f"{ANSWER}\n\n{line}\n\nZoé Durand"


@pytest.mark.parametrize(
    "line",
    [
        "Au fait, Mme Sow a déménagé à Gourdon.",
        "Je vous rappelle que le délai expire lundi.",
        "Merci de me confirmer la réception.",
        "Pouvez-vous répondre avant le 20 ?",
        "Loyer 420 €",
        "Contact prudent : oui",
        "Bail en pièce jointe",
    ],
)
def test_written_on_below_a_delimited_signature(line: str) -> None:
    found = visible_text(f"{ANSWER}\n\n-- \nZoé Durand\nCCAS de Figeac\n\n{line}\n")
    assert found.visible.endswith(line)


@pytest.mark.parametrize(
    "line",
    [
        "Pensez à l'environnement avant d'imprimer ce message.",
        "« La vie est belle »",
        "CCAS de Figeac - 1 place Haute - 46100 Figeac",
        "Horaires : du lundi au vendredi de 9h à 12h",
        "https://www.figeac.example",
    ],
)
def test_the_second_paragraph_of_a_delimited_signature(line: str) -> None:
    assert visible_text(f"{ANSWER}\n\n-- \nZoé Durand\nCCAS de Figeac\n\n{line}\n").visible == ANSWER
