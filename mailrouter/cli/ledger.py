"""`mailrouter ledger [--json]`: what became of every accepted mail, and whether the sums agree (INTERFACE.md)."""

from __future__ import annotations

import sys

import typer

from mailrouter.cli.database import opened_store
from mailrouter.cli.opening import DEFAULT_CONFIG, AsJson, Config, show_json
from mailrouter.store import reports

app = typer.Typer(add_completion=False)


@app.command()
def ledger(config: Config = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """received = opened + attached + handled + held + ignored + duplicate + pending; exit 1 when it does not balance."""
    with opened_store(config) as store:
        figures = store.read(reports.ledger)
        wrong = store.read(reports.imbalances)
    if as_json:
        show_json(figures)
    else:
        _print(figures)
    for line in wrong:
        print(f"mailrouter ledger: {line}", file=sys.stderr)
    raise typer.Exit(0 if figures["balanced"] else 1)


def _print(figures: dict[str, object]) -> None:
    for name, value in figures.items():
        shown = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        print(f"{name:<10} {shown}")
