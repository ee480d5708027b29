"""Our composed mail as Postmark's JSON: it takes no raw MIME, so the parts are handed over and it writes them anew.

What stays: Message-ID (`X-PM-KeepID`), threading, Reply-To, every header of ours, texts and files. What does not: the
reverse-path, which Postmark replaces by its own; bounces come back by webhook instead, known by the metadata.
"""

from __future__ import annotations

import base64
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from postmark import Email
from postmark.models.outbound import TrackLinksOption

from mailrouter.ports import Parcel

OUTBOX = (
    "outbox"  # our key in Postmark's metadata; the value is the outbox id, which tells nothing about anyone
)
_OWN_FIELDS = frozenset(
    {"from", "to", "cc", "bcc", "subject", "reply-to", "date", "mime-version", "return-path"}
)


def as_json(parcel: Parcel, stream: str) -> dict[str, Any]:
    """The parcel as Postmark's interface takes it, checked by the SDK's model. Raises ValueError when it cannot be."""
    message = message_from_bytes(parcel.octets, policy=policy.default)
    texts, files = _leaves(message)
    email = Email.model_validate(
        {
            "sender": _mailboxes(message, "From"),
            "to": parcel.recipient,
            "subject": str(message["Subject"] or ""),
            "reply_to": _mailboxes(message, "Reply-To") or None,
            "text_body": texts.get("text/plain"),
            "html_body": texts.get("text/html"),
            "headers": _headers(message, parcel),
            "attachments": [_file(part) for part in files],
            "metadata": {OUTBOX: parcel.id},
            "message_stream": stream,
            "track_opens": False,
            "track_links": TrackLinksOption.NONE,
        }
    )
    return email.model_dump(mode="json", by_alias=True, exclude_none=True)


def _mailboxes(message: EmailMessage, name: str) -> str:
    """The mailboxes of a field with their names quoted again: decoded, `(CAF du Lot)` would be read as a comment."""
    field = message[name]
    return ", ".join(str(address) for address in field.addresses) if field is not None else ""


def _headers(message: EmailMessage, parcel: Parcel) -> list[dict[str, str]]:
    kept = [
        {"name": name, "value": " ".join(str(value).split())}
        for name, value in message.items()
        if name.lower() not in _OWN_FIELDS and not name.lower().startswith("content-")
    ]
    if not any(header["name"].lower() == "message-id" for header in kept):
        kept.append({"name": "Message-ID", "value": parcel.message_id})
    return [*kept, {"name": "X-PM-KeepID", "value": "true"}]


def _leaves(message: EmailMessage) -> tuple[dict[str, str], list[EmailMessage]]:
    """The first text and the first HTML that are no attachments; all other leaves are files."""
    texts: dict[str, str] = {}
    files: list[EmailMessage] = []
    for part in _parts(message):
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html") and kind not in texts and not part.is_attachment():
            texts[kind] = part.get_content().replace("\r\n", "\n")
        else:
            files.append(part)
    return texts, files


def _parts(message: EmailMessage) -> list[EmailMessage]:
    """The leaves; a forwarded mail is one file, whatever is inside."""
    if message.get_content_maintype() != "multipart":
        return [message]
    return [leaf for part in message.iter_parts() if isinstance(part, EmailMessage) for leaf in _parts(part)]


def _file(part: EmailMessage) -> dict[str, str | None]:
    kind = part.get_content_type()
    inner = part.get_payload(0) if kind == "message/rfc822" else None
    content = inner.as_bytes() if isinstance(inner, EmailMessage) else part.get_payload(decode=True)
    content_id = str(part["Content-ID"] or "").strip("<> ")
    return {
        "name": part.get_filename() or "file",
        "content": base64.b64encode(content if isinstance(content, bytes) else b"").decode("ascii"),
        "content_type": kind,
        "content_id": f"cid:{content_id}" if content_id else None,
    }
