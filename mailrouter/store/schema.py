"""The schema's version: upgrade to what this program needs, and tell whether a database has it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, inspect
from sqlmodel import SQLModel

from mailrouter.store.engine import Store
from mailrouter.store.postgres import lock

MIGRATIONS = Path(__file__).parent / "migrations"


def config(conn: Connection | None = None, **configure: Any) -> Config:
    """Alembic's configuration of the shipped migrations, over this connection."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    made.attributes.update(connection=conn, configure=configure)
    return made


class WrongSchema(Exception):
    """The database is not one that this program can bring to what it needs."""


def upgrade(store: Store) -> str:
    """Bring the database to the newest version, in one transaction; gives that version. Several nodes may do so at
    once: one works, the others find it done. WrongSchema, and nothing changed, when it cannot: better not to start
    than to answer every mail with a fault."""
    with store.engine.begin() as conn:
        lock(conn, "schema")
        if version(conn) != newest():
            _migrate(conn)
        if lacking := missing(conn):
            raise WrongSchema(
                f"the database says that it is {version(conn)} and lacks {', '.join(lacking)}: it was made by a"
                " program before its first release; begin with an empty one"
            )
        return version(conn)


def _migrate(conn: Connection) -> None:
    try:
        command.upgrade(config(conn), "head")
    except CommandError as error:
        raise WrongSchema(f"the database is of another version ({version(conn)}): {error}") from None


def require(store: Store) -> None:
    """WrongSchema, with what to do, unless the database is of the version that this program needs."""
    has, needs = store.read(version), newest()
    if has != needs:
        raise WrongSchema(
            f"the database is {has or 'empty'}, this version needs {needs}: run `mailrouter db upgrade`"
        )


def missing(conn: Connection) -> list[str]:
    """Tables and columns (`table.column`) that this program needs and the database has not. What it has besides, an
    operator's own index say, is none of ours."""
    has = {
        table: {c["name"] for c in columns}
        for (_, table), columns in inspect(conn).get_multi_columns().items()
    }
    lacking: list[str] = []
    for table in SQLModel.metadata.sorted_tables:
        if table.name not in has:
            lacking.append(table.name)
        else:
            lacking += [f"{table.name}.{c.name}" for c in table.columns if c.name not in has[table.name]]
    return lacking


def version(conn: Connection) -> str:
    """The version the database has, '' for an empty one."""
    return MigrationContext.configure(conn).get_current_revision() or ""


@cache
def newest() -> str:
    """The version this program needs."""
    return ScriptDirectory.from_config(config()).get_current_head() or ""


def drift(engine: Engine) -> list[str]:
    """Every difference between the database and the rows of tables/; empty when they agree."""
    with engine.begin() as conn:
        context = MigrationContext.configure(
            conn, opts={"compare_type": True, "compare_server_default": True}
        )
        return [str(difference) for difference in compare_metadata(context, SQLModel.metadata)]
