"""The subject is its author's own words: what stands nowhere else goes on as the first line of the text."""

from __future__ import annotations

import pytest
from town import AURELIE, CAF_BOX, CLAIRE, COMPLETE, JULIEN, KARIM, ZOE

FORM = "Prénom : Marie\nNom : DUPONT\nDate de naissance : 03/04/1961\nMandat : oui\nJ'accepte les conditions d'utilisation.\n"


def first_text(town) -> str:
    return town.case().messages[0].text


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("APL suspendue depuis août", f"{FORM}\nMerci\nZoé Durand"),
        ("[CAF] APL suspendue depuis août", f"Bonjour,\n\n{FORM}"),
        ("[EXTERNE] APL suspendue depuis août", FORM),
    ],
)
def test_a_request_whose_matter_is_its_subject_reaches_the_agents(town, subject, text):
    """A form below, the matter above: the agents read it first, and our own subject stays neutral."""
    opened = town.write(ZOE, "lot+caf@aplus.example", subject, text)
    for agent in (CLAIRE, JULIEN, CAF_BOX):
        letter = opened.to(agent)
        assert letter.text.count("APL suspendue depuis août") == 1
        assert "APL" not in letter.subject and "[" not in letter.text.split("APL suspendue")[0][-2:]
    assert first_text(town).startswith("APL suspendue depuis août")
    assert "APL" not in opened.to(ZOE).subject


@pytest.mark.parametrize(
    "subject",
    [
        "Aide au logement bloquée",
        "Demande CAF du Lot",
        "Dossier",
        "x",
        "Bonjour",
        "Re: APL suspendue",
        "",
        "LOGEMENT : bloquée !",
    ],
)
def test_a_subject_that_says_nothing_more_is_not_repeated(town, subject):
    """What the text says too, an organisation's name, an answer's subject, a greeting."""
    town.write(ZOE, "lot+caf@aplus.example", subject, f"Son aide au logement est bloquée.\n\n{COMPLETE}")
    assert first_text(town) == "Son aide au logement est bloquée."


def test_what_the_subject_states_counts_like_the_text(town):
    """An urgency by its label; a person in a sentence is shown back as understood, and asked to be confirmed."""
    town.write(ZOE, "lot+caf@aplus.example", "Urgent : expulsion le 12 mars", f"Bonjour\n\n{COMPLETE}")
    assert town.case().urgent == "expulsion 2026-03-12"
    asked = town.write(ZOE, "lot+caf@aplus.example", "Mme Louise MARTIN, RSA suspendu", "Merci d'avance")
    assert (asked.disposition, asked.sent()) == ("opened", [(ZOE, "incomplete")])
    assert "Louise" in asked.to(ZOE).text and "MARTIN" in asked.to(ZOE).text.upper()


def test_the_text_s_own_lines_come_before_the_subject_s(town):
    """A form says who it is about, whatever name the subject holds."""
    town.write(ZOE, "lot+caf@aplus.example", "Dossier de Mme Louise MARTIN", FORM)
    assert (town.case().field("prenom"), town.case().field("nom")) == ("Marie", "DUPONT")


def test_a_number_in_the_subject_is_masked_like_any_text(town):
    """Neither group reads more than its end; and above a complete form nothing has to be confirmed."""
    both = ["lot+cpam@aplus.example", "lot+ddfip@aplus.example"]
    opened = town.write(ZOE, both, "Impayé, 2 61 04 46 042 123 73", f"Merci de regarder.\n\n{COMPLETE}")
    entitled, other = opened.to(AURELIE).text, opened.to("bernard.lacoste@ddfip46.example").text
    assert "Impayé, …373" in entitled and "Impayé, …373" in other
    assert not any("042 123" in text or "042123" in text for text in (entitled, other))


def test_a_forward_s_subject_is_not_its_sender_s(town):
    """The subject of what is passed on stands in the forward."""
    below = "De : Marie <marie@orange.example>\nEnvoyé : lundi 2 mars 2026 09:00\nÀ : Zoé Durand\nObjet : Mes droits\n\nJe n'ai plus rien."
    town.write(
        ZOE,
        "lot+caf@aplus.example",
        "TR: Mes droits",
        f"À voir.\n\n{FORM}\n-----Message d'origine-----\n{below}",
    )
    assert first_text(town).startswith("À voir.") and "Je n'ai plus rien." in first_text(town)


def test_a_new_mail_on_a_case_has_its_subject_above_the_text(town):
    """Both ways; not what names the case and its person, and an acknowledgement stays one."""
    opened = town.open_case()
    told = town.write(
        ZOE, opened.to(ZOE).reply_to, "Expulsion avancée", "Bonjour,\n\nPouvez-vous regarder ?\n\nZoé Durand"
    )
    assert town.case().messages[-1].text.startswith("Expulsion avancée\n\n")
    assert "Expulsion" not in told.to(CLAIRE).subject
    case = opened.to(CLAIRE).reply_to
    town.write(CLAIRE, case, "Votre demande du 2 mars", "Bien reçu, merci.")
    assert town.case().party("CAF").state == "new"
    town.write(CLAIRE, case, "Dossier DUPONT Marie", "Le droit est rétabli.")
    assert town.case().messages[-1].text == "Le droit est rétabli."
    town.write(CLAIRE, case, "Versement le 5 mars", "Bonjour,\n\nVoir l'objet de ce message.")
    assert town.case().messages[-1].text.startswith("Versement le 5 mars\n\n")


@pytest.mark.parametrize(
    "first", ["note : à vérifier par un collègue", "note interne - à vérifier", "je m'en occupe"]
)
def test_a_subject_hides_no_act_and_no_note(town, first):
    """An act or a marker is the first line of the text whatever stands in the subject."""
    opened = town.open_case()
    done = town.write(CLAIRE, opened.to(CLAIRE).reply_to, "Versement rétabli", f"{first}\n")
    assert ZOE not in {x.to for x in done.letters if "vérifier" in x.text}
    assert done.rule in ("note", "ask:internal-marker", "act:take")


def test_what_is_passed_on_gives_no_orders(town):
    """A forward whose subject is an act: somebody else's word."""
    opened = town.open_case()
    below = "-----Message d'origine-----\nDe : Chef <chef@caf46.example>\nEnvoyé : lundi 2 mars 2026 09:00\nÀ : Claire\nObjet : traité\n\nC'est fait."
    town.write(CLAIRE, opened.to(CLAIRE).reply_to, "TR: traité", below)
    assert town.case().party("CAF").state != "done"


def test_on_a_case_the_subject_alone_is_the_text(town):
    """An act or a sentence written into the subject of a new mail to the case's address, with nothing below."""
    opened = town.open_case()
    said = town.write(CLAIRE, opened.to(CLAIRE).reply_to, "je m'en occupe", "")
    assert said.rule == "act:take"
    told = town.write(ZOE, opened.to(ZOE).reply_to, "Elle est expulsée demain", "Cordialement\nZoé Durand")
    assert told.to(CLAIRE).text.count("Elle est expulsée demain") == 1
    assert town.case().messages[-1].text.startswith("Elle est expulsée demain")
    assert town.write(CLAIRE, opened.to(CLAIRE).reply_to, "Traité", "Claire Martin").rule == "act:done"


@pytest.mark.parametrize(
    "subject", ["Dossier DUPONT", "Votre demande 2026-000001-Z", "Re: Elle est expulsée", ""]
)
def test_an_agent_s_title_is_no_answer(town, subject):
    """A mail that was sent too early ends no reminders; its writer is told that it was empty."""
    opened = town.open_case()
    empty = town.write(CLAIRE, opened.to(CLAIRE).reply_to, subject, "")
    assert (empty.rule, empty.sent()) == ("not-understood", [(CLAIRE, "not-understood")])
    assert town.case().party("CAF").state == "new"


def test_a_subject_about_somebody_else_is_asked_about(town):
    """Autocomplete offers an old case's address: the subject alone may name the new person (Situations 1)."""
    opened = town.open_case()
    asked = town.write(
        ZOE, opened.to(ZOE).reply_to, "Nouvelle situation : M. Paul MARTIN né le 2/2/1970", "Merci d'avance"
    )
    assert CLAIRE not in {to for to, _ in asked.sent()} and KARIM not in {to for to, _ in asked.sent()}
    assert asked.disposition == "held"
