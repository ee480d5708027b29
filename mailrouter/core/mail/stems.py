"""Many literal words as one expression: a tree of their letters, so that a search tries each place once, not once a word."""

from __future__ import annotations

import re
from collections.abc import Iterable

_Tree = dict[str, "_Tree"]


def any_of(words: Iterable[str]) -> str:
    """An expression that finds something wherever one of `words` stands, and nowhere else; what it finds may be shorter
    than the word (of "e-mail" and "e-mails" the first tells). Half the cost of `"|".join(words)` with thirty words."""
    tree: _Tree = {}
    for word in words:
        branch = tree
        for letter in word:
            branch = branch.setdefault(letter, {})
        branch[""] = {}
    return _expression(tree)


def _expression(tree: _Tree) -> str:
    if "" in tree:
        return ""
    branches = [re.escape(letter) + _expression(below) for letter, below in tree.items()]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def hints(*words: str) -> tuple[bytes, ...]:
    """Words as they stand in lower case Latin-1 (`letters.lower_octets`)."""
    return tuple(word.encode("latin-1") for word in words)
