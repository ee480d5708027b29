"""HTML of mail for people, laid out as plain text."""

from __future__ import annotations

from mailrouter.core.mail.wire.html_tokens import tokens
from mailrouter.core.mail.wire.layout import Layout


def html_to_text(html: str, links: bool = True) -> str:
    """Plain text of `html` as a person would see it. Never fails; linear in the length.

    Blocks become lines and paragraphs, list items "- ", quotes "> " lines, a rule 32 underscores, the
    cells of a table row one line with tabs between; no-break spaces become spaces; what is not shown
    (scripts, comments, `display:none`) is left out. A link is followed by its address in angle
    brackets when its text does not say it, unless `links` is False.
    """
    layout = Layout(links)
    layout.feed(tokens(html))
    return layout.finish()
