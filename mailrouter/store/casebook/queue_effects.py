"""Effects on what waits: dues, mail of ours that was missed, tokens, held mail."""

from __future__ import annotations

from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, delete, select, update

from mailrouter.core.model import (
    CancelDue,
    CaseView,
    Due,
    Missed,
    Release,
    ReleaseWaiting,
    Resend,
    ScheduleDue,
    StopMails,
    UseToken,
)
from mailrouter.store import pending
from mailrouter.store.blind import address_index
from mailrouter.store.casebook.people_effects import known
from mailrouter.store.casebook.unit import Applier, Stale
from mailrouter.store.casebook.view import DUE, FILE, MESSAGE
from mailrouter.store.outbox import again
from mailrouter.store.rows import row, rows, upsert_for
from mailrouter.store.tables import (
    DataKey,
    DueRow,
    Outbox,
    Token,
)
from mailrouter.store.types import among

TOKEN, OUTBOX, KEY = rows(Token), rows(Outbox), rows(DataKey)
FULL: Final = "mailbox full"
_REPLACE = (
    update(DUE)
    .where(DUE.c.case_id == bindparam("case"), DUE.c.organisation == bindparam("by"))
    .where(DUE.c.kind == bindparam("of"), DUE.c.address_index == bindparam("index"))
    .where(DUE.c.done_at.is_(None), DUE.c.key != bindparam("than"))
    .values(done_at=bindparam("now"))
)
_CANCEL = (
    update(DUE)
    .where(DUE.c.case_id == bindparam("of"), among(DUE.c.kind, "kinds"), DUE.c.done_at.is_(None))
    .values(done_at=bindparam("now"), leased_until=None)
)
_CANCEL_OF_ONE = _CANCEL.where(DUE.c.organisation == bindparam("by"))
_MISSED = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("of"), OUTBOX.c.state.in_(("sent", "failed")))
    .values(state="failed", reason=bindparam("why"), reported=True)
)
_WAS_FULL = (
    select(OUTBOX)
    .where(OUTBOX.c.recipient_index == bindparam("index"), OUTBOX.c.state == "failed")
    .where(OUTBOX.c.reason.startswith(FULL))
    .order_by(OUTBOX.c.seq)
)
_SPENT = update(TOKEN).where(TOKEN.c.row_id == bindparam("of")).values(used_at=bindparam("now"))


def schedule_due(a: Applier, e: ScheduleDue, after: CaseView | None) -> None:
    """A due takes the place of the one before it in its slot."""
    due = e.due
    key, index = _key(a, due.key, due.address), address_index(a.sealer, due.address) if due.address else ""
    slot = (due.case_id, due.organisation, due.kind, index)
    if slot in a.slots:
        a.write(DUE)
    if due.case_id not in a.opened or slot in a.slots:
        here = dict(zip(("case", "by", "of", "index"), slot, strict=True))
        a.put(_REPLACE, {**here, "than": key, "now": a.now})
    a.slots.add(slot)
    values = row(
        DueRow,
        key=key,
        case_id=due.case_id,
        organisation=due.organisation,
        kind=due.kind,
        address_index=index,
        address_sealed=_sealed_address(a, due),
        step=due.step,
        at=due.at,
    )
    a.put(_scheduling(a.conn.dialect.name), values)


@cache
def _scheduling(dialect: str) -> Insert:
    statement = upsert_for(dialect, DUE)
    again = {
        "done_at": None,
        "at": statement.excluded.at,
        "step": statement.excluded.step,
        "leased_until": None,
    }
    return statement.on_conflict_do_update(index_elements=["key"], set_=again)


def _sealed_address(a: Applier, due: Due) -> bytes | None:
    """Under the case's key; a due of a person alone (a digest) is told by the person's own row."""
    if not due.address:
        return None
    if due.case_id:
        return a.box(due.case_id).seal("due.address", due.address)
    known(a, due.address)
    return None


def _key(a: Applier, key: str, address: str) -> str:
    """The due's key without the address in clear."""
    return key.replace(f"/{address}/", f"/{address_index(a.sealer, address)}/") if address else key


def cancel_due(a: Applier, e: CancelDue, after: CaseView | None) -> None:
    """Dues of these kinds end."""
    here = {"of": e.case_id, "kinds": e.kinds, "now": a.now}
    if e.organisation:
        a.execute(_CANCEL_OF_ONE, {**here, "by": e.organisation})
    else:
        a.execute(_CANCEL, here)


def missed(a: Applier, e: Missed, after: CaseView | None) -> None:
    """Our mail did not arrive, as the mailbox is full."""
    a.execute(_MISSED, {"of": e.outbox_id, "why": f"{FULL}: {e.status}"})


def resend(a: Applier, e: Resend, after: CaseView | None) -> None:
    """The same octets, in rows of their own: the old ones have their end, and a transport takes each id once."""
    missed = a.conn.execute(_WAS_FULL, {"index": address_index(a.sealer, e.address)}).all()
    for found in missed:
        again(a.conn, a.sealer, found, a.now)


def stop_mails(a: Applier, e: StopMails, after: CaseView | None) -> None:
    """Recalled: what waits is cancelled; Stale when some of it left meanwhile, since its author is told what did."""
    waiting = OUTBOX.c.id.in_(e.outbox_ids) & (OUTBOX.c.state == "queued")
    stopped = a.conn.execute(update(OUTBOX).where(waiting).values(state="cancelled", reason="recalled"))
    if stopped.rowcount != len(e.outbox_ids):
        raise Stale("some of it left meanwhile")
    if e.forget:
        a.write(MESSAGE)
        text = a.box(e.case_id).seal("message.text", "")
        a.conn.execute(update(MESSAGE).where(MESSAGE.c.id == e.message_id).values(text_sealed=text))
        files = FILE.c.message_id == e.message_id
        keys = a.conn.execute(select(FILE.c.data_key).where(files)).scalars().all()
        a.conn.execute(delete(FILE).where(files))
        a.conn.execute(delete(KEY).where(KEY.c.id.in_(keys)))


def use_token(a: Applier, e: UseToken, after: CaseView | None) -> None:
    """A single-use token is spent."""
    a.execute(_SPENT, {"of": e.row_id, "now": a.now})


def release(a: Applier, e: Release, after: CaseView | None) -> None:
    """A held mail goes on."""
    pending.release(a.conn, e.inbound_id, e.by, e.word, a.now)


def release_waiting(a: Applier, e: ReleaseWaiting, after: CaseView | None) -> None:
    """Held mails that wait for a vouch go on."""
    pending.release_waiting(a.conn, a.sealer.blind("waits-for", e.waits_for), e.by, a.now)
