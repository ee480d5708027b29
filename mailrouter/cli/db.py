"""`mailrouter db upgrade|check`: the schema of the database."""

from __future__ import annotations

import sys

import typer

from mailrouter.cli.database import opened_store
from mailrouter.cli.opening import DEFAULT_CONFIG, Config
from mailrouter.store import dues, schema

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command()
def upgrade(config: Config = DEFAULT_CONFIG) -> None:
    """Bring the schema to what this version needs; `run` does so at its start."""
    with opened_store(config, any_version=True) as store:
        before = store.read(schema.version)
        after = schema.upgrade(store)
    print(f"{before or 'empty'} -> {after}" if before != after else f"{after}, nothing to do")


@app.command()
def check(config: Config = DEFAULT_CONFIG) -> None:
    """Whether the database is what this version needs, and no open case is forgotten; exit 1 and every fault when not."""
    with opened_store(config, any_version=True) as store:
        has, needs = store.read(schema.version), schema.newest()
        differences = schema.drift(store.engine) if has == needs else []
        forgotten = store.read(dues.forgotten) if has == needs and not differences else []
    differences += [f"case {number} is open and has no next due act" for number in forgotten]
    if has != needs:
        differences = [f"schema {has or 'empty'}, this version needs {needs}: run `mailrouter db upgrade`"]
    for line in differences:
        print(line, file=sys.stderr)
    if not differences:
        print(f"{has}, as needed")
    raise typer.Exit(1 if differences else 0)
