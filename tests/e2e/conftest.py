"""Fixtures of the stories, and their transcripts.

A test marked `story("name")` is compared, line by line, with tests/e2e/stories/name.txt; MAILROUTER_WRITE_STORIES=1
writes the file anew, to be read before it is committed."""

from __future__ import annotations

import inspect
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import town as town_module
from town import town as open_town

STORIES = Path(__file__).parent / "stories"


@pytest.fixture(autouse=True)
def transcript(request):
    """Compare a marked story with its transcript, once it has ended well."""
    told = request.node.get_closest_marker("story")
    town_module.OPENED.clear()
    yield
    if told is None or request.node.stash.get(FAILED, False):
        return
    (place,) = town_module.OPENED
    path = STORIES / f"{told.args[0]}.txt"
    text = place.transcript.text(inspect.getdoc(request.function))
    if os.environ.get("MAILROUTER_WRITE_STORIES"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    written = path.read_text("utf-8") if path.exists() else ""
    assert text.splitlines() == written.splitlines(), f"{path.name} tells another story (see conftest.py)"


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Remember that the test failed: its transcript would only say so again."""
    report = yield
    if call.excinfo is not None:
        item.stash[FAILED] = True
    return report


@pytest.fixture
def town(tmp_path):
    """A town on SQLite."""
    with open_town(tmp_path) as place:
        yield place


@pytest.fixture(params=["sqlite", "postgresql"])
def any_town(request, tmp_path):
    """A town, on each kind of database."""
    database = "" if request.param == "sqlite" else request.getfixturevalue("postgresql_url")
    with open_town(tmp_path, database) as place:
        yield place


@pytest.fixture
def story(tmp_path):
    """A town whose story ends with a balanced ledger and no open case without a next due act."""
    from story import well

    with open_town(tmp_path) as place:
        yield place
        well(place)
