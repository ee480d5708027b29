"""Octets to `Parsed`: everything a mail holds, before anything is judged. Never raises, whatever the octets.

RFC 5322 and 2045-2049, 2047, 2231, 3676, 6532, and the mail of real life, which follows none of them fully.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from mailrouter.core.mail.wire.body import Content, Gatherer
from mailrouter.core.mail.wire.budget import DEFAULT, Budget, OverBudget
from mailrouter.core.mail.wire.headers import Fields, block
from mailrouter.core.mail.wire.mailboxes import address_field, addresses, author_field
from mailrouter.core.mail.wire.mime import Node, Walk
from mailrouter.core.mail.wire.words import header_text
from mailrouter.core.model import Mailbox, Parsed, Part

__all__ = ["addresses", "bracketed", "parse", "parse_files"]

ID = re.compile(r"<[^<>\s]{1,998}>")  # RFC 5322 3.6.4; a msg-id keeps its angle brackets everywhere
ADDRESS_FIELDS = ("sender", "reply-to", "to", "cc")
DATE = re.compile(
    r"(?:[A-Za-z]{3},? )?\s*(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d\d):(\d\d)(?::(\d\d))? ([+-]\d{4})(?:\s*\([^()]*\))?\s*\Z"
)
MONTHS = {
    name: n
    for n, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
HELD = Budget(addresses=10_000, header_count=10_000)  # for the first 8 KB of a header block
BARE_CR = re.compile(rb"\r(?!\n)")
MBOX = re.compile(rb"(?:>?From (?![ \t]*:)[^\r\n]{1,300}\r?\n)")


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
        gatherer.mail(tree)
        return _parsed(tree, gatherer.content, [*defects, *walk.defects], budget), gatherer.content.files
    except OverBudget as over:
        return _held(octets, over.reason), {}


def _lines(octets: bytes) -> tuple[bytes, list[str]]:
    """The octets with CRLF or LF line ends only, without what stands before the header block."""
    defects = []
    if b"\r" in octets and BARE_CR.search(octets):
        # CR CR LF is one line end that two gateways wrote; a CR alone is one of an old client
        octets = octets.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
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
    texts = content.texts or content.salvaged
    told = _told(tree.fields, defects, budget, tree.plain)
    return Parsed(
        content_type=tree.type,
        text=texts[0] if len(texts) == 1 else "\n".join(texts),
        text_from_html=bool(content.laid_out) and all(content.laid_out),
        html="\n".join(content.htmls),
        parts=tuple([_part(leaf) for leaf in tree.leaves()]),
        attachments=tuple(content.attachments),
        defects=tuple(dict.fromkeys([*defects, *content.defects])) if defects or content.defects else (),
        **told,
    )


def _told(fields: Fields, defects: list[str], budget: Budget, plain: bool = False) -> dict[str, Any]:
    """What the header block alone tells, by field of `Parsed`; what is wrong with it is added to `defects`. `plain`: every
    value is printable."""
    headers = tuple(
        [
            field
            if "=?" not in field[1] and (plain or field[1].isprintable())
            else (field[0], header_text(field[1]))
            for field in fields
        ]
    )
    first = dict(reversed(headers))
    names = [name for name, _ in fields]
    sender, reply_to, to, cc = [
        _addresses(_pairs(fields, headers, names, name), defects, budget) if name in first else ()
        for name in ADDRESS_FIELDS
    ]
    authors = _authors(_pairs(fields, headers, names, "from"), defects)
    if len(authors) + len(sender) + len(reply_to) + len(to) + len(cc) > budget.addresses:
        raise OverBudget("addresses")
    return {
        "headers": headers,
        "authors": authors,
        "sender": sender[0] if sender else None,
        "reply_to": reply_to,
        "to": to,
        "cc": cc,
        "subject": first.get("subject", ""),
        "date": date_of(first.get("date", "")),
        "message_id": bracketed(first.get("message-id", "")),
        "in_reply_to": tuple(ID.findall(first.get("in-reply-to", ""))),
        "references": tuple(ID.findall(first.get("references", ""))),
    }


def _pairs(
    fields: Fields, headers: tuple[tuple[str, str], ...], names: list[str], name: str
) -> list[tuple[str, str]]:
    """Every value of field `name`, undecoded and decoded; `names` are those of `fields`."""
    pairs: list[tuple[str, str]] = []
    at = -1
    for _ in range(names.count(name)):
        at = names.index(name, at + 1)
        pairs.append((fields[at][1], headers[at][1]))
    return pairs


def _addresses(values: list[tuple[str, str]], defects: list[str], budget: Budget) -> tuple[Mailbox, ...]:
    found: list[Mailbox] = []
    for value, shown in values:
        if value.count(",") + value.count(";") > budget.addresses:
            raise OverBudget("addresses")
        read = address_field(value, shown)
        found += read.mailboxes
        defects += read.defects
    return tuple(found)


def _authors(values: list[tuple[str, str]], defects: list[str]) -> tuple[Mailbox, ...]:
    """Every mailbox that any From field names (RFC 5322 3.6.2 allows one field); defects say why not one author."""
    read = [author_field(value, shown) for value, shown in values]
    if len(read) == 1:
        defects += read[0].defects
        return read[0].mailboxes
    defects.append("from-duplicate" if read else "from-none")
    united: dict[str, Mailbox] = {}
    for one in read:
        defects += one.defects
        for box in one.mailboxes:
            united.setdefault(box.address.lower(), box)
    if len(united) > 1:
        defects.append("from-several")
    return tuple(united.values())


def bracketed(value: str) -> str:
    """The msg-id in `value` with its angle brackets (RFC 5322 3.6.4), put around when they are missing; '' of nothing."""
    found = ID.search(value)
    if found:
        return found[0]
    bare = value.strip("<> ")[:998]
    return f"<{bare}>" if bare else ""


def date_of(value: str) -> datetime | None:
    """The date of a Date field (RFC 5322 3.3), always aware ("-0000" and no zone are UTC), or None."""
    plain = DATE.match(value)
    try:
        if plain:
            day, month, year, hour, minute, second, zone = plain.groups()
            at = int(hour), int(minute), int(second or 0)
            return datetime(int(year), MONTHS[month.lower()], int(day), *at, tzinfo=_zone(zone))
        found = parsedate_to_datetime(value) if len(value) < 100 else None
        return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError, KeyError):
        return None


@lru_cache(maxsize=128)
def _zone(offset: str) -> timezone:
    """The zone "+0100"; hours and minutes beyond a day raise ValueError."""
    minutes = int(offset[1:3]) * 60 + int(offset[3:])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes)) if minutes else UTC


def _part(leaf: Node) -> Part:
    return Part(
        path=leaf.path,
        type=leaf.type,
        content=leaf.content,
        charset=leaf.params.get("charset", ""),
        disposition=leaf.disposition,
        name=leaf.disposition_params.get("filename", "") or leaf.params.get("name", ""),
        content_id=leaf.first.get("content-id", "").strip("<> "),
        inside=leaf.inside,
        headers=tuple(leaf.fields),
        params=tuple(leaf.params.items()),
    )


def _held(octets: bytes, reason: str) -> Parsed:
    """The cheap fields of a mail that is not parsed: short ones from the start of its header block."""
    head = octets[:8192].rpartition(b"\n")[0] + b"\n\n"
    try:
        fields = [(name, value) for name, value in block(_lines(head)[0], HELD).fields if len(value) < 1024]
        defects: list[str] = []
        told = _told(fields, defects, HELD)
        return Parsed(**told, defects=tuple(defects), held=reason)
    except OverBudget:
        return Parsed(held=reason)
