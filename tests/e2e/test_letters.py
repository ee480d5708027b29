"""Most people write a letter, not a form: what prose says is shown back, and one answer completes and confirms it."""

from __future__ import annotations

from datetime import date

import pytest
from town import CLAIRE, COMPLETE, ZOE

LETTER = """Bonjour,

Je vous écris au sujet de Mme Marie Dupont, née le 3 avril 1961 : la CAF a suspendu son RSA sans explication. Son numéro
d'allocataire est le 1234567. Elle m'a donné son mandat hier. Elle doit être expulsée le 6 mars.

Bien cordialement,
Zoé Durand
"""


def test_everything_is_asked_in_one_mail_and_its_answer_agrees_to_what_was_understood(town):
    """One question, one answer with the missing lines only: the case goes out with all that the letter said."""
    asked = town.write(ZOE, "lot@aplus.example", "Dossier bloqué", LETTER)
    question = asked.to(ZOE, "incomplete")
    assert "Mandat : donné le 1er mars 2026" in question.text
    assert "Urgent : expulsée 6 mars 2026" in question.text
    assert "…567" in question.text and "1234567" not in question.text
    done = town.answer(ZOE, question, "Organisme : CAF\nJ'accepte les conditions\n")
    assert {t for _, t in done.sent()} == {"receipt", "new-case-agent", "new-case-mailbox"}
    case = town.case()
    assert case.mandate.given_on == date(2026, 3, 1)
    assert case.urgent == "expulsée 2026-03-06"
    assert {f.name: f.value for f in case.fields} == {
        "prenom": "Marie",
        "nom": "Dupont",
        "naissance": "1961-04-03",
        "allocataire": "1234567",
    }
    assert {f.note for f in case.fields} == {""}
    assert "Urgent : expulsée 6 mars 2026" in done.to(CLAIRE).text


def test_a_correction_comes_before_what_was_understood(town):
    """What the answer says itself is right; the rest is agreed to."""
    asked = town.write(ZOE, "lot@aplus.example", "Dossier bloqué", LETTER)
    correction = "Prénom : Maria\nMandat : oui, le 15/02/2026\nOrganisme : CAF\nj'accepte\n"
    town.answer(ZOE, asked.to(ZOE), correction)
    case = town.case()
    assert (case.state, case.field("prenom"), case.field("nom")) == ("open", "Maria", "Dupont")
    assert case.mandate.given_on == date(2026, 2, 15)


def test_an_answer_that_completes_nothing_agrees_to_nothing(town):
    """A question is no yes: what was understood still waits."""
    asked = town.write(ZOE, "lot@aplus.example", "Dossier bloqué", LETTER)
    again = town.answer(ZOE, asked.to(ZOE), "Bonjour, je vérifie avec elle et je reviens vers vous.")
    assert again.sent() == [(ZOE, "incomplete")]
    assert {f.note for f in town.case().fields} == {"prose"}
    assert town.case().mandate is None


def test_what_a_later_letter_says_is_shown_before_it_counts(town):
    """An answer agrees to what it could read, not to a sentence of its own that was never shown back."""
    asked = town.write(
        ZOE,
        "lot@aplus.example",
        "Dossier bloqué",
        LETTER.replace("Son numéro\nd'allocataire est le 1234567. ", ""),
    )
    more = (
        "Organisme : CAF\nj'accepte\n\nSon numéro d'allocataire est le 7654321, elle vient de me le donner.\n"
    )
    again = town.answer(ZOE, asked.to(ZOE), more)
    shown = again.to(ZOE, "incomplete").text
    assert "…321" in shown and "Marie" not in shown
    assert (CLAIRE, "new-case-agent") in town.answer(ZOE, again.to(ZOE), "ok").sent()
    assert town.case().field("allocataire") == "7654321"


def test_nobody_waits_for_an_urgency_that_was_only_heard(town):
    """A complete form goes out at once; the receipt says what would make it urgent, and that line does."""
    body = f"Elle doit être expulsée le 6 mars.\n\n{COMPLETE}"
    sent = town.write(ZOE, "lot+caf@aplus.example", "Aide au logement", body)
    receipt = sent.to(ZOE, "receipt").text
    assert "Votre message parle d'une urgence : expulsée 6 mars 2026" in receipt
    assert town.case().urgent == "" and town.case().field("urgent") == ""
    line = next(x for x in receipt.splitlines() if x.startswith("Urgent :"))
    town.answer(ZOE, sent.to(ZOE), line)
    assert town.case().urgent


def test_a_mandate_that_a_sentence_denies_is_none(town):
    """ "Elle n'a pas encore signé" is asked for."""
    text = LETTER.replace("Elle m'a donné son mandat hier.", "Elle n'a pas encore signé de mandat.")
    asked = town.write(ZOE, "lot+caf@aplus.example", "Dossier bloqué", text)
    assert "Mandat : oui, le" in asked.to(ZOE, "incomplete").text


def test_no_sentence_is_lost_with_the_form_beside_it(town):
    """Labelled lines are shown as fields, by entitlement; whatever else a person says, on their lines too, is read."""
    rows = {
        "Mme DUPONT n'a plus rien.": "Mme DUPONT n'a plus rien.",
        "Marie est seule.": "Marie est seule.",
        "La CAF ne répond pas.": "La CAF ne répond pas.",
        "Son APL est bloquée. Repère : dossier bleu": "Son APL est bloquée.",
        "Organisme : CAF. Son dossier est bloqué depuis mars.": "Son dossier est bloqué depuis mars.",
        "Mandat : oui. Elle ne peut pas se déplacer.": "Elle ne peut pas se déplacer.",
        "Téléphone : 06 12 34 56 78 (le matin). Elle n'entend pas bien.": "Elle n'entend pas bien.",
        "J'accepte les conditions. Elle dort dans sa voiture.": "Elle dort dans sa voiture.",
        "J'accepte les conditions, son APL est bloquée.": "son APL est bloquée.",
        "mandat oui, j'accepte, CAF : APL bloquée depuis août": "CAF : APL bloquée depuis août",
        "Mandat : oui le 01/03/2026, elle vit dans sa voiture": "elle vit dans sa voiture",
        "Mandat : oui, signé le 01/03/2026, par écrit": "",
        "Date de naissance : 03/04/1961, elle est veuve et seule": "elle est veuve et seule",
        "Conditions : j'accepte": "",
        "Conditions d'utilisation : acceptées": "",
        "Voici son nom : DUPONT": "",
        "Prénom : Marie, Nom : DUPONT": "",
        "Nom :\nDUPONT": "",
        "Nom | Prénom\nDUPONT | Marie": "",
        "Adresse : 12 rue du Pont, 46000 Cahors. Elle vit seule.": "",
    }
    lost = {}
    for line, kept in rows.items():
        town.write(ZOE, "lot+caf@aplus.example", "x", f"Bonjour,\n\n{line}\n\n{COMPLETE}\nMerci\n")
        said = town.case().messages[0].text
        if said != "\n\n".join(part for part in ("Bonjour,", kept, "Merci") if part):
            lost[line] = said
    assert lost == {}


@pytest.mark.parametrize(
    "line",
    [
        "J'accepte",
        "Conditions : j'accepte",
        "CGU : OK",
        "Mandat : oui, j'accepte",
        "Conditions d'utilisation : acceptées",
    ],
)
def test_the_terms_are_accepted_in_every_form_of_the_line(town, line):
    """A first request goes out when its form accepts them, whatever the line looks like."""
    text = f"Son APL est bloquée.\n\nPrénom : Marie\nNom : DUPONT\nDate de naissance : 03/04/1961\nMandat : oui\n{line}\n"
    assert (ZOE, "receipt") in town.write(ZOE, "lot+caf@aplus.example", "APL", text).sent()


def test_a_day_of_birth_that_does_not_exist_is_asked_for(town):
    """31 February is no birth date: nobody could tell the person by it."""
    asked = town.write(ZOE, "lot+caf@aplus.example", "APL", COMPLETE.replace("03/04/1961", "31/02/1961"))
    assert asked.sent() == [(ZOE, "incomplete")]
    assert "cette date n'existe pas" in asked.to(ZOE).text
    done = town.answer(ZOE, asked.to(ZOE), "Date de naissance : 28/02/1961")
    assert (ZOE, "receipt") in done.sent() and town.case().field("naissance") == "1961-02-28"


def test_a_forwarded_letter_says_who_it_is_about(town):
    """The person's own mail is passed on: what it states is shown back, and goes out with the aidant's yes."""
    below = (
        "-----Message d'origine-----\nDe : Marie <marie@orange.example>\nEnvoyé : lundi 2 mars 2026 09:00\nÀ : Zoé Durand\n"
        "Objet : Mon dossier\n\nBonjour, je m'appelle Marie DUPONT, née le 3 avril 1961, mon APL est coupée."
    )
    text = f"Bonjour, voici son message.\nMandat : oui\nJ'accepte\n\n{below}"
    asked = town.write(ZOE, "lot+caf@aplus.example", "TR: Mon dossier", text)
    assert asked.sent() == [(ZOE, "incomplete")] and "Date de naissance : 3 avril 1961" in asked.to(ZOE).text
    assert (CLAIRE, "new-case-agent") in town.answer(ZOE, asked.to(ZOE), "ok").sent()
    case = town.case()
    assert [case.field(name) for name in ("prenom", "nom", "naissance")] == ["Marie", "DUPONT", "1961-04-03"]


def test_a_form_above_a_forward_is_about_whom_it_says(town):
    """What is passed on may be about anybody: it is asked only where the aidant names nobody."""
    below = "-----Message d'origine-----\nDe : Paul <paul@orange.example>\nEnvoyé : lundi 2 mars 2026 09:00\nÀ : Zoé\nObjet : x\n\nPaul MARTIN, né le 2/2/1970, NIR 1 70 02 46 042 123 45."
    sent = town.write(ZOE, "lot+caf@aplus.example", "TR: x", f"Voir ci-dessous.\n{COMPLETE}\n{below}")
    assert (
        (ZOE, "receipt") in sent.sent()
        and town.case().field("prenom") == "Marie"
        and not town.case().field("nir")
    )


@pytest.mark.parametrize(
    "more", ["", "Mandat : oui\nJ'accepte\nPrénom : Ali\nNom : SALAH\nDate de naissance : 01/01/1955\n"]
)
def test_an_organisation_where_nobody_is_is_not_offered(town, more):
    """Her words speak of CARSAT, which no group of the territory stands for: that is said, and no word asks for it."""
    asked = town.write(
        ZOE, "lot@aplus.example", "", f"Sa retraite de la CARSAT n'est pas versée.\n{more}"
    ).to(ZOE)
    assert "CARSAT" in asked.text and "Mais personne n'y reçoit encore de demandes ici." in asked.text
    assert "« CARSAT »" not in asked.text
    assert ("« CAF »" if more else "Vous pouvez écrire à : CAF") in asked.text


def test_a_sentence_beside_the_missing_line_goes_on_too(town):
    """What completes a case may say more; a name, a thanks and a word are no text."""
    rows = {
        "Organisme : CAF\nElle est enceinte de huit mois.": "Elle est enceinte de huit mois.",
        "CAF\n\nElle est enceinte de huit mois.": "Elle est enceinte de huit mois.",
        "CAF, elle dort dehors.": "CAF, elle dort dehors.",
        "CAF": "",
        "ok\nOrganisme : CAF\n\nMerci beaucoup pour votre aide\nZoé": "",
        "Organisme : CAF\nMandat : oui, le 01/03/2026": "",
    }
    lost = {}
    for answer, kept in rows.items():
        form = COMPLETE.replace("Mandat : oui", "Mandat : oui, le 01/03/2026")
        asked = town.write(ZOE, "lot@aplus.example", "x", f"Son dossier est bloqué.\n\n{form}")
        town.answer(ZOE, asked.to(ZOE), answer)
        said = [message.text for message in town.case().messages[1:]]
        if said != ([kept] if kept else []):
            lost[answer] = said
    assert lost == {}


def test_a_form_for_two_people_is_told_that_a_case_is_about_one(town):
    """The second person's lines are not kept without a word."""
    couple = "Prénom : Marie\nNom : ROUX\nDate de naissance : 03/04/1961\n\nPrénom : Paul\nNom : ROUX\nDate de naissance : 05/06/1959\n"
    asked = town.write(ZOE, "lot+caf@aplus.example", "x", f"{couple}\nMandat : oui\n\nLeur APL est bloquée.")
    assert asked.sent() == [(ZOE, "incomplete")]
    assert "vous en donnez plusieurs. Une demande concerne une seule personne" in asked.to(ZOE).text
    one = town.write(ZOE, "lot+caf@aplus.example", "x", "Prénom : Marie\nNom : ROUX\n\nBloqué.")
    assert "plusieurs" not in one.to(ZOE).text
