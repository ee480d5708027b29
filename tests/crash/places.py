"""Fixtures that make installations: one nursery for all, a directory and a database for each. A test module elsewhere
imports them by name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from dropping import drop
from installation import Nursery, Place
from sqlalchemy import make_url

from mailrouter.store.engine import Store
from mailrouter.store.schema import upgrade

Found = Callable[..., Place]


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """The process that lives are forked from."""
    made = Nursery()
    yield made
    made.close()


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key files, the same for all: equal mails then get equal ids and Message-IDs, whatever happened on the way."""
    from datetime import date

    from mailrouter.store.keys import init_keys

    folder = tmp_path_factory.mktemp("secrets")
    init_keys(folder / "address.key", folder / "master.key", date(2026, 3, 1))
    return folder


class Databases:
    """PostgreSQL databases of this run: each installation has one to itself while it exists. One that is given back
    is emptied for the next, since making and dropping a database waits for a checkpoint of the whole server."""

    def __init__(self, server_url: str) -> None:
        self.server_url = server_url
        self.made: list[str] = []
        self.free: list[str] = []
        self.taken = 0

    def take(self) -> str:
        """The URL of an upgraded, empty one."""
        if self.free:
            url = self.free.pop()
            self._empty(url)
            return url
        self.taken += 1  # never the length of `made`: one that was dropped before the others would give its name away twice
        return self.make(f"mailrouter_crash_{os.getpid()}_{self.taken}")

    def make(self, name: str, tablespace: str = "pg_default") -> str:
        """The URL of a new one, upgraded."""
        self._server(
            f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)',
            f'CREATE DATABASE "{name}" TABLESPACE {tablespace}',
        )
        self.made.append(name)
        url = make_url(self.server_url).set(database=name).render_as_string(hide_password=False)
        store = Store.open(url)
        upgrade(store)
        store.close()
        return url

    def unmake(self, url: str) -> None:
        """Drop one before the others."""
        name = make_url(url).database
        assert name
        self.made.remove(name)
        self._server(f'DROP DATABASE "{name}" WITH (FORCE)')

    def drop(self) -> None:
        """Drop all of them."""
        self._server(*(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in self.made))

    def _server(self, *statements: str) -> None:
        with psycopg.connect(self.server_url, autocommit=True) as server:
            for statement in statements:
                drop(server, statement) if statement.startswith("DROP") else server.execute(statement)

    def _empty(self, url: str) -> None:
        with psycopg.connect(url) as conn:
            tables = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            names = [name for (name,) in tables if name != "alembic_version"]
            # replica: the triggers that keep the audit log append-only must let a test's rows go.
            conn.execute("SET LOCAL session_replication_role = replica")
            conn.execute(";".join(f'DELETE FROM "{name}"' for name in names))


@pytest.fixture(scope="session")
def databases(postgresql_server: str) -> Iterator[Databases]:
    """Where installations on PostgreSQL get their databases."""
    made = Databases(postgresql_server)
    yield made
    made.drop()


@pytest.fixture(scope="session")
def found(
    nursery: Nursery, secrets: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Found:
    """Makes installations; `engine` is "sqlite" or "postgresql". Each has a database of its own, unless one is given.
    Close them."""

    def place(engine: str, database: str = "", **env: str) -> Place:
        directory = tmp_path_factory.mktemp("place")
        shutil.copytree(secrets, directory / "var/secrets")
        if database:
            return Place(directory, nursery, database, env)
        if engine == "postgresql":
            databases: Databases = request.getfixturevalue("databases")
            made = Place(directory, nursery, databases.take(), env)
            made.closing.append(lambda: databases.free.append(made.database))
            return made
        shutil.copy(request.getfixturevalue("sqlite_template"), directory / "var/mailrouter.sqlite3")
        return Place(directory, nursery, f"sqlite:///{directory}/var/mailrouter.sqlite3", env)

    return place


@pytest.fixture
def found_place(found: Found) -> Iterator[Found]:
    """Makes installations that are closed when the test ends."""
    with ExitStack() as stack:

        def place(engine: str, database: str = "", **env: str) -> Place:
            made = found(engine, database, **env)
            stack.callback(made.close)
            return made

        yield place


@pytest.fixture(params=["sqlite", "postgresql"], scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    """A test with it runs once on each kind of database."""
    return str(request.param)
