"""The outbox: mails with their final bytes, written by record, found again by id, Message-ID or provider's id.

Its other rooms, claims for the deliverer (dispatch.py) and results (settle.py), are reached from here too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update
from sqlalchemy.sql.dml import ReturningInsert

from mailrouter.core.model import Frozen, OurMail, OutboundMail
from mailrouter.store.blind import address_index, domain_index, message_index
from mailrouter.store.dispatch import Claimed, Entitled, Waiting, claim
from mailrouter.store.keyring import Keyring
from mailrouter.store.leases import renew
from mailrouter.store.octets import find, keep
from mailrouter.store.posting import Posting
from mailrouter.store.rows import AnyRow, row, rows, upsert_for
from mailrouter.store.seal import Erased, FreshKey, Sealer
from mailrouter.store.settle import Result, Settled, settle, settle_all
from mailrouter.store.tables import DataKey, Outbox

__all__ = [
    "Claimed",
    "Entitled",
    "Result",
    "SEALED_TEXT",
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
    "opened_text",
    "renew",
    "settle",
    "settle_all",
    "WITH_KEY",
]

_OUTBOX, _KEY = rows(Outbox), rows(DataKey)
_LAST_SEQ = select(func.max(_OUTBOX.c.seq)).where(
    _OUTBOX.c.recipient_index == bindparam("recipient"), _OUTBOX.c.case_id == bindparam("case")
)
# An outbox row's recipient and text, with the key that opens them; for `opened_text`.
SEALED_TEXT: Final = (
    *(_OUTBOX.c[n] for n in ("id", "data_key", "envelope_sealed", "text_sealed")),
    *(_KEY.c[n] for n in ("wrapped_by", "wrapped")),
)
WITH_KEY: Final = _OUTBOX.outerjoin(_KEY, _KEY.c.id == _OUTBOX.c.data_key)
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
    *,
    keys: Keyring | None = None,
    opened: Collection[str] = (),
) -> int:
    """Write the mails of a decision, in order; gives how many are new (one whose key is there already is the same).

    Each gets its own data key, wrapped by its case's key (the case row must be there, or its key in `keys`) or by the
    master key. Tokens are the caller's. `not_before`: an absolute time before which none leaves. `opened`: cases that
    this transaction opens, so that nothing of theirs is there yet.
    """
    if not mails:
        return 0
    keys = keys or Keyring(conn, sealer)
    places = _Places(conn, opened)
    ready = [_ready(keys, mail, places, decision_id, now, not_before or now) for mail in mails]
    statement = _adding(conn.dialect.name)
    # One row for one set of parameters: several are written as one statement, which one would only pay for.
    values = [one.row for one in ready] if len(ready) > 1 else ready[0].row
    added = set(conn.execute(statement, values).scalars())
    new = [one for one in ready if one.row["id"] in added]
    if new:
        sealer.store_keys(conn, *(one.key for one in new))
        keep(conn, {str(one.row["id"]): one.octets for one in new})
    return len(new)


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


class _Ready(NamedTuple):
    row: dict[str, Any]
    key: FreshKey
    octets: bytes


class _Places:
    """Places count per recipient and case: record holds the case's row, so nobody else takes the same one."""

    def __init__(self, conn: Connection, opened: Collection[str]) -> None:
        self._conn, self._opened = conn, opened
        self._last: dict[tuple[str, str], int] = {}

    def next(self, recipient: str, case_id: str) -> int:
        """The place of one more mail."""
        here = (recipient, case_id)
        if here not in self._last:
            self._last[here] = 0 if case_id in self._opened else self._stored(recipient, case_id)
        self._last[here] += 1
        return self._last[here]

    def _stored(self, recipient: str, case_id: str) -> int:
        return int(self._conn.execute(_LAST_SEQ, {"recipient": recipient, "case": case_id}).scalar() or 0)


def _ready(
    keys: Keyring,
    mail: OutboundMail,
    places: _Places,
    decision_id: str,
    now: datetime,
    not_before: datetime,
) -> _Ready:
    sealer, fresh = keys.sealer, keys.fresh(mail.case_id)
    recipient = address_index(sealer, mail.recipient)
    posting = Posting(mail_from=mail.mail_from, recipient=mail.recipient, message_id=mail.message_id)
    values = row(
        Outbox,
        id=mail.id,
        key=mail.key,
        seq=places.next(recipient, mail.case_id),
        decision_id=decision_id,
        case_id=mail.case_id,
        organisation=mail.organisation,
        group_id=mail.group,
        template=mail.template,
        audience=mail.audience,
        disclosure=mail.disclosure,
        recipient_index=recipient,
        envelope_sealed=sealer.seal(fresh.key, msgspec.json.encode(posting), f"outbox.envelope:{mail.id}"),
        message_index=message_index(sealer, mail.message_id),
        text_sealed=sealer.seal(fresh.key, mail.text.encode(), f"outbox.text:{mail.id}"),
        data_key=fresh.id,
        domain_index=domain_index(sealer, mail.recipient),
        next_at=not_before,
        created_at=now,
    )
    return _Ready(values, fresh, sealer.seal(fresh.key, mail.octets, f"outbox.octets:{mail.id}"))


@cache
def _adding(dialect: str) -> ReturningInsert[str]:
    return upsert_for(dialect, _OUTBOX).on_conflict_do_nothing().returning(_OUTBOX.c.id)


def _find(conn: Connection, sealer: Sealer, condition: ColumnElement[bool]) -> SentMail | None:
    query = select(*SEALED_TEXT, *(_OUTBOX.c[n] for n in _SHOWN)).select_from(WITH_KEY)
    found = conn.execute(query.where(condition).limit(1)).first()
    return _sent_mail(Keyring(conn, sealer), found) if found else None


def open_text(conn: Connection, sealer: Sealer, found: AnyRow) -> tuple[str, str]:
    """Recipient and text of an outbox row that has id, data_key, envelope_sealed and text_sealed; '' once erased."""
    try:
        key = sealer.load_key(conn, found.data_key)
    except Erased:
        return "", ""
    posting = _posting(sealer, key, found.id, found.envelope_sealed)
    return posting.recipient, _text(sealer, key, found.id, found.text_sealed)


def opened_text(keys: Keyring, found: AnyRow) -> tuple[str, str]:
    """The same of a row with SEALED_TEXT (from WITH_KEY): its key was read along."""
    posting, text = _opened(keys, found)
    return posting.recipient, text


def _opened(keys: Keyring, found: AnyRow) -> tuple[Posting, str]:
    try:
        key = keys.unwrap(found.data_key, found.wrapped_by, found.wrapped)
    except Erased:
        return Posting(), ""
    posting = _posting(keys.sealer, key, found.id, found.envelope_sealed)
    return posting, _text(keys.sealer, key, found.id, found.text_sealed)


def _posting(sealer: Sealer, key: bytes, outbox_id: str, sealed: bytes | None) -> Posting:
    if not sealed:
        return Posting()
    return msgspec.json.decode(sealer.open(key, sealed, f"outbox.envelope:{outbox_id}"), type=Posting)


def _text(sealer: Sealer, key: bytes, outbox_id: str, sealed: bytes | None) -> str:
    return sealer.open(key, sealed, f"outbox.text:{outbox_id}").decode() if sealed else ""


def _sent_mail(keys: Keyring, found: AnyRow) -> SentMail:
    posting, text = _opened(keys, found)
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
