"""Databases for the tests: SQLite as a file of its own, PostgreSQL as a database of this run's own.

MAILROUTER_TEST_DATABASE_URL names a server where databases may be created (default: loopback, user postgres). Without
one its tests are skipped visibly; with CI=true that is an error.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine, or the first import of a parser, is no property of the code: what is slow has benchmarks.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

SERVER = os.environ.get("MAILROUTER_TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")

sys.path.append(str(Path(__file__).parent))  # dropping.py, erasing.py, printed.py, for every folder of tests


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    """Keys of an installation, from real key files."""
    from mailrouter.store.keys import init_keys, load_keys

    folder = tmp_path_factory.mktemp("keys")
    init_keys(folder / "address.keys", folder / "master.keys", date(2026, 3, 1))
    return load_keys(folder / "address.keys", folder / "master.keys")


@pytest.fixture(scope="session")
def sealer(keys):
    """The sealer over `keys`."""
    from mailrouter.store.seal import Sealer

    return Sealer(keys)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory) -> Path:
    """An upgraded, empty SQLite file; tests get copies."""
    from mailrouter.store.engine import Store
    from mailrouter.store.schema import upgrade

    path = tmp_path_factory.mktemp("template") / "empty.sqlite3"
    store = Store.open(f"sqlite:///{path}")
    upgrade(store)
    store.scrub()
    store.close()
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> str:
    """The URL of a server that answers; skips (in CI: fails) when none does."""
    import psycopg

    try:
        psycopg.connect(SERVER, connect_timeout=3).close()
    except psycopg.OperationalError as fault:
        why = f"no PostgreSQL answers at {SERVER} ({str(fault).strip()}); set MAILROUTER_TEST_DATABASE_URL"
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    return SERVER


@pytest.fixture(scope="session")
def postgresql_database(postgresql_server) -> Iterator[str]:
    """The URL of an upgraded database of this run's own; dropped at the end."""
    import psycopg
    from dropping import drop
    from sqlalchemy import make_url

    from mailrouter.store.engine import Store
    from mailrouter.store.schema import upgrade

    name = f"mailrouter_test_{os.getpid()}"
    url = make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(postgresql_server, autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}"')
        store = Store.open(url)
        upgrade(store)
        store.close()
        yield url
        drop(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path) -> str:
    """The URL of an upgraded, empty database; a test with it runs once on each kind."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def sqlite_url(sqlite_template, tmp_path) -> str:
    """The URL of an upgraded, empty SQLite file."""
    shutil.copy(sqlite_template, tmp_path / "store.sqlite3")
    return f"sqlite:///{tmp_path}/store.sqlite3"


@pytest.fixture
def postgresql_url(postgresql_database) -> str:
    """The URL of this run's database, emptied: rows of the test before are deleted (much faster than a new one)."""
    import psycopg

    with psycopg.connect(postgresql_database) as conn:
        tables = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        # replica: the triggers that keep the audit log append-only must let a test's rows go.
        conn.execute("SET LOCAL session_replication_role = replica")
        conn.execute(";".join(f'DELETE FROM "{name}"' for (name,) in tables if name != "alembic_version"))
    return postgresql_database


@pytest.fixture
def store(database_url) -> Iterator:
    """An open store, upgraded and empty, once on SQLite and once on PostgreSQL."""
    from mailrouter.store.engine import Store

    opened = Store.open(database_url)
    yield opened
    opened.close()
