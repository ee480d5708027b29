"""Held mail, for operators: headers, sizes and reasons; released, tried again or dropped, each act in the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from mailrouter.core.mail.wire.parse import parse
from mailrouter.store import audit, pending
from mailrouter.store.casebook.view import CASE
from mailrouter.store.inbox import load_mail
from mailrouter.store.ledger import set_disposition
from mailrouter.store.rows import rows
from mailrouter.store.seal import Erased, Sealer
from mailrouter.store.tables import Decided, Inbound

_INBOUND, _DECISION = rows(Inbound), rows(Decided)
# What an operator sees of a mail without breaking the glass: who, when, through whom; no subject, no text.
HEADERS = (
    "from",
    "to",
    "cc",
    "date",
    "message-id",
    "in-reply-to",
    "auto-submitted",
    "received",
    "authentication-results",
)


class NotHeld(Exception):
    """There is no held mail with this id."""


def show(conn: Connection, sealer: Sealer, inbound_id: str, content: bool) -> dict[str, Any] | None:
    """A held mail: envelope, headers, size, reason, fault; subject and text only with `content`. None when not held."""
    row = conn.execute(
        select(_INBOUND).where(_INBOUND.c.id == inbound_id, _INBOUND.c.disposition == "held")
    ).first()
    if row is None:
        return None
    number = (
        conn.execute(select(CASE.c.number).where(CASE.c.id == row.case_id)).scalar() if row.case_id else ""
    )
    shown: dict[str, Any] = {
        "id": row.id,
        "reason": row.reason,
        "received_at": row.received_at,
        "door": row.door,
        "size": row.size,
        "case": number or "",
        "expires_at": row.expires_at,
        "fault": row.fault,
    }
    try:
        mail = load_mail(conn, sealer, inbound_id)
    except Erased:
        return shown
    parsed = parse(mail.octets)
    names = (*HEADERS, "subject") if content else HEADERS
    shown["envelope"] = {
        "mail_from": mail.envelope.mail_from,
        "rcpt_to": list(mail.envelope.rcpt_to),
        "peer": mail.envelope.peer,
    }
    shown["headers"] = [[k, v] for k, v in parsed.headers if k in names]
    shown["defects"] = list(parsed.defects)
    if content:
        shown["text"] = parsed.text
    return shown


def release(conn: Connection, inbound_id: str, operator: str, reason: str, now: datetime) -> None:
    """The mail is decided again, vouched for by the operator."""
    if not pending.release(conn, inbound_id, f"operator:{operator}", "release", now):
        raise NotHeld(inbound_id)
    audit.append(conn, operator, "held-release", inbound_id, reason, now)


def retry(conn: Connection, inbound_id: str, operator: str, reason: str, now: datetime) -> None:
    """The mail is decided again as it is: after a fault was mended, or the policy changed."""
    decided = conn.execute(select(_DECISION.c.id).where(_DECISION.c.inbound_id == inbound_id)).first()
    by, word = (f"operator:{operator}:{now.isoformat()}", "retry") if decided else ("", "")
    if not pending.release(conn, inbound_id, by, word, now):
        raise NotHeld(inbound_id)
    audit.append(conn, operator, "held-retry", inbound_id, reason, now)


def drop(
    conn: Connection, inbound_id: str, operator: str, reason: str, now: datetime, *, until: datetime
) -> None:
    """The mail is ignored, and wiped at `until`."""
    held = select(_INBOUND.c.id).where(_INBOUND.c.id == inbound_id, _INBOUND.c.disposition == "held")
    if conn.execute(held).first() is None:
        raise NotHeld(inbound_id)
    set_disposition(conn, inbound_id, "ignored", reason="dropped", expires_at=until)
    audit.append(conn, operator, "held-drop", inbound_id, reason, now)
