"""What has outlived its time, found and not yet touched: cases, mail without a case, accounts, policies, traces."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import Connection, and_, or_, select

from mailrouter.core.model import Frozen
from mailrouter.core.policy.calendar import add
from mailrouter.core.policy.schema import Calendar, Duration, Retention
from mailrouter.store.rows import AnyRow, rows
from mailrouter.store.tables import Case, CaseParty, Inbound, Outbox, Person, PolicyRow

_CASE, _INBOUND, _OUTBOX = rows(Case), rows(Inbound), rows(Outbox)
_PERSON, _POLICY, _PARTY = rows(Person), rows(PolicyRow), rows(CaseParty)
# No configured time is shorter; only what is older is looked at one by one.
_LEAST = timedelta(days=1)
Calendars = Callable[[str], Calendar]


class Outlived(Frozen, frozen=True, kw_only=True):
    """Cases as (id, number), policies as (digest, generation), the rest by id. `overdue`: numbers of cases that are
    open beyond their cap; they are closed by the lifecycle, never wiped under people's hands."""

    cases: tuple[tuple[str, str], ...] = ()
    mails: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    policies: tuple[tuple[str, str], ...] = ()
    overdue: tuple[str, ...] = ()


def find(conn: Connection, retention: Retention, calendars: Calendars, now: datetime) -> Outlived:
    """Everything that is due at `now`. A month ends in its territory's zone."""
    cases = conn.execute(select(_CASE).where(_CASE.c.state != "wiped").order_by(_CASE.c.number)).all()
    asked = set(conn.execute(select(_PARTY.c.case_id).distinct()).scalars())
    due = [c for c in cases if _case_over(c, c.id in asked, retention, calendars, now)]
    overdue = [c for c in cases if _beyond_cap(c, retention, calendars, now)]
    return Outlived(
        cases=tuple((c.id, c.number) for c in due),
        mails=_mails(conn, retention, now),
        posts=_posts(conn, retention, now),
        accounts=_accounts(conn, retention, now),
        policies=_policies(conn, retention, now),
        overdue=tuple(c.number for c in overdue),
    )


def over(start: datetime, duration: Duration, now: datetime, calendar: Calendar | None = None) -> bool:
    """Whether `duration` after `start` has come."""
    return add(calendar or Calendar(), start, duration) <= now


def _case_over(case: AnyRow, asked: bool, retention: Retention, calendars: Calendars, now: datetime) -> bool:
    """Whether a case that ended was kept long enough: one of which no organisation was asked as long as an incomplete
    one."""
    if case.state not in ("closed", "withdrawn", "frozen"):
        return False
    last = case.last_human_at or case.opened_at
    start = last if case.state == "frozen" else case.closed_at or last
    return over(start, retention.case if asked else retention.incomplete, now, calendars(case.territory))


def _beyond_cap(case: AnyRow, retention: Retention, calendars: Calendars, now: datetime) -> bool:
    return case.state in ("incomplete", "open", "done") and over(
        case.opened_at, retention.open_case, now, calendars(case.territory)
    )


def _mails(conn: Connection, retention: Retention, now: datetime) -> tuple[str, ...]:
    """Mail that its case does not keep: held, ignored, or handled without a case."""
    here = _INBOUND.c
    alone = or_(
        here.disposition.in_(("held", "ignored", "duplicate")),
        and_(here.disposition == "handled", here.case_id == ""),
    )
    old = or_(here.expires_at <= now, here.received_at <= now - _LEAST)
    found = conn.execute(
        select(here.id, here.disposition, here.received_at, here.expires_at)
        .where(alone, here.data_key != "", old)
        .order_by(here.received_at, here.id)
    )
    return tuple(mail.id for mail in found if _mail_over(mail, retention, now))


def _mail_over(mail: AnyRow, retention: Retention, now: datetime) -> bool:
    if mail.expires_at is not None:
        return bool(mail.expires_at <= now)
    kept = retention.ignored if mail.disposition in ("ignored", "duplicate") else retention.held
    return over(mail.received_at, kept, now)


def _posts(conn: Connection, retention: Retention, now: datetime) -> tuple[str, ...]:
    """Mails of ours without a case are kept as long as those that they answer."""
    here = _OUTBOX.c
    settled = here.state.in_(("sent", "failed", "cancelled"))
    found = conn.execute(
        select(here.id, here.created_at)
        .where(here.case_id == "", here.data_key != "", settled, here.created_at <= now - _LEAST)
        .order_by(here.created_at, here.id)
    )
    return tuple(post.id for post in found if over(post.created_at, retention.held, now))


def _accounts(conn: Connection, retention: Retention, now: datetime) -> tuple[str, ...]:
    """People of whom nothing was heard."""
    return tuple(i for i, at in last_heard(conn).items() if over(at, retention.account, now))


def last_heard(conn: Connection) -> dict[str, datetime]:
    """The last sign of each person; who is suspended stays known as that, and is not among them."""
    found = conn.execute(
        select(_PERSON).where(_PERSON.c.suspended.is_(False)).order_by(_PERSON.c.address_index)
    )
    heard = ("last_active_at", "terms_at", "vouched_until", "suppressed_until")
    last = {
        one.address_index: max(filter(None, (getattr(one, n) for n in heard)), default=None) for one in found
    }
    return {index: at for index, at in last.items() if at}


def _policies(conn: Connection, retention: Retention, now: datetime) -> tuple[tuple[str, str], ...]:
    """Policies replaced long ago: their texts name everybody who was in the directory then."""
    found = conn.execute(select(_POLICY).order_by(_POLICY.c.activated_at)).all()
    return tuple(
        (old.digest, old.generation)
        for old, new in pairwise(found)
        if over(new.activated_at, retention.trace, now)
    )
