"""Octets to `Parsed`: everything a mail holds, before anything is judged. Never raises, whatever the octets.

RFC 5322 and 2045-2049, 2047, 2231, 3676, 6532, and the mail of real life, which follows none of them fully.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mailrouter.core.mail.body import Content, Gatherer
from mailrouter.core.mail.budget import DEFAULT, Budget, OverBudget
from mailrouter.core.mail.headers import Fields, block, first
from mailrouter.core.mail.mailboxes import AddressField, address_field, addresses, author_field
from mailrouter.core.mail.mime import Node, Walk
from mailrouter.core.mail.words import header_text
from mailrouter.core.model import Mailbox, Parsed, Part

__all__ = ["addresses", "header_fields", "parse", "parse_files"]

ID = re.compile(r"<[^<>\s]{1,998}>")  # RFC 5322 3.6.4; a msg-id keeps its angle brackets everywhere
MBOX = re.compile(rb"(?:>?From [^\r\n]{1,300}\r?\n)")
STRAY_CR = re.compile(rb"\r+\n|\r")


def parse(octets: bytes, budget: Budget = DEFAULT) -> Parsed:
    """What `octets` hold. Over budget: `held` is the reason, and only the cheap header fields are filled."""
    return parse_files(octets, budget)[0]


def parse_files(octets: bytes, budget: Budget = DEFAULT) -> tuple[Parsed, dict[str, bytes]]:
    """As `parse`, with the octets of the attachments by their SHA-256."""
    try:
        if len(octets) > budget.octets:
            raise OverBudget("octets")
        data, defects = _lines(octets)
        walk = Walk(budget)
        tree = walk.entity(data, "1", 0)
        gatherer = Gatherer(budget)
        gatherer.node(tree)
        return _parsed(tree, gatherer.content, [*defects, *walk.defects], budget), gatherer.content.files
    except OverBudget as over:
        return _held(octets, over.reason), {}


def header_fields(octets: bytes, budget: Budget = DEFAULT) -> tuple[tuple[str, str], ...]:
    """The header fields at the start of `octets` (a nested mail, a text/rfc822-headers part): names lower-case,
    values unfolded and decoded. Empty over budget. Never raises."""
    try:
        fields = block(_lines(octets)[0], budget).fields
    except OverBudget:
        return ()
    return tuple((name, header_text(value)) for name, value in fields)


def _lines(octets: bytes) -> tuple[bytes, list[str]]:
    """The octets with CRLF or LF line ends only, without what stands before the header block."""
    defects = []
    if b"\r" in octets and octets.count(b"\r") != octets.count(b"\r\n"):
        octets = STRAY_CR.sub(b"\n", octets)
        defects.append("line-ends")
    start = octets.lstrip(b"\xef\xbb\xbf \t\r\n") if octets[:1] in b"\xef\r\n \t" else octets
    if start is not octets:
        defects.append("leading-blank")
    envelope = MBOX.match(start)
    if envelope:
        defects.append("mbox-from")
        start = start[envelope.end() :]
    return start, defects


def _parsed(tree: Node, content: Content, defects: list[str], budget: Budget) -> Parsed:
    fields = tree.fields
    known = {name: _address(fields, name, defects) for name in ("sender", "reply-to", "to", "cc")}
    authors = _authors(fields, defects)
    if len(authors) + sum(map(len, known.values())) > budget.addresses:
        raise OverBudget("addresses")
    texts = content.texts or content.salvaged
    return Parsed(
        headers=tuple((name, header_text(value)) for name, value in fields),
        authors=authors,
        sender=known["sender"][0] if known["sender"] else None,
        reply_to=known["reply-to"],
        to=known["to"],
        cc=known["cc"],
        subject=header_text(first(fields, "subject")),
        date=date_of(first(fields, "date")),
        message_id=_first_id(fields),
        in_reply_to=tuple(ID.findall(first(fields, "in-reply-to"))),
        references=tuple(ID.findall(first(fields, "references"))),
        content_type=tree.type,
        text="\n".join(texts),
        text_from_html=content.converted,
        html="\n".join(content.htmls),
        parts=tuple(_part(leaf) for leaf in tree.leaves()),
        attachments=tuple(content.attachments),
        defects=tuple(dict.fromkeys([*defects, *content.defects])),
    )


def _address(fields: Fields, name: str, defects: list[str]) -> tuple[Mailbox, ...]:
    found: list[Mailbox] = []
    for key, value in fields:
        if key == name:
            read = address_field(value)
            found += read.mailboxes
            defects += read.defects
    return tuple(found)


def _authors(fields: Fields, defects: list[str]) -> tuple[Mailbox, ...]:
    """Every mailbox that any From field names (RFC 5322 3.6.2 allows one field); defects say why not one author."""
    values = [value for name, value in fields if name == "from"]
    if len(values) > 1:
        defects.append("from-duplicate")
    read = [author_field(value) for value in values] or [AddressField((), ("from-none",))]
    for one in read:
        defects += one.defects
    united = {box.address.lower(): box for one in reversed(read) for box in reversed(one.mailboxes)}
    if len(united) > 1 and "from-several" not in defects:
        defects.append("from-several")
    return tuple(reversed(united.values()))


def _first_id(fields: Fields) -> str:
    """The Message-ID with its angle brackets, put around when a client forgot them."""
    value = first(fields, "message-id")
    found = ID.search(value)
    bare = value.strip("<> ")[:998]
    return found[0] if found else f"<{bare}>" if bare else ""


def date_of(value: str) -> datetime | None:
    """The date of a Date field (RFC 5322 3.3), always aware ("-0000" and no zone are UTC), or None."""
    try:
        found = parsedate_to_datetime(value)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _part(leaf: Node) -> Part:
    return Part(
        path=leaf.path,
        type=leaf.type,
        content=leaf.content,
        charset=leaf.params.get("charset", ""),
        disposition=leaf.disposition,
        name=leaf.disposition_params.get("filename", "") or leaf.params.get("name", ""),
        content_id=first(leaf.fields, "content-id").strip("<> "),
        inside=leaf.inside,
        headers=tuple(leaf.fields),
        params=tuple(leaf.params.items()),
    )


def _held(octets: bytes, reason: str) -> Parsed:
    """The cheap fields of a mail that is not parsed: the start of its header block, short fields only."""
    small = Budget(header_block=8192, header_length=2048)
    head = octets[:8192].rpartition(b"\n")[0] + b"\n\n"
    try:
        fields = [(name, value) for name, value in block(_lines(head)[0], small).fields if len(value) < 1024]
    except OverBudget:
        fields = []
    defects: list[str] = []
    return Parsed(
        headers=tuple((name, header_text(value)) for name, value in fields),
        authors=_authors(fields, defects),
        subject=header_text(first(fields, "subject")),
        date=date_of(first(fields, "date")),
        message_id=_first_id(fields),
        defects=tuple(defects),
        held=reason,
    )
