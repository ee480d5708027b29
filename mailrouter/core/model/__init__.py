"""The frozen types that flow: Mail -> Message -> Facts -> Decision -> OutboundMail. Read this first."""

from mailrouter.core.model.mail import (
    Attachment,
    Classified,
    Delivery,
    Door,
    Envelope,
    Forwarded,
    Frozen,
    Kind,
    Mail,
    Mailbox,
    Message,
    Parsed,
    Part,
    Reading,
    Stated,
    VisibleText,
)

__all__ = [
    "Attachment",
    "Classified",
    "Delivery",
    "Door",
    "Envelope",
    "Forwarded",
    "Frozen",
    "Kind",
    "Mail",
    "Mailbox",
    "Message",
    "Parsed",
    "Part",
    "Reading",
    "Stated",
    "VisibleText",
]
