"""Tables on a terminal or in a pipe: as wide as what they hold, since half a case number is of no use to anybody."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

# A table takes what it needs of it; a terminal that is narrower wraps its lines, whole.
WIDEST = 10_000


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[str] = ()) -> None:
    """Column names, then a line for each row; nothing is cut. `right`: columns of numbers."""
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=True, justify="right" if column in right else "left")
    for row in rows:
        table.add_row(*row)
    Console(file=sys.stdout, highlight=False, width=WIDEST).print(table)
