"""The language of a letter is told by its little words, or not at all."""

from __future__ import annotations

import pytest

from mailrouter.core.mail.says.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bonjour,\n\nLe dossier de Mme Martin est complet, merci.", "fr"),
        ("Hello,\n\nThe file is complete, thank you for your help.", "en"),
        ("MERCI À VOUS, LE DOSSIER EST CLOS", "fr"),
        ("Oui.", "fr"),
        ("OK", ""),
        ("", ""),
        ("12 / 34 / 56", ""),
        ("Guten Tag, wir haben Ihre Nachricht erhalten", ""),
    ],
)
def test_the_language_is_told_by_little_words(text: str, language: str) -> None:
    assert language_of(text) == language
