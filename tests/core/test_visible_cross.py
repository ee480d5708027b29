"""Guarantee: no letter is cut, whatever is quoted below it: every letter of the corpus over quotes of every client there.

The letters are the mails of the corpus in which everything is the person's, and among them are those that look most like
a quote or a signature; the quotes are what the corpus knows to be folded below an answer.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from mailrouter.core.mail.fresh.visible import visible_text

CORPUS = Path(__file__).parents[1] / "corpus"
STEP = 13  # of the quotes each letter meets every thirteenth, another start for each letter


def _bodies() -> list[tuple[str, str, str]]:
    """(name, body, visible) of the bare text bodies."""
    found = []
    for path in sorted(CORPUS.glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        if record.get("body") == "text" and "visible" in record["expect"]:
            body = path.with_suffix(".eml").read_bytes().decode("utf-8")
            found.append((path.stem, body.strip(), record["expect"]["visible"].strip()))
    return found


BODIES = _bodies()
LETTERS = {
    name: body
    for name, body, visible in BODIES
    if body == visible and "\n" in body and not re.search(r"^(?:>|-- ?$)", body, re.M)
}
QUOTES = [body[len(visible) :] for _, body, visible in BODIES if visible != body and body.startswith(visible)]


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text))


def test_the_corpus_has_letters_and_quotes_enough() -> None:
    assert len(LETTERS) >= 50 and len(QUOTES) >= 140


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
def test_no_word_of_a_letter_is_cut_above_any_quote(letter: str) -> None:
    for quote in QUOTES[list(LETTERS.values()).index(letter) % STEP :: STEP]:
        lost = words(letter) - words(visible_text(f"{letter}\n\n{quote.lstrip()}").visible)
        assert not lost, quote


ATTRIBUTION = "Le 10/06/2025 à 09:30, Marc Lopez a écrit :\n"


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
def test_no_word_of_a_letter_is_cut_between_or_below_quoted_lines(letter: str) -> None:
    paragraphs = [part for part in letter.split("\n\n") if part.strip()]
    between = ATTRIBUTION + "".join(f"> Question {n} ?\n\n{part}\n\n" for n, part in enumerate(paragraphs))
    below = f"{ATTRIBUTION}> Une question ?\n> Marc\n\n{letter}\n"
    for body in (between, below):
        assert not words(letter) - words(visible_text(body).visible)
