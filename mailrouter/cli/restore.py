"""`mailrouter restore FILE`: a backup into an empty database, SQLite or PostgreSQL."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from mailrouter.cli.database import fail, opened_store
from mailrouter.cli.opening import DEFAULT_CONFIG, Config, who
from mailrouter.store import audit
from mailrouter.store.backup import NotRestorable
from mailrouter.store.backup import restore as read_backup

app = typer.Typer(add_completion=False)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `mailrouter backup` wrote.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Fill the configured, empty database from a backup. The service must be stopped."""
    with opened_store(config, any_version=True) as store:
        try:
            copied = read_backup(store, file)
        except NotRestorable as fault:
            raise fail(str(fault)) from None
        store.write(lambda c: audit.append(c, who(), "restore", file.name, "restore", datetime.now(UTC)))
        broken = store.read(audit.verify)
    print(f"{sum(copied.values())} rows of {len(copied)} tables")
    print(
        "What was erased after this backup is back: run `mailrouter privacy wipe`, and repeat the erasures made since.",
        file=sys.stderr,
    )
    if broken is not None:
        raise fail(f"the audit log breaks at entry {broken}")
