"""The look: the CSS is read when the templates are loaded, not for each mail.

Webmails drop style sheets, so each element carries its style (css-inline, once per element); the rules that cannot
be inlined (phone, print, dark) stay in the page's head for the clients that read them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import css_inline

# Element name in html.py: the tag as it is written, before it gets its style.
ELEMENTS: Final[Mapping[str, str]] = {
    "title": '<h1 class="title">',
    "heading": '<h2 class="heading">',
    "paragraph": '<p class="paragraph">',
    "notice": '<p class="notice">',
    "message": '<div class="message">',
    "line": '<p class="line">',
    "list": '<ul class="list">',
    "item": '<li class="item">',
    "acts": '<ul class="acts">',
    "act": '<li class="act">',
    "word": '<a class="word">',
    "does": '<span class="does">',
    "facts": '<ul class="facts">',
    "fact": '<li class="fact">',
    "label": '<span class="label">',
    "form": '<div class="form">',
    "field": '<p class="field">',
    "link": '<a class="link">',
    "footer": '<div class="footer">',
    "small": '<p class="small">',
}

_STYLE: Final = re.compile(r'style="([^"]*)"')


def opening_tags(css: str) -> dict[str, str]:
    """Each element's opening tag with its style inlined; links end before `>` so that a target can be added."""
    inliner = css_inline.CSSInliner(keep_style_tags=False)
    tags = {}
    for name, tag in ELEMENTS.items():
        document = f"<html><head><style>{css}</style></head><body>{tag}x</body></html>"
        found = _STYLE.search(inliner.inline(document).partition("<body>")[2])
        style = f' style="{found.group(1)}"' if found else ""
        tags[name] = tag[:-1] + style + ("" if tag.startswith("<a") else ">")
    return tags


def at_rules(css: str) -> str:
    """What cannot be inlined: every `@media` block of the sheet, in order."""
    return "\n".join(re.findall(r"@media[^{]+\{(?:[^{}]*\{[^{}]*\}\s*)*\}", css))


def page(source: str, css: str) -> str:
    """The page's own source with its styles inlined and the at-rules in its head."""
    inlined = css_inline.CSSInliner(keep_style_tags=False).inline(
        source.replace("</head>", f"<style>{css}</style></head>")
    )
    return inlined.replace("</head>", f"<style>{at_rules(css)}</style></head>")
