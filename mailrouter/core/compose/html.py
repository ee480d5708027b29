"""Blocks as HTML: headings in order, lists as lists, links that say what they do, nothing but text from people.

What is shown here is word for word in the plain text too (plain.py), which may say more (a link's target): a reply
quotes what its writer's client showed, and what we did not send would count as written by that person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

from mailrouter.core.compose.notation import Block, Line

# French typography asks for a no-break space there; only for the eye, the plain text keeps ordinary spaces.
_NO_BREAK: Final = (*tuple((f" {sign}", f"&nbsp;{sign}") for sign in ":;?!»"), ("« ", "«&nbsp;"))
_PARAGRAPHS: Final = re.compile(r"\n[ \t]*\n+")


def html_of(blocks: Iterable[Block], tags: Mapping[str, str], colon: str) -> str:
    """The page's inside; what follows the footer mark is wrapped as the footer."""
    main: list[str] = []
    small: list[str] = []
    target, paragraph = main, "paragraph"
    for block in blocks:
        if block.kind == "footer":
            target, paragraph = small, "small"
        else:
            target.append(_block(block, tags, colon, paragraph))
    footer = f"{tags['footer']}{''.join(small)}</div>" if small else ""
    return "\n".join(main) + "\n" + footer


def _block(block: Block, tags: Mapping[str, str], colon: str, paragraph: str) -> str:
    rows = block.rows
    match block.kind:
        case "title":
            return f"{tags['title']}{_line(rows[0][0], tags)}</h1>"
        case "heading":
            return f"{tags['heading']}{_line(rows[0][0], tags)}</h2>"
        case "notice":
            return f"{tags['notice']}{_line(rows[0][0], tags)}</p>"
        case "message":
            return _message(block.text, tags)
        case "list":
            return _items(tags["list"], (f"{tags['item']}{_line(row[0], tags)}</li>" for row in rows))
        case "acts":
            return _items(tags["acts"], (_act(row, tags, colon) for row in rows))
        case "facts":
            return _items(tags["facts"], (_fact(row, tags, colon) for row in rows))
        case "form":
            fields = (f"{tags['field']}{_line(row[0], tags)}</p>" for row in rows)
            return f"{tags['form']}{''.join(fields)}</div>"
    return f"{tags[paragraph]}{_line(rows[0][0], tags)}</p>"


def _items(opening: str, items: Iterable[str]) -> str:
    return f"{opening}{''.join(items)}</ul>"


def _act(row: tuple[Line, ...], tags: Mapping[str, str], colon: str) -> str:
    """The word as a link, then what it does. Read out of context, the link says that it replies with this word."""
    word, does, href, label = row
    link = f'{tags["word"]} href="{escape(href[0].text)}" aria-label="{escape(label[0].text)}">{_line(word, tags)}</a>'
    return f"{tags['act']}{link}{tags['does']}{_unbroken(colon)}{_line(does, tags)}</span></li>"


def _fact(row: tuple[Line, ...], tags: Mapping[str, str], colon: str) -> str:
    return f"{tags['fact']}{tags['label']}{_line(row[0], tags)}{_unbroken(colon)}</span>{_line(row[1], tags)}</li>"


def _message(text: str, tags: Mapping[str, str]) -> str:
    parts = (_unbroken(escape(part)).replace("\n", "<br>\n") for part in _PARAGRAPHS.split(text))
    return f"{tags['message']}{''.join(tags['line'] + part + '</p>' for part in parts)}</div>"


def _line(line: Line, tags: Mapping[str, str]) -> str:
    return "".join(_span(span.text, span.href, span.strong, tags) for span in line)


def _span(text: str, href: str, strong: bool, tags: Mapping[str, str]) -> str:
    shown = _unbroken(escape(text))
    if href:
        return f'{tags["link"]} href="{escape(href)}">{shown}</a>'
    if not strong:
        return shown
    # A case number has hyphens and is read aloud over the telephone: never two halves on two lines.
    opening = "<strong>" if " " in text else '<strong style="white-space:nowrap">'
    return f"{opening}{shown}</strong>"


def _unbroken(text: str) -> str:
    for plain, kept in _NO_BREAK:
        text = text.replace(plain, kept)
    return text
