"""`mailrouter directory suspend ADDRESS [--undo]`: nothing more goes to or comes from a person, at once."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from mailrouter.cli.opening import DEFAULT_CONFIG, Config, opened, who
from mailrouter.store import suspension


def suspend(
    address: Annotated[str, typer.Argument(help="Any address of the person, or a shared mailbox.")],
    config: Config = DEFAULT_CONFIG,
    undo: Annotated[bool, typer.Option("--undo", help="Let them take part again.")] = False,
    reason: Annotated[str, typer.Option(help="Why; stands in the audit log.")] = "",
    operator: Annotated[str, typer.Option("--as", help="Who acts; the login name when absent.")] = "",
) -> None:
    """Suspend a person from this minute on; a running service needs no reload. Exit 1 for an unknown address."""
    with opened(config) as service:
        directory = service.office.directory
        person = directory.canonical(address)
        if not directory.roles(person) and directory.person_of(person) is None:
            print(f"mailrouter directory: nobody is registered as {address!r}", file=sys.stderr)
            raise typer.Exit(1)
        acting, now, seal = operator or who(), service.clock(), service.sealer
        if undo:
            service.store.write(lambda c: suspension.reinstate(c, seal, person, acting, reason, now))
            print(f"reinstated: {person}", file=sys.stderr)
            return
        cancelled = service.store.write(lambda c: suspension.suspend(c, seal, person, acting, reason, now))
    print(f"suspended: {person}; {cancelled} waiting mails cancelled", file=sys.stderr)
