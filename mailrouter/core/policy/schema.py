"""The operators' policy as one frozen value: what load.py makes of the YAML, what every decision reads.

Slugs are NFKD, ASCII, lower case, hyphens (slug.py). Addresses are canonical (lower case, checked by
email-validator when loaded). `source` is "file:line" of the YAML that says it, for traces; it is in no digest.
"""

from __future__ import annotations

from datetime import date as Date
from typing import Literal

from mailrouter.core.model.effects import Disclosure
from mailrouter.core.model.mail import Frozen
from mailrouter.core.policy.figures import Calendar as Calendar
from mailrouter.core.policy.figures import Duration as Duration
from mailrouter.core.policy.figures import Limits as Limits
from mailrouter.core.policy.figures import Retention as Retention
from mailrouter.core.policy.figures import Timing as Timing
from mailrouter.core.policy.figures import Unit as Unit
from mailrouter.core.policy.figures import days as days

Side = Literal["helper", "operator"]
Role = Literal["aidant", "agent", "manager", "territory-manager", "expert", "operator", "observer"]
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


USAGER_FIELDS: tuple[str, ...] = (
    "prenom",
    "nom",
    "naissance",
    "nom_naissance",
    "nir",
    "allocataire",
    "fiscal",
    "dossier",
    "adresse",
    "telephone",
    "autre",
)
"""Canonical names of the fields of a usager; an organisation's `fields` restricts some of them."""


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
    source: str = ""


class Service(Frozen, frozen=True, kw_only=True):
    """What the static file says that decisions need (settings/model.py makes it); the fields are those of Policy.
    `page_url`: where the secure page is reached from outside, without a slash at its end; '' when there is none."""

    domain: str
    label: str = "Administration+"
    terms_version: str = "1"
    operators: tuple[str, ...] = ()
    experts: tuple[Charge, ...] = ()
    territory_managers: tuple[Charge, ...] = ()
    observers: tuple[str, ...] = ()
    protected_domains: tuple[str, ...] = ()
    all_protected: bool = True
    carries_content: bool = True
    page_url: str = ""


class When(Frozen, frozen=True, kw_only=True):
    """What a rule asks. Every predicate given must hold; within one, any of its values suffices.

    `words` are looked for in subject and new text, `subject` in the subject alone: whole words, without case or
    accents. `territory`, `organisation` (of the sender's group), `sender_group`, `network`: where the sender or
    the case is. `field_present`: canonical names of stated fields (core/mail/says/fields.py).
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


class Letter(Frozen, frozen=True, kw_only=True):
    """A letter that aidants may ask for (`modèle APL`): what to write, and the `papers` to have at hand."""

    name: str
    aliases: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    text: str
    source: str = ""


class Policy(Frozen, frozen=True, kw_only=True):
    """Everything the operators decided. `digest`: SHA-256 over the routing without personal data;
    `generation`: SHA-256 over people, memberships and charges. Look things up through directory.Directory.

    `timing_of` holds the organisations whose timing differs. `protected_domains`: destinations whose TLS an
    operator verified; `all_protected`: the transport never leaves the machine (maildir, memory).
    `carries_content`: False when the provider keeps mail and the operators did not allow content there.
    `same_person_domains`: within one tuple, equal local parts are one person. `free_mail_domains`: those that
    operators add to the shipped list (core/domains.py).
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
    letters: tuple[Letter, ...] = ()
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
    page_url: str = ""
    same_person_domains: tuple[tuple[str, ...], ...] = ()
    free_mail_domains: tuple[str, ...] = ()
