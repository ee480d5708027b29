"""`mailrouter directory list | show NAME | import FILE [--dry-run]`: people and groups of the routing files;
`suspend ADDRESS` (suspending.py), `join ADDRESS` (joining.py), `welcome` and `terms` (welcoming.py): of the tables and by mail."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from mailrouter.cli.joining import join
from mailrouter.cli.suspending import suspend
from mailrouter.cli.welcoming import terms, welcome
from mailrouter.configuration import Configuration, load_configuration, write_texts
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.importing import Import, plan_import
from mailrouter.core.policy.load import load
from mailrouter.core.policy.schema import Group, Person, Territory
from mailrouter.settings import CONFIG_VARIABLE

app = typer.Typer(add_completion=False, no_args_is_help=True)
app.command()(suspend)
app.command()(join)
app.command()(welcome)
app.command()(terms)

Config = Annotated[Path, typer.Option("--config", help="configuration directory", envvar=CONFIG_VARIABLE)]
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output")]
CONFIG = Path("config")


@app.command("list")
def list_(config: Config = CONFIG, json: Json = False) -> None:
    """List territories with their groups, and people with their roles."""
    directory = _directory(config)
    policy = directory.policy
    if json:
        _print_json(
            {
                "territories": [territory_row(directory, t) for t in policy.territories],
                "groups": [group_row(directory, g) for g in policy.groups],
                "people": [person_row(directory, p) for p in policy.people],
            }
        )
        return
    for territory in policy.territories:
        print(f"{territory.name} <{territory.slug}@{policy.domain}>")
        for group in (g for g in policy.groups if territory.slug in g.territories):
            print(f"  {group.id:<24} {group.organisation:<16} {_members(group)}  {group.mailbox}")
    print(f"{len(policy.people)} people")
    for person in policy.people:
        roles = ", ".join(sorted(directory.roles(person.address)))
        print(f"  {person.address:<40} {person.name:<28} {roles}")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="an address, a group's id, a territory or an organisation")],
    config: Config = CONFIG,
    json: Json = False,
) -> None:
    """Show what the files say of one person, group, territory or organisation. Exit 1 when there is none."""
    row = described(_directory(config), name)
    if row is None:
        print(f"mailrouter directory: nothing is called {name!r}", file=sys.stderr)
        raise typer.Exit(1)
    if json:
        _print_json(row)
        return
    for key, value in row.items():
        shown = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value
        print(f"{key:<16} {'' if shown is None else shown}")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV of people or groups")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show the changes, write nothing")] = False,
    config: Config = CONFIG,
    json: Json = False,
) -> None:
    """Write people or groups of a CSV into the routing files, after showing what changes.

    Nothing is written when a line is wrong (exit 1), or when the files would then have an error. A running service
    notices the changed files by itself, or on SIGHUP.
    """
    configuration = _sound(config)
    try:
        table = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        print(f"mailrouter directory: {file}: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    plan = checked(configuration, plan_import(configuration.texts, str(file), table))
    if json:
        _print_json(plan_row(plan))
    else:
        print_plan(configuration.texts, plan)
    if plan.faults:
        raise typer.Exit(1)
    if not dry_run:
        write_texts(configuration.root, plan.texts)


def checked(configuration: Configuration, plan: Import) -> Import:
    """The plan, without its texts and with the faults if the files would then not be usable."""
    if plan.faults or configuration.policy is None:
        return plan
    result = load(
        {**configuration.texts, **plan.texts},
        configuration.service,
        configuration.shipped,
        configuration.today,
    )
    return msgspec.structs.replace(plan, texts={}, faults=result.errors) if result.errors else plan


def print_plan(before: Mapping[str, str], plan: Import) -> None:
    """The changes and the diff on standard output, line errors on standard error."""
    for fault in plan.faults:
        print(fault, file=sys.stderr)
    if plan.faults:
        return
    for change in plan.changes:
        print(change)
    for name, text in plan.texts.items():
        old = before.get(name, "").splitlines(keepends=True)
        sys.stdout.writelines(
            unified_diff(old, text.splitlines(keepends=True), f"a/{name}", f"b/{name}", n=1)
        )
    if not plan.changes:
        print("nothing changes")


def plan_row(plan: Import) -> dict[str, object]:
    """{"changes": [{kind, what, detail}], "files": [name], "errors": [{file, line, column, message}]}."""
    return {
        "changes": [{"kind": c.kind, "what": c.what, "detail": c.detail} for c in plan.changes],
        "files": sorted(plan.texts),
        "errors": [
            {"file": f.file, "line": f.line, "column": f.column, "message": f.message} for f in plan.faults
        ],
    }


def described(directory: Directory, name: str) -> dict[str, Any] | None:
    """The JSON of whatever `name` names: a person by any address, a group, a territory, an organisation."""
    if person := directory.person_of(name):
        return person_row(directory, person)
    if group := directory.groups.get(name):
        return group_row(directory, group)
    if "@" in name:
        groups = directory.mailbox_groups(name)
        return group_row(directory, groups[0]) if groups else None
    if territory := directory.territory_of(name):
        return territory_row(directory, territory)
    if organisation := directory.organisation_of(name):
        row = {key: getattr(organisation, key) for key in organisation.__struct_fields__}
        return {"kind": "organisation", **row}
    return None


def person_row(directory: Directory, person: Person) -> dict[str, Any]:
    """A person with groups and roles."""
    return {
        "kind": "person",
        "address": person.address,
        "name": person.name,
        "aliases": person.aliases,
        "language": person.language,
        "phone": person.phone,
        "groups": [g.id for g in directory.groups_of(person.address)],
        "manages": [g.id for g in directory.managed_by(person.address)],
        "roles": sorted(directory.roles(person.address)),
        "source": person.source,
    }


def group_row(directory: Directory, group: Group) -> dict[str, Any]:
    """A group, with the disclosure that holds for its mailbox and each member."""
    recipients = (*group.members, *((group.mailbox,) if group.mailbox else ()))
    row = {key: getattr(group, key) for key in group.__struct_fields__}
    return {
        "kind": "group",
        **row,
        "effective": [f"{a}: {directory.disclosure(group, a)}" for a in recipients],
    }


def territory_row(directory: Directory, territory: Territory) -> dict[str, Any]:
    """A territory with its groups."""
    calendar = territory.calendar
    return {
        "kind": "territory",
        "address": f"{territory.slug}@{directory.policy.domain}",
        "name": territory.name,
        "code": territory.code,
        "aliases": territory.aliases,
        "holidays": "-".join(part for part in (calendar.country, calendar.subdivision) if part),
        "zone": calendar.zone,
        "neighbours": territory.neighbours,
        "default": territory.default,
        "groups": [g.id for g in directory.policy.groups if territory.slug in g.territories],
        "source": territory.source,
    }


def _members(group: Group) -> str:
    count = len(group.members)
    return f"{count} {'member ' if count == 1 else 'members'}"


def _sound(config: Path) -> Configuration:
    configuration = load_configuration(config, os.environ)
    if configuration.policy is None:
        for fault in configuration.errors:
            print(configuration.shown(fault), file=sys.stderr)
        raise typer.Exit(1)
    return configuration


def _directory(config: Path) -> Directory:
    return _sound(config).directory()


def _print_json(value: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()
