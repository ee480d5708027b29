"""The operators' policy as one frozen value: what load.py makes of the YAML, what every decision reads.

Slugs are NFKD, ASCII, lower case, hyphens (slug.py). Addresses are canonical (lower case, checked by
email-validator when loaded). `source` is "file:line" of the YAML that says it, for traces; it is in no digest.
"""

from __future__ import annotations

from datetime import date as Date
from typing import Literal

from mailrouter.core.model.decision import Disclosure
from mailrouter.core.model.mail import Frozen

Side = Literal["helper", "operator"]
Role = Literal["aidant", "agent", "manager", "territory-manager", "expert", "operator", "observer"]
Unit = Literal["minutes", "hours", "working hours", "days", "business days", "weeks", "months", "years"]

ASK = "ask"
"""A territory's `default` that means: never guess, ask the aidant which organisation."""

SERVICE_WORDS: tuple[str, ...] = (
    "liste",
    "aide",
    "mandat",
    "inscription",
    "contact",
    "dpo",
    "postmaster",
    "abuse",
)
"""Local parts of the service itself (RFC 2142 for the last two); no territory may take one."""


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


class Place(Frozen, frozen=True, kw_only=True):
    """A row of departments.csv: a territory that may be opened, known even when it is not."""

    code: str
    name: str
    slug: str
    of: str = ""
    zone: str = "Europe/Paris"
    country: str = "FR"
    subdivision: str = ""
    postcodes: tuple[str, ...] = ()


class Territory(Frozen, frozen=True, kw_only=True):
    """An opened territory. `aliases` are slugs; `of` is the name after an organisation's ("du Lot").

    `neighbours`: territories whose aidants may also write to the groups of this one. `default` is `ASK` or the
    id of the group that triages. `postcodes`: prefixes of its postcodes; empty means: not checked.
    """

    slug: str
    name: str
    of: str = ""
    code: str = ""
    aliases: tuple[str, ...] = ()
    calendar: Calendar = Calendar()
    neighbours: tuple[str, ...] = ()
    postcodes: tuple[str, ...] = ()
    default: str = ASK
    source: str = ""


class Organisation(Frozen, frozen=True, kw_only=True):
    """`fields`: restricted usager fields this organisation is entitled to (a field that no organisation lists
    goes to everybody invited). `domains`: mail domains of its agents, never free-mail. `coverage`: name of the
    set it counts in (coverage.py), empty when in none."""

    code: str
    slug: str
    name: str
    side: Side
    aliases: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    coverage: str = ""
    source: str = ""


class Group(Frozen, frozen=True, kw_only=True):
    """The unit that receives cases. `members` and `managers` are canonical addresses of people.

    `network`: of an operator group, the networks whose aidants alone may reach it (empty: all); of a helper
    group, the networks it belongs to. `accepts_from`: territories whose aidants may write to it besides its own.
    `disclosure` is what the file says; what holds for one recipient is `Directory.disclosure`.
    `shares_with`: organisations that also receive this group's answers. `domains` as in Organisation.
    """

    id: str
    name: str
    organisation: str
    side: Side
    territories: tuple[str, ...]
    mailbox: str = ""
    readers_agreed: Date | None = None
    members: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    disclosure: Disclosure = "redacted"
    network: tuple[str, ...] = ()
    accepts_from: tuple[str, ...] = ()
    shares_with: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    urgent_phone: str = ""
    source: str = ""


class Person(Frozen, frozen=True, kw_only=True):
    """A registered person. `aliases` are further addresses of the same person. `digest_day` 0 is Monday;
    None means the service's day and hour (Timing)."""

    address: str
    name: str
    aliases: tuple[str, ...] = ()
    language: Literal["fr", "en"] = "fr"
    phone: str = ""
    digest_day: int | None = None
    digest_hour: int | None = None
    source: str = ""


class Charge(Frozen, frozen=True, kw_only=True):
    """A person in charge beyond one group (expert, territory manager); empty tuples mean everywhere."""

    address: str
    territories: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()


class When(Frozen, frozen=True, kw_only=True):
    """What a rule asks. Every predicate given must hold; within one, any of its values suffices.

    `words` are looked for in subject and new text, `subject` in the subject alone: whole words, without case or
    accents. `territory`, `organisation` (of the sender's group), `sender_group`, `network`: where the sender or
    the case is. `field_present`: canonical names of stated fields (core/mail/fields.py).
    """

    words: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()
    territory: tuple[str, ...] = ()
    organisation: tuple[str, ...] = ()
    sender_group: tuple[str, ...] = ()
    network: tuple[str, ...] = ()
    field_present: tuple[str, ...] = ()


class Rule(Frozen, frozen=True, kw_only=True):
    """Organisations to `propose` (the aidant confirms) or to `route` to (asked at once); exactly one is filled.
    Rules are tried in order; a `route` that matches ends the search."""

    name: str
    when: When
    propose: tuple[str, ...] = ()
    route: tuple[str, ...] = ()
    source: str = ""


def days(count: int) -> Duration:
    """`count` calendar days."""
    return Duration(count=count, unit="days")


class Timing(Frozen, frozen=True, kw_only=True):
    """The figures of DOMAIN.md, "Time" and "Situations"; docs/routing.md tells each. All may be set per
    organisation except those marked service-wide in the docs (digest day and hour)."""

    remind: Duration = Duration(count=3, unit="business days")
    escalate: Duration = Duration(count=5, unit="business days")
    silence: Duration = days(15)
    silence_escalate: Duration = days(15)
    ask_to_close: Duration = days(10)
    close_unanswered: Duration = days(30)
    inactive: Duration = Duration(count=6, unit="months")
    inactive_notice: Duration = days(15)
    incomplete: Duration = Duration(count=1, unit="business days")
    urgent_remind: Duration = Duration(count=2, unit="working hours")
    urgent_escalate: Duration = Duration(count=4, unit="working hours")
    owner_absent: Duration = days(1)
    helper_absent: Duration = days(2)
    mailbox_full: Duration = days(5)
    old_thread: Duration = days(30)
    acknowledgement: Duration = Duration(count=10, unit="minutes")
    mandate_age: Duration = Duration(count=1, unit="years")
    vouch: Duration = days(90)
    vouch_new_case: Duration = days(1)
    sibling: Duration = Duration(count=1, unit="hours")
    digest_day: int = 0
    digest_hour: int = 8


class Retention(Frozen, frozen=True, kw_only=True):
    """How long what is kept; after it, it is wiped."""

    case: Duration = Duration(count=6, unit="months")
    open_case: Duration = Duration(count=24, unit="months")
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


class Policy(Frozen, frozen=True, kw_only=True):
    """Everything the operators decided. `digest`: SHA-256 over the routing without personal data;
    `generation`: SHA-256 over people, memberships and charges. Look things up through directory.Directory.

    `timing_of` holds the organisations whose timing differs. `protected_domains`: destinations whose TLS an
    operator verified; `all_protected`: the transport never leaves the machine (maildir, memory).
    `carries_content`: False when the provider keeps mail and the operators did not allow content there.
    `same_person_domains`: within one tuple, equal local parts are one person.
    """

    digest: str
    generation: str
    domain: str
    label: str = "Administration+"
    terms_version: str = "1"
    territories: tuple[Territory, ...] = ()
    places: tuple[Place, ...] = ()
    organisations: tuple[Organisation, ...] = ()
    groups: tuple[Group, ...] = ()
    people: tuple[Person, ...] = ()
    rules: tuple[Rule, ...] = ()
    timing: Timing = Timing()
    timing_of: tuple[tuple[str, Timing], ...] = ()
    retention: Retention = Retention()
    limits: Limits = Limits()
    operators: tuple[str, ...] = ()
    experts: tuple[Charge, ...] = ()
    territory_managers: tuple[Charge, ...] = ()
    observers: tuple[str, ...] = ()
    protected_domains: tuple[str, ...] = ()
    all_protected: bool = True
    carries_content: bool = True
    same_person_domains: tuple[tuple[str, ...], ...] = ()
    free_mail_domains: tuple[str, ...] = ()
