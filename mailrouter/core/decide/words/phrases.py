"""The words of a line, and the phrases of acts that may begin with one: a slip of the pen is found without comparing all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from mailrouter.core.decide.words.acts import ACTS, Act
from mailrouter.core.decide.words.courtesies import NOT_SLIPS
from mailrouter.core.text import close_words, fold

LINE = 400
WORDS = 24
_WORD = re.compile(r"[^\W_]+|\?")
# Only where there is an address: looking for one at each word costs most of the time.
_WORD_OR_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\w|[^\W_]+|\?")


class Word(NamedTuple):
    """A word of a line, folded, and where it stands."""

    text: str
    start: int
    end: int


def words_of(line: str) -> tuple[Word, ...]:
    """The first words of a line, folded; an address is one word, apostrophes and hyphens part words."""
    return tuple(_each_word(line[:LINE]))


def _each_word(line: str) -> Iterator[Word]:
    folded = fold(line)
    # Almost always folding keeps every letter's place; else (a ligature) each word is folded by itself.
    even = len(folded) == len(line)
    pattern = _WORD_OR_ADDRESS if "@" in line else _WORD
    for n, found in enumerate(pattern.finditer(folded if even else line)):
        if n >= WORDS:
            return
        start, end = found.span()
        yield Word(found.group() if even else fold(found.group()), start, end)


# Phrases by their first word, and by that word with one letter left out: a slip is found without comparing all.
_Row = tuple[Act, tuple[str, ...]]


def _without_one(word: str) -> set[str]:
    return {word[:n] + word[n + 1 :] for n in range(len(word))}


def _phrase(text: str) -> tuple[str, ...]:
    return tuple(fold(w) for w in _WORD.findall(text))


def _indexes() -> tuple[dict[str, tuple[_Row, ...]], dict[str, tuple[_Row, ...]]]:
    rows = sorted(((act, _phrase(p)) for act in ACTS for p in act.phrases), key=lambda row: -len(row[1]))
    exact: dict[str, list[_Row]] = {}
    near: dict[str, list[_Row]] = {}
    for act, phrase in rows:
        exact.setdefault(phrase[0], []).append((act, phrase))
        if not act.exact and len(phrase[0]) >= 5:
            for spelling in {phrase[0], *_without_one(phrase[0])}:
                near.setdefault(spelling, []).append((act, phrase))
    return {k: tuple(v) for k, v in exact.items()}, {k: tuple(v) for k, v in near.items()}


EXACT, _NEAR = _indexes()
_LONGEST = max(len(spelling) for spelling in _NEAR) + 1


def candidates(word: str) -> tuple[_Row, ...]:
    """The phrases that may begin with `word`, the longest first; with a slip in it only when none begins so."""
    exact = EXACT.get(word, ())
    if exact or not 5 <= len(word) <= _LONGEST:
        return exact
    spellings = (word, *_without_one(word))
    near = [row for spelling in spellings if spelling in _NEAR for row in _NEAR[spelling]]
    return tuple(sorted(near, key=lambda row: -len(row[1])))


def stands(words: tuple[Word, ...], place: int, phrase: tuple[str, ...]) -> bool:
    """Whether `phrase` stands at `place`, with something behind it."""
    behind = place + len(phrase) < len(words)
    return behind and all(words[n].text == wanted for n, wanted in enumerate(phrase, place))


def says(act: Act, words: tuple[Word, ...], start: int, phrase: tuple[str, ...]) -> bool:
    """Whether the words from `start` on are the phrase, but for a typing slip in a long word where that is allowed."""
    for place, wanted in enumerate(phrase, start):
        said = words[place].text
        if said == wanted:
            continue
        if act.exact or len(wanted) < 5 or said in NOT_SLIPS or not close_words(said, wanted):
            return False
    return True
