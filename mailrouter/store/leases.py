"""Leases: a round of claims; and of mails on the wire who is busy, what ran out, and keeping one's own.

A deliverer that is killed between wire and result leaves a leased row. When the lease runs out the mail is `unknown`.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from sqlalchemy import Connection, bindparam, select, text, update

from mailrouter.store.rows import rows
from mailrouter.store.tables import UNSETTLED, AttemptRow, Outbox
from mailrouter.store.types import among

LOST: Final = "the deliverer ended without a word"
T = TypeVar("T")
_OUTBOX, _ATTEMPT = rows(Outbox), rows(AttemptRow)
# Few: what is on the wire now.
_LEASED = select(_OUTBOX.c.domain_index, _OUTBOX.c.leased_until).where(
    text(f"state = 'leased' AND {UNSETTLED}")
)
_LOST = (
    select(_OUTBOX.c.id, _OUTBOX.c.attempts)
    .where(text(f"state = 'leased' AND {UNSETTLED}"), _OUTBOX.c.leased_until <= bindparam("now"))
    .with_for_update(skip_locked=True)
)
_END = (
    update(_ATTEMPT)
    .where(_ATTEMPT.c.outbox_id == bindparam("of"), _ATTEMPT.c.n == bindparam("nth"))
    .where(_ATTEMPT.c.finished_at.is_(None))
    .values(finished_at=bindparam("at"), outcome="unknown", text=LOST)
)
_COME_BACK = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("of"))
    .values(state=bindparam("to"), next_at=bindparam("at"), leased_until=None, leased_by="")
)
_RENEW = (
    update(_OUTBOX)
    .where(among(_OUTBOX.c.id, "ids"), _OUTBOX.c.state == "leased", _OUTBOX.c.leased_by == bindparam("node"))
    .values(leased_until=bindparam("until"))
)


class Round(list[T]):
    """What was claimed at once. `more`: something was left or stepped over, so that another look pays as soon as this
    is done; else there is nothing to look for until somebody wakes the loop. `set_aside`: how many were held instead
    of claimed, which the operators are to be told."""

    def __init__(self, claimed: Iterable[T] = (), *, more: bool = False, set_aside: int = 0) -> None:
        super().__init__(claimed)
        self.more = more
        self.set_aside = set_aside


def renew(conn: Connection, outbox_ids: Sequence[str], node: str, until: datetime) -> None:
    """Keep the leases of mails that this node is still handing over."""
    conn.execute(_RENEW, {"ids": outbox_ids, "node": node, "until": until})


def busy_domains(conn: Connection, now: datetime, lost: str) -> Tally[str]:
    """How many mails are leased, by domain. Those whose lease ran out get the state `lost` first."""
    leased = conn.execute(_LEASED).all()
    if any(one.leased_until <= now for one in leased):
        _expire(conn, now, lost)
    return Tally(one.domain_index for one in leased if one.leased_until > now)


def _expire(conn: Connection, now: datetime, state: str) -> None:
    """Leases that ran out: the attempt's outcome is unknown, and so is the mail's."""
    found = conn.execute(_LOST, {"now": now}).all()
    if found:
        conn.execute(_END, [{"of": outbox_id, "nth": n, "at": now} for outbox_id, n in found])
        conn.execute(_COME_BACK, [{"of": outbox_id, "to": state, "at": now} for outbox_id, _ in found])
