"""`mailrouter coverage [--config DIR] [--json]`: territory x organisation, covered by how many living agents."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from sqlalchemy.exc import SQLAlchemyError

from mailrouter.app import open_app
from mailrouter.cli.tabular import print_rows
from mailrouter.configuration import load_configuration
from mailrouter.core.policy.coverage import Coverage, Covered, coverage
from mailrouter.settings import CONFIG_VARIABLE
from mailrouter.store.keys import KeyFileError
from mailrouter.store.schema import WrongSchema
from mailrouter.store.stats import dead_addresses
from mailrouter.wiring import MissingSecret

app = typer.Typer(add_completion=False)


@app.command()
def show(
    config: Annotated[Path, typer.Option(help="configuration directory", envvar=CONFIG_VARIABLE)] = Path(
        "config"
    ),
    json: Annotated[bool, typer.Option("--json", help="JSON on standard output")] = False,
) -> None:
    """Say where somebody answers and where nobody does. Exit 1 when the configuration has errors."""
    configuration = load_configuration(config, os.environ)
    if configuration.policy is None:
        for fault in configuration.errors:
            print(configuration.shown(fault), file=sys.stderr)
        raise typer.Exit(1)
    found = coverage(configuration.directory(), unreachable(config))
    if json:
        sys.stdout.buffer.write(as_json(found) + b"\n")
    else:
        print_table(found)


def unreachable(config: Path) -> frozenset[str]:
    """Who is suspended or cannot be mailed, as the database tells. Before there is one nobody is, and that is said."""
    try:
        with closing(open_app(config, os.environ, migrate=False)) as service:
            directory, now = service.office.directory, service.clock()
            return service.store.read(lambda conn: dead_addresses(conn, service.sealer, directory, now))
    except (KeyFileError, MissingSecret, SQLAlchemyError, WrongSchema) as fault:
        why = type(fault).__name__
        print(
            f"no database yet ({why}): whose mailbox fails or who is suspended is not counted",
            file=sys.stderr,
        )
        return frozenset()


def as_json(found: Coverage) -> bytes:
    """{"covered", "total", "share", "sets": [row], "organisations": [row], "gaps": [row]}."""
    return msgspec.json.encode(
        {
            "covered": len(found.sets) - len(found.gaps),
            "total": len(found.sets),
            "share": round(found.share, 4),
            "sets": [row_of(row) for row in found.sets],
            "organisations": [row_of(row) for row in found.organisations],
            "gaps": [row_of(row) for row in found.gaps],
        }
    )


def row_of(row: Covered) -> dict[str, object]:
    """One row of the JSON."""
    return {
        "territory": row.territory,
        "name": row.name,
        "organisations": row.organisations,
        "covered": row.covered,
        "agents": row.agents,
        "groups": row.groups,
        "mailbox_only": row.mailbox_only,
    }


def print_table(found: Coverage) -> None:
    """A line for each set, a column for each territory, the number of agents in each cell."""
    territories = list(dict.fromkeys(row.territory for row in found.sets))
    cells = {(row.name, row.territory): row for row in found.sets}
    rows = (
        (name, *(_cell(cells[name, territory]) for territory in territories))
        for name in dict.fromkeys(row.name for row in found.sets)
    )
    print_rows(("set", *territories), rows, right=territories)
    print(f"{len(found.sets) - len(found.gaps)} of {len(found.sets)} covered")


def _cell(row: Covered) -> str:
    if row.covered:
        return str(row.agents)
    return "mailbox only" if row.mailbox_only else "-"
