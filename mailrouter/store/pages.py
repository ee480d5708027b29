"""Rows of the secure page: links, questions for a code, sessions. What the browser holds is never stored, only its blind
index, so that a copy of the database opens no page."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, and_, insert, select, update

from mailrouter.core.model import CaseView, Frozen, Participant
from mailrouter.store import audit, counters
from mailrouter.store.blind import address_index
from mailrouter.store.rows import row, rows
from mailrouter.store.seal import Erased, Sealer
from mailrouter.store.tables import PageAsk, PageSession, Person, Token

_TOKEN, _ASK, _SESSION, _PERSON = rows(Token), rows(PageAsk), rows(PageSession), rows(Person)

TRIES: Final = 5
"""Wrong codes that one question takes."""


class Link(Frozen, frozen=True, kw_only=True):
    """What a link stands for: the case, and the participant it was sent to."""

    row_id: int
    case_id: str
    address: str


def find_link(conn: Connection, sealer: Sealer, row_id: int) -> Link | None:
    """The link behind a token, unless it was revoked, its case is wiped, or its person suspended."""
    found = conn.execute(select(_TOKEN).where(_TOKEN.c.row_id == row_id, _TOKEN.c.kind == "page")).first()
    if found is None or found.revoked_at is not None or found.address_sealed is None:
        return None
    if _suspended(conn, found.address_index):
        return None
    try:
        key = sealer.case_key(conn, found.case_id)
    except Erased:
        return None
    address = sealer.open(key, found.address_sealed, "token.address").decode()
    return Link(row_id=row_id, case_id=found.case_id, address=address)


def participant_at(sealer: Sealer, case: CaseView, index: str) -> Participant | None:
    """The active participant of a case whose address has this blind index."""
    return next(
        (p for p in case.active() if hmac.compare_digest(address_index(sealer, p.address), index)), None
    )


def ask_id(sealer: Sealer, cookie: str) -> str:
    """The id of the question whose browser holds `cookie`."""
    return sealer.blind("page-ask", cookie)


def ask(
    conn: Connection,
    sealer: Sealer,
    link: Link,
    index: str,
    ask: str,
    code: str,
    now: datetime,
    until: datetime,
) -> None:
    """Write a question for a code. `index`: the blind index of who would read."""
    values = row(
        PageAsk,
        id=ask,
        row_id=link.row_id,
        case_id=link.case_id,
        address_index=index,
        code_hash=_code_hash(sealer, ask, code),
        created_at=now,
        expires_at=until,
    )
    conn.execute(insert(_ASK).values(values))
    audit.append(conn, f"page:{index}", "page-code-asked", link.case_id, "", now)


def asked(conn: Connection, sealer: Sealer, cookie: str, row_id: int, now: datetime) -> str:
    """The blind index of who would read, when the browser with this cookie asked for a code on this link and may still
    enter it; '' otherwise. Nothing is used up."""
    open_ = and_(_ASK.c.used_at.is_(None), _ASK.c.expires_at > now, _ASK.c.tries < TRIES)
    here = and_(_ASK.c.id == ask_id(sealer, cookie), _ASK.c.row_id == row_id)
    return str(conn.execute(select(_ASK.c.address_index).where(here, open_)).scalar() or "")


def enter(
    conn: Connection,
    sealer: Sealer,
    cookie: str,
    row_id: int,
    code: str,
    session: str,
    now: datetime,
    until: datetime,
) -> bool:
    """Try a code. When it is right the question is used up and `session` (a cookie to be) is opened until `until`. The try
    is counted before the code is looked at, so that any number of browsers at once have the same few tries."""
    here = and_(_ASK.c.id == ask_id(sealer, cookie), _ASK.c.row_id == row_id)
    open_ = and_(_ASK.c.used_at.is_(None), _ASK.c.expires_at > now, _ASK.c.tries < TRIES)
    counted = update(_ASK).where(here, open_).values(tries=_ASK.c.tries + 1).returning(_ASK)
    found = conn.execute(counted).first()
    expected = found.code_hash if found else sealer.blind("page-code", "")
    right = hmac.compare_digest(_code_hash(sealer, ask_id(sealer, cookie), code), expected)
    if found is None:
        return False
    if not right:
        audit.append(conn, f"page:{found.address_index}", "page-code-refused", found.case_id, "", now)
        return False
    conn.execute(update(_ASK).where(here).values(used_at=now))
    opened = row(
        PageSession,
        id=_session_id(sealer, session),
        address_index=found.address_index,
        created_at=now,
        expires_at=until,
    )
    conn.execute(insert(_SESSION).values(opened))
    audit.append(conn, f"page:{found.address_index}", "page-session-opened", found.case_id, "", now)
    return True


def reader(conn: Connection, sealer: Sealer, cookie: str, now: datetime) -> str:
    """The blind index of whose session this cookie is; '' when it is over, revoked or none, or its person suspended."""
    if not cookie:
        return ""
    live = and_(_SESSION.c.revoked_at.is_(None), _SESSION.c.expires_at > now)
    query = select(_SESSION.c.address_index).where(_SESSION.c.id == _session_id(sealer, cookie), live)
    index = str(conn.execute(query).scalar() or "")
    return "" if _suspended(conn, index) else index


def end_session(conn: Connection, sealer: Sealer, cookie: str, now: datetime) -> None:
    """The reader leaves."""
    here = _SESSION.c.id == _session_id(sealer, cookie)
    conn.execute(update(_SESSION).where(here, _SESSION.c.revoked_at.is_(None)).values(revoked_at=now))


def end_sessions(conn: Connection, index: str, now: datetime) -> None:
    """Every session of one person ends."""
    here = and_(_SESSION.c.address_index == index, _SESSION.c.revoked_at.is_(None))
    conn.execute(update(_SESSION).where(here).values(revoked_at=now))


def within(
    conn: Connection, sealer: Sealer, limits: Mapping[str, int], window: timedelta, now: datetime
) -> bool:
    """Count one act against several caps, each its name and how many a window may have; whether all allow it."""
    blind = {sealer.blind("counter", name): most for name, most in limits.items()}
    used = {name: counters.count(conn, name, now + window, now) for name in sorted(blind)}
    return all(used[name] <= most for name, most in blind.items())


def reached(conn: Connection, sealer: Sealer, limits: Mapping[str, int], now: datetime) -> bool:
    """Whether one of these caps is reached; nothing is counted."""
    blind = {sealer.blind("counter", name): most for name, most in limits.items()}
    return any(used >= blind[name] for name, used in counters.counts(conn, blind, now))


def note_reading(conn: Connection, index: str, case_id: str, what: str, now: datetime) -> None:
    """Every reading is in the audit log: who (blind), which case, the page or which of its files; no content."""
    audit.append(conn, f"page:{index}", "page-read", case_id, what, now)


def answer_token(conn: Connection, row_id: int) -> bool:
    """Whether an address of this row was given out and still holds."""
    found = conn.execute(select(_TOKEN.c.revoked_at).where(_TOKEN.c.row_id == row_id)).first()
    return found is not None and found.revoked_at is None


def _suspended(conn: Connection, index: str) -> bool:
    return bool(conn.execute(select(_PERSON.c.suspended).where(_PERSON.c.address_index == index)).scalar())


def _session_id(sealer: Sealer, cookie: str) -> str:
    return sealer.blind("page-session", cookie)


def _code_hash(sealer: Sealer, ask: str, code: str) -> str:
    return sealer.blind("page-code", f"{ask}:{code}")
