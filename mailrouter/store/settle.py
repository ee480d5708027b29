"""Settle: the result of an attempt becomes the mail's state, its next try, or its end.

Retries follow RFC 5321 4.5.4.1: soon at first, then every few hours, given up after four days. Its thirty minutes
between tries protect foreign hosts; our peer is the configured relay, so the first tries may come sooner.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, func, select, update

from mailrouter.core.model import Attempt, Frozen
from mailrouter.store.rows import AnyRow, rows
from mailrouter.store.tables import AttemptRow, Outbox
from mailrouter.store.types import among

GIVE_UP: Final = timedelta(days=4)
WAITS: Final = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60, 120, 180))
# So that a relay that comes back does not meet every waiting mail in the same second.
_JITTER: Final = 0.2
_OUTBOX, _ATTEMPT = rows(Outbox), rows(AttemptRow)
_STANDING = (
    select(
        *(_OUTBOX.c[n] for n in ("id", "case_id", "state", "attempts", "created_at")),
        _ATTEMPT.c.n,
        _ATTEMPT.c.finished_at,
    )
    .select_from(_OUTBOX.outerjoin(_ATTEMPT, _ATTEMPT.c.outbox_id == _OUTBOX.c.id))
    .where(among(_OUTBOX.c.id, "ids"))
    .order_by(_OUTBOX.c.id)
    .with_for_update(of=_OUTBOX)
)
_FINISH = (
    update(_ATTEMPT)
    .where(_ATTEMPT.c.outbox_id == bindparam("of"), _ATTEMPT.c.n == bindparam("nth"))
    .values(
        {name: bindparam(name) for name in ("finished_at", "outcome", "code", "enhanced", "text", "relay")}
    )
)
# None leaves a column as it is: one statement for every outcome, so that a batch is written at once.
_KEPT: Final = ("next_at", "sent_at", "provider_id", "reason")
_STORE = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("outbox_id"))
    .values(
        {
            "state": bindparam("to"),
            "leased_until": None,
            "leased_by": "",
            **{n: func.coalesce(bindparam(f"new_{n}", type_=_OUTBOX.c[n].type), _OUTBOX.c[n]) for n in _KEPT},
        }
    )
)


class Result(NamedTuple):
    """What came of attempt `n` at a mail, or of looking it up."""

    outbox_id: str
    n: int
    attempt: Attempt


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
    return settle_all(conn, [Result(outbox_id, n, attempt)], now)[0]


def settle_all(conn: Connection, results: Sequence[Result], now: datetime) -> list[Settled]:
    """`settle` for the results of one round, each of another mail."""
    standing = _standing(conn, results)
    _finish(conn, results, now)
    settled: list[Settled] = []
    changes: list[dict[str, Any]] = []
    for (outbox_id, n, attempt), mail in zip(results, standing, strict=True):
        current = mail.state == "leased" and mail.attempts == n
        still_open = mail.state in ("queued", "leased", "unknown")
        if current or (attempt.outcome == "sent" and still_open):
            settled.append(_judge(mail, n, attempt, now, looked_up=mail.finished_at is not None))
            changes.append(_change(settled[-1], attempt, now))
        else:
            late = Settled(outbox_id=outbox_id, case_id=mail.case_id, state=mail.state, late=True)
            settled.append(late)
    if changes:
        conn.execute(_STORE, changes)
    return settled


def next_try(outbox_id: str, n: int, now: datetime, created_at: datetime) -> datetime:
    """When to try again after attempt `n`: the last try falls on the hour of giving up. The jitter derives from the
    id, so that a replayed settle gives the same time."""
    wait = WAITS[min(n, len(WAITS)) - 1]
    spread = int.from_bytes(hashlib.sha256(f"{outbox_id}:{n}".encode()).digest()[:4], "big") / 2**32
    return min(now + wait * (1 + _JITTER * spread), max(now, created_at + GIVE_UP))


def _standing(conn: Connection, results: Sequence[Result]) -> list[AnyRow]:
    """Each mail with its attempt, locked. LookupError when one is unknown. An attempt that is complete already is
    answered by a look-up."""
    found = conn.execute(_STANDING, {"ids": sorted({r.outbox_id for r in results})}).all()
    by_attempt = {(row.id, row.n): row for row in found}
    missing = [(r.outbox_id, r.n) for r in results if (r.outbox_id, r.n) not in by_attempt]
    if missing:
        raise LookupError(f"no such mail or attempt: {missing}")
    return [by_attempt[r.outbox_id, r.n] for r in results]


def _finish(conn: Connection, results: Sequence[Result], now: datetime) -> None:
    """Complete the attempts' rows."""
    names = ("outcome", "code", "enhanced", "text", "relay")
    conn.execute(
        _FINISH,
        [
            {
                "of": r.outbox_id,
                "nth": r.n,
                "finished_at": now,
                **{name: getattr(r.attempt, name) for name in names},
            }
            for r in results
        ],
    )


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


def _change(settled: Settled, attempt: Attempt, now: datetime) -> dict[str, Any]:
    """The columns that change; None for those that stay."""
    sent = settled.state == "sent"
    reason = None
    if settled.final_failure:
        gave_up = "" if attempt.outcome == "failed" else f"given up after {GIVE_UP.days} days: "
        reason = f"{gave_up}{attempt.code} {attempt.enhanced}".strip()
    return {
        "outbox_id": settled.outbox_id,
        "to": settled.state,
        "new_next_at": settled.next_at,
        "new_sent_at": now if sent else None,
        "new_provider_id": attempt.provider_id if sent else None,
        "new_reason": reason,
    }
