"""Mails that ended unsent and nobody decided on yet: the case has to go on with others."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select, text, update

from mailrouter.core.model import Frozen
from mailrouter.store.keyring import Keyring
from mailrouter.store.outbox import SEALED_TEXT, WITH_KEY, opened_text
from mailrouter.store.rows import rows
from mailrouter.store.seal import Sealer
from mailrouter.store.tables import Outbox

_OUTBOX = rows(Outbox)
_UNREPORTED = (
    select(_OUTBOX.c.case_id, _OUTBOX.c.reason, *SEALED_TEXT)
    .select_from(WITH_KEY)
    .where(text("state = 'failed' AND NOT reported"))
    .order_by(_OUTBOX.c.created_at, _OUTBOX.c.id)
    .limit(bindparam("limit"))
)


class Failed(Frozen, frozen=True, kw_only=True):
    """A mail that will not arrive. `status` is what the last attempt said."""

    outbox_id: str
    case_id: str
    recipient: str
    status: str


def unreported(conn: Connection, sealer: Sealer, limit: int) -> list[Failed]:
    """Mails that failed for good since somebody last looked, oldest first."""
    found = conn.execute(_UNREPORTED, {"limit": limit}).all()
    keys = Keyring(conn, sealer)
    return [
        Failed(
            outbox_id=row.id,
            case_id=row.case_id,
            recipient=opened_text(keys, row)[0],
            status=row.reason,
        )
        for row in found
    ]


def reported(conn: Connection, outbox_id: str) -> None:
    """Somebody decided on this failure."""
    conn.execute(update(_OUTBOX).where(_OUTBOX.c.id == outbox_id).values(reported=True))
