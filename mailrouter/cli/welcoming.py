"""`mailrouter directory welcome [ADDRESS…] [--everyone]`: the first mail, by role, when the operators want it to go;
`directory terms`: who accepted which version of the terms of use."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from mailrouter.app import App
from mailrouter.cli.opening import DEFAULT_CONFIG, AsJson, Config, opened, show_json, who
from mailrouter.cli.tabular import print_rows
from mailrouter.core.decide.senders.welcome import met_by
from mailrouter.store import audit
from mailrouter.store.blind import address_index


def welcome(
    addresses: Annotated[list[str] | None, typer.Argument(help="Who gets it, again if need be.")] = None,
    config: Config = DEFAULT_CONFIG,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="Everybody to whom nothing was written or said yet.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say whom, send nothing.")] = False,
    operator: Annotated[str, typer.Option("--as", help="Who acts; the login name when absent.")] = "",
) -> None:
    """Send the welcome with the terms of use. A service that starts sends none by itself: without this command people
    read the same in their first notice of a case. Exit 1 for an unknown address, 2 without any."""
    with opened(config) as service:
        directory = service.office.directory
        named = [directory.canonical(a) for a in addresses or ()]
        unknown = [a for a in named if a not in met_by(directory)]
        for address in unknown:
            print(f"mailrouter directory: {address!r} is neither member nor manager", file=sys.stderr)
        if unknown or not (named or everyone):
            raise typer.Exit(1 if unknown else 2)
        chosen = list(dict.fromkeys((*named, *(_not_met(service) if everyone else ()))))
        if dry_run:
            print("\n".join(chosen))
            return
        acting = operator or who()
        for address in chosen:
            _log(service, acting, address)
            service.worker.welcome([address], acting if address in named else "")
    print(f"welcomed: {len(chosen)}", file=sys.stderr)


def _log(service: App, acting: str, address: str) -> None:
    """Before the mail is made: no act without its entry."""
    index = address_index(service.sealer, address)
    service.store.write(lambda c: audit.append(c, acting, "welcome", index, "", service.clock()))


def _not_met(service: App) -> list[str]:
    """Members and managers to whom nothing was written and of whom nothing was heard."""
    members = sorted(met_by(service.office.directory))
    met = {
        p.address
        for p in service.worker.states_of(members)
        if p.terms_asked or p.terms_version or p.last_active_at
    }
    return [address for address in members if address not in met]


def terms(config: Config = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Each member with the version of the terms accepted last, and the one asked for last. Exit 1 while anybody has
    not accepted the version in force."""
    with opened(config) as service:
        directory = service.office.directory
        members = sorted(directory.groups_by_member)
        known = {p.address: p for p in service.worker.states_of(members)}
    found = [
        (a, known[a].terms_version, known[a].terms_asked) if a in known else (a, "", "") for a in members
    ]
    if as_json:
        show_json([{"address": a, "accepted": accepted, "asked": asked} for a, accepted, asked in found])
    else:
        print_rows(("address", "accepted", "asked"), ([a, v or "-", w or "-"] for a, v, w in found))
    version = directory.policy.terms_version
    raise typer.Exit(0 if all(v == version for _, v, _ in found) else 1)
