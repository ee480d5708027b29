"""What a person wrote inside a quote of our own mail is new text (DOMAIN, Situations 4)."""

from __future__ import annotations

from msgspec.structs import replace

from mailrouter.core.mail.fields import labelled
from mailrouter.core.mail.quote import insertions
from mailrouter.core.model import Message


def with_insertions(message: Message, ours: tuple[str, ...]) -> Message:
    """`message` with what was inserted into its quote of one of `ours` (texts as we sent them) added to its visible
    text, labelled lines included."""
    texts = tuple(t for t in ours if t)
    if not texts or not message.folded:
        return message
    inserted = insertions(message.folded, texts)
    if not inserted.strip():
        return message
    known = {(s.field, s.value) for s in message.stated}
    today = message.date.date() if message.date else None
    stated = tuple(s for s in labelled(inserted, today) if (s.field, s.value) not in known)
    visible = f"{message.visible}\n\n{inserted}".strip()
    return replace(message, visible=visible, stated=(*message.stated, *stated))
