"""What a mail asks of the database costs the same with a hundred thousand cases as with one: no statement on its way
scans a table that grows."""

from __future__ import annotations

import pytest
from sqlalchemy import BindParameter, Select, Update, event
from sqlalchemy.sql import visitors

from mailrouter.store import counters, dispatch, dues, failures, inbox, leases, pending, settle
from mailrouter.store.casebook import (
    case_effects,
    evidence,
    listing,
    people,
    people_effects,
    queue_effects,
    record,
    threads,
    usual,
    view,
)

MODULES = (
    *(counters, dispatch, dues, failures, inbox, leases, pending, settle),
    *(case_effects, evidence, listing, people, people_effects, queue_effects, record, threads, usual, view),
)
# Tables whose rows are few whatever happens: policies are as many as were ever active.
FEW = frozenset({"policy"})
# Indexes that hold only what waits: gone through, and short.
SHORT = ("outbox_claim", "outbox_failed", "due_claim")


def statements() -> dict[str, Select | Update]:
    """Every statement that is built once, by module and name; those in a table of statements too."""
    found: dict[str, Select | Update] = {}
    for module in MODULES:
        for name, value in vars(module).items():
            several = value.items() if isinstance(value, dict) else [("", value)]
            for key, one in several:
                # Without a condition it is a part that others are made of.
                if isinstance(one, Select | Update) and one._where_criteria:
                    found[f"{module.__name__.rpartition('.')[2]}.{name}{key and f'[{key}]'}"] = one
    return found


STATEMENTS = statements()


def plan(store, statement) -> list[str]:
    """How SQLite goes about it, with nothing for every parameter."""
    steps: list[str] = []

    def explain(_conn, cursor, text, parameters, *_rest):
        explained = cursor.connection.execute(f"EXPLAIN QUERY PLAN {text}", parameters).fetchall()
        steps.extend(step for *_, step in explained)

    event.listen(store.engine, "before_cursor_execute", explain)
    try:
        needed = (b.key for b in visitors.iterate(statement) if isinstance(b, BindParameter) and b.required)
        asked = {name: 1 if name == "limit" else None for name in needed}
        store.write(lambda conn: conn.execute(statement, asked) and None)
    finally:
        event.remove(store.engine, "before_cursor_execute", explain)
    return [step for step in steps if step]


@pytest.fixture(scope="module")
def empty(sqlite_template, tmp_path_factory):
    """A store with the schema and nothing in it: the plans are those of the first day."""
    from shutil import copyfile

    from mailrouter.store.engine import Store

    path = tmp_path_factory.mktemp("plans") / "empty.sqlite3"
    copyfile(sqlite_template, path)
    store = Store.open(f"sqlite:///{path}")
    yield store
    store.close()


def test_the_statements_of_a_mail_are_found():
    """Else the test below would look at nothing."""
    assert len(STATEMENTS) > 50
    assert {"dispatch._WAITING_PAGE[queued]", "view._STANDING", "record._MOVE_ON"} <= STATEMENTS.keys()


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_statement_of_a_mail_scans_a_growing_table(empty, name):
    """Each table is searched by an index; a list given as a parameter is all that is gone through."""
    steps = plan(empty, STATEMENTS[name])
    scanned = [step for step in steps if step.startswith("SCAN") and not step.endswith(SHORT)]
    assert steps
    assert all(step.split()[1] in FEW | {"json_each", "chosen"} for step in scanned), steps
