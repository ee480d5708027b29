"""The page of standards is true: each file named in a row exists and cites the document of that row."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| ((?:RFC \d+|[A-Z][\w-]+ ?\w*)[^|]*)\|[^|]*\|([^|]*)\|", re.MULTILINE)
DOCUMENT = re.compile(r"RFC \d+|MS-[A-Z]+|WHATWG \w+")
FILE = re.compile(r"`([\w/.-]+)`")


def test_every_row_names_files_that_cite_the_document() -> None:
    page = (ROOT / "docs" / "standards.md").read_text(encoding="utf-8")
    rows = [
        (DOCUMENT.findall(names), FILE.findall(files))
        for names, files in ROW.findall(page)
        if DOCUMENT.search(names)
    ]
    assert len(rows) >= 13
    for documents, files in rows:
        sources = "".join((ROOT / file).read_text(encoding="utf-8") for file in files)
        assert files
        assert [one for one in documents if one not in sources] == []
