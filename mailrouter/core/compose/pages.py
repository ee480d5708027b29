"""The HTML of the secure page: one frame, one template for each state, the words of the reader's language. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from jinja2 import FunctionLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mailrouter.core.compose import filters


class Source(NamedTuple):
    """A template's text, and the path it was found under ("organisations/caf/fr/note/body.txt.j2")."""

    path: str
    text: str


FOLDER: Final = "pages/"
STYLES: Final = ("style.css", "pages/page.css")
# French typography asks for a no-break space there; words only, nothing that a person wrote.
_NO_BREAK: Final = (*tuple((f" {sign}", f"\u00a0{sign}") for sign in ":;?!»"), ("« ", "«\u00a0"))
_WORDS: Final = ("words.j2", "pages.j2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Every state of the page in every language, and its style sheet."""

    books: Mapping[str, ImmutableSandboxedEnvironment]
    style: str

    @classmethod
    def of(cls, sources: Mapping[str, str], languages: tuple[str, ...]) -> Pages:
        """From source texts by path, as Templates.of takes them. KeyError names a missing file."""
        style = "\n".join(sources[name] for name in STYLES)
        return cls(books={language: _book(sources, language) for language in languages}, style=style)

    def render(self, language: str, name: str, values: Mapping[str, Any]) -> str:
        """The HTML of state `name` ("ask"). jinja2.UndefinedError for a value that is not given."""
        return self.books[language].get_template(f"{name}.html.j2").render({"language": language, **values})


def _book(sources: Mapping[str, str], language: str) -> ImmutableSandboxedEnvironment:
    own = {p.removeprefix(FOLDER): Source(p, t) for p, t in sources.items() if p.startswith(FOLDER)}
    own |= {n: Source(f"{language}/{n}", sources[f"{language}/{n}"]) for n in _WORDS}
    book = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(lambda name: loaded(own.get(name))),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    for name in _WORDS:
        words = {k: v for k, v in vars(book.get_template(name).module).items() if k[0] != "_"}
        filters.install(book, {k: _unbroken(v) if isinstance(v, str) else v for k, v in words.items()})
    return book


def loaded(source: Source | None) -> tuple[str, str, None] | None:
    """A source as Jinja wants it; its whole path becomes the file name in tracebacks."""
    return (source.text, source.path, None) if source else None


def _unbroken(text: str) -> str:
    for plain, kept in _NO_BREAK:
        text = text.replace(plain, kept)
    return text
