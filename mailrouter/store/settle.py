"""Settle: the result of an attempt becomes the mail's state, its next try, or its end.

Retries follow RFC 5321 4.5.4.1: soon at first, then every few hours, given up after four days. Its thirty minutes
between tries protect foreign hosts; our peer is the configured relay, so the first tries may come sooner.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from mailrouter.core.model import Attempt, Frozen
from mailrouter.store.rows import AnyRow, rows
from mailrouter.store.tables import AttemptRow, Outbox

GIVE_UP: Final = timedelta(days=4)
WAITS: Final = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60, 120, 180))
# So that a relay that comes back does not meet every waiting mail in the same second.
_JITTER: Final = 0.2
_OUTBOX, _ATTEMPT = rows(Outbox), rows(AttemptRow)
_MAIL = (
    select(_OUTBOX.c.id, _OUTBOX.c.case_id, _OUTBOX.c.state, _OUTBOX.c.attempts, _OUTBOX.c.created_at)
    .where(_OUTBOX.c.id == bindparam("id"))
    .with_for_update()
)
_THIS = (_ATTEMPT.c.outbox_id == bindparam("of"), _ATTEMPT.c.n == bindparam("nth"))
_FINISHED = select(_ATTEMPT.c.finished_at).where(*_THIS)
_FINISH = (
    update(_ATTEMPT)
    .where(*_THIS)
    .values(
        {name: bindparam(name) for name in ("finished_at", "outcome", "code", "enhanced", "text", "relay")}
    )
)


class Settled(Frozen, frozen=True, kw_only=True):
    """Where the mail stands. `final_failure`: it ended unsent just now, someone has to be told.
    `late`: the attempt was no longer the current one, and nothing changed."""

    outbox_id: str
    case_id: str
    state: str
    next_at: datetime | None = None
    final_failure: bool = False
    late: bool = False


def settle(conn: Connection, outbox_id: str, n: int, attempt: Attempt, now: datetime) -> Settled:
    """Record the result of attempt `n`, or of looking it up. LookupError for an unknown mail or attempt.

    One attempt that was sent makes the mail sent, also when its answer comes after the lease ran out.
    """
    mail = conn.execute(_MAIL, {"id": outbox_id}).first()
    if mail is None:
        raise LookupError(outbox_id)
    looked_up = _finish(conn, outbox_id, n, attempt, now)
    current = mail.state == "leased" and mail.attempts == n
    still_open = mail.state in ("queued", "leased", "unknown")
    if not current and not (attempt.outcome == "sent" and still_open):
        return Settled(outbox_id=outbox_id, case_id=mail.case_id, state=mail.state, late=True)
    settled = _judge(mail, n, attempt, now, looked_up)
    _store(conn, settled, attempt, now)
    return settled


def next_try(outbox_id: str, n: int, now: datetime, created_at: datetime) -> datetime:
    """When to try again after attempt `n`: the last try falls on the hour of giving up. The jitter derives from the
    id, so that a replayed settle gives the same time."""
    wait = WAITS[min(n, len(WAITS)) - 1]
    spread = int.from_bytes(hashlib.sha256(f"{outbox_id}:{n}".encode()).digest()[:4], "big") / 2**32
    return min(now + wait * (1 + _JITTER * spread), max(now, created_at + GIVE_UP))


def _finish(conn: Connection, outbox_id: str, n: int, attempt: Attempt, now: datetime) -> bool:
    """Complete the attempt's row; whether it was complete before (then this is the answer to a look-up)."""
    this = {"of": outbox_id, "nth": n}
    before = conn.execute(_FINISHED, this).first()
    if before is None:
        raise LookupError(f"{outbox_id} has no attempt {n}")
    result = {name: getattr(attempt, name) for name in ("outcome", "code", "enhanced", "text", "relay")}
    conn.execute(_FINISH, {**this, **result, "finished_at": now})
    return before.finished_at is not None


def _judge(mail: AnyRow, n: int, attempt: Attempt, now: datetime, looked_up: bool) -> Settled:
    to = {"outbox_id": mail.id, "case_id": mail.case_id}
    if attempt.outcome == "sent":
        return Settled(**to, state="sent")
    if attempt.outcome == "failed" or now >= mail.created_at + GIVE_UP:
        return Settled(**to, state="failed", final_failure=True)
    if attempt.outcome == "unknown":
        return Settled(**to, state="unknown", next_at=next_try(mail.id, n, now, mail.created_at))
    # Looked up and surely not there: nothing to wait for.
    return Settled(
        **to, state="queued", next_at=now if looked_up else next_try(mail.id, n, now, mail.created_at)
    )


def _store(conn: Connection, settled: Settled, attempt: Attempt, now: datetime) -> None:
    values: dict[str, Any] = {"state": settled.state, "leased_until": None, "leased_by": ""}
    if settled.next_at is not None:
        values["next_at"] = settled.next_at
    if settled.state == "sent":
        values |= {"sent_at": now, "provider_id": attempt.provider_id}
    if settled.final_failure:
        gave_up = "" if attempt.outcome == "failed" else f"given up after {GIVE_UP.days} days: "
        values["reason"] = f"{gave_up}{attempt.code} {attempt.enhanced}".strip()
    conn.execute(update(_OUTBOX).where(_OUTBOX.c.id == settled.outbox_id).values(values))
