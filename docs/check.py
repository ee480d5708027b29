"""Checks the documentation: links lead somewhere, commands named exist, every decision record has its parts.

Run by `make lint`. Prints each fault as file:line: message; exit 1 when there is one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"`(?:\.venv/bin/)?mailrouter ([a-z-]+)")
MAKE = re.compile(r"`make ([a-z]+)")
PATH = re.compile(
    r"`((?:mailrouter|templates|config|tests|docs|bench|systemd)/[\w./-]+\.(?:py|md|yaml|j2|service|socket))`"
)
PARTS = ("## Context", "## Decision", "## Consequences")


def faults() -> Iterator[str]:
    """Every fault of every page."""
    commands = set(
        re.findall(r'^    "([a-z-]+)": \(', (ROOT / "mailrouter/cli/__init__.py").read_text(), re.MULTILINE)
    )
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for page in pages:
        name = page.relative_to(ROOT)
        text = page.read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), 1):
            yield from (f"{name}:{number}: {fault}" for fault in line_faults(page, line, commands, targets))
        if name.parts[:2] == ("docs", "decisions"):
            yield from (f"{name}:1: no part {part!r}" for part in PARTS if part not in text)


def line_faults(page: Path, line: str, commands: set[str], targets: set[str]) -> Iterator[str]:
    """The faults of one line."""
    for link in LINK.findall(line):
        if "://" not in link and not link.startswith("mailto:") and not (page.parent / link).exists():
            yield f"no file {link}"
    for command in COMMAND.findall(line):
        if command not in commands:
            yield f"no command mailrouter {command}"
    for target in MAKE.findall(line):
        if target not in targets:
            yield f"no target make {target}"
    for path in PATH.findall(line):
        if not (ROOT / path).exists():
            yield f"no file {path}"


def main() -> int:
    """Print the faults; 1 when there are any."""
    found = list(faults())
    print("\n".join(found) or "documentation: no fault found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
