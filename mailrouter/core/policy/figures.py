"""The figures of a policy: durations, calendars, timing, retention, limits. Part of schema.py, which exports them."""

from __future__ import annotations

from datetime import date as Date
from typing import Literal

from mailrouter.core.model.mail import Frozen

Unit = Literal["minutes", "hours", "working hours", "days", "business days", "weeks", "months", "years"]


class Duration(Frozen, frozen=True, kw_only=True):
    """`count` units. Business days and working hours are counted in a territory's calendar (calendar.py)."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.count} {self.unit if self.count != 1 else self.unit.removesuffix('s')}"


class Calendar(Frozen, frozen=True, kw_only=True):
    """When a territory works. `country`, `subdivision`: codes of the `holidays` library ("FR", "57").

    `workdays`: 0 is Monday. `hours`: (from, to) in minutes after local midnight, in order, not overlapping.
    `closed`: further days off.
    """

    zone: str = "Europe/Paris"
    country: str = "FR"
    subdivision: str = ""
    workdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    hours: tuple[tuple[int, int], ...] = ((9 * 60, 17 * 60),)
    closed: tuple[Date, ...] = ()


def days(count: int) -> Duration:
    """`count` calendar days."""
    return Duration(count=count, unit="days")


class Timing(Frozen, frozen=True, kw_only=True):
    """The figures of DOMAIN.md, "Time" and "Situations"; docs/routing.md tells each, and which may differ by
    organisation. The operators' digest without a day is on every business day."""

    remind: Duration = Duration(count=3, unit="business days")
    escalate: Duration = Duration(count=5, unit="business days")
    silence: Duration = days(15)
    silence_escalate: Duration = days(15)
    put_off: Duration = days(15)
    ask_to_close: Duration = days(10)
    close_unanswered: Duration = days(30)
    inactive: Duration = Duration(count=6, unit="months")
    inactive_notice: Duration = days(15)
    incomplete: Duration = Duration(count=1, unit="business days")
    urgent_remind: Duration = Duration(count=2, unit="working hours")
    urgent_escalate: Duration = Duration(count=4, unit="working hours")
    helper_absent: Duration = days(2)
    helper_absent_again: Duration = Duration(count=5, unit="business days")
    mailbox_full: Duration = days(5)
    old_thread: Duration = days(30)
    acknowledgement: Duration = Duration(count=10, unit="minutes")
    absent: Duration = days(3)
    failing: Duration = days(90)
    mandate_age: Duration = Duration(count=1, unit="years")
    vouch: Duration = days(90)
    vouch_new_case: Duration = days(1)
    digest_day: int = 0
    digest_hour: int = 8
    operators_digest_day: int | None = None
    operators_digest_hour: int = 8


class Retention(Frozen, frozen=True, kw_only=True):
    """How long what is kept; after it, it is wiped."""

    case: Duration = Duration(count=6, unit="months")
    open_case: Duration = Duration(count=24, unit="months")
    open_case_warn: Duration = days(60)
    open_case_warn_again: Duration = days(14)
    account: Duration = Duration(count=2, unit="years")
    account_remind: Duration = days(122)
    account_remind_again: Duration = days(31)
    trace: Duration = Duration(count=1, unit="years")
    incomplete: Duration = days(30)
    held: Duration = days(30)
    ignored: Duration = days(7)


class Limits(Frozen, frozen=True, kw_only=True):
    """Caps on what is sent automatically, and sizes that decisions look at. Counts are per day (24 hours)."""

    automatic_per_address: int = 20
    automatic_per_case: int = 40
    automatic_per_day: int = 20000
    neutral_per_address: int = 1
    neutral_per_day: int = 200
    challenges_per_address: int = 1
    refusals_per_address_and_reason: int = 1
    cases_per_address: int = 60
    attachment_bytes: int = 7 * 1024 * 1024
    repere_characters: int = 20
