"""Templates: Jinja2 in a sandbox, a misspelt name is an error, one environment per language and organisation.

A body is rendered once, into the notation (notation.py); text and HTML are both written from that. A subject is
rendered with nothing but label, number and organisation names: free text cannot reach it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import FunctionLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from mailrouter.core.compose import filters, style
from mailrouter.core.compose.html import html_of
from mailrouter.core.compose.notation import marked, read
from mailrouter.core.compose.pages import Pages, Source, loaded
from mailrouter.core.compose.plain import text_of

LANGUAGES: Final = ("fr", "en")
OVERRIDES: Final = "organisations/"
SUBJECT: Final = "/subject.txt.j2"
BODY: Final = "/body.txt.j2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail in words: the subject, and one body in two forms. `text` has LF line ends."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The templates of one language, for one organisation if it words some of its own. `words` are the language's
    tables (words.j2): names of states, fields, months, what each act is called and does."""

    bodies: ImmutableSandboxedEnvironment
    subjects: ImmutableSandboxedEnvironment
    words: Mapping[str, Any]

    @classmethod
    def of(cls, sources: Mapping[str, Source]) -> Book:
        """From sources by path inside the language's directory, each with its whole path."""
        bodies, subjects = _environment(sources, _shown), _environment(sources, _plain)
        words = {k: v for k, v in vars(bodies.get_template("words.j2").module).items() if k[0] != "_"}
        filters.install(bodies, words)
        return cls(bodies=bodies, subjects=subjects, words=words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """Every template, ready. Build it once with `of`; it never changes. `names` of all mails, in alphabetical order."""

    books: Mapping[tuple[str, str], Book]
    names: tuple[str, ...]
    tags: Mapping[str, str]
    page: ImmutableSandboxedEnvironment
    pages: Pages

    @classmethod
    def of(cls, sources: Mapping[str, str]) -> Templates:
        """From source texts by path: `fr/receipt/body.txt.j2`, `fr/words.j2`, `style.css`, `page.html.j2`, and
        `organisations/<slug>/fr/…` for an organisation's own wording. KeyError names a missing common file."""
        css = sources["style.css"]
        framed = style.page(sources["page.html.j2"], css)
        page = _environment({"page": Source("page.html.j2", framed)}, None)
        mails = (path.split("/") for path in sources if path.endswith(BODY))
        names = sorted({parts[-2] for parts in mails})
        return cls(
            books=_books(sources),
            names=tuple(names),
            tags=style.opening_tags(css),
            page=page,
            pages=Pages.of(sources, LANGUAGES),
        )

    def book(self, language: str, organisation: str = "") -> Book:
        """The book for a language and an organisation's slug; the common one when it has no words of its own."""
        return self.books.get((language, organisation)) or self.books[language, ""]

    def subject(self, book: Book, name: str, values: Mapping[str, str]) -> str:
        """The subject of a mail, on one line."""
        return " ".join(book.subjects.get_template(name + SUBJECT).render(values).split())

    def letter(self, book: Book, name: str, language: str, subject: str, values: Mapping[str, Any]) -> Letter:
        """Render a mail's body. jinja2.UndefinedError for a name that is not given, TemplateNotFound for a mail that
        does not exist."""
        blocks = read(book.bodies.get_template(name + BODY).render(values))
        colon: str = book.words["colon"]
        inside = html_of(blocks, self.tags, colon)
        page = self.page.get_template("page").render(language=language, title=subject, main=Markup(inside))  # noqa: S704
        return Letter(subject=subject, text=text_of(blocks, colon), html=page)


def _books(sources: Mapping[str, str]) -> dict[tuple[str, str], Book]:
    books = {}
    shared = {path: Source(path, text) for path, text in sources.items() if "/" not in path}
    for language in LANGUAGES:
        common = {**shared, **_under(sources, f"{language}/")}
        books[language, ""] = Book.of(common)
        for organisation in {p.split("/")[1] for p in sources if p.startswith(OVERRIDES)}:
            if own := _under(sources, f"{OVERRIDES}{organisation}/{language}/"):
                books[language, organisation] = Book.of({**common, **own})
    return books


def _under(sources: Mapping[str, str], prefix: str) -> dict[str, Source]:
    return {
        path[len(prefix) :]: Source(path, text) for path, text in sources.items() if path.startswith(prefix)
    }


def _environment(sources: Mapping[str, Source], finalize: Any) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=FunctionLoader(lambda name: loaded(sources.get(name))),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )


def _shown(value: Any) -> Any:
    """What `{{ … }}` gives in a body: a value between marks; the output of a macro is notation already."""
    return value if isinstance(value, Markup) else Markup(marked(value))  # noqa: S704


def _plain(value: Any) -> Any:
    """What `{{ … }}` gives in a subject: plain text, no HTML escapes."""
    return value if isinstance(value, Markup) else Markup(str(value))  # noqa: S704
