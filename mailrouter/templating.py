"""Reads template texts from directories. The wording ships inside the package; operators may override it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from jinja2 import TemplateError

from mailrouter.core.compose import Templates
from mailrouter.core.compose.trial import place_of, troubles
from mailrouter.core.mandate import Fonts
from mailrouter.core.policy.faults import Fault

SUFFIXES = frozenset({".j2", ".css"})


def shipped() -> Path:
    """The directory of the templates that come with the program (in a checkout, a link to `templates/`)."""
    return Path(__file__).with_name("templates")


def fonts() -> Fonts:
    """The fonts of papers that the service makes itself."""
    folder = Path(__file__).with_name("data") / "fonts"
    return Fonts((folder / "DejaVuSans.ttf").read_bytes(), (folder / "DejaVuSans-Bold.ttf").read_bytes())


def files(directories: Sequence[Path]) -> dict[str, Path]:
    """Template files by path inside their directory; a later directory's file replaces an earlier one's."""
    found: dict[str, Path] = {}
    for directory in directories:
        for path in sorted(directory.rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                found[path.relative_to(directory).as_posix()] = path
    return found


def load(*overrides: Path) -> Templates:
    """The shipped templates, with the files of `overrides` (directories laid out alike) in their place.

    OSError when a file cannot be read, UnicodeDecodeError when it is not UTF-8, jinja2.TemplateError when the words
    of a language cannot be compiled.
    """
    found = files([shipped(), *overrides])
    return _compiled(tuple((name, path.read_text(encoding="utf-8")) for name, path in found.items()))


@lru_cache(maxsize=2)
def _compiled(texts: tuple[tuple[str, str], ...]) -> Templates:
    """Compiled once for the same texts: `check` and the service's start ask for them twice."""
    return Templates.of(dict(texts))


def faults(*overrides: Path) -> tuple[Fault, ...]:
    """What is wrong with the templates as operators would see it: each tried on a sample case, with file and line."""
    found = files([shipped(), *overrides])
    try:
        templates = load(*overrides)
    except (OSError, UnicodeDecodeError, TemplateError) as error:
        path, line = place_of(error) or (str(overrides or shipped()), 1)
        return (_fault(found, path, line, f"cannot be loaded: {error}"),)
    seen = dict.fromkeys(troubles(templates))
    return tuple(_fault(found, t.path, t.line, f"does not render: {t.message}") for t in seen)


def _fault(found: dict[str, Path], path: str, line: int, message: str) -> Fault:
    return Fault(file=str(found.get(path, path)), line=line, column=1, message=message)
