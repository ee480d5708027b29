"""Alembic's entry: migrates over the connection that store/schema.py gives, inside its transaction."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import mailrouter.store.tables  # noqa: F401 - fills the metadata


def migrate() -> None:
    """Run what is asked over `config.attributes["connection"]`."""
    options = context.config.attributes
    context.configure(
        connection=options["connection"], target_metadata=SQLModel.metadata, **options["configure"]
    )
    context.run_migrations()


migrate()
