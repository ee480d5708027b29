"""HTML of mail for people: laid out as plain text, or cleaned for showing."""

from __future__ import annotations

from html import escape

import nh3

from mailrouter.core.mail.wire.html_tokens import tokens
from mailrouter.core.mail.wire.layout import Layout

# Measured: nh3 takes 0.3 s on 10,000 nested elements and 18 s on 100,000; 0.3 s on 200,000 ampersands in one text.
DEPTH = 200
REFERENCES = 50_000


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


def clean_html(html: str) -> str:
    """`html` safe to show (nh3): no scripts, styles, forms or remote images; images of the mail itself (cid:) stay.

    HTML nested deeper, or with more character references, than any mail client writes is given as text only.
    """
    if html.count("&") > REFERENCES or _depth(html) > DEPTH:
        return f"<pre>{escape(html_to_text(html))}</pre>"
    return nh3.clean(html, url_schemes={"http", "https", "mailto", "tel", "cid"}, attribute_filter=_attribute)


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Attributes that load anything from elsewhere are dropped."""
    if name in ("src", "background", "srcset", "poster") and not value.lower().startswith("cid:"):
        return None
    return value


def _depth(html: str) -> int:
    """An upper bound of how deep `html` nests: opening tags that nothing closed yet."""
    open_now = deepest = 0
    for slash, name, _, _ in tokens(html):
        open_now += (-1 if slash else 1) if name else 0
        deepest = max(deepest, open_now)
    return deepest
