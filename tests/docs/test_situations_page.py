"""docs/situations.md: every sentence of every situation leads to tests that exist, and no test of a situation is left out."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "situations.md"
SITUATIONS = [*map(str, range(1, 18)), *"ABCDEFGHI"]
HEADING = re.compile(r"^## (\d+|[A-Z])\. \S")
TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
MAIL = re.compile(r"`(corpus/\d+\.eml)`")
NUMBERED = re.compile(r"test_(\d\d)_")


def rows() -> dict[str, list[tuple[str, str]]]:
    """(promise, proofs) of each section, by its number or letter."""
    found: dict[str, list[tuple[str, str]]] = {}
    here = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if heading := HEADING.match(line):
            here = heading[1]
            assert here not in found, f"situation {here} stands twice"
            found[here] = []
        elif here and line.startswith("| ") and not line.startswith("| promise |"):
            promise, _, proofs = line.strip("| ").rpartition(" | ")
            found[here].append((promise, proofs))
    return found


@cache
def names_in(file: str) -> frozenset[str]:
    """Names of the test functions of a file below tests/."""
    path = TESTS / file
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if path.is_file() else ()
    return frozenset(n.name for n in nodes if isinstance(n, ast.FunctionDef) and n.name.startswith("test_"))


def test_every_promise_has_a_proof_that_exists() -> None:
    """Situations 1 to 17 and the sections A to I in order; no row without promise or test; nothing cited that is not there."""
    found = rows()
    assert list(found) == SITUATIONS
    faults = []
    for number, promises in found.items():
        assert promises, f"situation {number} promises nothing"
        for promise, proofs in promises:
            cited = TEST.findall(proofs)
            rest = MAIL.sub("", TEST.sub("", proofs)).strip(" ,")
            if not promise or not cited or rest:
                faults.append(f"{number}: {promise!r}: {rest or 'no proof'}")
            faults += [f"{number}: no {file}::{name}" for file, name in cited if name not in names_in(file)]
            faults += [
                f"{number}: no {mail}" for mail in MAIL.findall(proofs) if not (TESTS / mail).is_file()
            ]
    assert not faults, "\n".join(faults)


def test_every_numbered_test_stands_at_its_situation() -> None:
    """`test_07_…` is a proof of situation 7: it is cited there."""
    cited = {
        number: {name for _, proofs in lines for _, name in TEST.findall(proofs)}
        for number, lines in rows().items()
    }
    missing: dict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for name in sorted(names_in(str(path.relative_to(TESTS)))):
            if (numbered := NUMBERED.match(name)) and name not in cited.get(str(int(numbered[1])), set()):
                missing[str(int(numbered[1]))].append(f"{path.name}::{name}")
    assert not missing, dict(missing)
