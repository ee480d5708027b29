"""The page on reading lists every code that reading can give, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path

from mailrouter.core.mail.wire.budget import Budget
from mailrouter.core.mail.wire.parse import parse

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `([a-z0-9_-]+)` \|", re.MULTILINE)


def rows(heading: str) -> set[str]:
    """The codes of the table under a heading that begins so."""
    page = (ROOT / "docs" / "reading.md").read_text(encoding="utf-8")
    return set(ROW.findall(page.split(f"## `{heading}`", 1)[1].split("\n## ", 1)[0]))


def test_every_defect_has_a_row_and_a_mail_in_the_corpus_that_shows_it() -> None:
    seen = {
        code for mail in (ROOT / "tests/corpus").glob("*.eml") for code in parse(mail.read_bytes()).defects
    }
    assert seen == rows("defects")


def test_every_reason_to_hold_has_a_row() -> None:
    assert rows("held") == {*Budget.__struct_fields__, "wall-clock", "crash", "fault"}


def test_the_records_of_the_corpus_name_only_listed_codes() -> None:
    listed = rows("defects")
    for record in (ROOT / "tests/corpus").glob("*.json"):
        expected = json.loads(record.read_text(encoding="utf-8"))["expect"]
        assert set(expected.get("defects", [])) <= listed, record.name
