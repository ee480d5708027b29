"""Installations for the crash tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
from places import databases, engine, found, found_place, nursery, secrets  # noqa: E402

__all__ = ["databases", "engine", "found", "found_place", "nursery", "secrets"]
