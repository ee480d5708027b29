"""Which lines of a body quote or forward another mail. The rest is the person's own.

A quote is *marked* (each line begins with ">" or stands in a cited blockquote): it ends where the marks end. Or
it is *open*: announced by a header block, a separator or an attribution, and reaches to the end of the mail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from mailrouter.core.mail.fresh import domino
from mailrouter.core.mail.fresh.attribution import (
    LINES,
    VERB,
    above_quote,
    at_line,
    ends_like_one,
    may_end,
    opens_a_quote,
)
from mailrouter.core.mail.fresh.header_block import Block, block_at, is_header, label_of, labelled_lines
from mailrouter.core.mail.fresh.html_quote import Marked
from mailrouter.core.mail.fresh.separators import Separator, is_framed, separator_of

_LINES: Final = 20_000  # lines looked at: beyond them everything counts as what stands before
_ATTEMPTS: Final = 300  # attributions tried in one mail: real ones are found within a few
_ITEMS: Final = 12  # lines of a list with arrows that are looked at
_GAP: Final = 4  # blank lines between a separator, a header block and the quote below
_WRAPPED: Final = (
    66  # a quoted line this long may have been wrapped by the sending client (RFC 5322 2.1.1: 78)
)
_MARKS: Final = " \t>*_|\xa0\u202f\ufeff\u200b"
_INDENT: Final = " \t>\xa0\ufeff\u200b"
# "JD> ": The Bat! puts initials before the mark, and indents by a blank.
_INITIALS = re.compile(r" {0,2}[A-ZÀ-Þ]{1,4}>{1,6}(?: |$)")
_INITIALS_REACH: Final = 40  # characters at the start of a line in which a mark stands, indentation included
_OTHER_MARKS: Final = ("|", "»", "}")
_RARE_MARKS: Final = ("--", "__", "==", "##", "——", "––", "~~", "**", "‐‐", "──", "━━")


class Quote(msgspec.Struct, frozen=True):
    """Lines [begin, end) and, of line `begin`, what stands at or after `column`."""

    begin: int
    column: int
    end: int
    forward: bool = False


class Finder:
    """Finds the quotes of one body, from the top. All work is bounded by the number of lines."""

    def __init__(self, marked: Marked, start: int) -> None:
        self.marked = marked
        self.lines: Sequence[str] = marked.lines
        self.initialled: set[int] = set()  # lines marked by the author's initials, "JD> "
        self.quoted = self._quoted_lines()
        self.floor = start
        self.attempts = 0
        self.answered = False  # a quote with its attribution was found: any later ">" line goes on quoting
        self.tried = -1  # labelled lines up to here belong to a block that was refused

    def find(self) -> list[Quote]:
        """The quotes in order; they do not overlap."""
        found: list[Quote] = []
        for i in self._candidates():
            if i < self.floor:
                continue
            quote = self._marked(i) if i in self.quoted else self._open(i)
            if quote is not None:
                found.append(quote)
                self.floor = quote.end
        return found

    def _quoted_lines(self) -> set[int]:
        lines = self.lines
        marked = [i for i, x in enumerate(lines[:_LINES]) if ">" in x and ">" in x[:_INITIALS_REACH]]
        if not marked:
            return set(self.marked.cited)
        marks = {i for i in marked if lines[i].lstrip()[:1] == ">"}
        if len(marks) < len(marked):
            self.initialled = {i for i in marked if i not in marks and _INITIALS.match(lines[i])}
            marks |= self.initialled
        marks.difference_update([i for i in marks if lines[i][-1] in ":：" and self._closes_bracket(i)])
        return marks | self.marked.cited if self.marked.cited else marks

    def _closes_bracket(self, i: int) -> bool:
        """ ">:" and "> wrote:" close the "<" of an address that was wrapped, they quote nothing."""
        if len(self.lines[i]) > 40:
            return False
        above = "".join(self.lines[max(0, i - 3) : i])
        return above.count("<") > above.count(">")

    def _candidates(self) -> list[int]:
        """The lines that can quote or announce a quote, in order. Without a colon a line announces something only by
        marks around its words, and then it does not begin with a letter ("Message du 12/03" of Orange excepted)."""
        lines, quoted, boundaries = self.lines[:_LINES], self.quoted, self.marked.boundaries
        found = [
            i
            for i, x in enumerate(lines)
            if i in quoted
            or ":" in x
            or "：" in x
            or (x and (not x[0].isalnum() or x[0] in "mM") and any(map(x.__contains__, _RARE_MARKS)))
        ]
        if not (boundaries or self.marked.cited):
            return found
        below = {i for i in boundaries if i < len(lines)}  # one may stand below the last line
        return sorted(below.union(found, quoted))

    # ---- marked quotes

    def _marked(self, i: int) -> Quote | None:
        if self._is_groupwise(i):
            return Quote(i, 0, len(self.lines))
        below = self._groupwise_attribution(i)
        if below:
            return self._until_end(i, 0, below)
        end = self._end_of_run(i)
        attribution = self._attributed(i)
        if attribution is not None:
            self.answered = True
            return Quote(attribution[0], attribution[1], end)
        count = sum(1 for k in range(i, end) if k in self.quoted)
        answered = self.answered and any(self.lines[k].strip(_MARKS) for k in range(i, end))
        if i in self.initialled and not answered:
            self.floor = end  # without an attribution it may be a dialogue that a person pasted
            return None
        if i in self.marked.cited or answered or (count >= 2 and not self._listed(i, end)):
            return Quote(i, 0, end, forward=self._forward_inside(i))
        self.floor = end  # a person's arrows; not tried again line by line
        return None

    def _attributed(self, i: int) -> tuple[int, int] | None:
        if self.attempts >= _ATTEMPTS:
            return None
        self.attempts += 1
        found = above_quote(self.lines, i, self.floor)
        return (found.begin, found.column) if found is not None else None

    def _is_groupwise(self, i: int) -> bool:
        """GroupWise: ">>> Jean Dupont <jean@x.fr> 12/03/2024 10:12 >>>", the quote below unmarked."""
        bare = self.lines[i].strip()
        if not (bare.startswith(">>>") and bare.endswith(">>>") and len(bare) > 20):
            return False
        return any(c.isdigit() for c in bare) and ":" in bare and i + 1 not in self.quoted

    def _groupwise_attribution(self, i: int) -> int:
        """The line below GroupWise's other form, ">>> On 3/12/2024 at 10:12, in message <…>, Jean <…> wrote:", which
        wraps without further marks; 0 when it is none."""
        if not self.lines[i].lstrip().startswith(">>> "):
            return 0
        for last in range(i, min(len(self.lines), i + LINES)):
            if ends_like_one(self.lines[last]):
                found = at_line(self.lines, last, i) if may_end(self.lines, last) else None
                return found.end if found is not None and found.begin == i else 0
        return 0

    def _listed(self, i: int, end: int) -> bool:
        """A person's own list with arrows, not a quote without attribution: directly below "Il faut :", or items
        that all begin in lower case or with a number."""
        above = self.lines[i - 1].rstrip() if i > self.floor else ""
        if above.endswith((":", "：")):
            return True
        items = [x.lstrip(_MARKS)[:1] for x in self.lines[i:end][:_ITEMS]]
        return all(x.islower() or x.isdigit() for x in items)

    def _forward_inside(self, i: int) -> bool:
        """Apple Mail cites the whole forward, its first line included."""
        return any(separator_of(x) in ("forward", "announce") for x in self.lines[i : i + 3])

    def _end_of_run(self, i: int) -> int:
        last, k, stop = i, i + 1, len(self.lines)
        while k < stop:
            if k in self.quoted or (k == last + 1 and self._continues(last, k)):
                last = k
            elif self.lines[k].strip():
                break
            k += 1
        return last + 1

    def _continues(self, last: int, k: int) -> bool:
        """An unmarked line that belongs to the quoted line above: a client wrapped it, or wrote out a link."""
        above, line = self.lines[last], self.lines[k]
        bare = line.strip()
        if not bare:
            return False
        if above.rfind("(http") > above.rfind(")") or above.rfind("<http") > above.rfind(">", 1):
            return True
        if k + 1 not in self.quoted:
            return False
        if bare.startswith(("(http", "<http")):
            return True
        return len(above) >= _WRAPPED and bare[0].islower() and above.rstrip()[-1] not in ".?!:;…"

    # ---- open quotes

    def _open(self, i: int) -> Quote | None:
        line = self.lines[i]
        closes = ends_like_one(line)
        separator = separator_of(line) if closes or not line.lstrip(_INDENT)[:1].isalnum() else None
        if separator is not None and separator != "rule":
            return self._separated(i, separator)
        if label_of(line) is not None:
            block = self._block(i)
            if block is not None:
                return self._until_end(self._with_rule(i), 0, block.end)
        if closes or i in self.marked.boundaries:
            return self._attribution(i)
        head = domino.head_at(self.lines, i, self.floor) if domino.is_moment(line) else None
        if head is not None:
            return self._until_end(head[0], 0, head[1])
        return Quote(i, 0, len(self.lines)) if opens_a_quote(line) else None

    def _separated(self, i: int, separator: Separator) -> Quote | None:
        below = self._next(i + 1)
        block = block_at(self.lines, below, announced=True) if below < len(self.lines) else None
        if separator == "announce" and block is None:
            return None
        return self._until_end(
            i, 0, block.end if block else i + 1, forward=separator in ("forward", "announce")
        )

    def _block(self, i: int) -> Block | None:
        bounded = i in self.marked.boundaries or i - 1 in self.marked.boundaries
        if i < self.tried and not bounded:
            return None
        block = labelled_lines(self.lines, i)
        if block is None or (is_header(block, announced=bounded) and not self._introduced(i, block)):
            return block
        self.tried = block.end
        return None

    def _introduced(self, i: int, block: Block) -> bool:
        """A person's list of a journey or a letter's head, directly below "Le trajet :"; nobody's address in it."""
        if "@" in block.fields.get("from", "") + block.fields.get("to", ""):
            return False
        above = self.lines[i - 1].strip(_MARKS) if i > self.floor else ""
        if separator_of(above) is not None or VERB.search(above.lower()) is not None:
            return False
        # "Bon de transport" directly above "De : domicile … Date : 12/06/2025 10:00": clients leave a line free, or
        # write the month in words.
        date = block.fields.get("date", "")
        return above.endswith((":", "：")) or (bool(above and date) and not any(map(str.isalpha, date)))

    def _with_rule(self, i: int) -> int:
        """The rule of dashes (with words in it, perhaps) above a header block belongs to the quote."""
        k = i - 1
        while k >= self.floor and i - k <= _GAP and not self.lines[k].strip(" \t\xa0>"):
            k -= 1
        return k if k >= self.floor and i - k <= _GAP and is_framed(self.lines[k]) else i

    def _attribution(self, i: int) -> Quote | None:
        below = self._next(i + 1)
        if below in self.quoted:
            return None  # decided where the marked quote is reached
        if below < len(self.lines) and self.lines[below].lstrip()[:1] in _OTHER_MARKS:
            return self._marked_otherwise(below)
        if self.attempts >= _ATTEMPTS or not may_end(self.lines, i):
            return None
        self.attempts += 1
        found = at_line(self.lines, i, self.floor)
        return self._until_end(found.begin, found.column, found.end) if found is not None else None

    def _marked_otherwise(self, first: int) -> Quote | None:
        """A quote whose every line begins with another mark than ">", below its attribution (Pine, old news readers)."""
        mark = self.lines[first].lstrip()[:1]
        found = self._attributed(first)
        end = first
        while end < len(self.lines) and self.lines[end].lstrip()[:1] == mark:
            end += 1
        return Quote(found[0], found[1], end) if found and end > first + 1 else None

    def _until_end(self, begin: int, column: int, below: int, forward: bool = False) -> Quote:
        """To the end of the mail, unless marked lines follow at once: then to the end of the marks."""
        following = self._next(below)
        end = self._end_of_run(following) if following in self.quoted else len(self.lines)
        return Quote(begin, column, end, forward)

    def _next(self, i: int) -> int:
        """The next line with text, a few blank ones further at most."""
        for k in range(i, min(len(self.lines), i + _GAP + 2)):
            if self.lines[k].strip(" \t\xa0\u200b\ufeff"):
                return k
        return len(self.lines)
