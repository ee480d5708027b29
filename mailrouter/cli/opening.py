"""What most commands begin with: the configuration directory, its faults, the store."""

from __future__ import annotations

import json
import os
import pwd
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from sqlalchemy import Connection

from mailrouter.app import App, NotUsable, open_app
from mailrouter.store.beginnings import Ambiguous
from mailrouter.store.keys import KeyFileError
from mailrouter.store.schema import WrongSchema

Config = Annotated[Path, typer.Option("--config", help="The configuration directory.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
DEFAULT_CONFIG = Path("config")


@contextmanager
def opened(config: Path, *, init: bool = False, migrate: bool = False) -> Iterator[App]:
    """The app of a configuration directory, closed at the end; a clear message and exit 1 when it cannot be used."""
    try:
        app = open_app(config, os.environ, init=init, migrate=migrate)
    except NotUsable as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        print(f"mailrouter: the configuration in {config} cannot be used; see above", file=sys.stderr)
        raise typer.Exit(1) from None
    except (KeyFileError, WrongSchema) as error:
        print(f"mailrouter: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    try:
        yield app
    finally:
        app.close()


def whole(command: str, service: App, find: Callable[[Connection, str], str], beginning: str) -> str:
    """What `beginning` is the beginning of, as `find` knows it; a clear message and exit 1 when it is that of several."""
    try:
        return service.store.read(lambda conn: find(conn, beginning))
    except Ambiguous as error:
        print(f"mailrouter {command}: {error}", file=sys.stderr)
        raise typer.Exit(1) from None


def who() -> str:
    """Who acts, for the audit log: the account of this process and, behind sudo, who called it. Not LOGNAME, which
    anybody may set."""
    account = os.getuid()
    try:
        name = pwd.getpwuid(account).pw_name
    except KeyError:  # an account of a container, without a name
        name = f"uid {account}"
    caller = os.environ.get("SUDO_USER", "")
    return f"{caller} ({name})" if caller else name


def show_json(value: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=2))
