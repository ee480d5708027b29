"""`mailrouter check [--config DIR] [--json]`: every fault of the configuration at once (INTERFACE.md)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from json import dumps
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from mailrouter import templating
from mailrouter.configuration import Configuration, load_configuration
from mailrouter.core.policy.faults import Fault, ordered
from mailrouter.core.policy.jsonschema import routing_schema
from mailrouter.settings import CONFIG_VARIABLE

app = typer.Typer(add_completion=False)

FurtherCheck = Callable[[Configuration], Iterable[Fault]]


def templates(configuration: Configuration) -> Iterable[Fault]:
    """Each template rendered on a sample case, the operators' own wording included."""
    own = configuration.settings.templates if configuration.settings else None
    return templating.faults(*((own,) if own else ()))


FURTHER_CHECKS: tuple[FurtherCheck, ...] = (templates,)
"""What is looked at besides the files, once these are sound: every template against sample facts."""


@app.command()
def check(
    config: Annotated[Path, typer.Option(help="configuration directory", envvar=CONFIG_VARIABLE)] = Path(
        "config"
    ),
    json: Annotated[bool, typer.Option("--json", help="JSON on standard output")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="print the JSON schema of routing files")] = False,
) -> None:
    """List everything that is wrong with the configuration, each with file:line:column and what to write instead.

    Exit 0: it may be used (there may be warnings); 1: it has errors.
    """
    if schema:
        print(dumps(routing_schema(), indent=1, ensure_ascii=False))
        return
    configuration = load_configuration(config, os.environ)
    faults = all_faults(configuration)
    errors = [fault for fault in faults if fault.severity == "error"]
    if json:
        sys.stdout.buffer.write(as_json(configuration, faults) + b"\n")
    else:
        print_faults(configuration, faults)
    raise typer.Exit(1 if errors else 0)


def all_faults(configuration: Configuration) -> tuple[Fault, ...]:
    """The faults of the files, and of FURTHER_CHECKS when the files are sound."""
    further = FURTHER_CHECKS if configuration.policy else ()
    found = [fault for one in further for fault in one(configuration)]
    return tuple(configuration.shown(fault) for fault in ordered((*configuration.faults, *found)))


def as_json(configuration: Configuration, faults: tuple[Fault, ...]) -> bytes:
    """{"valid", "errors": [{file, line, column, message}], "warnings": [...], "digest", "generation"}."""
    policy = configuration.policy
    rows = {
        severity: [
            {"file": f.file, "line": f.line, "column": f.column, "message": f.message}
            for f in faults
            if f.severity == severity
        ]
        for severity in ("error", "warning")
    }
    return msgspec.json.encode(
        {
            "valid": not rows["error"],
            "errors": rows["error"],
            "warnings": rows["warning"],
            "digest": policy.digest if policy else None,
            "generation": policy.generation if policy else None,
        }
    )


def print_faults(configuration: Configuration, faults: tuple[Fault, ...]) -> None:
    """Errors, then warnings, one a line on standard output; what was read, on standard error."""
    errors = [fault for fault in faults if fault.severity == "error"]
    warnings = [fault for fault in faults if fault.severity == "warning"]
    for fault in errors:
        print(fault)
    for fault in warnings:
        print(f"{fault.file}:{fault.line}:{fault.column}: warning: {fault.message}")
    print(summary(configuration, len(errors), len(warnings)), file=sys.stderr)


def summary(configuration: Configuration, errors: int, warnings: int) -> str:
    """One line: how much is wrong, and how much there is."""
    counts = f"{_count(errors, 'error')}, {_count(warnings, 'warning')}"
    policy = configuration.policy
    if policy is None:
        return f"{configuration.root}: {counts}"
    parts = (
        _count(len(policy.territories), "territory", "territories"),
        _count(len(policy.groups), "group"),
        _count(len(policy.people), "person", "people"),
        _count(len(policy.rules), "rule"),
    )
    return f"{configuration.root}: {counts}; {', '.join(parts)}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
