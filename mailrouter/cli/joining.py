"""`mailrouter directory join ADDRESS`: the operators let a new member of a group into the cases that are open already."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from sqlalchemy import Connection

from mailrouter.cli.opening import DEFAULT_CONFIG, Config, opened, who
from mailrouter.store import audit, roster
from mailrouter.store.blind import address_index


def join(
    address: Annotated[
        str, typer.Argument(help="A member of an organisation's group, in the files in force.")
    ],
    config: Config = DEFAULT_CONFIG,
    reason: Annotated[str, typer.Option(help="Why; stands in the audit log.")] = "",
    operator: Annotated[str, typer.Option("--as", help="Who acts; the login name when absent.")] = "",
) -> None:
    """Let a new member into the group's open cases: a line in the files brings the new ones only. The running service
    tells them of each within seconds; who is on a case, left it or was excluded is not told again. Exit 1 for an address
    that is no member."""
    with opened(config) as service:
        directory, sealer = service.office.directory, service.sealer
        person = directory.canonical(address)
        if not any(group.side == "operator" for group in directory.groups_of(person)):
            print(
                f"mailrouter directory: {address!r} is no member of an organisation's group", file=sys.stderr
            )
            raise typer.Exit(1)
        acting, now = operator or who(), service.clock()

        def let_in(conn: Connection) -> int:
            audit.append(conn, acting, "member-joins", address_index(sealer, person), reason, now)
            return roster.join(conn, sealer, directory, person, now)

        cases = service.store.write(let_in)
    print(f"joins: {person}; {cases} open cases", file=sys.stderr)
