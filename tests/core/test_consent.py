"""Consent in other words than "mandat": stated when plainly given to who writes; never when denied, hoped for or another's."""

from __future__ import annotations

from datetime import date

import pytest

from mailrouter.core.mail.says.prose import stated

TODAY = date(2026, 3, 12)

GIVEN = [
    ("Elle m'a donné son accord.", "oui"),
    ("Elle m’a donné son accord.", "oui"),
    ("Elle m'a donné son accord par écrit le 3 mars.", "oui 2026-03-03"),
    ("Elle m'a donné son accord écrit le 03/03/2026 pour cette démarche.", "oui 2026-03-03"),
    ("Mme Awa DIOP m'a donné son accord.", "oui"),
    ("Mme Diop, qui m'a donné son accord hier, ne perçoit plus rien.", "oui 2026-03-11"),
    ("L'usagère m'a bien donné son consentement.", "oui"),
    ("M. Sow m'a donné l'autorisation de vous contacter.", "oui"),
    ("M. Sow m'a autorisée à vous contacter.", "oui"),
    ("Monsieur m'autorise à faire cette démarche pour lui.", "oui"),
    ("Je vous écris avec son accord.", "oui"),
    ("Avec son accord, je vous transmets son avis d'imposition.", "oui"),
    ("Je me permets de vous contacter, avec l'accord de Mme Diop.", "oui"),
    ("Je vous sollicite avec l'accord de l'usagère.", "oui"),
    ("J'ai recueilli son accord écrit du 02/03/2026.", "oui 2026-03-02"),
    ("J'ai son accord.", "oui"),
    ("Nous avons obtenu leur accord.", "oui"),
    ("Elle ne parle pas bien français mais m'a donné son accord.", "oui"),
    ("Pour son dossier à la CAF, elle m'a donné son accord.", "oui"),
    ("Elle est d'accord pour que je vous contacte.", "oui"),
    ("Madame a donné son accord par écrit.", "oui"),
    ("Il m'a donné pouvoir. Il m'a donné son accord.", "oui"),
    ("Le 3 mars, elle m'a donné son accord.", "oui 2026-03-03"),
    ("Avec son accord, je sollicite le rendez-vous du 12 avril.", "oui"),
    ("Avec son accord écrit.", "oui"),
    ("Elle m'a remis son mandat signé en date du deux mars 2026.", "oui 2026-03-02"),
    ("She gave me her written consent.", "oui"),
    ("I am writing with her consent.", "oui"),
]  # fmt: skip
NOTHING = [
    "Elle n'a pas encore donné son accord.",
    "Elle ne m'a pas donné son accord.",
    "Elle m'a donné son accord ?",
    "A-t-elle donné son accord ?",
    "Elle va me donner son accord demain.",
    "Elle me donnera son accord lundi.",
    "J'attends son accord.",
    "Je dois obtenir son accord.",
    "Dès que j'ai son accord, je vous écris.",
    "Si elle m'a donné son accord, je vous le dirai.",
    "Quand j'ai son accord je vous l'envoie.",
    "Sans son accord je ne peux rien faire.",
    "Elle m'a donné son accord mais l'a retiré depuis.",
    "Elle m'a donné son accord, mais pas pour la CAF.",
    "Elle m'a donné son accord uniquement pour lui téléphoner.",
    "Le propriétaire m'a donné son accord pour un délai.",
    "Le propriétaire est venu. Il m'a donné son accord.",
    "Le bailleur, qui m'a donné son accord, attend le virement.",
    "La CAF m'a donné son accord.",
    "Elle m'a donné son accord pour un échéancier.",
    "Elle m'a donné son accord sur le montant.",
    "Nous avons l'accord de la CAF.",
    "Je vous écris avec l'accord du directeur.",
    "Le bailleur a repris le logement avec son accord.",
    "La CAF prélève 50 euros avec son accord.",
    "J'ai déménagé avec son accord.",
    "Nous sommes d'accord.",
    "Un accord amiable a été trouvé.",
    "Je n'ai pas son accord.",
    "Il faut que j'ai son accord.",
    "Elle m'avait donné son accord.",
    "Le médecin m'autorise à reprendre le travail.",
    "D'accord, je vous envoie le document.",
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), GIVEN)
def test_consent_given_is_a_stated_mandate(text: str, value: str) -> None:
    found = [s for s in stated(text, TODAY) if s.field == "mandat"]
    assert [(s.value, s.confidence >= 0.7, s.source) for s in found] == [(value, True, "prose")]


@pytest.mark.parametrize("text", NOTHING)
def test_no_consent_is_guessed(text: str) -> None:
    assert [s.value for s in stated(text, TODAY) if s.field == "mandat"] == []


def test_the_word_mandate_decides_where_it_stands() -> None:
    """ "Elle m'a donné son accord mais n'a pas encore signé de mandat": the mandate is what is missing."""
    text = "Elle m'a donné son accord. Elle n'a pas encore signé de mandat."
    assert [(s.field, s.value) for s in stated(text, TODAY)] == [("mandat", "non")]
