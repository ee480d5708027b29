"""Guarantee: whatever a client puts together of date, name, label, rule and mark above a quote, the quote is folded whole;
whatever people put together of closing, name, office and notice below their text, it is taken for a signature."""

from __future__ import annotations

from itertools import product

import pytest

from mailrouter.core.mail.fresh.visible import visible_text

ANSWER = "Bonjour,\n\nC'est réglé depuis hier, vous recevrez la notification lundi."
QUOTED = "Bonjour Inès,\n\nOù en est-on ?\n\nHugo"


def marked(text: str) -> str:
    return "".join(f"> {line}".rstrip() + "\n" for line in text.split("\n"))


def wrapped(text: str, width: int) -> str:
    rows = [""]
    for word in text.split(" "):
        if rows[-1] and len(rows[-1]) + len(word) + 1 > width:
            rows.append(word)
        else:
            rows[-1] = f"{rows[-1]} {word}".strip()
    return "\n".join(rows)


WROTE = {
    "a écrit": (
        "Le jeu. 5 juin 2025 à 08:00",
        "Le jeudi 5 juin 2025 à 08:00:12 UTC+2",
        "Le 05/06/2025 à 08:00",
        "Le 05/06/2025 08:00",
        "Le 2025-06-05 08:00",
        "Le 05.06.25 08:00",
        "Le 5 juin 2025 à 8 h 00",
        "Le Jeudi 5 Juin 2025 08:00 CEST",
        "Le jeu., 5 juin 2025 à 8:00",
    ),
    "wrote": (
        "On Thu, Jun 5, 2025 at 8:00 AM",
        "On 5 Jun 2025, at 08:00",
        "On Thursday, 5 June 2025 at 08:00:12 CEST",
    ),
    "schrieb": ("Am 05.06.2025 um 08:00",),
    "ha scritto": ("Il giorno gio 5 giu 2025 alle ore 08:00",),
    "escribió": ("El jue, 5 jun 2025 a las 8:00",),
    "escreveu": ("Em qui., 5 de jun. de 2025 às 08:00",),
    "schreef": ("Op do 5 jun 2025 om 08:00",),
}
WRITERS = (
    "Hugo Petit <hugo@asso.example>",
    "M. Hugo PETIT",
    "hugo@asso.example",
    '"PETIT, Hugo" <hugo@asso.example>',
    "Association Solidarité Lot - Accueil <accueil@asso.example>",
    "Hugo Petit <hugo@asso.example<mailto:hugo@asso.example>>",
)


@pytest.mark.parametrize("verb", WROTE)
def test_attributions(verb: str) -> None:
    for date, writer, colon, width in product(WROTE[verb], WRITERS, (" :", ":", "\xa0:"), (999, 60, 40)):
        attribution = wrapped(f"{date}, {writer} {verb}{colon}", width)
        quotes = [f"{attribution}\n{marked(QUOTED)}", f"{attribution}\n\n{marked(QUOTED)}"]
        quotes.append(marked(f"{attribution}\n\n{QUOTED}"))
        if "@" in writer:
            quotes.append(f"{attribution}\n\n{QUOTED}\n")  # nothing but the address tells it from a narration
        for quote in quotes:
            assert visible_text(f"{ANSWER}\n\n{quote}").visible == ANSWER, attribution


AUTHORS = (
    "Hugo Petit <hugo@asso.example>",
    "Hugo Petit [mailto:hugo@asso.example]",
    "PETIT Hugo (Asso)",
    "hugo@asso.example",
)
MOMENTS = (
    "jeudi 5 juin 2025 08:00",
    "jeudi 5 juin 2025 à 08:00",
    "05/06/2025 08:00",
    "5 juin 2025 à 08:00:12 UTC+2",
    "Thu, 5 Jun 2025 08:00:12 +0200",
    "Thursday, June 5, 2025 8:00 AM",
    "05/06/2025 08:00 (GMT+01:00)",
)
ORDERS = (
    "De Envoyé À Objet",
    "De Date À Objet",
    "De À Envoyé Objet",
    "Objet De Date À",
    "De Envoyé À Cc Objet",
    "From Sent To Subject",
    "From Date To Subject",
    "Expéditeur Date Destinataire Sujet",
)
VALUES = {
    **dict.fromkeys(("Objet", "Subject", "Sujet"), "RE: M. Sow"),
    **dict.fromkeys(("À", "To", "Destinataire"), "Inès Faure <ines@mdph46.example>"),
    "Cc": "Accueil <accueil@mdph46.example>",
}
ABOVE = ("", "________________________________\n", "-----Message d'origine-----\n", "> ")


@pytest.mark.parametrize("order", ORDERS)
def test_header_blocks(order: str) -> None:
    for author, moment, colon, above in product(AUTHORS, MOMENTS, (" : ", ": ", "\xa0: "), ABOVE):
        values = {**VALUES, **dict.fromkeys(("De", "From", "Expéditeur"), author)}
        values |= dict.fromkeys(("Envoyé", "Date", "Sent"), moment)
        block = "\n".join(f"{label}{colon}{values[label]}" for label in order.split()) + f"\n\n{QUOTED}"
        quote = marked(block) if above == "> " else above + block
        assert visible_text(f"{ANSWER}\n\n{quote}\n").visible == ANSWER, block


CLOSINGS = (
    "Cordialement,",
    "Très cordialement.",
    "Bien à vous,",
    "Cdlt",
    "Sincères salutations.",
    "Excellente journée,",
    "Bonne réception,",
    "Bon après-midi,",
    "Je vous prie d'agréer, Madame, Monsieur, mes salutations distinguées.",
    "Many thanks and best regards,",
    "Mit freundlichen Grüßen",
    "Cordialement, Inès Faure",
)
BLOCKS = (
    "Inès FAURE\nConseillère en économie sociale et familiale\nDépartement du Lot",
    "Inès Faure\nMDPH du Lot\nTél. : 05 65 00 00 00\nines.faure@mdph46.example",
    "Mme FAURE Inès\nAssistante sociale\n12 rue Haute – 46000 CAHORS\n05.65.00.00.00 / 06.00.00.00.00",
    "Pour la Directrice,\nInès FAURE",
    "I. Faure",
    "Inès FAURE\n\nTravailleuse sociale\n\nUDAF du Lot\n\n05 65 00 00 00",
    "Inès Faure, MDPH 46\nStandard ouvert du lundi au vendredi de 9h à 12h et de 14h à 17h",
)
FOOTERS = (
    "",
    "\n\nEnvoyé de mon iPhone",
    "\n\nPensez à l'environnement avant d'imprimer ce message.",
    "\n\n-----\nCe courriel est confidentiel. Si vous n'en êtes pas le destinataire, merci de le supprimer et d'avertir l'expéditeur.",
)


@pytest.mark.parametrize("closing", CLOSINGS)
def test_signatures(closing: str) -> None:
    for gap, block, footer in product(("\n", "\n\n"), BLOCKS, FOOTERS):
        found = visible_text(f"{ANSWER}\n\n{closing}{gap}{block}{footer}\n")
        assert (found.visible, found.signature) == (ANSWER, f"{closing}{gap}{block}{footer}"), block
