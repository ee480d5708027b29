"""Operators' faults: one list, each with file, line, column and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from mailrouter.core.model.mail import Frozen

Severity = Literal["error", "warning"]


class Position(Frozen, frozen=True, kw_only=True):
    """Where something stands in a configuration text; lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Fault(Frozen, frozen=True, kw_only=True):
    """One thing wrong with the configuration. An error keeps the policy from being used, a warning does not."""

    file: str
    line: int
    column: int
    message: str
    severity: Severity = "error"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


def position_of(source: str) -> Position:
    """The position that a "file:line" or "file:line:column" says."""
    name, _, rest = source.partition(":")
    line, _, column = rest.partition(":")
    return Position(file=name, line=int(line or 1), column=int(column or 1))


def fault(at: Position, message: str, severity: Severity = "error") -> Fault:
    """A fault at a position."""
    return Fault(file=at.file, line=at.line, column=at.column, message=message, severity=severity)


def warning(at: Position, message: str) -> Fault:
    """A warning at a position."""
    return fault(at, message, "warning")


def ordered(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Faults by file and place, each once."""
    unique = dict.fromkeys((f.file, f.line, f.column, f.message, f.severity) for f in faults)
    return tuple(
        Fault(file=file, line=line, column=column, message=message, severity=severity)
        for file, line, column, message, severity in sorted(unique)
    )


def one_of(words: Iterable[str]) -> str:
    """The words as a choice: "a, b or c"."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
