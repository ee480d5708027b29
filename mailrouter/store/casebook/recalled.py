"""What became of the mail that another one recalls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select

from mailrouter.core.decide.acts.recalling import recalled_subject
from mailrouter.core.mail.basesubject import base_subject
from mailrouter.core.model import CaseMessage, CaseView, Message, Recalled
from mailrouter.core.policy.directory import Directory
from mailrouter.store.blind import address_index, subject_index
from mailrouter.store.casebook.view import CASE, MESSAGE, load_case
from mailrouter.store.past import past
from mailrouter.store.rows import rows
from mailrouter.store.seal import Sealer
from mailrouter.store.tables import Decided, Inbound, Outbox

DECISION, INBOUND, OUTBOX = rows(Decided), rows(Inbound), rows(Outbox)
# A recall comes minutes after the mail, not weeks.
WITHIN = timedelta(days=1)
# What carries somebody's words to others.
CARRYING = (
    "message",
    "answer",
    "advice",
    "note",
    "joined",
    "irrelevant",
    "new-case-agent",
    "new-case-mailbox",
    "new-case-expert",
)
RECEIPT = "receipt"
_HELD = (
    select(DECISION.c.id, INBOUND.c.id)
    .join(INBOUND, INBOUND.c.id == DECISION.c.inbound_id)
    .where(INBOUND.c.disposition == "held", INBOUND.c.received_at >= bindparam("since"))
    .order_by(INBOUND.c.received_at.desc(), DECISION.c.at.desc())
    .limit(200)
)


class RecallReader:
    """Reads the fate of a recalled mail within one transaction."""

    def __init__(self, sealer: Sealer, directory: Directory) -> None:
        self.sealer, self.directory = sealer, directory

    def recalled(
        self, conn: Connection, message: Message, author: str, cases: Sequence[CaseView], now: datetime
    ) -> tuple[Recalled | None, tuple[CaseView, ...]]:
        """The newest mail of `author` that this one recalls and the cases with that of it; (None, `cases`) when this
        is no recall, or of nothing that is known."""
        subject = recalled_subject(message)
        if subject is None:
            return None, tuple(cases)
        known = tuple(cases) or self._opened_with(conn, author, subject)
        own = [(m, c) for c in known for m in c.messages if m.author == author and m.at > now - WITHIN]
        newest, case = max(own, key=lambda pair: pair[0].at, default=(None, None))
        held = self._held(conn, author, subject, newest.at if newest else now - WITHIN)
        if held:
            return Recalled(held=held), tuple(cases)
        if newest is None or case is None:
            return None, tuple(cases)
        return self._fate(conn, newest, case, author), known

    def _held(self, conn: Connection, author: str, subject: str, since: datetime) -> str:
        """The newest mail of `author` with this subject that is held and came since then: '' without any. Held mails
        of a day are few; author and subject are sealed, so what was decided on is opened, not the mail."""
        for decision_id, inbound_id in conn.execute(_HELD, {"since": since}).tuples():
            facts = past(conn, self.sealer, decision_id).facts
            read = facts.message if facts else None
            written = read.author.address if read and read.author else ""
            same = read is not None and base_subject(read.subject) == base_subject(subject)
            if same and self.directory.canonical(written) == author:
                return str(inbound_id)
        return ""

    def _opened_with(self, conn: Connection, author: str, subject: str) -> tuple[CaseView, ...]:
        found = conn.execute(
            select(CASE.c.id)
            .where(CASE.c.creator_index == address_index(self.sealer, author))
            .where(CASE.c.subject_index == subject_index(self.sealer, base_subject(subject)))
            .order_by(CASE.c.opened_at.desc())
            .limit(1)
        ).scalar()
        case = load_case(conn, self.sealer, found) if found else None
        return (case,) if case else ()

    def _fate(self, conn: Connection, message: CaseMessage, case: CaseView, author: str) -> Recalled:
        mine = address_index(self.sealer, author)
        carried = conn.execute(
            select(OUTBOX.c.id, OUTBOX.c.state, OUTBOX.c.organisation, OUTBOX.c.template)
            .join(DECISION, DECISION.c.id == OUTBOX.c.decision_id)
            .join(MESSAGE, MESSAGE.c.inbound_id == DECISION.c.inbound_id)
            .where(MESSAGE.c.id == message.id, OUTBOX.c.template.in_((*CARRYING, RECEIPT)))
            .where((OUTBOX.c.recipient_index != mine) | (OUTBOX.c.template == RECEIPT))
            .order_by(OUTBOX.c.seq)
        ).all()
        # Under way or of unknown fate counts as gone: nobody can call it back.
        left = [r for r in carried if r.state in ("leased", "sent", "unknown")]
        gone = [r.organisation for r in left if r.template != RECEIPT]
        # The receipt says that it went out: it waits no longer when nothing did.
        stops = CARRYING if gone else (*CARRYING, RECEIPT)
        return Recalled(
            case_id=case.id,
            message_id=message.id,
            waiting=tuple(r.id for r in carried if r.state == "queued" and r.template in stops),
            gone=tuple(dict.fromkeys(gone)),
            first=bool(case.messages) and case.messages[0].id == message.id,
        )
