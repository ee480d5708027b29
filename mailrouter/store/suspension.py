"""A suspended person: nothing more goes out to them or comes in from them, from that minute. It lives in the tables
alone, so that no file has to be edited and no policy reloaded in a hurry."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from mailrouter.core.model import SetPerson
from mailrouter.store import audit, pages
from mailrouter.store.blind import address_index
from mailrouter.store.casebook.apply import apply
from mailrouter.store.casebook.unit import Applier
from mailrouter.store.casebook.view import PERSON
from mailrouter.store.rows import rows
from mailrouter.store.seal import Sealer
from mailrouter.store.tables import Outbox

_OUTBOX = rows(Outbox)
SUSPENDED = "suspended"
_IS_SUSPENDED = select(PERSON.c.suspended).where(PERSON.c.address_index == bindparam("index"))


def suspend(conn: Connection, sealer: Sealer, address: str, who: str, reason: str, now: datetime) -> int:
    """Suspend a person (canonical address); what waits for them is cancelled. Gives how many mails that were.

    The audit log names the person by the blind index that `person` rows bear: it holds no personal data.
    """
    index = address_index(sealer, address)
    _set(Applier(conn, sealer, now), SetPerson(address=address, suspended=True))
    cancelled = conn.execute(
        update(_OUTBOX)
        .where(_OUTBOX.c.recipient_index == index, _OUTBOX.c.state == "queued")
        .values(state="cancelled", reason=SUSPENDED)
    )
    pages.end_sessions(conn, index, now)
    audit.append(conn, who, "suspend", index, reason, now)
    return int(cancelled.rowcount)


def reinstate(conn: Connection, sealer: Sealer, address: str, who: str, reason: str, now: datetime) -> None:
    """The person takes part again; what was cancelled meanwhile is not sent after all."""
    _set(Applier(conn, sealer, now), SetPerson(address=address, suspended=False))
    audit.append(conn, who, "reinstate", address_index(sealer, address), reason, now)


def is_suspended(conn: Connection, index: str) -> bool:
    """Whether the person with this blind index is suspended; asked in each attempt's own transaction."""
    return bool(conn.execute(_IS_SUSPENDED, {"index": index}).scalar())


def _set(unit: Applier, effect: SetPerson) -> None:
    apply(unit, effect, None)
    unit.flush()
