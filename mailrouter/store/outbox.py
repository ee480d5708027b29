"""The outbox: mails with their final bytes, written by record, found again by id, Message-ID or provider's id.

Its other rooms, claims for the deliverer (dispatch.py) and results (settle.py), are reached from here too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update
from sqlalchemy.sql.dml import ReturningInsert

from mailrouter.core.model import Frozen, OurMail, OutboundMail
from mailrouter.store.blind import address_index, domain_index, message_index
from mailrouter.store.dispatch import Claimed, Entitled, Waiting, claim, renew
from mailrouter.store.octets import find, keep
from mailrouter.store.posting import Posting
from mailrouter.store.rows import AnyRow, row, rows, upsert_for
from mailrouter.store.seal import Erased, Sealer
from mailrouter.store.settle import Settled, settle
from mailrouter.store.tables import Outbox

__all__ = [
    "Claimed",
    "Entitled",
    "SentMail",
    "Settled",
    "Waiting",
    "again",
    "by_id",
    "by_message_id",
    "by_provider_id",
    "cancel",
    "claim",
    "enqueue",
    "open_text",
    "renew",
    "settle",
]

_OUTBOX = rows(Outbox)
_LAST_SEQ = select(func.max(_OUTBOX.c.seq)).where(
    _OUTBOX.c.recipient_index == bindparam("recipient"), _OUTBOX.c.case_id == bindparam("case")
)
_SHOWN: Final = (
    "case_id",
    "organisation",
    "group_id",
    "template",
    "audience",
    "disclosure",
    "state",
    "created_at",
)


class SentMail(Frozen, frozen=True, kw_only=True):
    """A mail of ours found again. `our` holds recipient and text, both empty once they are erased."""

    our: OurMail
    organisation: str = ""
    group: str = ""
    disclosure: str = "full"
    state: str
    message_id: str = ""
    created_at: datetime


def enqueue(
    conn: Connection,
    sealer: Sealer,
    mails: Sequence[OutboundMail],
    decision_id: str,
    now: datetime,
    not_before: datetime | None = None,
) -> int:
    """Write the mails of a decision, in order; gives how many are new (one whose key is there already is the same).

    Each gets its own data key, wrapped by its case's key (the case row must be there) or by the master key. Tokens
    are the caller's. `not_before`: an absolute time before which none leaves.
    """
    return sum(_enqueue(conn, sealer, mail, decision_id, now, not_before or now) for mail in mails)


def again(conn: Connection, sealer: Sealer, found: AnyRow, now: datetime) -> int:
    """Queue the octets of an outbox row that failed once more, under an id that follows from its own; 0 when they are
    erased or were queued again before. Message-ID and addresses stay: who got it after all sees one mail."""
    try:
        key = sealer.load_key(conn, found.data_key)
        octets = sealer.open(key, find(conn, found.id), f"outbox.octets:{found.id}")
    except Erased:
        return 0
    posting = _posting(sealer, key, found.id, found.envelope_sealed)
    mail = OutboundMail(
        id=hashlib.sha256(f"again:{found.id}".encode()).hexdigest()[:32],
        key=f"again:{found.key}",
        recipient=posting.recipient,
        mail_from=posting.mail_from,
        message_id=posting.message_id,
        octets=octets,
        template=found.template,
        case_id=found.case_id,
        organisation=found.organisation,
        group=found.group_id,
        audience=found.audience,
        disclosure=found.disclosure,
        text=_text(sealer, key, found.id, found.text_sealed),
    )
    return enqueue(conn, sealer, (mail,), found.decision_id, now)


def cancel(conn: Connection, reason: str, case_id: str, address: str = "") -> int:
    """Take queued mail of a case out of the queue, to one blind address if given; gives how many. What is on the wire
    or may be there is left to its attempt."""
    here = [_OUTBOX.c.case_id == case_id, _OUTBOX.c.state == "queued"]
    if address:
        here.append(_OUTBOX.c.recipient_index == address)
    return conn.execute(update(_OUTBOX).where(*here).values(state="cancelled", reason=reason)).rowcount


def by_id(conn: Connection, sealer: Sealer, outbox_id: str) -> SentMail | None:
    """The mail with this outbox id."""
    return _find(conn, sealer, _OUTBOX.c.id == outbox_id)


def by_message_id(conn: Connection, sealer: Sealer, message_id: str) -> SentMail | None:
    """The mail of ours with this Message-ID."""
    index = message_index(sealer, message_id)
    return _find(conn, sealer, _OUTBOX.c.message_index == index) if index else None


def by_provider_id(conn: Connection, sealer: Sealer, provider_id: str) -> SentMail | None:
    """The mail that a provider knows by this id."""
    return _find(conn, sealer, _OUTBOX.c.provider_id == provider_id) if provider_id else None


def _enqueue(
    conn: Connection,
    sealer: Sealer,
    mail: OutboundMail,
    decision_id: str,
    now: datetime,
    not_before: datetime,
) -> int:
    key_id, key = sealer.create_key(conn, f"case:{mail.case_id}" if mail.case_id else "")
    recipient = address_index(sealer, mail.recipient)
    posting = Posting(mail_from=mail.mail_from, recipient=mail.recipient, message_id=mail.message_id)
    values = row(
        Outbox,
        id=mail.id,
        key=mail.key,
        seq=_next_seq(conn, recipient, mail.case_id),
        decision_id=decision_id,
        case_id=mail.case_id,
        organisation=mail.organisation,
        group_id=mail.group,
        template=mail.template,
        audience=mail.audience,
        disclosure=mail.disclosure,
        recipient_index=recipient,
        envelope_sealed=sealer.seal(key, msgspec.json.encode(posting), f"outbox.envelope:{mail.id}"),
        message_index=message_index(sealer, mail.message_id),
        text_sealed=sealer.seal(key, mail.text.encode(), f"outbox.text:{mail.id}"),
        data_key=key_id,
        domain_index=domain_index(sealer, mail.recipient),
        next_at=not_before,
        created_at=now,
    )
    if conn.execute(_adding(conn.dialect.name), values).scalar() is None:
        sealer.destroy(conn, key_id)
        return 0
    keep(conn, mail.id, sealer.seal(key, mail.octets, f"outbox.octets:{mail.id}"))
    return 1


def _next_seq(conn: Connection, recipient: str, case_id: str) -> int:
    """Places count per recipient and case: record holds the case's row, so nobody else takes the same one."""
    return int(conn.execute(_LAST_SEQ, {"recipient": recipient, "case": case_id}).scalar() or 0) + 1


@cache
def _adding(dialect: str) -> ReturningInsert[str]:
    return upsert_for(dialect, _OUTBOX).on_conflict_do_nothing().returning(_OUTBOX.c.id)


def _find(conn: Connection, sealer: Sealer, condition: ColumnElement[bool]) -> SentMail | None:
    names = ("id", "data_key", "envelope_sealed", "text_sealed", *_SHOWN)
    found = conn.execute(select(*(_OUTBOX.c[n] for n in names)).where(condition).limit(1)).first()
    return _sent_mail(conn, sealer, found) if found else None


def open_text(conn: Connection, sealer: Sealer, found: AnyRow) -> tuple[str, str]:
    """Recipient and text of an outbox row that has id, data_key, envelope_sealed and text_sealed; '' once erased."""
    posting, text = _opened(conn, sealer, found)
    return posting.recipient, text


def _opened(conn: Connection, sealer: Sealer, found: AnyRow) -> tuple[Posting, str]:
    try:
        key = sealer.load_key(conn, found.data_key)
    except Erased:
        return Posting(), ""
    return _posting(sealer, key, found.id, found.envelope_sealed), _text(
        sealer, key, found.id, found.text_sealed
    )


def _posting(sealer: Sealer, key: bytes, outbox_id: str, sealed: bytes | None) -> Posting:
    if not sealed:
        return Posting()
    return msgspec.json.decode(sealer.open(key, sealed, f"outbox.envelope:{outbox_id}"), type=Posting)


def _text(sealer: Sealer, key: bytes, outbox_id: str, sealed: bytes | None) -> str:
    return sealer.open(key, sealed, f"outbox.text:{outbox_id}").decode() if sealed else ""


def _sent_mail(conn: Connection, sealer: Sealer, found: AnyRow) -> SentMail:
    posting, text = _opened(conn, sealer, found)
    return SentMail(
        our=OurMail(
            outbox_id=found.id,
            case_id=found.case_id,
            recipient=posting.recipient,
            text=text,
            template=found.template,
            audience=found.audience,
        ),
        organisation=found.organisation,
        group=found.group_id,
        disclosure=found.disclosure,
        state=found.state,
        message_id=posting.message_id,
        created_at=found.created_at,
    )
