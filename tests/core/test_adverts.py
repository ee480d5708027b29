"""Adverts and scanners' words below a mail, and sentences that begin as they do."""

from __future__ import annotations

import pytest

from mailrouter.core.mail.fresh.visible import visible_text

ADVERTS = [
    "Outlook für iOS beziehen", "Obtenir Outlook pour Android", "Outlook voor iOS<https://aka.ms/o0ukef> downloaden",
    "Få Outlook til iOS", "Pobierz program Outlook dla systemu Android", "Získat Outlook pro Android",
    "Az Outlook beszerzése Androidra", "Obțineți Outlook pentru Android", "Android için Outlook’u edinin",
    "Скачайте Outlook для Android", "הורד את Outlook עבור Android", "احصل على Outlook for Android",
    "获取 Outlook for Android", "Outlook for Androidを入手", "Android용 Outlook 다운로드", "Get TypeApp for Android",
    "Virenfrei.www.avast.com <https://www.avast.com/sig-email>", "Virus-free. www.avg.com",
    "Não contém vírus.www.avast.com", "[Avast logo] <https://www.avast.com/x> \tGaranti sans virus. www.avast.com <https://www.avast.com/x>",
    "Sent from Front", "Sent from my Verizon, Samsung Galaxy smartphone", "发自我的小米手机", "Wysłano z mojego smartfona Samsung Galaxy.",
    "This mail was sent using Roundcube Webmail",
    "I work flexibly, so please don't feel you need to reply outside your own working hours.",
    "__________ Informace od ESET Endpoint Antivirus, verze 30000 __________\n\nTuto zprávu zkontroloval ESET Endpoint Antivirus.",
]  # fmt: skip
SENTENCES = [
    "Télécharger Outlook pour Android a pris une heure", "Obtenir Outlook pour ma mère serait utile",
    "J'utilise Outlook pour Android", "Get Outlook for my mother, she has no Android", "Installez Avast depuis www.avast.com",
    "Sent from hospital, so short: please extend the deadline.", "Sent from my brother's phone, mine was cut off.",
    "garanti sans virus www.caf.example, c'est ce qu'ils disent", "Sent from Paris",
    "<a>ról küldve", "I work flexibly, call me outside your office hours.", "My working hours are a problem, I do not sleep.",
]  # fmt: skip


@pytest.mark.parametrize("advert", ADVERTS)
def test_an_advert_is_no_text(advert: str) -> None:
    found = visible_text(f"Merci, c'est noté.\n\n{advert}\n")
    assert (found.visible, found.signature) == ("Merci, c'est noté.", advert)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_one_word_more_is_a_persons(sentence: str) -> None:
    assert visible_text(f"Merci, c'est noté.\n\n{sentence}\n").visible == f"Merci, c'est noté.\n\n{sentence}"
