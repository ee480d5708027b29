"""Plots as SVG, drawn by hand: bars, with their values written beside them, readable without colour and by screen
readers (`role="img"`, title and description). Text in, text out; the same values give the same octets."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from mailrouter.core.model import Frozen

WIDTH: Final = 720
LABEL: Final = 200
VALUE: Final = 130
ROW: Final = 34
HEAD: Final = 56
DARK: Final = "#000091"
LIGHT: Final = "#8585f6"
FONT: Final = "font-family='Marianne, Arial, sans-serif'"


class Bar(Frozen, frozen=True, kw_only=True):
    """One line of a plot. `value` draws the bar, `further` a lighter one behind it; None: nothing to draw. `text` is
    written beside it."""

    label: str
    value: float | None
    further: float | None = None
    text: str


def bars(title: str, description: str, rows: Sequence[Bar], top: float | None = None) -> str:
    """Horizontal bars, one line each. `top` is the value that fills the width; the greatest one when None."""
    highest = top or max((max(r.value or 0, r.further or 0) for r in rows), default=0) or 1
    drawn = "".join(_row(row, n, highest) for n, row in enumerate(rows))
    return _figure(title, description, HEAD + ROW * len(rows) + 10, drawn)


def _row(row: Bar, n: int, highest: float) -> str:
    y = HEAD + ROW * n
    middle = y + ROW // 2 + 5
    parts = [
        f"<text x='{LABEL - 10}' y='{middle}' text-anchor='end' font-size='14' fill='#161616'>"
        f"{escape(row.label)}</text>"
    ]
    for value, colour in ((row.further, LIGHT), (row.value, DARK)):
        if value is not None:
            parts.append(
                f"<rect x='{LABEL}' y='{y + 6}' width='{_length(value, highest)}' height='{ROW - 12}' "
                f"fill='{colour}'/>"
            )
    end = LABEL + _length(max(row.value or 0, row.further or 0), highest) + 8
    parts.append(f"<text x='{end}' y='{middle}' font-size='14' fill='#161616'>{escape(row.text)}</text>")
    return "".join(parts)


def _length(value: float, highest: float) -> int:
    return max(1, round((WIDTH - LABEL - VALUE) * min(1.0, value / highest)))


def _figure(title: str, description: str, height: int, drawn: str) -> str:
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' role='img' {FONT}>"
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
        f"<rect width='{WIDTH}' height='{height}' fill='#ffffff'/>"
        f"<text x='10' y='24' font-size='17' font-weight='bold' fill='#161616'>{escape(title)}</text>"
        f"<text x='10' y='44' font-size='13' fill='#3a3a3a'>{escape(description)}</text>{drawn}</svg>\n"
    )
