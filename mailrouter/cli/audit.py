"""`mailrouter audit list|verify`: what was done, by whom and why; and whether the chain of the log holds."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from mailrouter.cli.database import opened_store
from mailrouter.cli.opening import DEFAULT_CONFIG, AsJson, Config, show_json
from mailrouter.cli.period import since as since_when
from mailrouter.cli.tabular import print_rows
from mailrouter.store import audit

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def group() -> None:
    """The audit log: append-only, hash-chained, without content."""


@app.command(name="list")
def list_(
    config: Config = DEFAULT_CONFIG,
    period: Annotated[str, typer.Option("--since", help="How far back: 30d, 12m. All when absent.")] = "",
    about: Annotated[str, typer.Option("--about", help="Only acts on this case number, address or id.")] = "",
    as_json: AsJson = False,
) -> None:
    """Every act that was logged, oldest first: when, who, what, on which object, why."""
    since = since_when(period, datetime.now(UTC))
    with opened_store(config) as store:
        found = store.read(lambda conn: audit.entries(conn, since, about))
    if as_json:
        show_json(found)
        return
    columns = ("entry", "at", "who", "act", "object", "reason")
    rows = ((str(e.seq), f"{e.at:%Y-%m-%d %H:%M:%S}", e.who, e.act, e.object, e.reason) for e in found)
    print_rows(columns, rows, right=("entry",))


@app.command()
def verify(config: Config = DEFAULT_CONFIG) -> None:
    """Exit 0 when the chain holds; 1 and the first entry that is altered, missing or out of place when not."""
    with opened_store(config) as store:
        broken, entries = store.read(lambda conn: (audit.verify(conn), audit.length(conn)))
    if broken is not None:
        print(f"mailrouter audit: the chain breaks at entry {broken}", file=sys.stderr)
        raise typer.Exit(1)
    print(f"{entries} entries, the chain holds")
