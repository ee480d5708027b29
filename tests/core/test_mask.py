"""Identifiers in free text: found by shape and check digits, hidden from those not entitled to them."""

from __future__ import annotations

import pytest

from mailrouter.core.mail.says import iban, nir
from mailrouter.core.mail.says.mask import identifiers, mask, masked, phone

FOUND = [
    ("2 61 04 46 042 123 73", "nir", "261044604212373"),
    ("261044604212373", "nir", "261044604212373"),
    ("2.61.04.46.042.123.73", "nir", "261044604212373"),
    ("2-61-04-46-042-123-73", "nir", "261044604212373"),
    ("2 61 04 46 042 123 clé 73", "nir", "261044604212373"),
    ("2\u00a061\u00a004\u00a046\u00a0042\u00a0123\u00a073", "nir", "261044604212373"),
    ("2 61 04 46 042 123", "nir", "2610446042123"),
    ("261044604212374", "nir", "261044604212374"),
    ("2 61 04 46\n042 123 73", "nir", "261044604212373"),
    ("1 85 05 2A 004 005 61", "nir", "185052A00400561"),
    ("1 85 05 2b 004 005 61", "nir", "185052B00400561"),
    ("7 85 05 99 350 005 61", "nir", "785059935000561"),
    ("30 23 217 600 053", "fiscal", "3023217600053"),
    ("numéro fiscal 1 75 08 99 350 123", "fiscal", "1750899350123"),
    ("FR76 3000 6000 0112 3456 7890 189", "iban", "FR7630006000011234567890189"),
    ("fr7630006000011234567890189", "iban", "FR7630006000011234567890189"),
    ("DE89 3704 0044 0532 0130 00", "iban", "DE89370400440532013000"),
    ("06 12 34 56 78", "phone", "0612345678"),
    ("06.12.34.56.78", "phone", "0612345678"),
    ("0612345678", "phone", "0612345678"),
    ("+33 6 12 34 56 78", "phone", "0612345678"),
    ("+33 (0)6 12 34 56 78", "phone", "0612345678"),
    ("0033612345678", "phone", "0612345678"),
    ("allocataire n° 1234567", "allocataire", "1234567"),
    ("numéro CAF : 1 234 567 A", "allocataire", "1234567A"),
    ("matricule1234567", "allocataire", "1234567"),
]


@pytest.mark.parametrize(("text", "kind", "value"), FOUND)
def test_an_identifier_is_found_and_hidden(text: str, kind: str, value: str) -> None:
    sentence = f"Voici : {text}, merci."
    (one,) = identifiers(sentence)
    assert (one.kind, one.value) == (kind, value)
    hidden = mask(sentence, frozenset())
    shown = value[-3:] if len(value) > 8 else value[-2:]
    assert hidden == sentence[: one.start] + "…" + shown + sentence[one.end :]
    assert sum(character.isdigit() for character in hidden) <= 3
    assert mask(sentence, frozenset({kind})) == sentence


NONE = [
    "46000 Cahors",
    "le 12/03/2026 à 10:30",
    "2026-004217-K",
    "réf. 1234567",
    "1 234 567 euros",
    "192.168.100.200",
    "message 20260312100000.12345@mx.example",
    "",
]


@pytest.mark.parametrize("text", NONE)
def test_other_numbers_are_left_as_they_are(text: str) -> None:
    assert identifiers(text) == ()
    assert mask(text, frozenset()) == text


def test_several_identifiers_are_hidden_each_by_its_own_right() -> None:
    text = "NIR 261044604212373, tél. 06 12 34 56 78, IBAN FR76 3000 6000 0112 3456 7890 189"
    assert mask(text, frozenset()) == "NIR …373, tél. …678, IBAN …189"
    assert mask(text, frozenset({"nir"})) == "NIR 261044604212373, tél. …678, IBAN …189"
    assert [one.kind for one in identifiers(text)] == ["nir", "phone", "iban"]


def test_an_identifier_is_said_back_by_its_end() -> None:
    assert (masked("261044604212373"), masked("1234567"), masked("12")) == ("…373", "…67", "…")


def test_a_phone_number_loses_its_separators_and_prefix() -> None:
    assert {phone(n) for n in ("06 12 34 56 78", "+33612345678", "0033 6 12 34 56 78", "06.12.34.56.78")} == {
        "0612345678"
    }


def test_the_key_of_a_number_counts_corsica_as_decreed() -> None:
    assert nir.key("2610446042123") == 73
    assert nir.key("185052A004005") == 97 - 1850519004005 % 97
    assert nir.key("185052B004005") == 97 - 1850518004005 % 97


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("261044604212373", ""),
        ("2610446042123", "nir-key-missing"),
        ("261044604212374", "nir-key"),
        ("26104460421237", "nir-length"),
        ("561044604212373", "nir-shape"),
        ("261134604212373", "nir-shape"),
        ("", "nir-length"),
    ],
)
def test_what_does_not_hold_in_a_number_is_said(number: str, problem: str) -> None:
    assert nir.problem(number) == problem


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("FR7630006000011234567890189", ""),
        ("FR7630006000011234567890188", "iban-key"),
        ("FR763000600001123456789018", "iban-length"),
        ("GB82WEST12345698765432", ""),
        ("FR", "iban-shape"),
    ],
)
def test_what_does_not_hold_in_an_account_number_is_said(number: str, problem: str) -> None:
    assert iban.iban_problem(number) == problem
