"""`--since`: how far back a command looks."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

import typer

_DAYS: Final = {"d": 1, "w": 7, "m": 30, "y": 365}
_WRITTEN: Final = re.compile(r"(\d{1,4})([dwmy])")


def since(text: str, now: datetime) -> datetime | None:
    """The moment that `text` names: "30d", "6w", "12m" (of 30 days), "1y", or a day in ISO 8601; None for ''.
    typer.BadParameter (exit 2) for anything else."""
    if not text:
        return None
    if match := _WRITTEN.fullmatch(text.strip().lower()):
        return now - timedelta(days=int(match[1]) * _DAYS[match[2]])
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r}: write 30d, 6w, 12m, 1y, or a day such as 2026-03-01") from None
    return given if given.tzinfo else given.replace(tzinfo=now.tzinfo)
