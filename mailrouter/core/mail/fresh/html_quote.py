"""The lines of an HTML body, with what its structure says about them: quoted, soft, boundary, signature.

The structure only marks lines; what is new is decided in one place for text and HTML (folding.py). So a
container that lies (a person answering inside `gmail_quote`, a forward in a `blockquote`) costs no text.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from mailrouter.core.mail.fresh.attribution import above_quote
from mailrouter.core.mail.wire.html_tokens import Token, tokens
from mailrouter.core.mail.wire.layout import Layout

# Private-use characters stand alone on a line through the layout, then are taken out again.
_OPEN, _CLOSE, _SOFT, _SOFT_END, _BOUNDARY, _SIGN = "\ue2f1", "\ue2f2", "\ue2f3", "\ue2f4", "\ue2f5", "\ue2f6"
_MARKER = re.compile("[\ue2f1-\ue2f6]")

# Nothing of this in the source, in lower case: its text says everything.
_QUOTING: Final = (
    "<blockquote",
    "gmail_quote",
    "moz-cite",
    "moz-forward",
    "divrplyfwdmsg",
    "olk_src_body",
    "yahoo_quoted",
    "protonmail_quote",
    "tutanota_quote",
    "zmail_extra",
    "reference-message",
    "__quoted_text__",
    "border-top",
    "appendonsend",
    "reply-intro",
    "bm-reply",
)
_SIGNING: Final = ("signature", "__sig_p", "bloop_sign")
# Whole containers of a quoted mail, their attribution included.
_CONTAINER = re.compile(
    r"yahoo_quoted|protonmail_quote|tutanota_quote|__quoted_text__|bm-reply-quote|\bzmail_extra\b",
    re.IGNORECASE,
)
# A quoted or forwarded mail begins here: its header block needs no further proof.
_BEGIN = re.compile(
    r"divrplyfwdmsg|appendonsend|olk_src_body_section|reference-message-container|moz-forward-container|"
    r"moz-cite-prefix|gmail_attr|reply-intro|bm-reply|"
    r"border-top:\s?(?:solid\s+#?\w+\s+1\.0pt|1(?:\.0)?p[tx]\s+solid)|border-top-(?:color|style|width):",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"data-signatureblock|\bbloop_sign\b|__sig_p(?:re|ost)__|\b(?:id|name|class)\s*=\s*(?:[\"'][^\"'<>]{0,80}|[\w-]{0,40})signature",
    re.IGNORECASE,
)
_SIGNATURE: Final = ("signature", "SIGNATURE")  # Mailspring, Nylas
_CITED = re.compile(
    r"\btype\s*=\s*[\"']?cite|\bcite\s*=\s*[\"']?(?:mid|cid):|\bid\s*=\s*[\"']?(?:x_)*(?:replybq|isreplycontent)",
    re.I,
)
_GMAIL = re.compile(r"gmail_quote", re.IGNORECASE)
# Orange and La Poste mark the header block inside the indentation with ">", and nothing below it.
_ORANGE = re.compile(r"\s*> ?message du \d", re.IGNORECASE)
_SOFT_DEPTH: Final = 20  # nested indentations that are looked at: each may prefix its lines once


class Marked(msgspec.Struct, frozen=True):
    """Lines, and the indexes of those that are quoted by structure, that begin a mail, that begin a signature."""

    lines: list[str]
    cited: frozenset[int] = frozenset()
    boundaries: frozenset[int] = frozenset()
    signs: frozenset[int] = frozenset()


def has_quote(html: str) -> bool:
    """Whether the source has the structure of a quote: a cheap look, for choosing between text and HTML."""
    low = html.lower()
    return any(word in low for word in _QUOTING)


def marked_lines(html: str) -> Marked:
    """The lines of `html` as laid out, quoted ones with "> ". Linear; never fails."""
    stream = tokens(_MARKER.sub("", html) if _MARKER.search(html) else html)
    structured = has_quote(html) or any(word in html.lower() for word in _SIGNING)
    layout = Layout(links=True)
    layout.feed(_Marker().mark(stream) if structured else stream)
    lines = layout.finish().split("\n")
    return _resolve(lines) if structured else Marked(lines)


class _Marker:
    """One pass over the tags that puts marks around what is quoted."""

    def __init__(self) -> None:
        self.out: list[Token] = []
        self.quotes: list[bool] = []  # of each open blockquote, whether it is a quote by its own attributes
        self.depth = 0  # of open <div>
        self.containers: list[int] = []  # div depths at which a container of a quoted mail opened
        self.gmail = False

    def mark(self, stream: list[Token]) -> list[Token]:
        for token in stream:
            slash, name, attributes, _ = token
            if name in ("blockquote", "BLOCKQUOTE"):
                self._blockquote(bool(slash), attributes, token)
            elif name in ("div", "DIV"):
                self._div(bool(slash), attributes, token)
            else:
                if name in _SIGNATURE and not slash:
                    self._line(_SIGN)
                elif attributes and name not in ("a", "img"):
                    self._attributes(attributes)
                self.out.append(token)
        return self.out

    def _blockquote(self, closing: bool, attributes: str, token: Token) -> None:
        if not closing:
            hard = _CITED.search(attributes) is not None or (
                self.gmail and _GMAIL.search(attributes) is not None
            )
            self.quotes.append(hard)
            self.out.append(token if hard else ("", "div", "", ""))
            self._line(_OPEN if hard else _SOFT)
        elif self.quotes:
            hard = self.quotes.pop()
            self._line(_CLOSE if hard else _SOFT_END)
            self.out.append(token if hard else ("/", "div", "", ""))

    def _div(self, closing: bool, attributes: str, token: Token) -> None:
        if closing:
            if self.containers and self.containers[-1] == self.depth:
                self.containers.pop()
                self._line(_CLOSE)
                self.out.append(("/", "blockquote", "", ""))
            self.depth = max(0, self.depth - 1)
            self.out.append(token)
            return
        self.depth += 1
        self.out.append(token)
        if attributes and _CONTAINER.search(attributes):
            self.containers.append(self.depth)
            self.out.append(("", "blockquote", "", ""))
            self._line(_OPEN)
        elif attributes:
            self.gmail = self.gmail or _GMAIL.search(attributes) is not None
            self._attributes(attributes)

    def _attributes(self, attributes: str) -> None:
        if _SIGNED.search(attributes):
            self._line(_SIGN)
        elif _BEGIN.search(attributes):
            self._line(_BOUNDARY)

    def _line(self, mark: str) -> None:
        self.out += (("", "div", "", ""), ("", "", "", mark), ("/", "div", "", ""))


def _resolve(marked: list[str]) -> Marked:
    """Take the marks out again; a soft blockquote under an attribution is a quote, any other an indentation."""
    lines: list[str] = []
    cited: set[int] = set()
    boundaries: set[int] = set()
    signs: set[int] = set()
    soft: list[int] = []
    depth = 0
    opened = False
    widest = (len(marked), 0)
    for line in marked:
        mark = line.lstrip("> ")[:1] if len(line) < 64 else ""
        if not mark or not _OPEN <= mark <= _SIGN:
            if opened and not line.strip("> "):
                continue
            opened = False
            if depth:
                cited.add(len(lines))
            lines.append(line)
        elif mark in (_OPEN, _CLOSE):
            depth = max(0, depth + (1 if mark == _OPEN else -1))
            opened = mark == _OPEN  # the layout leaves a blank line between the mark and the first paragraph
        elif mark == _SOFT:
            soft.append(len(lines) if len(soft) < _SOFT_DEPTH else -1)
        elif mark == _SOFT_END:
            begin = soft.pop() if soft else -1
            _close_soft(lines, begin, cited)
            widest = min(widest, (begin, -len(lines))) if begin >= 0 else widest
        else:
            (boundaries if mark == _BOUNDARY else signs).add(len(lines))
    while soft:
        _close_soft(lines, soft.pop(), cited)
    if _is_all(lines, widest[0], -widest[1]):
        cited.update(
            range(len(lines))
        )  # nobody's text stands outside: what it quotes is unknown, nothing is cut
    return Marked(lines, frozenset(cited), frozenset(boundaries), frozenset(signs))


def _is_all(lines: list[str], begin: int, end: int) -> bool:
    return (
        begin < end and not any(x.strip() for x in lines[:begin]) and not any(x.strip() for x in lines[end:])
    )


def _close_soft(lines: list[str], begin: int, cited: set[int]) -> None:
    while 0 <= begin < len(lines) and not lines[begin].strip():
        begin += 1
    if not 0 <= begin < len(lines) or begin in cited:
        return
    if _ORANGE.match(lines[begin]) is None and above_quote(lines, begin, 0) is None:
        return
    for i in range(begin, len(lines)):
        lines[i] = f"> {lines[i]}".rstrip()
        cited.add(i)
