"""Delivery notices as JSON in a mail: Amazon SES through SNS (documented at docs.aws.amazon.com, "notification-contents")."""

from __future__ import annotations

import msgspec

from mailrouter.core.mail.kinds import status
from mailrouter.core.model.mail import Classified, Delivery, Kind

_MAX = 100_000
_KINDS: dict[str, Kind] = {"bounce": "failure", "complaint": "complaint", "delivery": "delivered"}


class _Recipient(msgspec.Struct, rename="camel"):
    email_address: str = ""
    action: str = ""
    status: str = ""
    diagnostic_code: str = ""


class _Bounce(msgspec.Struct, rename="camel"):
    bounce_type: str = ""
    bounced_recipients: list[_Recipient] = []


class _Complaint(msgspec.Struct, rename="camel"):
    complained_recipients: list[_Recipient] = []


class _Sent(msgspec.Struct, rename="camel"):
    recipients: list[str] = []


class _Mail(msgspec.Struct, rename="camel"):
    message_id: str = ""
    common_headers: dict[str, object] = {}


class _Notice(msgspec.Struct, rename="camel"):
    notification_type: str = ""
    event_type: str = ""
    message: str = msgspec.field(default="", name="Message")
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None
    delivery: _Sent | None = None
    mail: _Mail = msgspec.field(default_factory=_Mail)


def notice(text: str) -> Classified | None:
    """The report that the JSON at the start of `text` holds, or None when it is no such notice."""
    found = _decoded(text)
    if found is not None and not (found.notification_type or found.event_type) and found.message:
        found = _decoded(found.message)
    kind = _KINDS.get((found.notification_type or found.event_type).lower()) if found else None
    if found is None or kind is None:
        return None
    return Classified(
        kind=kind,
        rule="json-notice",
        delivery=_deliveries(found),
        original_message_id=str(found.mail.common_headers.get("messageId", "")),
    )


def _decoded(text: str) -> _Notice | None:
    """The first JSON object of `text`; a footer may follow it, lines may have been wrapped by mail."""
    raw = text.strip()[:_MAX]
    end = raw.rfind("}") + 1
    for candidate in (raw[:end], raw[:end].replace("\n", ""), raw.split("\n--\n")[0].strip()):
        try:
            return msgspec.json.decode(candidate, type=_Notice)
        except (msgspec.DecodeError, UnicodeError):
            continue
    return None


def _deliveries(found: _Notice) -> tuple[Delivery, ...]:
    if found.bounce is not None:
        delayed = found.bounce.bounce_type.lower() == "transient"
        return tuple(_failed(one, delayed) for one in found.bounce.bounced_recipients)
    if found.delivery is not None:
        return tuple(
            Delivery(recipient=one, action="delivered", status="2.0.0") for one in found.delivery.recipients
        )
    return ()


def _failed(one: _Recipient, delayed: bool) -> Delivery:
    said = one.diagnostic_code.partition(";")[2].strip() or one.diagnostic_code
    return Delivery(
        recipient=one.email_address,
        action=one.action or "failed",
        status=status.status(one.status, said, delayed),
        diagnostic=said,
    )
