"""Fixtures of the stories."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from town import town as open_town


@pytest.fixture
def town(tmp_path):
    """A town on SQLite."""
    with open_town(tmp_path) as place:
        yield place


@pytest.fixture
def story(tmp_path):
    """A town whose story ends with a balanced ledger and no open case without a next due act."""
    from story import well

    with open_town(tmp_path) as place:
        yield place
        well(place)
