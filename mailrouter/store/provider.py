"""What a provider says later of a mail that it took: the outbox row follows, and a failure is decided on like any other."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, or_, select, update

from mailrouter.ports import ProviderEvent
from mailrouter.store.rows import rows
from mailrouter.store.tables import Outbox

_OUTBOX = rows(Outbox)


def apply_event(conn: Connection, event: ProviderEvent, now: datetime) -> bool:
    """Settle the row that the event speaks of; False when there is none. Saying it twice changes nothing."""
    by = [_OUTBOX.c.id == event.outbox_id] if event.outbox_id else []
    if event.provider_id:
        by.append(_OUTBOX.c.provider_id == event.provider_id)
    row = conn.execute(select(_OUTBOX.c.id, _OUTBOX.c.state).where(or_(*by))).first() if by else None
    if row is None:
        return False
    here = update(_OUTBOX).where(_OUTBOX.c.id == row.id)
    if event.kind == "delivered" and row.state in ("leased", "unknown", "queued"):
        conn.execute(here.values(state="sent", sent_at=now, provider_id=event.provider_id, leased_until=None))
    elif event.permanent and row.state != "failed":
        # Sent, and came back: `reported` False makes the next tick re-route the case.
        reason = f"{event.kind} {event.status}".strip()
        conn.execute(here.values(state="failed", reason=reason, reported=False, leased_until=None))
    return True
