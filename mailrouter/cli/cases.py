"""`mailrouter cases list|show NUMBER`: states, parties, history; content only by breaking the glass."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from mailrouter.cli.opening import DEFAULT_CONFIG, AsJson, Config, opened, show_json, who, whole
from mailrouter.cli.tabular import print_rows
from mailrouter.store.audit import append
from mailrouter.store.beginnings import whole_number
from mailrouter.store.cases import CaseRow, list_cases, show_case

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command(name="list")
def list_(
    config: Config = DEFAULT_CONFIG,
    state: Annotated[str, typer.Option(help="Only cases in this state.")] = "",
    as_json: AsJson = False,
) -> None:
    """Every case: number, territory, state, organisations. No personal data."""
    with opened(config) as service:
        found = service.store.read(lambda conn: list_cases(conn, state))
    if as_json:
        show_json(found)
        return
    columns = ("number", "territory", "state", "organisations", "opened (UTC)", "next due (UTC)")
    print_rows(columns, (_cells(one) for one in found))


def _cells(one: CaseRow) -> list[str]:
    parties = ", ".join(f"{p['organisation']} {p['state']}" for p in one.parties)
    due = f"{one.next_due:%Y-%m-%d %H:%M} {one.next_due_kind}" if one.next_due else "-"
    return [one.number, one.territory, one.state, parties, f"{one.opened_at:%Y-%m-%d %H:%M}", due]


@app.command()
def show(
    number: Annotated[str, typer.Argument(help="The case's number, or its beginning.")],
    config: Config = DEFAULT_CONFIG,
    break_glass: Annotated[str, typer.Option(help="Show content too; the reason is logged.")] = "",
    as_json: AsJson = False,
) -> None:
    """One case: parties, participants, dues, history."""
    with opened(config) as service:
        number = whole("cases", service, whole_number, number)
        if break_glass:
            service.store.write(
                lambda conn: append(conn, who(), "break-glass", number, break_glass, service.clock())
            )
        found = service.store.read(lambda conn: show_case(conn, service.sealer, number, bool(break_glass)))
    if found is None:
        print(f"mailrouter cases: no case {number}", file=sys.stderr)
        raise typer.Exit(1)
    if as_json:
        show_json(found)
        return
    _print(found)


def _print(found: dict[str, Any]) -> None:
    for name, value in found.items():
        if isinstance(value, (list, tuple)):
            print(f"{name}:")
            for item in value:
                print("  " + ", ".join(f"{k}={v}" for k, v in item.items() if v not in ("", None)))
        else:
            print(f"{name}: {value}")
