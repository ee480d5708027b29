"""What is new in a mail: the person's text, their signature, and what was folded away (kept, never deleted).

See docs/decisions for what is folded and why nothing is cut when nothing would remain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from mailrouter.core.mail.fresh.banners import end_of_banner
from mailrouter.core.mail.fresh.body_lines import body_lines
from mailrouter.core.mail.fresh.html_quote import Marked, has_quote, marked_lines
from mailrouter.core.mail.fresh.quoted import Finder, Quote
from mailrouter.core.mail.fresh.signature import begin_of_signature
from mailrouter.core.model.mail import Parsed, VisibleText

_BLANK_START: Final = re.compile(r"(?:[^\S\n]*\n)+")
_LINK: Final = re.compile(r" ?<https?://[^<>\s]*>")


class _Own(msgspec.Struct, frozen=True):
    """A stretch of the person's own lines: where it begins, its lines, and how many of them are text."""

    begin: int
    lines: Sequence[str]
    text: int

    @property
    def says_something(self) -> bool:
        return any(line.strip() for line in self.lines[: self.text])


def visible(parsed: Parsed) -> VisibleText:
    """The new text of a parsed mail.

    The plain text decides where there is one: its marks are the client's own. Where it shows no quote although
    the HTML has the structure of one (clients that leave marks out of their text part), the HTML decides.
    """
    author = f"{parsed.authors[0].name} <{parsed.authors[0].address}>" if parsed.authors else ""
    if parsed.html and (parsed.text_from_html or not parsed.text.strip()):
        return visible_html(parsed.html, author)
    found = visible_text(parsed.text, author)
    if parsed.html and not found.folded and has_quote(parsed.html):
        structured = visible_html(parsed.html, author)
        if structured.folded:
            return structured
    return found


def visible_text(text: str, author: str = "") -> VisibleText:
    """The new text of a plain text body. `author`: who wrote it, "Name <address>", by which they sign."""
    return _fold(Marked(body_lines(text)), author)


def visible_html(html: str, author: str = "") -> VisibleText:
    """The new text of an HTML body, as plain text. Links of a signature (logos, networks) are left out of it."""
    found = _fold(marked_lines(html), author)
    if "<http" not in found.signature:
        return found
    return VisibleText(visible=found.visible, signature=_LINK.sub("", found.signature), folded=found.folded)


def answers_only(visible: str) -> str:
    """`visible` without the quoted lines, and their attributions, that interleaved answers keep as context.

    For whoever relays: quotes of others are folded, never relayed. A text that is all quote stays as it is.
    """
    marked = Marked(visible.split("\n"))
    quotes = Finder(marked, 0).find()
    return _text(*(stretch.lines for stretch in _own(marked, quotes, 0))) or visible if quotes else visible


def above_quote(visible: str) -> str | None:
    """What stands above the first quote that `visible` keeps, '' when nothing does; None when it keeps no quote."""
    marked = Marked(visible.split("\n"))
    quotes = Finder(marked, 0).find()
    return _text(_own(marked, quotes, 0)[0].lines) if quotes else None


def _fold(marked: Marked, author: str) -> VisibleText:
    banner = end_of_banner(marked.lines)
    quotes = Finder(marked, banner).find()
    own = _own(marked, quotes, banner, author)
    if any(stretch.says_something for stretch in own[1:-1]):
        return _interleaved(marked, own, banner)
    return _around_quotes(marked, quotes, own, banner)


def _own(marked: Marked, quotes: Sequence[Quote], banner: int, author: str = "") -> list[_Own]:
    """What stands before, between and after the quotes."""
    found: list[_Own] = []
    begin = banner
    for quote in quotes:
        lines = list(marked.lines[begin : quote.begin])
        if quote.column:
            lines.append(marked.lines[quote.begin][: quote.column].rstrip(" -–—"))
        found.append(_stretch(marked, begin, lines, author))
        begin = quote.end
    found.append(_stretch(marked, begin, marked.lines[begin:], author))
    return found


def _stretch(marked: Marked, begin: int, lines: Sequence[str], author: str) -> _Own:
    signs = [s for s in marked.signs if begin <= s < begin + len(lines)] if marked.signs else None
    hint = min(signs) - begin if signs else None
    return _Own(begin, lines, begin_of_signature(lines, hint, author))


def _interleaved(marked: Marked, own: Sequence[_Own], banner: int) -> VisibleText:
    """Answers between quoted lines make sense with them only: all stays up to the last answer."""
    last = next(stretch for stretch in reversed(own) if stretch.says_something)
    end = last.begin + last.text
    after = last.begin + len(last.lines)
    return VisibleText(
        visible=_text(marked.lines[banner:end]),
        signature=_text(marked.lines[end:after]),
        folded=_text(marked.lines[:banner], marked.lines[after:]),
    )


def _around_quotes(marked: Marked, quotes: Sequence[Quote], own: Sequence[_Own], banner: int) -> VisibleText:
    """Text above the quotes, or below them, or both; what stands between is no text."""
    ends = [own[0], own[-1]] if len(own) > 1 else [own[0]]
    visible = _text(*[stretch.lines[: stretch.text] for stretch in ends])
    if not visible.strip(_BARE):
        return _nothing_left(marked, quotes, own, banner)
    signatures = [s for o in ends if (s := _text(o.lines[o.text :]))]
    folded: list[Sequence[str]] = [marked.lines[:banner]]
    for stretch, quote in zip(own, quotes, strict=False):
        folded.append(_quote_lines(marked.lines, quote))
        if stretch is not own[0]:
            folded.append(stretch.lines)
    return VisibleText(
        visible=visible,
        signature=signatures[0] if signatures else "",
        folded=_text(*folded, *[[s] for s in signatures[1:]]),
    )


def _nothing_left(marked: Marked, quotes: Sequence[Quote], own: Sequence[_Own], banner: int) -> VisibleText:
    """Never an empty text: a bare signature is shown rather than nothing, a bare quote or forward whole."""
    signed = _text(*(stretch.lines for stretch in own))
    if signed.strip(_BARE) and not any(quote.forward for quote in quotes):
        folded = _text(marked.lines[:banner], *(_quote_lines(marked.lines, q) for q in quotes))
        return VisibleText(visible=signed, folded=folded)
    whole = _text(marked.lines[banner:])
    if whole:
        return VisibleText(visible=whole, folded=_text(marked.lines[:banner]))
    return VisibleText(visible=_text(marked.lines))


def _quote_lines(lines: Sequence[str], quote: Quote) -> list[str]:
    return [lines[quote.begin][quote.column :].lstrip(), *lines[quote.begin + 1 : quote.end]]


# What a quote without content leaves behind says nothing by itself.
_BARE = "> \n"


def _text(*parts: Sequence[str]) -> str:
    """The parts as one text, a blank line between two; without blank lines at the ends."""
    return "\n\n".join(filter(None, map(_strip, parts)))


def _strip(lines: Sequence[str]) -> str:
    text = "\n".join(lines).rstrip()
    found = _BLANK_START.match(text) if text[:1].isspace() else None
    return text[found.end() :] if found else text
