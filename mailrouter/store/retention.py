"""Retention: what has outlived its time is erased, in bounded steps, and the result is proved (DOMAIN, personal data)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, delete, select, tuple_

from mailrouter.core.model import Frozen
from mailrouter.core.policy.schema import Retention
from mailrouter.store import accounts, erasure, outlived, residue, traces
from mailrouter.store.engine import Store
from mailrouter.store.ledger import set_disposition
from mailrouter.store.outlived import Calendars, Outlived
from mailrouter.store.rows import rows
from mailrouter.store.tables import DataKey, Inbound, Person, PolicyRow

BATCH: Final = 200
_INBOUND, _PERSON, _POLICY, _KEY = rows(Inbound), rows(Person), rows(PolicyRow), rows(DataKey)


class Wiped(Frozen, frozen=True, kw_only=True):
    """The proof of a wipe: what was erased, what was looked at afterwards, and what is left (nothing).

    `postponed` cases were busy and come next time. `complete`: nothing is left, neither in the rows nor, where this
    machine holds them, in the files; and deleted keys were overwritten.
    """

    dry_run: bool = False
    cases: tuple[str, ...] = ()
    mails: int = 0
    posts: int = 0
    accounts: int = 0
    policies: int = 0
    traces: int = 0
    keys: int = 0
    rows_scanned: int = 0
    octets_scanned: int = 0
    left: tuple[str, ...] = ()
    complete: bool = False
    postponed: tuple[str, ...] = ()
    overdue: tuple[str, ...] = ()


class Erased(Frozen, frozen=True, kw_only=True):
    """What erasing cases did: their numbers, and samples of what must not be found any more."""

    numbers: tuple[str, ...] = ()
    postponed: tuple[str, ...] = ()
    keys: int = 0
    rows_scanned: int = 0
    left: tuple[str, ...] = ()
    samples: tuple[bytes, ...] = ()


def run(
    store: Store, retention: Retention, calendars: Calendars, now: datetime, *, dry_run: bool = False
) -> Wiped:
    """Erase everything that is due at `now` and prove it; people whose accounts end soon are to be told. Killed at any point, the next run does the rest."""
    due = store.read(lambda conn: outlived.find(conn, retention, calendars, now))
    if dry_run:
        return Wiped(dry_run=True, **_planned(due))
    erased = erase_cases(store, due.cases, now)
    samples, keys = [*erased.samples], erased.keys
    for batch in _batches(due.mails):
        samples += store.read(partial(_samples_of_mails, ids=batch))
        keys += store.write(partial(_erase_mails, ids=batch))
    for batch in _batches(due.posts):
        keys += store.write(partial(erasure.erase_posts, outbox_ids=batch))
    keys += store.write(lambda conn: _erase_accounts(conn, due.accounts))
    keys += store.write(lambda conn: _erase_policies(conn, due.policies))
    store.write(lambda conn: accounts.expect_reminders(conn, retention, now))
    gone = sum(store.write(step) for step in traces.steps(retention, now))
    proved = prove(store, erased, samples)
    return Wiped(
        **_planned(due) | {"cases": erased.numbers},
        traces=gone,
        keys=keys,
        postponed=erased.postponed,
        **proved,
    )


def erase_cases(store: Store, cases: Sequence[tuple[str, str]], now: datetime) -> Erased:
    """Erase these cases, (id, number) each, one transaction a case, and look at what is left of each."""
    numbers: list[str] = []
    postponed: list[str] = []
    left: list[str] = []
    samples: list[bytes] = []
    keys = scanned = 0
    for case_id, number in cases:
        samples += store.read(partial(_samples_of_case, case_id=case_id))
        try:
            found = store.write(partial(erasure.erase_case, case_id=case_id, now=now))
        except erasure.Busy:
            postponed.append(number)
            continue
        remains, looked_at = store.read(partial(erasure.remains, found=found))
        numbers.append(number)
        left += [f"{number}: {what}" for what in remains]
        keys, scanned = keys + len(found.keys), scanned + looked_at
    return Erased(
        numbers=tuple(numbers),
        postponed=tuple(postponed),
        keys=keys,
        rows_scanned=scanned,
        left=tuple(left),
        samples=tuple(samples) if numbers else (),
    )


def prove(store: Store, erased: Erased, samples: Sequence[bytes]) -> dict[str, Any]:
    """Overwrite what was deleted, then look for it: in the rows, and in the files where they are on this machine."""
    scrubbed = store.scrub()
    found, octets = residue.look_for(samples, store.files())
    left = (*erased.left, *([f"{found} erased values still in the files"] if found else ()))
    left = (*left, *(() if scrubbed else ("deleted rows not overwritten yet: a reader holds the file",)))
    return {
        "rows_scanned": erased.rows_scanned,
        "octets_scanned": octets,
        "left": left,
        "complete": not left,
    }


def _planned(due: Outlived) -> dict[str, Any]:
    return {
        "cases": tuple(number for _, number in due.cases),
        "mails": len(due.mails),
        "posts": len(due.posts),
        "accounts": len(due.accounts),
        "policies": len(due.policies),
        "overdue": due.overdue,
    }


def _samples_of_case(conn: Connection, case_id: str) -> list[bytes]:
    found = erasure.extent(conn, case_id)
    return residue.samples(conn, found.keys, (case_id,), (*found.inbound, *found.outbox))


def _samples_of_mails(conn: Connection, ids: Sequence[str]) -> list[bytes]:
    keys = conn.execute(select(_INBOUND.c.data_key).where(_INBOUND.c.id.in_(ids))).scalars().all()
    return residue.samples(conn, keys, (), ids)


def _erase_mails(conn: Connection, ids: Sequence[str]) -> int:
    """What is still held has been waited for in vain; what was released meanwhile stays."""
    here = select(_INBOUND.c.id, _INBOUND.c.disposition).where(
        _INBOUND.c.id.in_(ids), _INBOUND.c.disposition != "pending"
    )
    found = conn.execute(here.with_for_update()).all()
    for mail in found:
        if mail.disposition == "held":
            set_disposition(conn, mail.id, "ignored", reason="expired")
    return erasure.erase_mails(conn, [mail.id for mail in found])


def _erase_accounts(conn: Connection, indexes: Sequence[str]) -> int:
    here = _PERSON.c.address_index.in_(indexes)
    keys = conn.execute(select(_PERSON.c.data_key).where(here)).scalars().all()
    conn.execute(delete(_PERSON).where(here))
    return conn.execute(delete(_KEY).where(_KEY.c.id.in_(keys))).rowcount


def _erase_policies(conn: Connection, policies: Sequence[tuple[str, str]]) -> int:
    here = tuple_(_POLICY.c.digest, _POLICY.c.generation).in_(list(policies))
    keys = conn.execute(select(_POLICY.c.data_key).where(here)).scalars().all()
    conn.execute(delete(_POLICY).where(here))
    return conn.execute(delete(_KEY).where(_KEY.c.id.in_(keys))).rowcount


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
