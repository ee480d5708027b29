"""docs/stories.md: every story has a test that is compared with its transcript, and every transcript is on the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

E2E = Path(__file__).parents[1] / "e2e"
PAGE = Path(__file__).parents[2] / "docs" / "stories.md"
ROW = re.compile(r"^\| \[([\w-]+)\]\(([^)]+)\) \| (.+) \| `(test_\w+\.py)::(test_\w+)` \|$", re.MULTILINE)
MARK = re.compile(r'@pytest\.mark\.story\("([\w-]+)"\)\ndef (test_\w+)\(')


def marked() -> dict[str, tuple[str, str]]:
    """(file, test) of each story that is marked in the tests."""
    found = [
        (name, (path.name, test))
        for path in sorted(E2E.glob("test_*.py"))
        for name, test in MARK.findall(path.read_text("utf-8"))
    ]
    assert len(dict(found)) == len(found), "two tests tell one story"
    return dict(found)


def test_page_tests_and_transcripts_are_the_same_stories() -> None:
    rows = {name: (file, test) for name, _, _, file, test in ROW.findall(PAGE.read_text("utf-8"))}
    assert rows == marked()
    assert set(rows) == {path.stem for path in (E2E / "stories").glob("*.txt")}
    assert len(rows) >= 20


@pytest.mark.parametrize(
    "promised",
    [
        "the good week",
        "four organisations",
        "the wrong organisation twice",
        "everyone on holiday in August",
        "an agent leaves mid-case",
        "the aidant replies to all with the note's quote",
        "a mailbox full for three days",
        "reopened after a month",
        "a case forgotten by everyone",
        "the person behind two addresses",
    ],
)
def test_the_stories_that_were_promised_are_told(promised: str) -> None:
    told = [shows for _, _, shows, _, _ in ROW.findall(PAGE.read_text("utf-8")) if promised in shows]
    assert len(told) == 1, promised


def test_a_transcript_is_dates_a_dialogue_decisions_and_mails() -> None:
    for path in (E2E / "stories").glob("*.txt"):
        lines = path.read_text("utf-8").splitlines()
        starts = {line[:1] for line in lines}
        assert {"C", "S", "=", "→"} <= starts, path.name
        assert re.search(r"^\w{3} \d\d \w{3} 2026, \d\d:\d\d$", "\n".join(lines), re.MULTILINE), path.name
        assert not re.search(r"\b(cas|r)-[0-9a-z]{31}\b", "\n".join(lines)), path.name
