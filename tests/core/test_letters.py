"""The tables of letters say the very same as the long way through Unicode, for every character there is."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.mail.letters import fold, lower_octets, lowered
from mailrouter.core.policy.slug import ascii_fold

STRAIGHT = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "œ": "oe", "æ": "ae", "–": "-", "—": "-", "ß": "ss"})


def folded_the_long_way(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(STRAIGHT))
    return " ".join(decomposed.encode("ascii", "ignore").decode().split())


def test_every_character_is_folded_as_the_long_way_does() -> None:
    """Beside letters that send the text through the table of octets; above U+1FFFF no letter has case or parts."""
    for code in range(0x20000):
        text = f"é{chr(code)}a"
        assert fold(text) == folded_the_long_way(text), hex(code)
        assert lower_octets(text) == text.lower().encode("latin-1", "replace"), hex(code)


def test_names_are_folded_as_the_long_way_does() -> None:
    """Names and addresses keep every sign that is no letter; ligatures become two letters."""
    ligatures = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o"})
    for code in range(0x3000):
        text = f"É{chr(code)}a"
        spread = unicodedata.normalize("NFKD", text.translate(ligatures))
        expected = "".join(c for c in spread if not unicodedata.combining(c)).lower()
        assert ascii_fold(text) == expected, hex(code)


@given(st.text(st.sampled_from("aéÉœŒ’“…€–— \u00a0\u202f\tİK½ßÆ日")))
def test_texts_are_folded_as_the_long_way_does(text: str) -> None:
    assert fold(text) == folded_the_long_way(text)
    assert lower_octets(text) == text.lower().encode("latin-1", "replace")


@given(st.text())
def test_lower_case_keeps_every_place(text: str) -> None:
    assert len(lowered(text)) == len(text)
    assert lowered(text) == text.replace("İ", "i").lower()


def test_words_of_french_letters() -> None:
    assert fold("  Œuvres d’ÉTÉ –\u00a0reçues…\n") == "oeuvres d'ete - recues..."
    assert lower_octets("Reçu À « l’été »") == "reçu à « l?été »".encode("latin-1")
    assert lowered("İSTANBUL, ÉTÉ") == "istanbul, été"
