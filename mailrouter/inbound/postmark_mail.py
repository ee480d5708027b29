"""Postmark's inbound JSON as a mail: its RawEmail, or, when that option is off, the mail built anew from the fields."""

from __future__ import annotations

import base64
import binascii
import re
from email import policy
from email.header import Header
from email.message import EmailMessage
from email.utils import formataddr
from typing import Any

# What the rebuilt body says itself.
_OWN_FIELDS = frozenset({"mime-version", "content-type", "content-transfer-encoding", "content-disposition"})
_ADDRESS_FIELDS = frozenset({"from", "to", "cc", "bcc", "reply-to", "sender"})
_CRLF = "\r\n"
_NAME = re.compile(r"[\x21-\x39\x3b-\x7e]+\Z")  # RFC 5322 3.6.8
_SEVEN_BIT = policy.SMTP.clone(cte_type="7bit")
_PATH = re.compile(r"<?([^<>\s]*)>?\s*\Z")
_NEWLINE = re.compile(r"\r\n|\r|\n")


class NoMail(Exception):
    """The JSON holds no mail that could be taken, now or later."""


def octets_of(posted: dict[str, Any]) -> bytes:
    """The mail's octets. RawEmail as it is; lone surrogates and what was no text when posted cannot be had back."""
    raw = posted.get("RawEmail")
    if isinstance(raw, str) and raw.strip():
        return _octets(raw)
    return _rebuilt(posted)


def recipients_of(posted: dict[str, Any]) -> tuple[str, ...]:
    """The forward-path as Postmark heard it (OriginalRecipient); without it the addresses of To. Raises NoMail."""
    original = str(posted.get("OriginalRecipient") or "").strip()
    if "@" in original:
        return (original,)
    found = tuple(
        dict.fromkeys(a for item in _list(posted, "ToFull") if "@" in (a := _text(item.get("Email"))))
    )
    if not found:
        raise NoMail("no recipient")
    return found


def reverse_path_of(posted: dict[str, Any], octets: bytes) -> str:
    """The reverse-path from the topmost Return-Path, else the author's address. '' for the null one."""
    for name, value in [*_headers(posted), *_top_fields(octets)]:
        if name.lower() == "return-path" and (path := _PATH.match(value.strip())):
            return path[1]
    author = posted.get("FromFull")
    return _text(author.get("Email")) if isinstance(author, dict) else ""


def _top_fields(octets: bytes) -> list[tuple[str, str]]:
    """The first header fields, enough for what a receiving server puts on top."""
    lines = octets[:4096].split(b"\r\n\r\n")[0].split(b"\n\n")[0].decode("latin-1").splitlines()
    return [(name, value) for name, colon, value in (line.partition(":") for line in lines[:8]) if colon]


def _rebuilt(posted: dict[str, Any]) -> bytes:
    """Headers as posted, in order, then what Postmark tells apart from them, then a body of the texts and files."""
    fields = _headers(posted)
    known = {name.lower() for name, _ in fields}
    author = posted.get("FromFull")
    told = (
        ("From", _mailboxes([author] if isinstance(author, dict) else []) or _text(posted.get("From"))),
        ("To", _mailboxes(_list(posted, "ToFull")) or _text(posted.get("To"))),
        ("Cc", _mailboxes(_list(posted, "CcFull")) or _text(posted.get("Cc"))),
        ("Reply-To", _text(posted.get("ReplyTo"))),
        ("Subject", _text(posted.get("Subject"))),
        ("Date", _text(posted.get("Date"))),
    )
    fields += [(name, value) for name, value in told if value and name.lower() not in known]
    if "from" not in {name.lower() for name, _ in fields}:
        raise NoMail("no author")
    head = b"".join(_field(name, value) for name, value in fields if name.lower() not in _OWN_FIELDS)
    return head + _body(posted).as_bytes(policy=_SEVEN_BIT)


def _mailboxes(items: list[dict[str, Any]]) -> str:
    """The name of each is encoded by itself: encoded as a whole, the address would become part of a name."""
    found = [(_line(_text(item.get("Name"))), _line(_text(item.get("Email")))) for item in items]
    return ", ".join(formataddr(pair) if pair[1].isascii() else f"<{pair[1]}>" for pair in found if pair[1])


def _headers(posted: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (_text(h.get("Name")), _text(h.get("Value")))
        for h in _list(posted, "Headers")
        if _NAME.match(_text(h.get("Name")))
    ]


def _field(name: str, value: str) -> bytes:
    """One header field. Free text is encoded (RFC 2047); an address beyond ASCII can only be said in UTF-8 (RFC 6532)."""
    plain = _line(value)
    if plain.isascii() or name.lower() in _ADDRESS_FIELDS:
        return f"{name}: {plain}\r\n".encode()
    return f"{name}: {Header(plain, 'utf-8', header_name=name).encode(linesep=_CRLF)}\r\n".encode(
        "ascii", "replace"
    )


def _line(value: str) -> str:
    return " ".join(_NEWLINE.sub(" ", value).split())


def _body(posted: dict[str, Any]) -> EmailMessage:
    message = EmailMessage(policy=_SEVEN_BIT)
    text, html = _text(posted.get("TextBody")), _text(posted.get("HtmlBody"))
    if text or not html:
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype="html")
    else:
        message.set_content(html, subtype="html")
    for item in _list(posted, "Attachments"):
        _attach(message, item)
    return message


def _attach(message: EmailMessage, item: dict[str, Any]) -> None:
    """One file; multipart and message types would be read as structure, so they come as octets with their name."""
    main, _, sub = _text(item.get("ContentType")).partition(";")[0].strip().lower().partition("/")
    if not (main.isalnum() and re.fullmatch(r"[a-z0-9.+_-]+", sub)) or main in ("multipart", "message"):
        main, sub = "application", "octet-stream"
    try:
        content = base64.b64decode(_text(item.get("Content")))
    except binascii.Error:
        content = b""
    name = " ".join(_text(item.get("Name")).split()) or "file"
    content_id = re.sub(r"[^\x21-\x7e]|[<>]", "", _text(item.get("ContentID")).removeprefix("cid:"))
    message.add_attachment(
        content,
        maintype=main,
        subtype=sub,
        filename=name,
        disposition="inline" if content_id else "attachment",
        cid=f"<{content_id}>" if content_id else None,
    )


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _text(value: object) -> str:
    return _octets(value).decode("utf-8") if isinstance(value, str) else ""


def _list(posted: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = posted.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
