"""`mailrouter demo`: the main job, played end to end; exit 0 only if every mail arrived as it must."""

from __future__ import annotations

import asyncio
import logging
import sys
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console

from mailrouter.demo.play import Wrong, play

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def demo(
    config: Annotated[
        Path | None, typer.Option(help="Configuration to copy; the sample service when absent.")
    ] = None,
    root: Annotated[
        Path | None, typer.Option("--in", help="Directory to play in; a new one under var/ when absent.")
    ] = None,
) -> None:
    """Play one case over real SMTP on SQLite and Maildir, and check every mailbox."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    console = Console(highlight=False, soft_wrap=True)
    place = (root or Path("var") / f"demo-{datetime.now():%Y%m%d-%H%M%S}").absolute()
    place.mkdir(parents=True)
    try:
        number = asyncio.run(play(config or sample(), place, console.print))
    except Wrong as error:
        console.print(f"\n[bold red]The demo failed.[/] {error}", soft_wrap=True)
        raise typer.Exit(1) from None
    _farewell(console, place, number)


def sample() -> Path:
    """The sample service: the checkout's config/, or the copy inside the installed package."""
    beside = Path("config")
    return beside if (beside / "mailrouter.yaml").is_file() else Path(str(files("mailrouter") / "sample"))


def _farewell(console: Console, place: Path, number: str) -> None:
    console.print("\n[bold green]Every mail arrived as it must, once, and said what it must.[/]\n")
    console.print("The mailboxes (Maildir, any mail client opens them):")
    for mailbox in sorted((place / "var" / "mail").iterdir()):
        count = sum(1 for part in ("new", "cur") for _ in (mailbox / part).glob("*"))
        console.print(f"  {mailbox}  ({count})", markup=False)
    command, config = (
        "mailrouter" if sys.prefix == sys.base_prefix else f"{sys.prefix}/bin/mailrouter",
        place / "config",
    )
    console.print("\nGo on by hand:")
    for line in (
        f"{command} cases list --config {config}",
        f"{command} explain {number} --config {config}",
        f"{command} held list --config {config}",
        f"{command} run --config {config}   # then send mail to 127.0.0.1:2525",
    ):
        console.print(f"  {line}", markup=False)
