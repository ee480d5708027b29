"""`mailrouter held list|show|release|retry|drop`: mail that waits, with its reason; every act is logged."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated

import typer
from sqlalchemy import Connection

from mailrouter.app import App
from mailrouter.cli.opening import DEFAULT_CONFIG, AsJson, Config, opened, show_json, who, whole
from mailrouter.cli.tabular import print_rows
from mailrouter.core.policy.calendar import add
from mailrouter.store import audit, holding, reports
from mailrouter.store.beginnings import whole_held

app = typer.Typer(add_completion=False, no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="The id that `held list` shows, or its first characters.")]
Reason = Annotated[str, typer.Option(help="Why; stands in the audit log.")]
Operator = Annotated[str, typer.Option("--as", help="Who acts; the login name when absent.")]
# What happens to the mail of an id: (connection, id, operator, reason, now).
Act = Callable[[Connection, str, str, str, datetime], None]


@app.command(name="list")
def list_(config: Config = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Held mails, oldest first, with their reasons."""
    with opened(config) as service:
        found = service.store.read(reports.held)
    if as_json:
        show_json(found)
        return
    columns = ("id", "received", "size", "reason", "expires")
    print_rows(columns, (_cells(one) for one in found), right=("size",))


def _cells(one: reports.HeldMail) -> list[str]:
    expires = f"{one.expires_at:%Y-%m-%d}" if one.expires_at else "-"
    return [one.inbound_id, f"{one.received_at:%Y-%m-%d %H:%M}", str(one.size), one.reason, expires]


@app.command()
def show(
    inbound_id: Id,
    config: Config = DEFAULT_CONFIG,
    break_glass: Annotated[str, typer.Option(help="Show subject and text too; the reason is logged.")] = "",
    as_json: AsJson = False,
) -> None:
    """One held mail: envelope, headers, size, reason. Its text only by breaking the glass."""
    with opened(config) as service:
        inbound_id = whole("held", service, whole_held, inbound_id)
        if break_glass:
            service.store.write(
                lambda c: audit.append(c, who(), "break-glass", inbound_id, break_glass, service.clock())
            )
        found = service.store.read(lambda c: holding.show(c, service.sealer, inbound_id, bool(break_glass)))
    if found is None:
        _not_held(inbound_id)
        return
    if as_json:
        show_json(found)
        return
    for name, value in found.items():
        print(f"{name}: {value}")


_NOT_BY_RELEASE = (
    (
        "stranger",
        "nothing of a stranger's is passed on; register the author's address (routing files, or `mailrouter directory import`), then `held retry`",
    ),
    ("suspended", "end it with `mailrouter directory suspend ADDRESS --undo`, then `held retry`"),
    ("budget:", "it was not read; ask its author for a smaller or simpler mail, then `held drop`"),
    ("infected", "the scanner found something; tell its author by other means, then `held drop`"),
    ("not-scanned", "the scanner did not answer; start it, then `held retry`"),
    ("two-cases", "its addresses or threads name two cases; ask its author which, then `held drop`"),
)


@app.command()
def release(
    inbound_id: Id, config: Config = DEFAULT_CONFIG, reason: Reason = "", operator: Operator = ""
) -> None:
    """Let it go on, vouched for by you: that its author is who they say. Exit 1 for mail that this does not let on."""
    _act("release", lambda _: holding.release, inbound_id, config, reason, operator)


@app.command()
def retry(
    inbound_id: Id, config: Config = DEFAULT_CONFIG, reason: Reason = "", operator: Operator = ""
) -> None:
    """Decide it again as it is: after a fault was mended or the routing changed."""
    _act("retry", lambda _: holding.retry, inbound_id, config, reason, operator)


@app.command()
def drop(
    inbound_id: Id, config: Config = DEFAULT_CONFIG, reason: Reason = "", operator: Operator = ""
) -> None:
    """Ignore it; it is wiped as late as other ignored mail (retention.ignored)."""
    _act(
        "drop",
        lambda service: partial(holding.drop, until=_wiped_on(service)),
        inbound_id,
        config,
        reason,
        operator,
    )


def _wiped_on(service: App) -> datetime:
    directory = service.office.directory
    return add(directory.calendar(""), service.clock(), directory.policy.retention.ignored)


def _act(
    name: str, act_of: Callable[[App], Act], inbound_id: str, config: Config, reason: str, operator: str
) -> None:
    with opened(config) as service:
        act, inbound_id = act_of(service), whole("held", service, whole_held, inbound_id)
        if name == "release":
            _refuse_in_vain(service, inbound_id)
        try:
            service.store.write(lambda c: act(c, inbound_id, operator or who(), reason, service.clock()))
        except holding.NotHeld:
            _not_held(inbound_id)
    print(f"{name}: {inbound_id}", file=sys.stderr)
    if name != "drop":
        print(f"the running service decides it again: `mailrouter explain {inbound_id}`", file=sys.stderr)


def _refuse_in_vain(service: App, inbound_id: str) -> None:
    """A release says who wrote. Where the mail is held for something else it would be held again at once."""
    reason = next(
        (one.reason for one in service.store.read(reports.held) if one.inbound_id == inbound_id), ""
    )
    for beginning, instead in _NOT_BY_RELEASE:
        if reason.startswith(beginning):
            print(f"mailrouter held: {inbound_id} is held as {reason}: {instead}", file=sys.stderr)
            raise typer.Exit(1)


def _not_held(inbound_id: str) -> None:
    print(f"mailrouter held: no held mail {inbound_id}; `mailrouter held list` shows them", file=sys.stderr)
    raise typer.Exit(1)
