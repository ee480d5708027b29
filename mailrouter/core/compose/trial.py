"""Every template tried on the sample case, before it is trusted with a real one."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from jinja2 import TemplateError, TemplateSyntaxError
from msgspec.structs import replace

from mailrouter.core.compose.composing import compose
from mailrouter.core.compose.context import CONTEXT
from mailrouter.core.compose.sample import (
    Language,
    sample_decision,
    sample_directory,
    sample_facts,
    sample_kit,
    sample_send,
)
from mailrouter.core.compose.sample_page import STATES
from mailrouter.core.compose.template import Templates
from mailrouter.core.model import Disclosure, Send
from mailrouter.core.policy.directory import Directory

DISCLOSURES: Final[tuple[Disclosure, ...]] = ("full", "notice")
LANGUAGES: Final[tuple[Language, ...]] = ("fr", "en")

# What the words of a template can provoke; anything else is a fault of the program.
FAULTS: Final = (TemplateError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A template that does not render; `path` as in the sources ("fr/receipt/body.txt.j2")."""

    path: str
    line: int
    message: str


def troubles(templates: Templates) -> Iterator[Trouble]:
    """Everything that goes wrong when each template is rendered for each language and wording organisation, with
    full content, with none but the number, and with the fewest values it may be given."""
    for (language, slug), _ in templates.books.items():
        directory = sample_directory(slug.upper() or "CAF", "https://lire.aplus.example")
        for name in sorted(CONTEXT):
            send = sample_send(name, "en" if language == "en" else "fr", slug.upper() or "CAF")
            yield from _tried(templates, directory, send)
    yield from _pages(templates)


def _pages(templates: Templates) -> Iterator[Trouble]:
    """The secure page in each language and state."""
    for language in LANGUAGES:
        for name, values in STATES.items():
            try:
                templates.pages.render(language, name, values)
            except FAULTS as error:
                path, line = place_of(error) or (f"pages/{name}.html.j2", 1)
                yield Trouble(path=path, line=line, message=f"{type(error).__name__}: {error}")


def _tried(templates: Templates, directory: Directory, send: Send) -> Iterator[Trouble]:
    least = replace(send, values={name: send.values[name] for name in CONTEXT[send.template].needs})
    for one in (*(replace(send, disclosure=d) for d in DISCLOSURES), least):
        try:
            compose(sample_decision(one), sample_facts(), directory, sample_kit(templates))
        except FAULTS as error:
            path, line = place_of(error) or (f"{send.language}/{send.template}/body.txt.j2", 1)
            yield Trouble(path=path, line=line, message=f"{type(error).__name__}: {error}")
            return


def place_of(error: BaseException) -> tuple[str, int] | None:
    """The template and line an error comes from, when one can be told: Jinja puts them into the traceback."""
    if isinstance(error, TemplateSyntaxError):
        return (error.filename, error.lineno) if error.filename else None
    frames = traceback.extract_tb(error.__traceback__)
    found = [(f.filename, f.lineno or 1) for f in frames if f.filename.endswith(".j2")]
    return found[-1] if found else None
