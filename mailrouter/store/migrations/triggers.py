"""Invariants that the database itself keeps, made by the initial migration. After the first release: add, never edit.

- The audit log only grows.
- Octets once accepted or decided are never altered, only erased (RFC 5321 4.5.4 retries want identical bytes).
- What is sent, failed or cancelled never comes back into the queue.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Connection


class Rule(NamedTuple):
    """A refusal: `event` on `table` when `condition` (SQL over OLD and NEW) holds."""

    name: str
    event: str
    table: str
    condition: str
    message: str


RULES: Final = (
    Rule("audit_no_update", "UPDATE", "audit", "1 = 1", "the audit log only grows"),
    Rule("audit_no_delete", "DELETE", "audit", "1 = 1", "the audit log only grows"),
    Rule("octets_no_update", "UPDATE", "octets", "1 = 1", "octets are never altered"),
    Rule(
        "outbox_final",
        "UPDATE OF state",
        "outbox",
        "OLD.state IN ('sent','failed','cancelled') AND NEW.state IN ('queued','leased','unknown')",
        "a settled mail never comes back into the queue",
    ),
)


def create(conn: Connection) -> None:
    """Make the triggers of this database."""
    statements = _sqlite() if conn.dialect.name == "sqlite" else _postgresql()
    for statement in statements:
        conn.exec_driver_sql(statement)


def _sqlite() -> tuple[str, ...]:
    return tuple(
        f"CREATE TRIGGER {r.name} BEFORE {r.event} ON {r.table} WHEN {r.condition} "
        f"BEGIN SELECT RAISE(ABORT, '{r.message}'); END"
        for r in RULES
    )


def _postgresql() -> tuple[str, ...]:
    function = (
        "CREATE FUNCTION mailrouter_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'check_violation'; END $$"
    )
    rules = (
        f"CREATE TRIGGER {r.name} BEFORE {r.event} ON {r.table} FOR EACH ROW WHEN ({r.condition}) "
        f"EXECUTE FUNCTION mailrouter_refuse('{r.message}')"
        for r in RULES
    )
    truncate = (
        "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT "
        "EXECUTE FUNCTION mailrouter_refuse('the audit log only grows')"
    )
    return (function, *rules, truncate)
