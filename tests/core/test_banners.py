"""Warnings that gateways put above a mail in several lines or languages, and people's own words that resemble them."""

from __future__ import annotations

import pytest

from mailrouter.core.mail.fresh.visible import visible_text

BANNERS = [
    "[EXTERNO] Este correo se ha originado fuera de la organización. No haga clic en enlaces ni abra adjuntos.",
    "[Courriel externe] Soyez prudent, cet e-mail provient de l'extérieur.",
    "This Message Is From an External Sender\nThis message came from outside your organization.\nReport Suspicious",
    "ZjQcmQRYFpfptBannerStart\nThis Message Is From an Untrusted Sender\nYou have not previously corresponded with this sender.\n"
    "    Report Suspicious <https://us-phishalarm.example/x>\nZjQcmQRYFpfptBannerEnd",
    "ATTENTION : ce mail provient de l'extérieur.\nNe cliquez pas sur les liens et n'ouvrez pas les pièces jointes.",
    "ADVARSEL: Denne e-posten kommer fra en avsender utenfor organisasjonen. Ikke klikk på lenker eller åpne vedlegg.",
    "## Bitte antworten Sie oberhalb dieser Zeile ##",
    "[EXTERNAL EMAIL]\n\nDo not click links or open attachments unless you recognise the sender.",
    "Achtung: Diese E-Mail stammt von einem externen Absender.\nKlicken Sie nicht auf Links, wenn Sie den Absender nicht kennen.",
]
SENTENCES = [
    "[Dossier 4512] Ce mail vient de la voisine, qui habite à l'extérieur.",
    "Ce message provient de l'extérieur de la commune, comme\nje vous le disais hier.",
    "Soyez prudent avec l'expéditeur de cette lettre, il n'est pas de la famille.",
    "En cas de doute, ouvrez la pièce jointe : c'est son bail.",
    "Signaler à la CAF que la pièce jointe est illisible.",
]


@pytest.mark.parametrize("below", ["\n\n", "\n"])
@pytest.mark.parametrize("banner", BANNERS)
def test_a_warning_in_several_lines_is_no_text(banner: str, below: str) -> None:
    found = visible_text(f"{banner}{below}Bonjour,\nLe dossier est clos.\n")
    assert (found.visible, found.folded) == ("Bonjour,\nLe dossier est clos.", banner)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_persons_first_sentence_stays(sentence: str) -> None:
    text = f"{sentence}\nElle attend une réponse."
    assert visible_text(text).visible == text
