"""What a person wrote inside a quote of OUR mail: the quote is compared with the text we sent.

Forms completed below the separator, "mes réponses en rouge", answers between our lines: a client marks none of
it as new, and folding hides it. We know what we sent, so what is not ours is theirs.

Words are aligned, not lines: clients rewrap, change the level of ">", quotes and spaces, and write links out. The
alignment is greedy over an index of word triples, linear in both texts; a diff would be quadratic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from mailrouter.core.mail.fresh.attribution import at_line, ends_like_one, may_end
from mailrouter.core.mail.fresh.header_block import block_at, label_of, lines_of_blocks
from mailrouter.core.mail.fresh.quote_words import LINK, words_of_line
from mailrouter.core.mail.fresh.separators import separator_of
from mailrouter.core.mail.fresh.signature import begin_of_signature

_CHARACTERS: Final = 200_000  # of either side that are compared: what lies beyond is left folded
_WORDS: Final = 20_000  # words of either side
_ATTEMPTS: Final = 200  # lines tried as the attribution of another mail
_PLACES: Final = 6  # places remembered for one triple: ours repeats itself little
_HEAD_WORDS: Final = 12  # words of a line of ours by which it is known again after an insertion
_NEAR: Final = 12  # words of ours that a person may have deleted before the alignment goes on
_PROOF: Final = 6  # words in aligned runs that prove a quote of ours ("Bonjour," does not)

_MARKS = re.compile(r"[ \t\xa0]*(?:>[ \t\xa0]?)*")
_TICKS: Final = "✓✔☑☒✗✘"


class _Line(NamedTuple):
    """A received line without its marks; `words` with their places in `text`; `own` which of them are ours."""

    text: str
    depth: int
    words: tuple[tuple[str, int, int], ...]
    ours: list[bool]
    label: list[int]  # number of leading words that are a label of ours, once known


class _Ours(NamedTuple):
    """Our texts as one run of words, found again by triples of words and by the heads of lines."""

    words: list[str]
    triples: dict[tuple[str, str, str], list[int]]
    heads: dict[
        tuple[str, ...], tuple[int, bool]
    ]  # words -> (place after them, whether a colon or "?" ends them)


class Compared(NamedTuple):
    """A received text beside ours: whether it quotes us, what it holds inside or below the quote that is not ours, and
    how many words stand above the first of ours."""

    quotes: bool
    inserted: str
    above: int


def insertions(received: str, ours: tuple[str, ...] | str) -> str:
    """What `received` holds inside or below its quote of `ours` that is not ours; '' without such a quote.

    `received` is the folded part of a mail, or its whole text (then the text above the quote is not given).
    A label of ours completed by the person is given with what follows it ("Nom : Martin"), other lines of ours
    are left out. Quotes of other mails, their attributions and the person's signature are not given.
    """
    return compared(received, ours).inserted


def compared(received: str, ours: tuple[str, ...] | str) -> Compared:
    """`insertions`, with how sure it is."""
    known = _index((ours,) if isinstance(ours, str) else ours)
    lines = _lines(received)
    _align(lines, known)
    if not _is_quote(lines):
        return Compared(False, "", 0)
    raw = received.split("\n")
    headers = lines_of_blocks(raw, _ATTEMPTS)
    first = next((i for i, line in enumerate(lines) if i not in headers and _anchors(line)), len(lines))
    found = _new_lines(_collectable(raw, lines, headers, first))
    text = "\n".join(text for text in found[: begin_of_signature(found)] if text)
    return Compared(True, text, sum(len(line.words) for line in lines[:first]))


# ---- our side


def _index(texts: Iterable[str]) -> _Ours:
    known = _Ours([], {}, {})
    for text in texts:
        for raw in text[:_CHARACTERS].split("\n"):
            if len(known.words) > _WORDS:
                break
            line = raw[_prefix(raw)[1] :]
            if words := words_of_line(line)[:_WORDS]:
                _head(known, line, words)
                known.words.extend(w for w, _, _ in words)
    for i in range(len(known.words) - 2):
        places = known.triples.setdefault((known.words[i], known.words[i + 1], known.words[i + 2]), [])
        if len(places) < _PLACES:
            places.append(i)
    return known


def _head(known: _Ours, line: str, words: Sequence[tuple[str, int, int]]) -> None:
    """Remember the line by its label (up to the colon) and, when short, whole."""
    at = len(known.words)
    colon = next((k for k, (_, _, end) in enumerate(words, 1) if line[end : end + 3].lstrip()[:1] == ":"), 0)
    if 0 < colon <= _HEAD_WORDS:
        known.heads.setdefault(tuple(w for w, _, _ in words[:colon]), (at + colon, True))
    if len(words) <= _HEAD_WORDS:
        asks = line.rstrip(" \t\xa0._").endswith((":", "?", "[", "("))
        known.heads.setdefault(tuple(w for w, _, _ in words), (at + len(words), asks))


# ---- their side


def _lines(received: str) -> list[_Line]:
    found: list[_Line] = []
    count = 0
    for raw in received[:_CHARACTERS].split("\n", _WORDS):
        depth, start = _prefix(raw)
        text = raw[start:].rstrip()
        words = words_of_line(text)[:_WORDS] if count < _WORDS else ()
        count += len(words)
        found.append(_Line(text, depth, words, [w == LINK for w, _, _ in words], [0]))
    return found


def _prefix(raw: str) -> tuple[int, int]:
    if ">" not in raw[:24]:
        return 0, 0
    marks = _MARKS.match(raw)
    end = marks.end() if marks else 0
    return raw.count(">", 0, end), end


# ---- alignment


def _align(lines: Sequence[_Line], known: _Ours) -> None:
    """Mark which received words are ours, and which lines begin with a label of ours."""
    flat = [(i, k) for i, line in enumerate(lines) for k in range(len(line.words))]
    words = [lines[i].words[k][0] for i, k in flat]
    place = n = 0
    follows = False
    while n < len(flat):
        i, k = flat[n]
        taken, after, label = _take(known, words, n, place, begins=k == 0, follows=follows)
        follows = taken > 0
        for m in range(n, n + taken):
            lines[flat[m][0]].ours[flat[m][1]] = True
        if label:
            lines[i].label[0] = taken
        place, n = after, n + max(taken, 1)


def _is_quote(lines: Sequence[_Line]) -> bool:
    """Whether enough of ours stands there: words in runs that are no chance ("n'est pas"), or two labels."""
    if sum(line.label[0] > 0 for line in lines) >= 2:
        return True
    run = proof = 0
    for line in lines:
        for mine in line.ours:
            run = run + 1 if mine else 0
            proof += mine and (4 if run == 4 else run > 4)
    return proof >= _PROOF


def _take(
    known: _Ours, words: Sequence[str], n: int, place: int, *, begins: bool, follows: bool
) -> tuple[int, int, bool]:
    """How many received words from `n` on are ours, our place after them, whether they are a label."""
    if begins:
        for size in range(min(_HEAD_WORDS, len(words) - n), 0, -1):
            head = known.heads.get(tuple(words[n : n + size]))
            if head is not None and (head[1] or size > 1 or follows):
                return size, head[0], head[1]
    if (
        place < len(known.words)
        and words[n] == known.words[place]
        and (follows or _pair(known, words, n, place))
    ):
        return 1, place + 1, False
    places = known.triples.get((words[n], words[n + 1], words[n + 2])) if n + 2 < len(words) else None
    if places:
        at = next((p for p in places if p >= place), places[0])
        return 3, at + 3, False
    for at in range(place + 1, min(place + _NEAR, len(known.words))):
        if words[n] == known.words[at] and _pair(known, words, n, at):
            return 2, at + 2, False
    return 0, place, False


def _pair(known: _Ours, words: Sequence[str], n: int, at: int) -> bool:
    """Whether the next word agrees too: one equal word after an insertion is chance ("de", "le")."""
    return n + 1 < len(words) and at + 1 < len(known.words) and words[n + 1] == known.words[at + 1]


# ---- what is theirs


def _collectable(raw: Sequence[str], lines: Sequence[_Line], headers: set[int], first: int) -> list[_Line]:
    """The lines from the first of ours on, without quotes of others' mails and what announces them."""
    depth = lines[first].depth if first < len(lines) else 0
    found: list[_Line] = []
    foreign = False
    attempts = 0
    for i in range(first, len(lines)):
        line = lines[i]
        if i in headers:
            foreign = True  # whose mail it announces shows in what follows
            continue
        if _names_us(line, raw, i):
            continue
        if _anchors(line):
            foreign, depth = False, line.depth
        elif not foreign and attempts < _ATTEMPTS and _may_announce(raw[i]):
            attempts += 1
            foreign = _announces(raw, i)
        if not foreign and (line.depth == 0 or line.depth == depth == 1 or any(line.ours)):
            found.append(line)
    return found


def _names_us(line: _Line, raw: Sequence[str], i: int) -> bool:
    """An attribution that repeats names our text holds too (its author's, their office): it announces our quote."""
    return any(line.ours) and _may_announce(raw[i]) and ends_like_one(raw[i]) and _announces(raw, i)


def _new_lines(lines: Iterable[_Line]) -> list[str]:
    """What is theirs, line by line; a blank line stays one, so that paragraphs can be told apart. A value written below
    its label comes with it ("Prénom :", then "Jeanne")."""
    found: list[str] = []
    label = ""
    for line in lines:
        text = _new_text(line)
        if text and label and not any(line.ours):
            text = f"{label} {text}"
        if text or not line.words:
            found.append(text)
        if text or line.words:
            label = (
                line.text.strip() if not text and line.label[0] and line.text.rstrip().endswith(":") else ""
            )
    return found


def _anchors(line: _Line) -> bool:
    return line.label[0] > 0 or sum(line.ours) >= 4


def _may_announce(line: str) -> bool:
    return ":" in line or "--" in line or "：" in line


def _announces(raw: Sequence[str], i: int) -> bool:
    """A header block, separator or attribution of another mail: what follows was written earlier by someone."""
    line = raw[i]
    if separator_of(line) in ("original", "forward"):
        return True
    if label_of(line) is not None and block_at(raw, i) is not None:
        return True
    return ends_like_one(line) and may_end(raw, i) and at_line(raw, i, max(0, i - 4)) is not None


def _new_text(line: _Line) -> str:
    """The part of a line that is theirs; with our label or question before it; '' when all is ours."""
    theirs = [k for k, mine in enumerate(line.ours) if not mine]
    if not line.words:
        return line.text.strip() if any(c in _TICKS for c in line.text) else ""
    if not theirs:
        return ""
    first, last = theirs[0], theirs[-1]
    if 2 * len(theirs) >= len(line.words) or line.label[0] or first == 0:
        return line.text.strip()
    before = line.text[: line.words[first][1]].rstrip()
    if before.endswith(("?", ":")):
        return line.text.strip()
    end = line.words[last][2] if last + 1 < len(line.words) else len(line.text)
    return line.text[line.words[first][1] : end].strip()
