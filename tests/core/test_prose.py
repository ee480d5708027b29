"""What letters state in sentences, with how surely; and what they do not."""

from __future__ import annotations

from datetime import date

import pytest

from mailrouter.core.mail.says.prose import stated

TODAY = date(2026, 3, 12)

# letter -> [(field, value, confidence at least 0.7)]
LETTERS = [
    (
        "Bonjour,\n\nJe vous écris pour Mme Marie DUPONT, née le 3 avril 1961, allocataire 1234567, dont l'APL est bloquée à la "
        "CAF. Elle m'a donné mandat écrit le 12/03/2026. Elle risque une expulsion le 20 mars.\n\nCordialement,\nZoé Durand",
        [("nom", "DUPONT", True), ("prenom", "Marie", True), ("naissance", "1961-04-03", True), ("allocataire", "1234567", True),
         ("mandat", "oui 2026-03-12", True), ("urgent", "expulsion 2026-03-20", True), ("organisme", "CAF", False)],
    ),
    ("J'accompagne M. Ahmed Benali.", [("nom", "Benali", True), ("prenom", "Ahmed", True)]),
    ("J'accompagne Monsieur BEN ALI Ahmed.", [("nom", "BEN ALI", True), ("prenom", "Ahmed", True)]),
    ("La situation de Mme Le Goff est difficile.", [("nom", "Le Goff", True)]),
    ("Jeanne Martin, née Durand le 1er mars 1960, n'a plus de droits.",
     [("nom", "Martin", True), ("prenom", "Jeanne", True), ("naissance", "1960-03-01", True)]),
    ("Concernant Mme DUPONT née MARTIN, merci de votre aide.", [("nom", "DUPONT", True), ("nom_naissance", "MARTIN", True)]),
    ("Son numéro est le 2 61 04 46 042 123 73.", [("nir", "261044604212373", True)]),
    ("Numéro fiscal 30 23 217 600 053 pour information.", [("fiscal", "3023217600053", True)]),
    ("Date de naissance 03/04/1961.", [("naissance", "1961-04-03", True)]),
    ("Mme Dupont est née le 31/02/1961.", [("nom", "Dupont", True), ("naissance", "31/02/1961", True)]),
    ("Elle a signé un mandat le 2 mars 2026.", [("mandat", "oui 2026-03-02", True)]),
    ("Nous avons recueilli son mandat.", [("mandat", "oui", True)]),
    ("Elle n'a pas encore signé de mandat.", [("mandat", "non", True)]),
    ("Je n'ai pas de mandat à ce jour.", [("mandat", "non", True)]),
    ("Le mandat reste à signer.", [("mandat", "non", True)]),
    ("J'attends le mandat.", [("mandat", "non", True)]),
    ("Le mandat du maire s'achève.", []),
    ("Le mandat n'est pas encore signé.", [("mandat", "non", True)]),
    ("Elle ne peut pas se déplacer mais m'a donné mandat.", [("mandat", "oui", True)]),
    ("Elle m'a donné mandat car elle ne peut pas se déplacer.", [("mandat", "oui", True)]),
    ("Je dispose d'un mandat signé du 02/03/2026.", [("mandat", "oui 2026-03-02", True)]),
    ("Née le 3 avril 1961, elle m'a remis un mandat.", [("naissance", "1961-04-03", True), ("mandat", "oui", True)]),
    ("Son mandat est en attente de signature.", [("mandat", "non", True)]),
    ("Sans mandat pour l'instant.", [("mandat", "non", True)]),
    ("Pouvez-vous m'envoyer le formulaire de mandat ?", []),
    ("C'est urgent.", [("urgent", "urgent", True)]),
    ("Ce n'est pas urgent.", []),
    ("Il n'y a aucune urgence.", []),
    ("Coupure d'électricité prévue le 18 mars.", [("urgent", "coupure d'électricité 2026-03-18", True)]),
    ("La famille est sans ressources.", [("urgent", "sans ressources", True)]),
    ("I am writing on behalf of Mrs Marie Dupont, born on 3 April 1961. She gave me a mandate.",
     [("nom", "Dupont", True), ("prenom", "Marie", True), ("naissance", "1961-04-03", True), ("mandat", "oui", True)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), LETTERS)
def test_a_letter_states(text: str, expected: list[tuple[str, str, bool]]) -> None:
    found = stated(text, TODAY)
    assert [(s.field, s.value, s.confidence >= 0.7) for s in found] == expected
    assert {s.source for s in found} <= {"prose"}
    assert all(0 < s.confidence < 1 for s in found)


# What names somebody, but not the person the letter is about.
NOBODY = [
    "Bonjour Madame Martin,\n\nMerci de votre retour.",
    "Madame Martin,\n\nMerci de votre retour.",
    "Bonjour,\nJe transmets à ma collègue Mme Durand.\nCordialement,\nM. Petit",
    "Bonjour,\nson conseiller M. Durand ne répond plus.\nCordialement,\nM. Petit",
    "Merci de contacter Mme Durand.",
    "Merci.\n\nCordialement,\nMme Zoé DURAND",
    "Madame, Monsieur,\n\nMerci de votre aide.",
    "Je vous remercie de votre réponse et reviens vers vous la semaine prochaine.",
]


@pytest.mark.parametrize("text", NOBODY)
def test_the_greeted_the_signing_and_colleagues_are_not_meant(text: str) -> None:
    assert stated(text, TODAY) == ()


def test_two_people_in_one_letter_are_never_sure() -> None:
    text = "Je vous contacte pour Mme Dupont et pour M. Benali, qui vivent à la même adresse."
    assert [(s.field, s.value, s.confidence) for s in stated(text, TODAY)] == [("nom", "Dupont", 0.45)]


def test_a_child_named_beside_the_mother_makes_both_unsure() -> None:
    text = "J'accompagne Mme Anne Dupont et sa fille Léa Dupont, née le 12/05/2015. Mme Dupont est née le 3 avril 1961."
    found = {s.field: (s.value, s.confidence) for s in stated(text, TODAY)}
    assert found == {"nom": ("Dupont", 0.45), "prenom": ("Anne", 0.45), "naissance": ("1961-04-03", 0.45)}


def test_a_wrong_key_is_kept_and_said() -> None:
    (one,) = stated("Son numéro : 2 61 04 46 042 123 74", TODAY)
    assert (one.field, one.value, one.problem, one.confidence) == ("nir", "261044604212374", "nir-key", 0.7)


def test_two_numbers_of_one_kind_are_both_unsure() -> None:
    found = stated("2 61 04 46 042 123 73 et 1 75 08 99 350 123 45", TODAY)
    assert [(s.field, s.confidence) for s in found] == [("nir", 0.45), ("nir", 0.45)]


def test_organisations_are_the_callers_words_the_longest_first() -> None:
    words = ("CAF", "France Travail", "Caisse d'allocations familiales")
    found = stated("La caisse d'allocations familiales ne répond plus.", TODAY, words)
    assert [(s.field, s.value, s.confidence) for s in found] == [
        ("organisme", "caisse d'allocations familiales", 0.7)
    ]


def test_several_organisations_are_each_less_sure() -> None:
    found = stated("Bloqué à la CAF et à la CPAM.", TODAY, ("CAF", "CPAM"))
    assert [(s.value, s.confidence) for s in found] == [("CAF", 0.4), ("CPAM", 0.4)]


@pytest.mark.parametrize("text", ["Son APL est suspendue.", "Le RSA n'est pas versé.", "Voir le RIB joint."])
def test_benefits_are_no_organisations(text: str) -> None:
    assert stated(text, TODAY) == ()


def test_only_the_beginning_of_a_very_long_letter_is_read() -> None:
    assert stated("x" * 12_000 + " J'accompagne Mme Marie DUPONT.", TODAY) == ()


@pytest.mark.parametrize(
    "said",
    [
        "a besoin d'aide pour son APL",
        "a besoin d'un logement",
        "n'a plus de ressources depuis mars",
        "ne perçoit plus le RSA",
        "vit seule avec deux enfants",
        "est hébergée chez sa sœur",
        "qui n'a plus de logement, attend une réponse",
        "a déposé une demande de RSA",
        "risque une expulsion",
        "needs help with her claim",
    ],
)
def test_whoever_is_in_need_is_meant_beside_others(said: str) -> None:
    """An agent named in the letter is no rival, whose needs nobody tells."""
    for letter in (f"Mme Awa Diop {said}.", f"Mme Roux m'a dit d'écrire. Mme Awa Diop {said}."):
        named = [
            (s.field, s.value, s.confidence) for s in stated(letter, TODAY) if s.field in ("nom", "prenom")
        ]
        assert [(field, value) for field, value, _ in named] == [("nom", "Diop"), ("prenom", "Awa")], letter
        assert all(confidence == 0.7 or "sa sœur" in said for *_, confidence in named)


@pytest.mark.parametrize(
    "said",
    [
        "a besoin de l'attestation",
        "n'a pas répondu",
        "est absente",
        "attend votre réponse",
        "a demandé un document",
    ],
)
def test_what_an_agent_does_too_makes_nobody_sure(said: str) -> None:
    assert [s.confidence for s in stated(f"Mme Faure {said}.", TODAY) if s.field == "nom"] == [0.45]
    assert [s for s in stated(f"Mme Faure {said}. M. Blin aussi.", TODAY) if s.field == "nom"] == []


@pytest.mark.parametrize(
    "letter",
    [
        "Bonjour,\nMme Awa Diop a besoin d'aide pour son titre.",
        "Bonjour, je m'appelle Awa Diop, je suis née le 03/04/1961.",
        "Mme Awa DIOP née SARR, le 03/04/1961, demande la CSS.",
    ],
)
def test_a_person_below_a_greeting_and_one_who_tells_of_herself(letter: str) -> None:
    found = {s.field: s.value for s in stated(letter, TODAY)}
    assert (found["nom"].title(), found["prenom"]) == ("Diop", "Awa")
    assert found.get("naissance", "1961-04-03") == "1961-04-03" and ("1961" in letter) == (
        "naissance" in found
    )


def test_the_one_greeted_on_a_line_below_is_not_meant() -> None:
    assert stated("Bonjour\nMadame Martin, je vous écris au sujet d'un logement.", TODAY) == ()
