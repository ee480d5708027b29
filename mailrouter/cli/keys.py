"""`mailrouter keys init | list | new address|master | rewrap`: the two key files, and what is sealed under which key."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer
from sqlalchemy import func, select

from mailrouter.cli.database import fail, opened_store, sealer_of, settings_of
from mailrouter.cli.opening import DEFAULT_CONFIG, AsJson, Config, show_json, who
from mailrouter.cli.tabular import print_rows
from mailrouter.store import audit
from mailrouter.store.engine import Store
from mailrouter.store.keys import (
    INDEX,
    RETIRED_VERIFIES_DAYS,
    KeyFileError,
    KeyLine,
    add_address_key,
    add_master_key,
    init_keys,
    key_lines,
)
from mailrouter.store.rows import rows
from mailrouter.store.tables import DataKey

app = typer.Typer(add_completion=False, no_args_is_help=True)
Operator = Annotated[str, typer.Option("--as", help="Who acts; the login name when absent.")]
Reason = Annotated[str, typer.Option(help="Why; stands in the audit log.")]
_KEY = rows(DataKey)
_SEALED = (
    select(_KEY.c.wrapped_by, func.count())
    .where(_KEY.c.wrapped_by.like("master:%"))
    .group_by(_KEY.c.wrapped_by)
)


@app.command()
def init(config: Config = DEFAULT_CONFIG) -> None:
    """Make what is absent of the two files, readable by their owner alone. One that is there is left as it is."""
    files = settings_of(config).secrets
    try:
        made = init_keys(files.address_key_file, files.master_key_file, _now().date())
    except OSError as fault:
        raise fail(f"{fault.filename}: {fault.strerror}") from None
    for path in made:
        print(f"{path}: made; keep a copy apart from the database's backups", file=sys.stderr)
    if not made:
        print("both files are there: nothing to do", file=sys.stderr)


@app.command(name="list")
def list_(config: Config = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Every key by its id, never the key: when it was made, whether it is used for what is new, until when addresses of
    a replaced one are known, and how many data keys a master key wraps. One that wraps none may leave its file."""
    files = settings_of(config).secrets
    with opened_store(config) as store:
        found = _shown(_lines(files.address_key_file), _lines(files.master_key_file), store)
    if as_json:
        show_json(found)
        return
    columns = ("kind", "id", "made", "current", "known until", "wraps")
    print_rows(columns, ([str(one[c]) for c in columns] for one in found), right=("wraps",))


def _now() -> datetime:
    return datetime.now(UTC)


def _lines(file: Path) -> list[KeyLine]:
    try:
        return key_lines(file)
    except KeyFileError as fault:
        raise fail(str(fault)) from None


def _shown(addresses: list[KeyLine], masters: list[KeyLine], store: Store) -> list[dict[str, str | int]]:
    masters = [line for line in masters if line.id != INDEX]
    sealed = {by.removeprefix("master:"): n for by, n in store.read(lambda c: c.execute(_SEALED).all())}
    shown: list[dict[str, str | int]] = []
    for line, after in zip(addresses, [*addresses[1:], None], strict=True):
        until = after.made + timedelta(days=RETIRED_VERIFIES_DAYS) if after else "-"
        shown.append(_row("address", line.id, str(line.made), after is None, str(until), "-"))
    for line in masters:
        shown.append(
            _row("master", line.id, str(line.made), line is masters[-1], "-", sealed.get(line.id, 0))
        )
    return shown


def _row(
    kind: str, name: str, made: str, current: bool, until: str, wraps: int | str
) -> dict[str, str | int]:
    return {
        "kind": kind,
        "id": name,
        "made": made,
        "current": "yes" if current else "no",
        "known until": until,
        "wraps": wraps,
    }


@app.command()
def new(
    kind: Annotated[Literal["address", "master"], typer.Argument(help="Which file gets a new current key.")],
    config: Config = DEFAULT_CONFIG,
    reason: Reason = "",
    operator: Operator = "",
) -> None:
    """Add a key and make it the current one. Addresses in use stay known, what is sealed stays readable. It counts after
    a restart; with several nodes, each needs the file before any of them starts anew."""
    files = settings_of(config).secrets
    file = files.address_key_file if kind == "address" else files.master_key_file
    add = add_address_key if kind == "address" else add_master_key
    with opened_store(config) as store:
        now, acting = _now(), operator or who()
        try:
            name = str(add(file, now.date()))
        except KeyFileError as fault:
            raise fail(str(fault)) from None
        store.write(lambda c: audit.append(c, acting, "key-new", f"{kind}:{name}", reason, now))
    print(f"{file}: key {name} added; copy the file to every node, then restart them", file=sys.stderr)
    if kind == "master":
        print("afterwards: `mailrouter keys rewrap`, so that the old key can go", file=sys.stderr)


@app.command()
def rewrap(config: Config = DEFAULT_CONFIG, reason: Reason = "", operator: Operator = "") -> None:
    """Wrap what older master keys wrap by the current one, beside the running service; no content is touched.
    Run it once every node was restarted: one that was not still wraps by the older key."""
    sealer, done = sealer_of(config), 0
    with opened_store(config) as store:
        while turn := store.write(sealer.rotate):
            done += turn
        acting = operator or who()
        store.write(lambda c: audit.append(c, acting, "keys-rewrapped", sealer.master, reason, _now()))
    print(f"rewrapped: {done}, all by {sealer.master}", file=sys.stderr)
