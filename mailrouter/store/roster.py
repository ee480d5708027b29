"""Who works on open cases, compared with the files: after a reload each case of somebody who left falls due at once,
and an operator lets a new member into the open cases of the group."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, select

from mailrouter.core.policy.directory import Directory
from mailrouter.store import outbox
from mailrouter.store.blind import address_index
from mailrouter.store.casebook.secrets import CaseBox
from mailrouter.store.rows import AnyRow, row, rows, upsert
from mailrouter.store.seal import Sealer
from mailrouter.store.tables import Case, CaseParticipant, CaseParty, DueRow, Outbox

_CASE, _PARTICIPANT, _PARTY, _DUE = rows(Case), rows(CaseParticipant), rows(CaseParty), rows(DueRow)
_OUTBOX = rows(Outbox)
_WHO = tuple(_PARTICIPANT.c[n] for n in ("case_id", "group_id", "role", "address_index"))
OPEN = ("incomplete", "open", "done")
LEFT = "left the group"


def sweep(conn: Connection, sealer: Sealer, directory: Directory, now: datetime) -> int:
    """Make a due for each open case with a participant who is no longer in the files, and take what is queued for them
    out of the queue; how many cases. To be called in the transaction that puts the files in force."""
    there = _still_there(sealer, directory)
    found = conn.execute(
        select(_CASE.c.territory, *_WHO)
        .join(_CASE, _CASE.c.id == _PARTICIPANT.c.case_id)
        .where(_PARTICIPANT.c.removed_at.is_(None), _CASE.c.state.in_(OPEN))
    )
    _cancel_queued(conn, there)
    cases = sorted({r.case_id for r in found if not there(r)})
    for case_id in cases:
        key = f"{case_id}//roster//{int(now.timestamp())}"
        _insert(conn, key=key, case_id=case_id, kind="roster", at=now)
    return len(cases)


def _still_there(sealer: Sealer, directory: Directory) -> Callable[[AnyRow], bool]:
    """Whether the files still have who takes part, by a row of the participant and the case's territory."""
    members = {
        (group.id, address_index(sealer, address))
        for group in directory.policy.groups
        for address in (*group.members, *group.managers, group.mailbox)
        if address
    }

    def there(r: AnyRow) -> bool:
        group = directory.groups.get(r.group_id)
        if r.role != "expert" or group is None:
            return (r.group_id, r.address_index) in members
        experts = directory.experts_for(r.territory, group.organisation)
        return r.address_index in {address_index(sealer, a) for a in experts}

    return there


def _cancel_queued(conn: Connection, there: Callable[[AnyRow], bool]) -> None:
    """Delivery may come before the due: nothing of a case goes to who has left, of whatever state it is."""
    here = (_PARTICIPANT.c.case_id == _OUTBOX.c.case_id) & (
        _PARTICIPANT.c.address_index == _OUTBOX.c.recipient_index
    )
    queued = conn.execute(
        select(_CASE.c.territory, *_WHO)
        .join(_OUTBOX, here)
        .join(_CASE, _CASE.c.id == _PARTICIPANT.c.case_id)
        .where(_OUTBOX.c.state == "queued")
        .distinct()
    ).all()
    for r in queued:
        if not there(r):
            outbox.cancel(conn, LEFT, r.case_id, r.address_index)


def join(conn: Connection, sealer: Sealer, directory: Directory, address: str, now: datetime) -> int:
    """Make a due for each open case of the groups that `address` is a member of; how many cases."""
    groups = [g.id for g in directory.groups_of(address) if g.side == "operator"]
    own, index = directory.canonical(address), address_index(sealer, directory.canonical(address))
    found = conn.execute(
        select(_PARTY.c.case_id)
        .join(_CASE, _CASE.c.id == _PARTY.c.case_id)
        .where(_PARTY.c.group_id.in_(groups), _PARTY.c.state.in_(("new", "in-progress")))
        .where(_CASE.c.state.in_(OPEN))
        .distinct()
    )
    cases = sorted(found.scalars())
    for case_id in cases:
        box = CaseBox(sealer, case_id, sealer.case_key(conn, case_id))
        key = f"{case_id}//join/{index}/{int(now.timestamp())}"
        sealed = box.seal("due.address", own)
        _insert(
            conn, key=key, case_id=case_id, kind="join", at=now, address_index=index, address_sealed=sealed
        )
    return len(cases)


def _insert(conn: Connection, **values: object) -> None:
    conn.execute(upsert(conn, _DUE).values(row(DueRow, **values)).on_conflict_do_nothing())
