"""`mailrouter pipe`: one message on standard input, for an MTA's pipe transport. Exit codes are those of sysexits(3)."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from mailrouter.cli.opening import DEFAULT_CONFIG, Config
from mailrouter.inbound.limits import Limits
from mailrouter.inbound.pipe import TEMPFAIL, USAGE, Told, pipe

command = typer.Typer(add_completion=False)


@command.command()
def run(
    mail_from: Annotated[str, typer.Option("--mail-from", help="Reverse-path; empty when null.")],
    rcpt_to: Annotated[list[str], typer.Option("--rcpt-to", help="Forward-path; may be given again.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Accept one message from standard input: 0 only when it is durable, 75 when it should come again."""
    told = asyncio.run(_take(config, mail_from.strip("<>"), [rcpt.strip("<>") for rcpt in rcpt_to]))
    print(told.text, file=sys.stderr)
    raise typer.Exit(told.code)


async def _take(config: Path, mail_from: str, rcpt_to: list[str]) -> Told:
    from mailrouter.app import open_app

    service = open_app(config, os.environ, migrate=False, children=1)
    try:
        return await pipe(
            sys.stdin.buffer,
            mail_from=mail_from,
            rcpt_to=rcpt_to,
            admit=service.admit,
            accept=service.accept,
            now=service.clock,
            limits=msgspec.convert(service.settings.limits.model_dump(), Limits),
        )
    finally:
        service.close()


def app(args: list[str], prog_name: str, standalone_mode: bool = True) -> int:
    """Run the command; gives the exit code. Nothing but sysexits comes out: an MTA takes any other code for final."""
    try:
        command(args=args, prog_name=prog_name, standalone_mode=standalone_mode)
    except SystemExit as done:
        return USAGE if done.code == 2 else int(done.code or 0)
    except Exception as error:  # noqa: BLE001  a broken configuration or store must not bounce people's mail
        print(f"mailrouter pipe: 4.3.5 not accepted: {type(error).__name__}", file=sys.stderr)
        return TEMPFAIL
    return 0
