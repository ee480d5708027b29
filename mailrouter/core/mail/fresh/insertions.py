"""What a person wrote inside a quote of our own mail is new text (DOMAIN, Situations 4)."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from mailrouter.core.mail.fresh.quote import compared, insertions
from mailrouter.core.mail.fresh.visible import above_quote, answers_only
from mailrouter.core.mail.says.fields import labelled
from mailrouter.core.model import REPORTS, Message

_ATTRIBUTION = 40  # words that an attribution or a header block above a quote may have
_LONG = 200  # characters without white space by which a text is itself and no chance


def with_insertions(
    message: Message, answered: tuple[str, ...], others: Callable[[], tuple[str, ...]] = tuple
) -> Message:
    """`message` with what was inserted into its quote of ours in its visible text, labelled lines included, and without
    our own words there.

    `answered`: texts of the mails it answers, as we sent them; without one there is no quote of ours. `others` gives
    what else of ours the quote may hold: it is only asked when not all of it is of `answered`, which is rare.
    """
    if message.kind in REPORTS:
        return message
    texts = tuple(t for t in answered if t)
    above = above_quote(message.visible)
    if not texts or not (message.folded or above is not None):
        return message
    if above is None and _is_whole(message.folded, texts):
        return message
    found = compared(message.folded, texts)
    if not found.quotes or found.inserted or found.above > _ATTRIBUTION or above is not None:
        texts = tuple(dict.fromkeys((*texts, *(t for t in others() if t))))
        found = compared(message.folded, texts)
    shown = message if above is None else _without_ours(message, above, texts)
    return _with(shown, shown.visible, found.inserted) if found.inserted.strip() else shown


def _is_whole(folded: str, texts: tuple[str, ...]) -> bool:
    """Whether the quote is one of `texts` word for word to its end, below no more than an attribution: most are, and
    telling that costs a fiftieth of a comparison."""
    squeezed = _squeezed(folded)
    ours = (_squeezed(text) for text in texts)
    return any(
        len(one) >= _LONG and squeezed.endswith(one) and len(squeezed) - len(one) <= _ATTRIBUTION * 6
        for one in ours
    )


def _squeezed(text: str) -> str:
    return "".join(text.replace(">", " ").split())


def _with(message: Message, above: str, inserted: str) -> Message:
    known = {(s.field, s.value) for s in message.stated}
    today = message.date.date() if message.date else None
    stated = tuple(s for s in labelled(inserted, today) if (s.field, s.value) not in known)
    return replace(message, visible=f"{above}\n\n{inserted}".strip(), stated=(*message.stated, *stated))


def _without_ours(message: Message, above: str, texts: tuple[str, ...]) -> Message:
    """A quote stays visible when nothing stands above it, or when answers stand inside: of ours only what is new does.

    Else our own words, and whatever this recipient alone was shown, would go on to the others as the author's. When an
    answer would be missing (it repeats our very words) all stays.
    """
    inserted = insertions(message.visible, texts)
    answers = answers_only(message.visible)
    kept = set(f"{above} {inserted}".split())
    if not inserted.strip() or (answers != message.visible and not kept.issuperset(answers.split())):
        return message
    return replace(_with(message, above, inserted), folded=f"{message.visible}\n\n{message.folded}".strip())
