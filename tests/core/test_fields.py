"""Labelled lines as people write them: every row is a way of writing, and what it states."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from mailrouter.core.mail.says.fields import labelled, stated
from mailrouter.core.mail.says.labels import LABELS, field_of
from mailrouter.core.model import Parsed

TODAY = date(2026, 3, 12)
NIR = "261044604212373"

# text -> [(field, value, problem)]
LINES = [
    ("Né le 12/06/1975 - Nom HADDAD - Prénom Karim", [("naissance", "1975-06-12", ""), ("nom", "HADDAD", ""), ("prenom", "Karim", "")]),
    ("NOM DIOP / PRENOM AWA", [("nom", "DIOP", ""), ("prenom", "AWA", "")]),
    ("[Nom] Diop", [("nom", "Diop", "")]),
    ("Nom : (Diop)", [("nom", "Diop", "")]),
    ("Nom : __DIOP__", [("nom", "DIOP", "")]),
    ("num alloc caf 1234567", [("allocataire", "1234567", "")]),
    ("Nom : DUPONT", [("nom", "DUPONT", "")]),
    ("Nom: DUPONT", [("nom", "DUPONT", "")]),
    ("NOM : dupont", [("nom", "dupont", "")]),
    ("Nom = DUPONT", [("nom", "DUPONT", "")]),
    ("Nom - DUPONT", [("nom", "DUPONT", "")]),
    ("Nom – DUPONT", [("nom", "DUPONT", "")]),
    ("Nom\u00a0: DUPONT", [("nom", "DUPONT", "")]),
    ("Nom\u202f:\u00a0DUPONT", [("nom", "DUPONT", "")]),
    ("Nom\tDUPONT", [("nom", "DUPONT", "")]),
    ("| Nom | DUPONT |", [("nom", "DUPONT", "")]),
    ("- Nom : DUPONT", [("nom", "DUPONT", "")]),
    ("• Nom : DUPONT", [("nom", "DUPONT", "")]),
    ("1) Nom : DUPONT", [("nom", "DUPONT", "")]),
    ("> Nom : DUPONT", [("nom", "DUPONT", "")]),
    ("*Nom* : DUPONT", [("nom", "DUPONT", "")]),
    ("NOM DUPONT", [("nom", "DUPONT", "")]),
    ("nom MARTIN\nprenom jean-claude", [("nom", "MARTIN", ""), ("prenom", "jean-claude", "")]),
    ("nom dupont\nprénom anne marie\nné le 3/4/1961",
     [("nom", "dupont", ""), ("prenom", "anne marie", ""), ("naissance", "1961-04-03", "")]),
    ("nom propre", []),
    ("prénom inconnu\n\nIl a écrit hier.", []),
    ("Nom DUPONT", [("nom", "DUPONT", "")]),
    ("Nom de famille : LE GOFF", [("nom", "LE GOFF", "")]),
    ("Nom d'usage : DUPONT", [("nom", "DUPONT", "")]),
    ("Nom de l'usager : DUPONT", [("nom", "DUPONT", "")]),
    ("Nom de la personne : DUPONT", [("nom", "DUPONT", "")]),
    ("Son nom : DUPONT", [("nom", "DUPONT", "")]),
    ("Nom : Mme DUPONT", [("nom", "DUPONT", "")]),
    ("Nom :\nDUPONT", [("nom", "DUPONT", "")]),
    ("Nom\nDUPONT", [("nom", "DUPONT", "")]),
    ("Nom\n\nDUPONT", [("nom", "DUPONT", "")]),
    ("Organisme :\n\nMerci d'avance", []),
    ("Organisme :\nMerci d'avance", []),
    ("Mandat :\nCordialement", []),
    ("NIR :\nJe vous l'envoie demain.", []),
    ("NIR :\n2 61 04 46 042 123 73", [("nir", NIR, "")]),
    ("Mandat :\noui, le 12/03/2026", [("mandat", "oui 2026-03-12", "")]),
    ("Date de naissance :\n\n3 avril 1961", [("naissance", "1961-04-03", "")]),
    ("Nom :", []),
    ("Nom : ..........", []),
    ("Nom : (à compléter)", []),
    ("Nom :\nPrénom : Marie", [("prenom", "Marie", "")]),
    ("Nom : DUPONT, Prénom : Marie", [("nom", "DUPONT", ""), ("prenom", "Marie", "")]),
    ("Nom: DUPONT  Prénom: Marie", [("nom", "DUPONT", ""), ("prenom", "Marie", "")]),
    ("Nom : DUPONT Prénom : Marie Né(e) le : 03/04/1961",
     [("nom", "DUPONT", ""), ("prenom", "Marie", ""), ("naissance", "1961-04-03", "")]),
    ("Nom et prénom : DUPONT Marie", [("nom", "DUPONT", ""), ("prenom", "Marie", "")]),
    ("Nom, prénom : DUPONT Marie", [("nom", "DUPONT", ""), ("prenom", "Marie", "")]),
    ("Nom/Prénom : DUPONT Marie", [("nom", "DUPONT", ""), ("prenom", "Marie", "")]),
    ("Nom et prénom : Dupont Marie", [("nom", "Dupont", ""), ("prenom", "Marie", "")]),
    ("Prénom et nom : Marie Dupont", [("nom", "Dupont", ""), ("prenom", "Marie", "")]),
    ("Usager : M. Ahmed BENALI", [("nom", "BENALI", ""), ("prenom", "Ahmed", "")]),
    ("Usagère : Mme Marie DUPONT née le 3 avril 1961",
     [("nom", "DUPONT", ""), ("prenom", "Marie", ""), ("naissance", "1961-04-03", "")]),
    ("Usager : marie dupont", [("nom", "dupont", ""), ("prenom", "marie", "")]),
    ("Concerne : demande d'APL de la famille", []),
    ("Nom : voir le document joint à mon message d'hier", []),
    ("Prenom : Marie", [("prenom", "Marie", "")]),
    ("Prénom(s) : Marie Anne", [("prenom", "Marie Anne", "")]),
    ("Pénom : Marie", [("prenom", "Marie", "")]),
    ("PRENOM Marie", [("prenom", "Marie", "")]),
    ("First name: Marie", [("prenom", "Marie", "")]),
    ("Last name: Dupont", [("nom", "Dupont", "")]),
    ("Name: Marie Dupont", [("nom", "Dupont", ""), ("prenom", "Marie", "")]),
    ("Date de naissance : 3/4/1961", [("naissance", "1961-04-03", "")]),
    ("Date de naissance : 03.04.61", [("naissance", "1961-04-03", "")]),
    ("Date de naissance : 03-04-1961", [("naissance", "1961-04-03", "")]),
    ("Date de naissance : 3 avril 1961", [("naissance", "1961-04-03", "")]),
    ("Date de naissance : 1er mars 1960", [("naissance", "1960-03-01", "")]),
    ("Date de naissance : 1961-04-03", [("naissance", "1961-04-03", "")]),
    ("Date de naissance : le lundi 3 avril 1961", [("naissance", "1961-04-03", "")]),
    ("Date de naissance : 03 04 1961", [("naissance", "1961-04-03", "")]),
    ("Date de naissance : 03041961", [("naissance", "1961-04-03", "")]),
    ("Date de naissance : 03/04/1961 à Cahors (46)", [("naissance", "1961-04-03", "")]),
    ("Date de naisance : 03/04/1961", [("naissance", "1961-04-03", "")]),
    ("Date naissance 03/04/1961", [("naissance", "1961-04-03", "")]),
    ("DDN : 03/04/1961", [("naissance", "1961-04-03", "")]),
    ("Né(e) le 03/04/1961", [("naissance", "1961-04-03", "")]),
    ("Née le : 3 avril 1961", [("naissance", "1961-04-03", "")]),
    ("NE LE 03/04/1961", [("naissance", "1961-04-03", "")]),
    ("Date of birth: 3 April 1961", [("naissance", "1961-04-03", "")]),
    ("DOB: April 3, 1961", [("naissance", "1961-04-03", "")]),
    ("Date de naissance : 29/02/1960", [("naissance", "1960-02-29", "")]),
    ("Date de naissance : 05/06/10", [("naissance", "2010-06-05", "")]),
    ("Date de naissance : 31/02/1961", [("naissance", "31/02/1961", "date-impossible")]),
    ("Date de naissance : 29/02/1961", [("naissance", "29/02/1961", "date-impossible")]),
    ("Date de naissance : avril", [("naissance", "avril", "date-impossible")]),
    ("Date de naissance : 03/04/2061", [("naissance", "2061-04-03", "date-future")]),
    ("Date de naissance : 03/04/1861", [("naissance", "1861-04-03", "date-old")]),
    ("Date de naissance : JJ/MM/AAAA", []),
    ("Nom de naissance : MARTIN", [("nom_naissance", "MARTIN", "")]),
    ("Nom de jeune fille : Martin", [("nom_naissance", "Martin", "")]),
    ("Name at birth: Martin", [("nom_naissance", "Martin", "")]),
    (f"NIR : {NIR}", [("nir", NIR, "")]),
    ("NIR : 2 61 04 46 042 123 73", [("nir", NIR, "")]),
    ("NIR : 2.61.04.46.042.123.73", [("nir", NIR, "")]),
    ("NIR : 2 61 04 46 042 123 clé 73", [("nir", NIR, "")]),
    ("N° Secu : 2 61 04 46 042 123 73", [("nir", NIR, "")]),
    ("N° de sécurité sociale : 261044604212373", [("nir", NIR, "")]),
    ("Numéro SS 2 61 04 46 042 123 73", [("nir", NIR, "")]),
    ("Numero securite sosiale : 261044604212373", [("nir", NIR, "")]),
    ("Social security number: 261044604212373", [("nir", NIR, "")]),
    ("NIR : 2610446042123", [("nir", "2610446042123", "nir-key-missing")]),
    ("NIR : 261044604212374", [("nir", "261044604212374", "nir-key")]),
    ("NIR : 26104460421", [("nir", "26104460421", "nir-length")]),
    ("NIR : 1 85 05 2A 004 005 " + "67", [("nir", "185052A00400567", "nir-key")]),
    ("Allocataire : 1234567", [("allocataire", "1234567", "")]),
    ("N° allocataire CAF : 1234567", [("allocataire", "1234567", "")]),
    ("NUMERO ALLOCATAIRE 1234567", [("allocataire", "1234567", "")]),
    ("Numéro d'allocataire : 1 234 567 A", [("allocataire", "1234567", "")]),
    ("N° CAF : 1234567", [("allocataire", "1234567", "")]),
    ("Matricule : 0123456", [("allocataire", "0123456", "")]),
    ("Numéro d'alocataire : 123456", [("allocataire", "123456", "allocataire-length")]),
    ("Numéro fiscal : 30 23 217 600 053", [("fiscal", "3023217600053", "")]),
    ("Numéro fiscal : 3023217600054", [("fiscal", "3023217600054", "fiscal-key")]),
    ("N° fiscal de référence : 302321760005", [("fiscal", "302321760005", "fiscal-length")]),
    ("SPI : 3023217600053", [("fiscal", "3023217600053", "")]),
    ("Numéro de dossier : FT-2026/112", [("dossier", "FT-2026/112", "")]),
    ("Dossier : en cours", []),
    ("Organisme : CAF", [("organisme", "CAF", "")]),
    ("Organisme CAF", [("organisme", "CAF", "")]),
    ("Nom : « Sow »\nPrénom : \"Awa\"", [("nom", "Sow", ""), ("prenom", "Awa", "")]),
    ("Organisme(s) : CAF et CPAM", [("organisme", "CAF et CPAM", "")]),
    ("Organisme : Caisse d'assurance retraite et de la santé au travail",
     [("organisme", "Caisse d'assurance retraite et de la santé au travail", "")]),
    ("Organisation: CAF", [("organisme", "CAF", "")]),
    ("Mandat : oui, le 12/03/2026", [("mandat", "oui 2026-03-12", "")]),
    ("Mandat : oui", [("mandat", "oui", "")]),
    ("Mandat oui", [("mandat", "oui", "")]),
    ("Mandat : OUI (écrit)", [("mandat", "oui", "")]),
    ("Mandat : signé le 2 mars 2026", [("mandat", "oui 2026-03-02", "")]),
    ("Mandat signé le 02/03/2026", [("mandat", "oui 2026-03-02", "")]),
    ("Mandat : 12/03/2026", [("mandat", "oui 2026-03-12", "")]),
    ("Mandat : le 2 mars", [("mandat", "oui 2026-03-02", "")]),
    ("Mandat : le 20 décembre", [("mandat", "oui 2025-12-20", "")]),
    ("Mandat : ☒ oui ☐ non", [("mandat", "oui", "")]),
    ("Mandat : [ ] oui [x] non", [("mandat", "non", "")]),
    ("Mandat : non", [("mandat", "non", "")]),
    ("Mandat : pas encore signé", [("mandat", "non", "")]),
    ("Mandat : en cours", [("mandat", "non", "")]),
    ("Mandat : oui, le 31/02/2026", [("mandat", "oui", "date-impossible")]),
    ("Mandat : voir avec elle", [("mandat", "voir avec elle", "mandat-unclear")]),
    ("Mandate: yes, 12 March 2026", [("mandat", "oui 2026-03-12", "")]),
    ("Urgent : expulsion, 20 mars", [("urgent", "expulsion, 2026-03-20", "")]),
    ("Urgent : oui", [("urgent", "oui", "")]),
    ("Urgent : non", [("urgent", "non", "")]),
    ("Urgent : (motif, échéance)", []),
    ("Contact prudent : oui", [("contact_prudent", "oui", "")]),
    ("CONTACT PRUDENT : non", [("contact_prudent", "non", "")]),
    ("Repère : escalier B", [("repere", "escalier B", "")]),
    ("Repère : la dame du troisième étage", [("repere", "la dame du troisième", "repere-long")]),
    ("Territoire : Lot", [("territoire", "Lot", "")]),
    ("Langue : en", [("langue", "en", "")]),
    ("Exclure : paul.petit@caf46.example", [("exclure", "paul.petit@caf46.example", "")]),
    ("Nom : DUPONT\nTéléphone : 06.12.34.56.78", [("nom", "DUPONT", ""), ("telephone", "0612345678", "")]),
    ("Nom : DUPONT\nTél : +33 6 12 34 56 78", [("nom", "DUPONT", ""), ("telephone", "0612345678", "")]),
    ("Nom : DUPONT\nTel : 06 12", [("nom", "DUPONT", ""), ("telephone", "0612", "phone-shape")]),
    ("Nom : DUPONT\nAdresse : 12 rue du Port\n46000 Cahors", [("nom", "DUPONT", ""), ("adresse", "12 rue du Port, 46000 Cahors", "")]),
    ("Nom : DUPONT\nAutre : vit chez sa sœur", [("nom", "DUPONT", ""), ("autre", "vit chez sa sœur", "")]),
    ("Nom : DUPONT\nNom : DUPONT", [("nom", "DUPONT", "")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), LINES)
def test_a_labelled_line_states(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert [(s.field, s.value, s.problem) for s in labelled(text, TODAY)] == expected


# What looks like a label and is none.
NOT_LABELS = [
    "Bonjour Madame, je vous écris : pouvez-vous m'aider ?",
    "Tél : 05 65 11 22 33",
    "Adresse : 1 place Chapou",
    "De : Claire Martin",
    "Objet : demande d'aide",
    "Horaires : 9h-12h",
    "https://www.caf.example/nom=1",
    "Nom de code, ce n'est pas important.",
    "Le nom du gestionnaire m'échappe",
    "Mandat présidentiel et autres sujets",
    "Né sous une bonne étoile",
    "Organisme de droit privé chargé d'une mission de service public.",
    "Argent : 300 euros",
    "Langue parlée : portugais",
    "12:30 : rendez-vous",
]


@pytest.mark.parametrize("text", NOT_LABELS)
def test_other_lines_state_nothing(text: str) -> None:
    assert labelled(text, TODAY) == ()


def test_the_words_as_written_are_kept_beside_the_value() -> None:
    (one,) = labelled("Date de naissance : le 3 avril 1961 à Cahors", TODAY)
    assert (one.raw, one.source, one.confidence) == ("le 3 avril 1961 à Cahors", "label", 1.0)


def test_the_number_is_held_against_the_date_of_birth() -> None:
    found = {s.field: s.problem for s in labelled(f"Date de naissance : 03/05/1961\nNIR : {NIR}", TODAY)}
    assert found == {"naissance": "", "nir": "nir-birth"}
    found = {s.field: s.problem for s in labelled(f"NIR : {NIR}\nDate de naissance : 03/04/1961", TODAY)}
    assert found == {"nir": "", "naissance": ""}


def test_two_values_of_one_field_are_both_given_and_both_unsure() -> None:
    found = labelled("Nom : DUPONT\nPrénom : Marie\n\nNom : BENALI", TODAY)
    assert [(s.field, s.value, s.confidence) for s in found] == [
        ("nom", "DUPONT", 0.5),
        ("prenom", "Marie", 1.0),
        ("nom", "BENALI", 0.5),
    ]


def test_names_that_may_be_the_other_way_round_are_less_sure() -> None:
    assert [s.confidence for s in labelled("Nom et prénom : DUPONT Marie", TODAY)] == [1.0, 1.0]
    assert [s.confidence for s in labelled("Nom et prénom : Dupont Marie", TODAY)] == [0.8, 0.8]
    assert [s.confidence for s in labelled("Nom et prénom : Le Goff Marie", TODAY)] == [0.6, 0.6]


TABLE = (
    "<table><tr><td><b>Nom</b></td><td>DUPONT</td></tr><tr><td>Pr&eacute;nom</td><td>Marie</td></tr>"
    "<tr><th>Date de naissance :</th><td>03/04/1961</td></tr><tr><td>NIR</td><td></td></tr></table>"
)


def mail() -> Parsed:
    return Parsed(date=datetime(2026, 3, 12, tzinfo=UTC))


def test_cells_of_an_html_table_are_labels_and_values() -> None:
    shown = "Nom DUPONT\nPrénom Marie\nDate de naissance : 03/04/1961\nNIR"
    found = stated(mail(), shown, TABLE)
    assert [(s.field, s.value) for s in found] == [
        ("nom", "DUPONT"),
        ("prenom", "Marie"),
        ("naissance", "1961-04-03"),
    ]


def test_cells_rendered_on_separate_lines_are_found_too() -> None:
    shown = "Voici :\n\nNom\n\nDUPONT\n\nPrénom\n\nMarie"
    assert [(s.field, s.value) for s in stated(mail(), shown, TABLE)] == [
        ("nom", "DUPONT"),
        ("prenom", "Marie"),
    ]


def test_a_quoted_table_is_not_read_again() -> None:
    assert stated(mail(), "Bonjour, c'est fait.", TABLE) == ()


def test_prose_gives_what_labels_did_not() -> None:
    text = "Nom : DUPONT\nPrénom : Marie\n\nMme Marie DUPONT, née le 3 avril 1961, m'a donné mandat."
    assert [(s.field, s.value, s.source) for s in stated(mail(), text)] == [
        ("nom", "DUPONT", "label"),
        ("prenom", "Marie", "label"),
        ("naissance", "1961-04-03", "prose"),
        ("mandat", "oui", "prose"),
    ]


@pytest.mark.parametrize("name", list(LABELS))
def test_every_label_of_the_table_is_found_under_its_field(name: str) -> None:
    assert {field_of(label) for label in LABELS[name]} == {name}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_form_that_our_own_mails_send_is_read_and_left_untouched_states_nothing(language: str) -> None:
    templates = Environment(loader=FileSystemLoader(Path(__file__).parents[2] / "templates" / language))  # noqa: S701
    words = templates.get_template("words.j2").module
    labels, hints = words.form_labels, words.form_hints
    given = {"prenom": "Marie", "nom": "DUPONT", "naissance": "03/04/1961", "organisation": "CAF"}
    form = "\n".join(f"{labels[n]}{words.colon}{given.get(n) or hints[n] + '12/03/2026'}" for n in labels)
    assert {(s.field, s.value) for s in labelled(form, TODAY)} == {
        ("prenom", "Marie"),
        ("nom", "DUPONT"),
        ("naissance", "1961-04-03"),
        ("mandat", "oui 2026-03-12"),
        ("organisme", "CAF"),
    }
    empty = "\n".join(f"{labels[n]}{words.colon}{hints.get(n, '')}" for n in labels)
    assert labelled(empty, TODAY) == ()
