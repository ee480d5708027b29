"""What commands on the database begin with: the static configuration only, so that they work beside a faulty routing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import typer
from sqlalchemy.exc import DBAPIError

from mailrouter.settings import Settings, load_settings
from mailrouter.store import schema
from mailrouter.store.engine import NotStored, Store
from mailrouter.store.keys import KeyFileError, load_keys
from mailrouter.store.seal import Sealer


def fail(message: str) -> typer.Exit:
    """Say why on standard error; raise what comes back: exit 1."""
    print(f"mailrouter: {message}", file=sys.stderr)
    return typer.Exit(1)


def settings_of(config: Path) -> Settings:
    """The static configuration; its faults on standard error and exit 1 when it cannot be used."""
    settings, _, faults = load_settings(config, os.environ)
    if settings is None:
        for fault in faults:
            print(fault, file=sys.stderr)
        raise fail(f"{config}/mailrouter.yaml cannot be used; see above")
    return settings


@contextmanager
def opened_store(config: Path, *, any_version: bool = False) -> Iterator[Store]:
    """The configured database, closed at the end; a clear message and exit 1 when it does not answer or, unless
    `any_version`, is not of this version."""
    store = Store.open(settings_of(config).database)
    try:
        if not any_version:
            schema.require(store)
        yield store
    except schema.WrongSchema as fault:
        raise fail(str(fault)) from None
    except (DBAPIError, NotStored) as fault:
        raise fail(f"the database does not do it: {str(fault).splitlines()[0]}") from None
    finally:
        store.close()


def sealer_of(config: Path) -> Sealer:
    """The sealer over the configured key files."""
    files = settings_of(config).secrets
    try:
        return Sealer(load_keys(files.address_key_file, files.master_key_file, datetime.now(UTC).date()))
    except KeyFileError as fault:
        raise fail(str(fault)) from None
