"""Guarantee: a person's mail is a person's, whatever its subject says and from whatever mailbox of an office it comes:
every letter of the corpus under subjects that speak of absences, failures and automatic answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailrouter.core.mail.read import read

CORPUS = Path(__file__).parents[1] / "corpus"
SUBJECTS = (
    "Absence de réponse",
    "Absence au rendez-vous",
    "Retour de courrier",
    "Réponse automatique de la CAF ?",
    "Message non remis ?",
    "Congé paternité M. Sow",
    "Fermeture de droits",
    "Fermeture de compte",
    "Indisponible",
    "Re: Undeliverable: Dossier",
    "TR: Réponse automatique",
    "Accusé de réception de la CAF",
    "Échec de la livraison du colis",
    "Non-distribution d'un recommandé",
    "Vacances scolaires",
    "En congé maladie depuis mars",
    "Retard de paiement",
    "Warning letter",
    "Returned mail from CPAM",
)
AUTHORS = (
    "Zoé Durand <zoe@cahors.example>",
    "Mairie de Figeac <mail@figeac.example>",
    "Administrateur <administrateur@asso.example>",
    "Accueil CCAS <contact@ccas.example>",
    "Support <support@asso.example>",
)
STEP = 7  # each letter meets every seventh pair of a subject and an author, another start for each letter


def _letters() -> dict[str, str]:
    records = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(CORPUS.glob("*.json"))
    }
    answers = {
        name: record["expect"].get("visible", "")
        for name, record in records.items()
        if record.get("body") == "text"
    }
    return {name: text for name, text in answers.items() if len(text) > 25}


LETTERS = _letters()
PAIRS = [(subject, author) for subject in SUBJECTS for author in AUTHORS]


@pytest.mark.parametrize("name", LETTERS)
def test_a_person_is_heard(name: str) -> None:
    machines = []
    for subject, author in PAIRS[list(LETTERS).index(name) % STEP :: STEP]:
        head = f"From: {author}\nTo: lot@aplus.example\nSubject: {subject}\nDate: Thu, 12 Mar 2026 10:00:00 +0100\n"
        mail = f"{head}MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{LETTERS[name]}\n"
        message = read(mail.encode()).message
        if message.kind != "human":
            machines.append((subject, author, message.kind, message.kind_rule))
    assert machines == []


def test_there_are_letters_enough() -> None:
    assert len(LETTERS) >= 150
