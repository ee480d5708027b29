"""What a signature begins with in thirty languages, and what a person says below it, which stays theirs."""

from __future__ import annotations

import pytest

from mailrouter.core.mail.fresh.closings import CLOSINGS, LONGEST, is_formula
from mailrouter.core.mail.fresh.visible import visible_text

BELOW = [
    "Un cordial saludo,\nJuan\n\nMi padre ha muerto ayer, no tengo dinero.",
    "Viele Grüße\nHans\n\nIch habe keine Wohnung mehr.",
    "Grazie e saluti\nMario\n\nNon ho più il gas.",
    "Abraços\nJoão\n\nNão tenho mais casa",
    "Groeten\nJan\n\nIk heb geen geld meer",
    "Serdecznie pozdrawiam\nJan\n\nNie mam już mieszkania",
    "С уважение,\nИван\n\nНямам жилище.",
    "Cu respect,\nIon\n\nNu am unde să stau",
    "Saygılar\nMehmet\n\nEvim yok, lütfen yardım edin",
    "此致\n敬礼\n张三\n\n我没有房子了",
    "よろしくお願いいたします。\n山田\n\n家がありません。",
    "تحياتي\nأحمد\n\nأنا بدون منزل",
    "Φιλικά\nΓιώργος\n\nΔεν έχω σπίτι",
    "Best,\nAnna\n\nMy gas was cut off",
    "Best\n\ncall me after six",
    "Restant à votre disposition,\nmais pas le mardi.",
    "Cordialement,\nAwa\nMes jours de présence : je suis là le lundi seulement, sinon appelez ma sœur",
    "Cordialement\nAwa\nSuivez-nous sur la route de Cahors, on est perdus",
    "Pagarbiai\nJonas\n\nNeturiu kur gyventi.",
]


@pytest.mark.parametrize("below", BELOW)
def test_a_sentence_below_a_closing_formula_stays_the_persons(below: str) -> None:
    text = f"Voici le document.\n\n{below}"
    assert visible_text(text).visible == text


@pytest.mark.parametrize("formula", sorted(CLOSINGS))
def test_a_formula_with_a_name_below_it_begins_the_signature(formula: str) -> None:
    assert is_formula(formula) and len(formula) < LONGEST
    for said in (formula, f"{formula.capitalize()},"):
        found = visible_text(f"Voici le document.\n\n{said}\nAwa Diallo")
        assert (found.visible, found.signature) == ("Voici le document.", f"{said}\nAwa Diallo")


@pytest.mark.parametrize("greeting", ["Salam,\nBudi minta bantuan.", "Pozdrav,\ntrebam pomoć.", "Merci\nAwa"])
def test_what_greets_or_thanks_closes_nothing(greeting: str) -> None:
    assert visible_text(f"Voici.\n\n{greeting}").visible == f"Voici.\n\n{greeting}"


def test_networks_and_days_at_work_belong_to_the_signature_below_a_closing() -> None:
    signed = "Cordialement,\nMarie Dupont (elle/iel)\nSuivez-nous sur : Facebook | X\nJours de présence : lundi, mardi"
    found = visible_text(f"Le dossier est complet.\n\n{signed}")
    assert (found.visible, found.signature) == ("Le dossier est complet.", signed)


@pytest.mark.parametrize(
    "told",
    ["Enfant allergique aux arachides", "enceinte de huit mois", "Reconnue travailleur handicapé", "veuve", "hébergée chez ma sœur", "facture impayée", "URGENT"],
)  # fmt: skip
def test_how_somebody_lives_signs_nothing(told: str) -> None:
    for below in (f"Awa Diallo\n{told}", f"Awa Diallo, {told}"):
        text = f"Voici le bail.\n\nCordialement\n{below}"
        assert visible_text(text).visible == text


@pytest.mark.parametrize(
    "office", ["MDPH, maison des personnes handicapées", "Protection de l'enfance", "Service des tutelles", "Assurance Maladie"]
)  # fmt: skip
def test_an_office_for_those_who_live_so_signs(office: str) -> None:
    assert visible_text(f"Voici.\n\nCordialement\nMarie Roux\n{office}").visible == "Voici."


def test_a_sentence_below_a_delimited_signature_is_the_persons() -> None:
    text = "Oui.\n\n-- \nAwa Diallo\n06 12 34 56 78\n\nAu fait, le loyer de mars est payé."
    assert visible_text(text).visible == text


@pytest.mark.parametrize(
    "said", ["VG Tom", "Groet, Bas", "LG Anna Lang", "Liebe Grüße Anna", "Best, Tom", "Hilsen Maria"]
)
def test_a_name_may_follow_a_formula_at_once(said: str) -> None:
    assert visible_text(f"Voici.\n\n{said}").visible == "Voici."


@pytest.mark.parametrize(
    "said", ["Best Western", "Vänligen Ring", "Groet uit Gent", "VG noch heute?", "LG fährt morgen"]
)
def test_a_formulas_word_in_other_company_is_kept(said: str) -> None:
    assert visible_text(f"Voici.\n\n{said}").visible == f"Voici.\n\n{said}"


@pytest.mark.parametrize(
    "hours",
    ["Aanwezig: ma, di, do", "Mo-Do: 8-16 Uhr", "Ouvert : lun. - ven. 9h à 12h", "Presente: lun, mar e gio"],
)
def test_days_and_hours_behind_any_label_are_an_offices(hours: str) -> None:
    assert visible_text(f"Voici.\n\nCordialement\nMarie Roux\n{hours}").visible == "Voici."


@pytest.mark.parametrize(
    "said", ["A galon / Cordialement", "Cordialement / Kind regards", "Saluti / Cordialement", "Best / MfG"]
)
def test_a_formula_in_two_languages_signs(said: str) -> None:
    assert visible_text(f"Voici.\n\n{said}\nYann Le Bihan").visible == "Voici."


@pytest.mark.parametrize(
    "said",
    [
        "Dossier CAF / Cordialement à vous de voir si elle peut venir",
        "12/03 / Cordialement",
        "MfG / Rappeler Mme Sow le 12",
    ],
)
def test_a_slash_is_no_second_language(said: str) -> None:
    assert visible_text(f"Voici.\n\n{said}\nYann Le Bihan").visible == f"Voici.\n\n{said}\nYann Le Bihan"


def test_a_motto_below_a_name_is_apparatus_and_what_somebody_said_is_not() -> None:
    signed = "Cordialement,\n\nMalik Benali\nTravailleur social\n"
    assert (
        visible_text(f"Voici.\n\n{signed}« Seul on va plus vite, ensemble on va plus loin »").visible
        == "Voici."
    )
    said = f"Voici.\n\n{signed}« je n'ai plus de toit »"
    assert visible_text(said).visible == said
