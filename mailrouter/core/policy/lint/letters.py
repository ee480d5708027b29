"""Checks of letters: one letter for each name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mailrouter.core.policy.draft import Draft
from mailrouter.core.policy.faults import Fault
from mailrouter.core.policy.names import phrase


def named_once(draft: Draft, today: date) -> Iterator[Fault]:
    """Asked for by a name, a letter must be the only one of that name."""
    first: dict[tuple[str, ...], str] = {}
    for letter in draft.letters:
        names = (
            (letter.model.name, ("name",)),
            *((a, ("aliases", i)) for i, a in enumerate(letter.model.aliases)),
        )
        for name, steps in names:
            words = phrase(name)
            if not words:
                yield letter.fault(f"{name!r} holds no letter or digit; write a word", *steps)
            elif words in first:
                yield letter.fault(f"a letter {name!r} already stands at {first[words]}; rename one", *steps)
            first.setdefault(words, letter.source)
