"""The rows that figures are made of, from the views (migrations/views.py); and who cannot answer, for coverage."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Boolean, Connection, Integer, String, column, or_, select, table

from mailrouter.core.policy.directory import Directory
from mailrouter.core.stats import CaseFacts, Request
from mailrouter.store.blind import address_index
from mailrouter.store.rows import rows
from mailrouter.store.seal import Sealer
from mailrouter.store.tables import Person
from mailrouter.store.types import Instant

_PERSON = rows(Person)
_CASE = table(
    "stat_case",
    column("case_id", String),
    column("territory", String),
    column("state", String),
    column("opened_at", Instant),
    column("closed_at", Instant),
    column("useful", String),
    column("messages", Integer),
)
_REQUEST = table(
    "stat_party",
    column("case_id", String),
    column("territory", String),
    column("organisation", String),
    column("state", String),
    column("urgent", Boolean),
    column("asked_at", Instant),
    column("first_answer_at", Instant),
    column("resolved_at", Instant),
)


def measured(conn: Connection) -> tuple[list[CaseFacts], list[Request]]:
    """Every case and every request, without personal data, in a stable order."""
    cases = conn.execute(select(_CASE).order_by(_CASE.c.opened_at, _CASE.c.case_id))
    requests = conn.execute(
        select(_REQUEST).order_by(_REQUEST.c.asked_at, _REQUEST.c.case_id, _REQUEST.c.organisation)
    )
    return (
        [CaseFacts(**row._mapping) for row in cases],
        [Request(**row._mapping) for row in requests],
    )


def dead_addresses(conn: Connection, sealer: Sealer, directory: Directory, now: datetime) -> frozenset[str]:
    """Members of groups who cannot answer at `now`: suspended, or their mailbox fails for good."""
    here = _PERSON.c
    failing = or_(here.suspended.is_(True), here.suppressed_until > now)
    found = set(conn.execute(select(here.address_index).where(failing)).scalars())
    return (
        frozenset(a for a in _members(directory) if address_index(sealer, a) in found)
        if found
        else frozenset()
    )


def _members(directory: Directory) -> Iterable[str]:
    return dict.fromkeys(address for group in directory.policy.groups for address in group.members)
