"""Writes the initial migration anew from tables/ (`make migration`). Only until the first release: afterwards a
change of the rows is a migration of its own (`alembic revision --autogenerate` over `schema.config`)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import String

from mailrouter.store.engine import Store
from mailrouter.store.schema import MIGRATIONS, config
from mailrouter.store.types import Instant

REVISION = "0001"


def render(kind: str, item: Any, _context: AutogenContext) -> str | bool:
    """Plain SQLAlchemy types in the migration: it must not change when our classes do."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if (
        kind == "type"
        and isinstance(getattr(item, "impl", item), String)
        and type(item).__name__ == "AutoString"
    ):
        return "sa.String()"
    return False


def write_initial() -> Path:
    """Replace versions/0001_initial.py; gives its path."""
    target = MIGRATIONS / "versions" / f"{REVISION}_initial.py"
    target.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        store = Store.open(f"sqlite:///{scratch}/empty.sqlite3")
        with store.engine.begin() as conn:
            made = command.revision(
                config(conn, render_item=render),
                "Everything that cannot be changed later.",
                autogenerate=True,
                rev_id=REVISION,
            )
        store.close()
    assert made is not None and not isinstance(made, list)
    shutil.move(made.path, target)
    target.write_text(_with_own_parts(target.read_text("utf-8")), "utf-8")
    return target


def _with_own_parts(text: str) -> str:
    """Triggers and views are no part of SQLAlchemy's metadata: they come last."""
    text = "".join(line for line in text.splitlines(keepends=True) if "# ###" not in line)
    return (
        text.replace(
            "from alembic import op\n",
            "from alembic import op\n\nfrom mailrouter.store.migrations import triggers, views\n",
        ).rstrip("\n")
        + "\n    triggers.create(op.get_bind())\n    views.create(op.get_bind())\n"
    )


if __name__ == "__main__":
    print(write_initial())  # noqa: T201 - a developer's command
