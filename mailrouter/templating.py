"""Reads template texts from directories. The wording ships inside the package; operators may override it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mailrouter.core.compose import Templates

SUFFIXES = frozenset({".j2", ".css"})


def shipped() -> Path:
    """The directory of the templates that come with the program (in a checkout, a link to `templates/`)."""
    return Path(__file__).with_name("templates")


def sources(directories: Sequence[Path]) -> dict[str, str]:
    """Template texts by path inside their directory; a later directory's file replaces an earlier one's.

    OSError when a directory cannot be read; UnicodeDecodeError names a file that is not UTF-8.
    """
    found: dict[str, str] = {}
    for directory in directories:
        for path in sorted(directory.rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                found[path.relative_to(directory).as_posix()] = path.read_text(encoding="utf-8")
    return found


def load(*overrides: Path) -> Templates:
    """The shipped templates, with the files of `overrides` (existing directories laid out alike) in their place."""
    return Templates.of(sources([shipped(), *overrides]))
