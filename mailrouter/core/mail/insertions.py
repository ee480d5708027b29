"""What a person wrote inside a quote of our own mail is new text (DOMAIN, Situations 4)."""

from __future__ import annotations

from msgspec.structs import replace

from mailrouter.core.mail.fields import labelled
from mailrouter.core.mail.quote import insertions
from mailrouter.core.mail.visible import above_quote, answers_only
from mailrouter.core.model import Message


def with_insertions(message: Message, ours: tuple[str, ...]) -> Message:
    """`message` with what was inserted into its quote of one of `ours` (texts as we sent them) in its visible text,
    labelled lines included, and without our own words there."""
    texts = tuple(t for t in ours if t)
    if not texts:
        return message
    inserted = insertions(message.folded, texts) if message.folded else ""
    shown = _without_ours(message, texts)
    return _with(shown, shown.visible, inserted) if inserted.strip() else shown


def _with(message: Message, above: str, inserted: str) -> Message:
    known = {(s.field, s.value) for s in message.stated}
    today = message.date.date() if message.date else None
    stated = tuple(s for s in labelled(inserted, today) if (s.field, s.value) not in known)
    return replace(message, visible=f"{above}\n\n{inserted}".strip(), stated=(*message.stated, *stated))


def _without_ours(message: Message, texts: tuple[str, ...]) -> Message:
    """A quote stays visible when nothing stands above it, or when answers stand inside: of ours only what is new does.

    Else our own words, and whatever this recipient alone was shown, would go on to the others as the author's. When an
    answer would be missing (it repeats our very words) all stays.
    """
    above = above_quote(message.visible)
    if above is None:
        return message
    inserted = insertions(message.visible, texts)
    answers = answers_only(message.visible)
    kept = set(f"{above} {inserted}".split())
    if not inserted.strip() or (answers != message.visible and not kept.issuperset(answers.split())):
        return message
    return replace(_with(message, above, inserted), folded=f"{message.visible}\n\n{message.folded}".strip())
