"""The schema's version: upgrade to what this program needs, and tell whether a database has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
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


def upgrade(store: Store) -> str:
    """Bring the database to the newest version, in one transaction; gives that version. Several nodes may do so at
    once: one works, the others find it done."""
    with store.engine.begin() as conn:
        lock(conn, "schema")
        command.upgrade(config(conn), "head")
        return version(conn)


def version(conn: Connection) -> str:
    """The version the database has, '' for an empty one."""
    return MigrationContext.configure(conn).get_current_revision() or ""


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
