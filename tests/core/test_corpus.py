"""The corpus is the test suite: each NNN.eml is read as NNN.json expects, which says why the mail is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mailrouter.cli.read import as_json
from mailrouter.core.mail.read import read

CORPUS = Path(__file__).parents[1] / "corpus"
CASES = sorted(CORPUS.glob("*.json"))


def differences(expected: Any, got: Any, where: str = "") -> list[str]:
    """Where `got` is not what is expected: of objects the named keys, of lists every element, all else equal."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return [
            d for key, value in expected.items() for d in differences(value, got.get(key), f"{where}.{key}")
        ]
    if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        return [d for n, pair in enumerate(zip(expected, got)) for d in differences(*pair, f"{where}[{n}]")]
    return [] if expected == got else [f"{where}: expected {expected!r}, got {got!r}"]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_mail_is_read_as_recorded(case: Path) -> None:
    record = json.loads(case.read_text(encoding="utf-8"))
    octets = case.with_suffix(".eml").read_bytes()
    got = json.loads(as_json(case.stem, read(octets, body=record.get("body", "message"))))
    assert differences(record["expect"], got) == [], record["why"]


def test_every_mail_of_the_corpus_explains_itself_in_one_line() -> None:
    mails = {path.stem for path in CORPUS.glob("*.eml")}
    records = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in CASES}
    assert mails == set(records)
    assert [
        stem for stem, record in records.items() if not record["why"].strip() or "\n" in record["why"]
    ] == []
    assert [stem for stem, record in records.items() if not record["expect"]] == []
