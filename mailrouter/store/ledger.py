"""The ledger: every receipt has one current disposition, and counters that move with it and outlive the rows.

The law: received = opened + attached + handled + held + ignored + duplicate + pending. Counters are sharded by the
receipt's id: on PostgreSQL a single counter row would make every accept wait for the one before it to be on disk.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from sqlalchemy import Connection, String, bindparam, case, select, update

from mailrouter.core.model import Disposition
from mailrouter.store import counters
from mailrouter.store.rows import rows
from mailrouter.store.tables import Inbound

Standing = Disposition | Literal["pending"]
DISPOSITIONS: Final[tuple[Standing, ...]] = (
    "opened",
    "attached",
    "handled",
    "held",
    "ignored",
    "duplicate",
    "pending",
)
_INBOUND = rows(Inbound)
_BEFORE = select(_INBOUND.c.disposition).where(_INBOUND.c.id == bindparam("id")).with_for_update()
_MOVE = (
    update(_INBOUND)
    .where(_INBOUND.c.id == bindparam("inbound_id"), _INBOUND.c.disposition == bindparam("from"))
    .values(
        disposition=bindparam("to"),
        reason=bindparam("why"),
        expires_at=bindparam("until"),
        leased_until=None,
        leased_by="",
        case_id=case(
            (bindparam("of", type_=String) != "", bindparam("of", type_=String)), else_=_INBOUND.c.case_id
        ),
    )
)


def count(conn: Connection, inbound_id: str, amounts: dict[str, int], prefix: str = "ledger:") -> None:
    """Add to the ledger's counters in the shard of this receipt."""
    counters.add(conn, {f"{prefix}{name}:{inbound_id[0]}": n for name, n in amounts.items()})


def set_disposition(
    conn: Connection,
    inbound_id: str,
    disposition: Standing,
    reason: str = "",
    case_id: str = "",
    expires_at: datetime | None = None,
) -> str:
    """Move a receipt to its disposition, the counters with it, and end its lease; gives the disposition before.

    `case_id` empty keeps the one it has; `expires_at` is when a held or ignored mail is wiped. LookupError for an
    unknown id.
    """
    before = conn.execute(_BEFORE, {"id": inbound_id}).scalar()
    if before is None or not move(conn, inbound_id, before, disposition, reason, case_id, expires_at):
        raise LookupError(inbound_id)
    return str(before)


def move(
    conn: Connection,
    inbound_id: str,
    before: str,
    disposition: Standing,
    reason: str = "",
    case_id: str = "",
    expires_at: datetime | None = None,
) -> bool:
    """`set_disposition` where the one it has is known; False, and nothing done, when it is another by now."""
    here = {"inbound_id": inbound_id, "from": before, "to": disposition, "why": reason, "of": case_id}
    if conn.execute(_MOVE, {**here, "until": expires_at}).rowcount != 1:
        return False
    if before != disposition:
        count(conn, inbound_id, {before: -1, disposition: 1})
    return True
