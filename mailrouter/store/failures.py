"""Mails that ended unsent and nobody decided on yet: the case has to go on with others."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from mailrouter.core.model import Frozen
from mailrouter.store.outbox import open_text
from mailrouter.store.rows import rows
from mailrouter.store.seal import Sealer
from mailrouter.store.tables import Outbox

_OUTBOX = rows(Outbox)


class Failed(Frozen, frozen=True, kw_only=True):
    """A mail that will not arrive. `status` is what the last attempt said."""

    outbox_id: str
    case_id: str
    recipient: str
    status: str


def unreported(conn: Connection, sealer: Sealer, limit: int) -> list[Failed]:
    """Mails that failed for good since somebody last looked, oldest first."""
    here = _OUTBOX.c
    query = select(here.id, here.case_id, here.reason, here.data_key, here.envelope_sealed, here.text_sealed)
    found = conn.execute(
        query.where(here.state == "failed", here.reported.is_(False))
        .order_by(here.created_at, here.id)
        .limit(limit)
    ).all()
    return [
        Failed(
            outbox_id=row.id,
            case_id=row.case_id,
            recipient=open_text(conn, sealer, row)[0],
            status=row.reason,
        )
        for row in found
    ]


def reported(conn: Connection, outbox_id: str) -> None:
    """Somebody decided on this failure."""
    conn.execute(update(_OUTBOX).where(_OUTBOX.c.id == outbox_id).values(reported=True))
