"""One mail read in full: parsed, classified, its new text, its forward, what it states. Composition only."""

from __future__ import annotations

from typing import Literal

from mailrouter.core.mail.fresh.forward import forwarded
from mailrouter.core.mail.fresh.visible import visible, visible_html, visible_text
from mailrouter.core.mail.kinds.classify import classify
from mailrouter.core.mail.says.fields import stated
from mailrouter.core.mail.says.language import language_of
from mailrouter.core.mail.wire.budget import DEFAULT, Budget
from mailrouter.core.mail.wire.charset import decode
from mailrouter.core.mail.wire.parse import bracketed, parse_files
from mailrouter.core.mail.wire.text import html_to_text
from mailrouter.core.model import REPORTS, Mailbox, Message, Parsed, Reading, VisibleText

Body = Literal["message", "text", "html"]

# Any of these means that nobody can say who the one author is (RFC 5322 3.6.2 allows several; we do not).
AMBIGUOUS = frozenset(
    ("from-several", "from-duplicate", "from-none", "from-group", "from-syntax", "from-unreadable")
)


def read(octets: bytes, budget: Budget = DEFAULT, body: Body = "message") -> Reading:
    """What `octets` say: a whole mail, or a bare `text` or `html` body in UTF-8 (else in windows-1252).

    Over budget the message has `held` and the cheap header fields only. `Message.author` is None
    unless there is exactly one author. Pure: no clock, no I/O; time is bounded by the budget, and for
    certain only in a process that can be killed (mailrouter/reading.py).
    """
    if body != "message":
        return Reading(message=_bare(decode(octets, "utf-8")[0], body, budget))
    parsed, files = parse_files(octets, budget)
    return Reading(message=_held(parsed) if parsed.held else _message(parsed), files=files)


def sole_author(parsed: Parsed) -> Mailbox | None:
    """The author, or None when there is not exactly one."""
    return parsed.authors[0] if len(parsed.authors) == 1 and AMBIGUOUS.isdisjoint(parsed.defects) else None


def _bare(text: str, body: Body, budget: Budget) -> Message:
    """A body without a mail around it: what needs header fields (author, kind) stays empty."""
    if len(text) > budget.text:
        return Message(held="text")
    html = text if body == "html" else ""
    if html.count("<") > budget.tags:
        return Message(held="tags")
    parsed = Parsed(text=html_to_text(html) if html else text, text_from_html=bool(html), html=html)
    split = visible_html(html) if html else visible_text(text)
    return Message(
        text=parsed.text,
        visible=split.visible,
        signature=split.signature,
        folded=split.folded,
        forwarded=forwarded(parsed),
        stated=stated(parsed, split.visible, html),
        language=language_of(split.visible),
    )


def _held(parsed: Parsed) -> Message:
    return Message(
        author=sole_author(parsed),
        authors=parsed.authors,
        subject=parsed.subject,
        date=parsed.date,
        message_id=parsed.message_id,
        headers=parsed.headers,
        defects=parsed.defects,
        held=parsed.held,
    )


def _message(parsed: Parsed) -> Message:
    kind = classify(parsed)
    report = kind.kind in REPORTS
    split = VisibleText(visible=parsed.text.strip()) if report else visible(parsed)
    return Message(
        author=sole_author(parsed),
        authors=parsed.authors,
        sender=parsed.sender,
        reply_to=parsed.reply_to,
        to=parsed.to,
        cc=parsed.cc,
        subject=parsed.subject,
        date=parsed.date,
        message_id=parsed.message_id,
        in_reply_to=parsed.in_reply_to,
        references=parsed.references,
        kind=kind.kind,
        kind_rule=kind.rule,
        return_date=kind.return_date,
        delivery=kind.delivery,
        original_message_id=bracketed(kind.original_message_id),
        text=parsed.text,
        visible=split.visible,
        signature=split.signature,
        folded=split.folded,
        forwarded=None if report else forwarded(parsed),
        stated=() if report else stated(parsed, split.visible, parsed.html),
        language=language_of(split.visible),
        attachments=parsed.attachments,
        headers=parsed.headers,
        defects=parsed.defects,
    )
