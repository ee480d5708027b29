"""`mailrouter explain REF`: why a mail went where it went."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from mailrouter.cli.opening import DEFAULT_CONFIG, AsJson, Config, opened, show_json, who, whole
from mailrouter.store.audit import append
from mailrouter.store.beginnings import whole_reference
from mailrouter.store.explain import Explained, explain

app = typer.Typer(add_completion=False)


@app.command(name="explain")
def main(
    ref: Annotated[
        str,
        typer.Argument(help="Inbound id, Message-ID or case number; of ids and numbers the beginning does."),
    ],
    config: Config = DEFAULT_CONFIG,
    as_json: AsJson = False,
    break_glass: Annotated[str, typer.Option(help="Show content too; the reason is logged.")] = "",
) -> None:
    """Facts, trace, effects and mails of every decision on REF."""
    with opened(config) as service:
        ref = whole("explain", service, whole_reference, ref)
        if break_glass:
            service.store.write(
                lambda conn: append(conn, who(), "break-glass", ref, break_glass, service.clock())
            )
        found = service.store.read(lambda conn: explain(conn, service.sealer, ref, bool(break_glass)))
    if not found:
        print(f"mailrouter explain: nothing is known of {ref}", file=sys.stderr)
        raise typer.Exit(1)
    if as_json:
        show_json(found)
    else:
        for one in found:
            show(one)


def show(one: Explained) -> None:
    """One decision as people read it."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"[bold]{one.at:%Y-%m-%d %H:%M:%S}[/] {one.trigger} -> [bold]{one.disposition}[/] by {one.rule}"
    )
    if one.case_number:
        console.print(f"  case {one.case_number}")
    for step in one.trace:
        mark = "+" if step.get("matched") else "-"
        source = f"  ({step['source']})" if step.get("source") else ""
        console.print(f"  {mark} {step['rule']}: {step.get('evidence', '')}{source}", markup=False)
    for effect in one.effects:
        rest = ", ".join(f"{k}={v}" for k, v in effect.items() if k != "type")
        console.print(f"  => {effect['type']} {rest}", markup=False)
    for mail in one.mails:
        console.print(f"  @ {mail.template} to {mail.recipient}: {mail.state} {mail.reason}", markup=False)
        for attempt in mail.attempts:
            console.print(
                f"      {attempt.n}. {attempt.started_at:%H:%M:%S} {attempt.outcome} {attempt.code or ''} {attempt.text}",
                markup=False,
            )
