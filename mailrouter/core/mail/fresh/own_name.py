"""A signature without formula or delimiter: below the author's own name, as in From, or framed by two rules.

Nothing but the name tells the first: the same lines below another name are somebody's particulars, which the author
passes on. The second is how Japan signs: rules of one length around names and a telephone, nothing announced above.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from mailrouter.core.mail.letters import fold, lowered

_LINES: Final = 10  # of such a block, blank ones included
_LINE: Final = 120  # characters of one of its lines
_NAME_WORDS: Final = 5
_APART = re.compile(r"[^a-z]+")
_HEAD = re.compile(r"\s*(?:[|•·,;(]|\s[-–—/]\s)")
_TITLES: Final = frozenset(("m", "mr", "mrs", "ms", "mme", "mlle", "dr", "me", "pr", "madame", "monsieur"))
# Who announces particulars gives them to be read: they are no signature then.
_ANNOUNCED = re.compile(
    r"coordonnées|adresse|ci-dessous|ci-après|numéro|contact|details|below|address|number"
)


def begin_of_own_name(lines: Sequence[str], end: int, author: str, fits: Callable[[str, str], bool]) -> int:
    """Begin of the block that ends at line `end` and begins with the name of `author` ("Name <address>", as in From), or
    of the line that is nothing but the address (Foxmail); `end` when there is none. `fits` tells whether a line, also
    given in lower case, may stand in such a block."""
    low = max(0, end - _LINES)
    if end - low < 2 or not (len(lines[end - 1]) < _LINE and _may_stand(author, lines[low:end])):
        return end
    name, _, address = author[:-1].rpartition("<")
    if lines[end - 1].strip().lower() == address.lower() and _follows_text(lines, end - 1):
        return end - 1
    local = _APART.sub(" ", address.lower().partition("@")[0]).split()
    names = [words for words in (_APART.sub(" ", fold(name)).split(), local) if len(words) > 1]
    if not names:
        return end
    for i in range(end - 1, low, -1):
        bare = lines[i].strip(" \t\xa0*_>-–—|")
        if not bare:
            continue
        if len(bare) > _LINE:
            return end
        head = _HEAD.split(bare, maxsplit=1)[0]
        if (i + 1 < end or len(head) < len(bare)) and any(_is_name(head, whose) for whose in names):
            alone = i + 1 < end or fits(bare, lowered(bare))
            return i if alone and _follows_text(lines, i) else end
        if not fits(bare, lowered(bare)):
            return end
    return end


def _may_stand(author: str, lines: Sequence[str]) -> bool:
    """Whether a word of the name stands in the lines, or may but for its accents: a cheap look."""
    words = author.lower().replace("<", " ").replace(".", " ").replace("@", " ").split()
    tail = "\n".join(lines).lower()
    return not author.isascii() or any(word in tail for word in words[:4])


def _is_name(head: str, whose: Sequence[str]) -> bool:
    words = [word for word in _APART.sub(" ", fold(head)).split() if word not in _TITLES]
    return 1 < len(words) <= _NAME_WORDS and set(words) <= set(whose)


def _follows_text(lines: Sequence[str], i: int) -> bool:
    """Whether a text of the author ends above line `i`, which announces nothing."""
    above = next((x.strip() for x in reversed(lines[:i]) if x.strip()), "")
    if not above or above[-1] in ":：" or _ANNOUNCED.search(lowered(above)) is not None:
        return False
    return not lines[i - 1].strip() or above[-1] in ".,!…"


def begin_of_frame(lines: Sequence[str], end: int, fits: Callable[[str, str], bool]) -> int:
    """Begin of a block between two equal rules of which the second ends at line `end`, with a telephone, an address of mail
    or a link inside and nothing but short lines that `fits`; `end` when there is none."""
    rule = lines[end - 1].strip()
    if len(rule) < _RULE or rule.strip(rule[0]):
        return end
    for i in range(end - 2, max(0, end - _LINES - 4), -1):
        bare = lines[i].strip()
        if bare == rule:
            inside = "\n".join(lines[i + 1 : end - 1])
            return i if _REACHED.search(inside) is not None and _follows_text(lines, i) else end
        if bare and not fits(bare, lowered(bare)):
            return end
    return end


_RULE: Final = 10  # characters: people draw shorter ones
_REACHED = re.compile(r"\d[\d ().+-]{7,}\d|@|https?:|www\.")
