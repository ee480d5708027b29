"""Absences: the day back in a hundred and thirty phrasings, and which mails are an absence at all."""

from __future__ import annotations

from datetime import date

import pytest

from mailrouter.core.mail.kinds.classify import classify
from mailrouter.core.mail.kinds.returndate import return_date
from mailrouter.core.mail.wire.parse import parse

THURSDAY = date(2026, 3, 12)

# What is written in a mail of Thursday 12 March 2026 -> the first day the person is back.
DAYS = [
    ("Je suis absente jusqu'au 20 mars inclus.", "2026-03-21"),
    ("Je suis absente jusqu'au 20 mars inclus, de retour le lundi 23.", "2026-03-23"),
    ("de retour le lundi 23", "2026-03-23"),
    ("Absent du 9 au 20 mars", "2026-03-21"),
    ("Je suis en congés du 3 au 14 août inclus", "2026-08-15"),
    ("Je suis absent du lundi 9 au vendredi 13 mars 2026 inclus.", "2026-03-14"),
    ("absent du 09/03 au 13/03/26", "2026-03-14"),
    ("absent du 9/03/2026 au 13/03/2026 inclus", "2026-03-14"),
    ("Je serai de retour au bureau le 23 mars 2026.", "2026-03-23"),
    ("Retour le 23/03", "2026-03-23"),
    ("Retour prévu : lundi 23/03/2026", "2026-03-23"),
    ("je serai de retour lundi", "2026-03-16"),
    ("de retour lundi prochain", "2026-03-16"),
    ("Je serai à nouveau joignable à partir du 1er avril", "2026-04-01"),
    ("Je ne serai pas joignable avant le 23 mars", "2026-03-23"),
    ("I am out of the office until 23 March.", "2026-03-23"),
    ("I am out of the office until Monday, March 23.", "2026-03-23"),
    ("I will be out of the office from March 9 through March 20.", "2026-03-21"),
    ("I will be away from 9 to 20 March", "2026-03-21"),
    ("out of office March 9-13", "2026-03-14"),
    ("I'm out of office 9-13 March 2026", "2026-03-14"),
    ("I will be back in the office on Monday", "2026-03-16"),
    ("returning on 23 March", "2026-03-23"),
    ("I will be returning to the office on March 23rd, 2026", "2026-03-23"),
    ("Back on Tuesday 24 March", "2026-03-24"),
    ("until 20 March inclusive", "2026-03-21"),
    ("jusqu'au 20 mars exclu", "2026-03-20"),
    ("absent jusqu'au 3 janvier", "2027-01-04"),
    ("Je suis absente le vendredi 13 mars.", "2026-03-14"),
    ("Absente les 12 et 13 mars", "2026-03-14"),
    ("Je suis absent aujourd'hui.", "2026-03-13"),
    ("je suis absente cette semaine", "2026-03-16"),
    ("absent jusqu'à la fin de la semaine", "2026-03-16"),
    ("absent jusqu'à la fin du mois", "2026-04-01"),
    ("de retour la semaine prochaine", "2026-03-16"),
    ("de retour demain", "2026-03-13"),
    ("absente à compter du 16 mars pour un congé maternité", None),
    ("en arrêt maladie jusqu'à nouvel ordre", None),
    ("Nos bureaux sont fermés du 24 décembre au 2 janvier inclus. Réouverture le 5 janvier.", "2027-01-05"),
    ("Je suis absente du 12 mars au 16. ", "2026-03-17"),
    ("Je suis absente du 30 mars au 3.", "2026-04-04"),
    ("absent du 16 au 20/03", "2026-03-21"),
    ("Je suis en congé jusqu’au 20 mars 2026 inclus", "2026-03-21"),
    ("en congé jusqu'au mardi 17 mars au soir", "2026-03-18"),
    ("Ich bin bis zum 20.03.2026 nicht im Büro.", "2026-03-21"),
    ("Ich bin ab dem 23. März wieder erreichbar", "2026-03-23"),
    ("Estaré fuera de la oficina hasta el 20 de marzo", "2026-03-21"),
    ("Je prendrai connaissance de votre message à mon retour le 23 mars.", "2026-03-23"),
    ("Merci de me recontacter à partir du 23 mars", "2026-03-23"),
    ("Votre message du 12 mars sera traité à mon retour.", None),
    ("I am on leave and will respond to your message when I return on 3/23.", "2026-03-23"),
    ("je reprends mon poste le 23 mars 2026", "2026-03-23"),
    ("Reprise le 23 mars", "2026-03-23"),
    ("Je suis absent du bureau entre le 9 et le 20 mars", "2026-03-21"),
    ("Je suis absente ce jour", "2026-03-13"),
    ("de retour le 23", "2026-03-23"),
    ("Je suis absente. En cas d'urgence merci de joindre Mme Durand au 05 65 12 34 56, présente du lundi au vendredi.", None),
    ("Je suis absent jusqu'au 20/3", "2026-03-21"),
    ("Absence jusqu au 20 mars 2026", "2026-03-21"),
    ("je serai absente du 23 mars à 9h au 27 mars à 18h", "2026-03-28"),
    ("I will have limited access to email between 9 and 20 March", "2026-03-21"),
    ("Back in two weeks", "2026-03-26"),
    ("absent jusqu'à lundi inclus", "2026-03-17"),
    ("Je suis absente le mercredi.", None),
    ("absent until 2026-03-23", "2026-03-23"),
    ("Absent depuis le 2 mars", None),
    ("absent jusqu'à la semaine prochaine", "2026-03-16"),
    ("Je serai absente du bureau à compter de ce jour et jusqu'au lundi 23 mars inclus.", "2026-03-24"),
    ("Actuellement en congés, je serai de retour le mardi 24 mars 2026.", "2026-03-24"),
    ("Bonjour, je suis en congés annuels jusqu'au vendredi 20 mars 2026 au soir.", "2026-03-21"),
    ("Je suis absente et de retour mardi 17.", "2026-03-17"),
    ("Absente pour formation les 16, 17 et 18 mars.", "2026-03-19"),
    ("Je serai absent(e) du 12/03/2026 au 16/03/2026 inclus", "2026-03-17"),
    ("Je serai absent du bureau le 13/03/2026.", "2026-03-14"),
    ("Je suis actuellement en congé. Retour prévu le 30/03.", "2026-03-30"),
    ("Je suis en télétravail et joignable par téléphone. ", None),
    ("en arrêt maladie pour une durée indéterminée", None),
    ("Je vous répondrai dès mon retour, le lundi 16 mars.", "2026-03-16"),
    ("Je vous répondrai à compter du 16/03/26.", "2026-03-16"),
    ("Votre message sera traité à compter du lundi 16 mars 2026.", "2026-03-16"),
    ("Je ne consulterai pas mes messages avant le 6 avril.", "2026-04-06"),
    ("Je serai à nouveau présente à partir de lundi.", "2026-03-16"),
    ("je serai joignable de nouveau le 1er avril", "2026-04-01"),
    ("Le service sera fermé du jeudi 24 au samedi 26 décembre inclus", "2026-12-27"),
    ("Nos bureaux rouvriront le lundi 4 janvier 2027 à 9h.", "2027-01-04"),
    ("L'accueil est fermé jusqu'au 20 mars ; réouverture lundi 23 mars à 9h00", "2026-03-23"),
    ("Absence du 14 mai au 17 mai", "2026-05-18"),
    ("Je suis absente pour cause de maladie jusqu'au 22/03/2026 inclus, veuillez contacter le 05 65 12 13 14.", "2026-03-23"),
    ("Je suis absente jusqu'au 20 mars inclus. Mme Durand (absente le 16 mars) prend le relais.", "2026-03-21"),
    ("Je suis absent jusqu'à mardi", "2026-03-18"),
    ("absent ce vendredi", "2026-03-14"),
    ("Je suis absente du 9 mars 2026 au 3 avril 2026", "2026-04-04"),
    ("Je suis en congé maternité. Ma remplaçante, Mme X, prendra ses fonctions le 30 mars.", None),
    ("Je suis absente de mon bureau du 11 au 18 mars inclus. Vous pouvez joindre le secrétariat du lundi au vendredi.", "2026-03-19"),
    ("Message reçu le 12 mars 2026. Je suis absent et reviens le 19.", "2026-03-19"),
    ("Je ne serai de retour que le 20 avril", "2026-04-20"),
    ("Je suis absent(e) – retour le 23/03/2026", "2026-03-23"),
    ("Fermeture annuelle du 1er au 31 août", "2026-09-01"),
    ("Je suis en vacances du 21.03 au 29.03.2026", "2026-03-30"),
    ("absente jusqu'au 02 avril 2026 inclus", "2026-04-03"),
    ("absent jusqu'au 31 décembre", "2027-01-01"),
    ("Je pars à la retraite le 1er avril. Merci de contacter M. X.", None),
    ("De retour au bureau lundi 16 mars à 8h30", "2026-03-16"),
    ("je serai de retour après le week-end de Pâques, soit le mardi 7 avril", "2026-04-07"),
    ("I am on annual leave, returning Monday 23rd March.", "2026-03-23"),
    ("I'm away until the 23rd of March", "2026-03-23"),
    ("I am currently out of office with no access to email. I'll be back on 03/23/2026.", "2026-03-23"),
    ("I will be out of the office starting 03/12/2026 and will not return until 03/23/2026.", "2026-03-23"),
    ("Out of office: 12 March - 20 March 2026", "2026-03-21"),
    ("I am out of the office today and tomorrow", "2026-03-14"),
    ("I'm on vacation through March 20", "2026-03-21"),
    ("I will return to work on Wednesday.", "2026-03-18"),
    ("I'll be back next Monday", "2026-03-16"),
    ("Our office is closed until 5 January and will reopen on 6 January", "2027-01-06"),
    ("I am on parental leave until further notice", None),
    ("Ich bin vom 9. bis 20. März im Urlaub.", "2026-03-21"),
    ("Ich bin am 23.03.2026 wieder im Büro.", "2026-03-23"),
    ("Estoy de vacaciones del 9 al 20 de marzo.", "2026-03-21"),
    ("Volveré el 23 de marzo", "2026-03-23"),
    ("Je suis actuellement absente. Je serai de retour à mon poste le 16-03-2026.", "2026-03-16"),
    ("Je serai absente du mercredi 11 mars au soir au lundi 16 mars au matin", "2026-03-16"),
    ("Je suis absent du 12.03.26 au 20.03.26", "2026-03-21"),
    ("En raison de mes congés, je ne pourrai vous répondre avant le lundi 16 mars", "2026-03-16"),
    ("absente jusqu'au 16 mars au matin", "2026-03-16"),
    ("Je suis indisponible cet après-midi. De retour demain matin.", "2026-03-13"),
    ("Je suis en déplacement jusqu'à vendredi inclus", "2026-03-14"),
    ("congés jusqu'au dimanche 22 mars", "2026-03-23"),
    ("Je suis absente du 12 au 20.", "2026-03-21"),
    ("Je suis absente jusqu'au 20.", "2026-03-21"),
    ("Absence pour congés jusqu’au : 20/03/2026", "2026-03-21"),
    ("Date de retour : 23/03/2026", "2026-03-23"),
    ("Je suis absente toute la semaine.", "2026-03-16"),
    ("absente la semaine prochaine", "2026-03-23"),
    ("en congé du 14 juillet au 15 août inclus", "2026-08-16"),
    ("Je suis en formation jusqu’à jeudi prochain", "2026-03-20"),
    ("Je suis absent jusqu'à ce soir", "2026-03-13"),
    ("Je suis absente jusqu'au 1er avril inclus. Reprise le 2.", "2026-04-02"),
    ("Mon retour est prévu en septembre 2026.", "2026-09-01"),
    ("Absente jusqu'en mai", "2026-05-01"),
    ("en congé jusqu'à fin mars", "2026-04-01"),
    ("On maternity leave until September", "2026-09-01"),
    ("I am away through April", "2026-05-01"),
    ("Our March newsletter is out. I will be back soon.", None),
    ("Olen lomalla 20.3.2026 asti.", "2026-03-21"),
    ("Palaan töihin 23. maaliskuuta.", "2026-03-23"),
    ("Jestem na urlopie do 20 marca 2026. Wracam 23 marca.", "2026-03-23"),
    ("Jsem na dovolené do 20. března.", "2026-03-21"),
    ("Я в отпуске до 20 марта 2026 г. включительно.", "2026-03-21"),
    ("Вернусь 23 марта.", "2026-03-23"),
    ("Sunt în concediu până la 20 martie.", "2026-03-21"),
    ("20 Mart 2026'ya kadar izindeyim", "2026-03-21"),
    ("3月20日まで不在にしております。", "2026-03-21"),
    ("2026년 3월 20일까지 휴가입니다", "2026-03-21"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "day"), DAYS)
def test_the_first_day_back_is_read_from_the_words(words: str, day: str | None) -> None:
    assert return_date(words, THURSDAY) == (date.fromisoformat(day) if day else None)


def test_there_are_more_than_a_hundred_phrasings() -> None:
    assert len(DAYS) > 120


def test_a_message_left_on_for_a_week_too_long_speaks_of_last_week_not_of_next_year() -> None:
    assert return_date("Absente jusqu'au 6 mars inclus.", THURSDAY) == date(2026, 3, 7)


def test_a_day_months_ago_without_a_year_is_next_years() -> None:
    assert return_date("De retour le 4 janvier.", THURSDAY) == date(2027, 1, 4)


def test_without_the_mails_own_date_only_a_full_date_means_a_day() -> None:
    assert return_date("de retour le 23 mars", None) is None
    assert return_date("de retour lundi", None) is None
    assert return_date("de retour le 23 mars 2026", None) == date(2026, 3, 23)


@pytest.mark.parametrize(
    "words", ["absent jusqu'au 31/02/2026", "de retour le 40 mars", "jusqu'au 31/12/9999"]
)
def test_a_day_that_does_not_exist_is_no_day(words: str) -> None:
    assert return_date(words, THURSDAY) is None


@pytest.mark.parametrize("year", [1, 9999])
def test_a_mail_dated_at_the_end_of_time_is_read_all_the_same(year: int) -> None:
    assert return_date("absent jusqu'à demain, de retour lundi", date(year, 12, 31)) is None


def mail(head: str, body: str) -> bytes:
    return (
        "From: Claire Martin <claire.martin@caf46.example>\nTo: cas-0123@aplus.example\n"
        f"Date: Thu, 12 Mar 2026 10:00:00 +0100\nMessage-ID: <m@caf46.example>\n{head}\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{body}"
    ).encode()


# (kind, day back, header lines, text)
KINDS = [
    ("absence", "2026-03-21", "Subject: Réponse automatique : CAF 2026-004217-K\nAuto-Submitted: auto-generated\nX-Auto-Response-Suppress: All", "Bonjour,\n\nJe suis absente jusqu'au 20 mars 2026 inclus.\n"),
    ("absence", "2026-03-23", "Subject: Absent jusqu'au lundi 23\nAuto-Submitted: auto-replied", "Je suis en congés. De retour le 23 mars."),
    ("absence", "2026-03-21", "Subject: Re: demande\nAuto-Submitted: auto-replied (vacation)\nPrecedence: bulk", "Je suis en vacances du 9 au 20 mars"),
    ("human", None, "Subject: Absence de versement APL", "Bonjour, Mme Dupont signale une absence de versement depuis janvier."),
    ("human", None, "Subject: Re: demande", "Bonjour, je suis en congé jusqu'au 20 mars, pouvez-vous voir avec Mme Durand ? Merci\nClaire"),
    ("human", None, "Subject: Re: demande", "Bonjour, je serai absente la semaine prochaine mais j'ai transmis le dossier de Mme X à ma collègue. Cordialement"),
    ("absence", "2026-03-21", "Subject: Re: demande", "Bonjour,\nJe suis actuellement absente jusqu'au 20 mars inclus. En cas d'urgence, vous pouvez contacter le secrétariat au 05 65 11 22 33.\nJe prendrai connaissance de votre message à mon retour.\nCordialement,\nClaire Martin"),
    ("absence", "2026-03-23", "Subject: Out of Office: demande", "I am out of the office and will be back on 23 March. For urgent matters contact desk@caf46.example"),
    ("absence", None, "Subject: Automatische Antwort: demande", "Ich bin zur Zeit nicht im Büro."),
    ("absence", None, "Subject: Respuesta automática: demande", "Estoy fuera de la oficina. Gracias."),
    ("human", None, "Subject: RE: Réponse automatique : demande", "Bonjour, merci, je relance à son retour."),
    ("human", None, "Subject: TR: Réponse automatique : demande", "Pour info, Claire est absente jusqu'au 20 mars."),
    ("absence", "2026-03-21", "Subject: Absent\nPrecedence: bulk", "Je suis absent jusqu'au 20 mars inclus. En cas d'urgence contactez le standard."),
    ("absence", "2026-03-16", "Subject: Fermeture du service", "Bonjour,\nLe service est fermé jusqu'au 15 mars inclus. Pour toute urgence, contactez le 05 65 11 22 33. Votre message sera traité à notre retour."),
    ("human", None, "Subject: Re: dossier", "Bonjour,\nMadame est en arrêt maladie jusqu'au 20 mars, elle est fermée à tout échange.\nCordialement"),
    ("absence", "2026-03-16", "Subject: Auto: Re: dossier", "Absent ce vendredi, retour lundi."),
    ("human", None, "Subject: urgent", "Bonjour, l'usager est absent de son logement jusqu'au 20 mars. En cas d'urgence, contactez-moi au 06 11 22 33 44."),
    ("absence", "2026-03-23", "Subject: Message d'absence", "Bonjour, je suis en congés, de retour le 23 mars."),
    ("absence", None, "Subject: Je suis absente", "Bonjour, je suis en congé maternité. Merci de vous adresser à accueil@caf46.example."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "day", "head", "body"), KINDS)
def test_an_absence_is_told_from_a_person_who_speaks_of_one(
    kind: str, day: str | None, head: str, body: str
) -> None:
    got = classify(parse(mail(head, body)))
    assert (got.kind, got.return_date) == (kind, date.fromisoformat(day) if day else None)
