"""Finding known names in text: whole words, without case, accents or plural; the longest name wins.

"CNAV" is not "CAF", "MSAP" is not "MSA", "C.A.F." is "CAF", "Caisse nationale d'assurance maladie" is the CNAM
although "assurance maladie" alone says CPAM. Linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailrouter.core.model.mail import Frozen
from mailrouter.core.policy.slug import ascii_fold, folded_in_place

# A word, with combining marks typed apart; before it, initials with full stops (C.A.F., D.D.F.I.P).
_WORD = re.compile(
    r"(?<![^\W_])(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?|[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*"
)
# What French text holds outside Latin-1 besides letters: without these, a whole text is folded at once.
_SIGNS = "’‘“”–—…€\u202f"
# A word where there are neither marks nor initials, which is nearly everywhere, at half the cost.
_LETTERS = re.compile(r"[^\W_]+")
_INITIALS = re.compile(r"\.[^\W\d_]\.")
# Shorter words are acronyms, where a final s belongs to the name.
_SHORTEST_PLURAL = 5


class Mention(Frozen, frozen=True, kw_only=True):
    """A known name in a text: `key` is whose name it is, text[start:end] how it was written."""

    key: str
    start: int
    end: int


def words_of(text: str) -> Iterator[tuple[str, int, int]]:
    """The folded words of `text` with their places."""
    plain = text
    for sign in _SIGNS:
        if sign in plain:
            plain = plain.replace(sign, " ")
    folded = folded_in_place(plain)
    pattern = _WORD if folded is None or _INITIALS.search(folded) else _LETTERS
    for match in pattern.finditer(text if folded is None else folded):
        word = match.group()
        yield _singular(ascii_fold(word) if folded is None else word), match.start(), match.end()


def phrase(name: str) -> tuple[str, ...]:
    """The folded words of a name; two names with equal phrases cannot be told apart in a text."""
    return tuple(word for word, _, _ in words_of(name))


def _singular(folded: str) -> str:
    folded = folded.replace(".", "")
    if len(folded) >= _SHORTEST_PLURAL and folded.endswith("s"):
        return folded[:-1]
    return folded


@dataclass(frozen=True, slots=True)
class Names:
    """Names to look for, prepared once: first word -> (phrase, key), longest phrase first."""

    by_first: dict[str, tuple[tuple[tuple[str, ...], str], ...]]

    @classmethod
    def of(cls, names: Iterable[tuple[str, str]]) -> Names:
        """From (name, key) pairs; of two equal phrases the first pair counts."""
        phrases: dict[tuple[str, ...], str] = {}
        for name, key in names:
            if words := phrase(name):
                phrases.setdefault(words, key)
        by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for words in sorted(phrases, key=len, reverse=True):
            by_first.setdefault(words[0], []).append((words, phrases[words]))
        return cls({first: tuple(rows) for first, rows in by_first.items()})

    def find(self, text: str) -> tuple[Mention, ...]:
        """Every name in `text`, in order, not overlapping, the longest at each place."""
        found: list[Mention] = []
        for mention in self.all(text):
            if not found or mention.start >= found[-1].end:
                found.append(mention)
        return tuple(found)

    def all(self, text: str) -> Iterator[Mention]:
        """Every name in `text`, overlapping ones too, in order of place, longest first."""
        words = list(words_of(text))
        folded = [word for word, _, _ in words]
        for i, (word, start, _) in enumerate(words):
            for name, key in self.by_first.get(word, ()):
                if tuple(folded[i : i + len(name)]) == name:
                    yield Mention(key=key, start=start, end=words[i + len(name) - 1][2])

    def exact(self, text: str) -> str | None:
        """Whose name the whole text is, or None."""
        words = phrase(text)
        rows = self.by_first.get(words[0], ()) if words else ()
        return next((key for name, key in rows if name == words), None)
