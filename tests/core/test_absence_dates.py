"""Guarantee: every way to write a day, in every way to say an absence, gives the first day back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from mailrouter.core.mail.kinds.returndate import return_date
from mailrouter.core.mail.says.dates import MONTHS

JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MOIS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre")  # fmt: skip
COURTS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")  # fmt: skip
TODAYS = (date(2026, 3, 12), date(2026, 12, 21), date(2026, 7, 27))
AHEAD = (1, 4, 11, 20, 40)  # days: into the next month, over the turn of the year


def french(day: date) -> list[str]:
    number, jour, mois = (
        "1er" if day.day == 1 else str(day.day),
        JOURS[day.weekday()],
        MOIS[day.month - 1],
    )
    return [
        f"{number} {mois}",
        f"{number} {mois} {day.year}",
        f"{jour} {number} {mois}",
        f"{jour.capitalize()} {number} {mois.capitalize()} {day.year}",
        f"{number} {COURTS[day.month - 1]} {day.year}",
        f"{day:%d/%m}",
        f"{day:%d/%m/%Y}",
        f"{day:%d/%m/%y}",
        f"{day:%d.%m.%Y}",
        f"{day:%d-%m-%Y}",
        f"{jour} {day:%d/%m}",
    ]


def english(day: date) -> list[str]:
    number = (
        f"{day.day}{ {1: 'st', 2: 'nd', 3: 'rd', 21: 'st', 22: 'nd', 23: 'rd', 31: 'st'}.get(day.day, 'th') }"
    )
    weekday, month = DAYS[day.weekday()], MONTH_NAMES[day.month - 1]
    return [
        f"{day.day} {month}",
        f"{number} {month} {day.year}",
        f"{month} {day.day}",
        f"{month} {number}, {day.year}",
        f"{weekday} {day.day} {month}",
        f"{weekday}, {month} {day.day}",
        f"{number} of {month}",
        f"{day.day}-{month[:3]}-{day.year}",
    ]


# What is said, and how many days after the last day named the person is back.
SAID: list[tuple[Callable[[date], list[str]], int, str]] = [
    *(
        (french, 0, said)
        for said in (
            "Je serai de retour le {}.",
            "Retour le {}.",
            "Retour : {}",
            "Je reprendrai mes fonctions le {}.",
            "Reprise le {}",
            "Je serai de nouveau disponible à partir du {}.",
            "Votre message sera traité à compter du {}.",
            "Je suis absente et serai joignable dès le {}.",
            "Je ne serai pas de retour avant le {}.",
            "Réouverture le {} à 9h.",
            "Je vous répondrai à mon retour, le {}.",
        )
    ),
    *(
        (french, 1, said)
        for said in (
            "Je suis absente jusqu'au {}.",
            "Absent jusqu’au {} inclus.",
            "Je suis en congé jusqu'au {} au soir.",
            "Fermé jusqu'au {} inclus, merci de contacter Anne.",
            "Je serai absente du {} au {}.",
            "En congés du {} au {} inclus.",
            "Je suis en formation du {} jusqu'au {}.",
            "Congés : du {} au {}",
        )
    ),
    *(
        (english, 0, said)
        for said in (
            "I will be back on {}.",
            "I'm out of the office, returning {}.",
            "I will return on {}.",
            "I am away until {}.",
        )
    ),
    *(
        (english, 1, said)
        for said in (
            "I am out of the office through {}.",
            "I am on leave until {} inclusive.",
            "On vacation until and including {}.",
            "I am out of the office from {} to {}.",
            "I will be on leave from {} until {}.",
            "Out of office {} - {}",
        )
    ),
]


@pytest.mark.parametrize(("written", "after", "said"), SAID, ids=[said for _, _, said in SAID])
def test_the_first_day_back(written: Callable[[date], list[str]], after: int, said: str) -> None:
    wrong = []
    for today in TODAYS:
        for ahead in AHEAD:
            last = today + timedelta(days=ahead)
            first = today + timedelta(days=min(ahead - 1, 2))
            for begin, end in zip(written(first), written(last), strict=True):
                text = said.format(begin, end) if said.count("{}") == 2 else said.format(end)
                found = return_date(text, today)
                if found != last + timedelta(days=after):
                    wrong.append((text, today, found))
    assert wrong == []


def test_months_of_the_table_are_those_of_the_reader() -> None:
    assert (
        [MONTHS[mois] for mois in MOIS] == [MONTHS[name.lower()] for name in MONTH_NAMES] == [*range(1, 13)]
    )


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("Je traiterai votre demande après le 20 mars.", "2026-03-21"),
        ("I will get back to you after 20 March.", "2026-03-21"),
        ("Absence : début : 09/03/2026, fin : 20/03/2026", "2026-03-21"),
        ("Urlaub. Beginn: 09.03.2026 Ende: 20.03.2026", "2026-03-21"),
        ("Début : 09/03/2026 - Fin : 20/03/2026 - Retour : 23/03/2026", "2026-03-23"),
        ("Fermé du vendredi 13 mars 2026 à 12h au lundi 16 mars 2026 à 9h.", "2026-03-16"),
        ("Absente jusqu'au 16 mars à 18h.", "2026-03-17"),
        ("我正在休假，3月23日返回。", "2026-03-23"),
        ("3월 23일 복귀 예정입니다.", "2026-03-23"),
        ("De retour le lundi vingt-trois mars.", "2026-03-23"),
        ("Absent du premier avril au trente et un mai.", "2026-06-01"),
        ("Absente jusqu'au vingt mars inclus.", "2026-03-21"),
        ("Absent semaine 12, retour semaine 13.", "2026-03-23"),
        ("Je suis en congé en semaine 12.", "2026-03-23"),
        ("Je reviens en S14.", "2026-03-30"),
        ("Ich bin KW 12 im Urlaub.", "2026-03-23"),
        ("Je suis absent la semaine 2.", "2027-01-18"),
        ("Absent semaine 60.", "None"),
        ("Je suis absent, je reviens vers vous sous une semaine 2 fois par mois.", "None"),
        ("Jestem na urlopie do 5 listopada 2026.", "2026-11-06"),
        ("Na godišnjem sam do 5. listopada 2026, a šefica je tu.", "2026-10-06"),
    ],
)
def test_after_a_day_and_labelled_ends(text: str, back: str) -> None:
    assert str(return_date(text, date(2026, 3, 12))) == back
