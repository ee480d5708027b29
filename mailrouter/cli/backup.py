"""`mailrouter backup FILE`: every row at one instant, in one file, beside the running service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailrouter.cli.database import fail, opened_store
from mailrouter.cli.opening import DEFAULT_CONFIG, Config
from mailrouter.store.backup import backup as write_backup

app = typer.Typer(add_completion=False)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Replaced when it is there; mode 0600.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Write a backup. Contents stay sealed; keep the key files elsewhere, never beside it."""
    with opened_store(config) as store:
        try:
            copied = write_backup(store, file)
        except OSError as fault:
            raise fail(f"{file}: {fault.strerror}") from None
    print(f"{sum(copied.values())} rows of {len(copied)} tables in {file}")
