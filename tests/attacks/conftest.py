"""One service behind its SMTP door for all attacks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from siege import Siege


@pytest.fixture(scope="session")
def _service(tmp_path_factory):
    siege = Siege(tmp_path_factory.mktemp("siege"))
    siege.start()
    yield siege
    siege.stop()


@pytest.fixture
def siege(_service):
    """The service, on a day on which nothing was sent yet."""
    _service.new_day()
    return _service
