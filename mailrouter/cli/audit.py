"""`mailrouter audit verify`: whether the chain of the audit log holds, or where it breaks."""

from __future__ import annotations

import sys

import typer

from mailrouter.cli.database import opened_store
from mailrouter.cli.opening import DEFAULT_CONFIG, Config
from mailrouter.store import audit

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def group() -> None:
    """The audit log: append-only, hash-chained, without content."""


@app.command()
def verify(config: Config = DEFAULT_CONFIG) -> None:
    """Exit 0 when the chain holds; 1 and the first entry that is altered, missing or out of place when not."""
    with opened_store(config) as store:
        broken, entries = store.read(lambda conn: (audit.verify(conn), audit.length(conn)))
    if broken is not None:
        print(f"mailrouter audit: the chain breaks at entry {broken}", file=sys.stderr)
        raise typer.Exit(1)
    print(f"{entries} entries, the chain holds")
