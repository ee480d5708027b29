"""The keys of a routing file, as pydantic models: the published JSON schema and docs/routing.md follow them.

An unknown key is a fault. Every description is one line; a test insists that docs/routing.md has a row for each.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mailrouter.core.policy.values import (
    Address,
    Count,
    Day,
    DayMoment,
    Domain,
    Hours,
    Line,
    Phone,
    Postcode,
    Several,
    Slug,
    Time,
    Weekday,
    WeekMoment,
    Zone,
)


class Keys(BaseModel):
    """A mapping of the configuration: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class GroupIn(Keys):
    """One group: who receives the cases of an organisation in one or more territories."""

    organisation: Line = Field(description="Code of the organisation, as in organisations.csv.")
    name: Line | None = Field(None, description="Name shown to people; default: organisation and territory.")
    territories: tuple[Slug, ...] | None = Field(
        None, description="Territories it serves; default: the file's."
    )
    mailbox: Address | None = Field(None, description="Shared mailbox that also receives every notice.")
    readers_agreed: Day | None = Field(
        None, description="Day the mailbox's readers agreed to the rules; without it it gets notices only."
    )
    members: tuple[Address, ...] = Field((), description="Addresses of its people, as in people.yaml.")
    managers: tuple[Address, ...] = Field((), description="People who are escalated to and see counts.")
    disclosure: Literal["full", "redacted", "notice"] = Field(
        "redacted", description="What its mail holds: everything, identifiers masked, or number only."
    )
    network: Several = Field(
        (), description="Networks it belongs to (helpers), or whose aidants alone may reach it (operators)."
    )
    accepts_from: tuple[Slug, ...] = Field((), description="Other territories whose aidants may write to it.")
    shares_with: tuple[Line, ...] = Field((), description="Organisations that also receive its answers.")
    domains: tuple[Domain, ...] = Field((), description="Mail domains of its people, never free-mail.")
    urgent_phone: Phone | None = Field(None, description="Number told to the aidant when nobody is there.")


class WhenIn(Keys):
    """What a rule asks: every predicate that is given must hold, any of its values suffices."""

    words: tuple[Line, ...] = Field((), description="Words or phrases in subject or new text.")
    subject: tuple[Line, ...] = Field((), description="Words or phrases in the subject alone.")
    territory: tuple[Slug, ...] = Field((), description="Territory written to.")
    organisation: tuple[Line, ...] = Field((), description="Organisation of the sender's group.")
    sender_group: tuple[Slug, ...] = Field((), description="Group of the sender.")
    network: tuple[Line, ...] = Field((), description="Network of the sender's group.")
    field_present: tuple[Line, ...] = Field((), description="Usager fields that were stated.")


class RuleIn(Keys):
    """A rule: words and circumstances that point to organisations."""

    name: Slug = Field(description="Name shown in explanations.")
    when: WhenIn = Field(description="Conditions; at least one.")
    propose: tuple[Line, ...] = Field((), description="Organisations the aidant is asked to confirm.")
    route: tuple[Line, ...] = Field((), description="Organisations asked at once; ends the search.")


class LetterIn(Keys):
    """A letter that aidants may ask for by mail: `modèle APL`."""

    name: Line = Field(description="What it is called: the subject it is about.")
    aliases: tuple[Line, ...] = Field((), description="Other names of the subject.")
    papers: tuple[Line, ...] = Field((), description="Papers to have at hand.")
    text: str = Field(min_length=1, max_length=4000, description="The letter; blank places as dots.")


class PersonIn(Keys):
    """A registered person."""

    address: Address = Field(description="The person's own address.")
    name: Line | None = Field(None, description="Name shown to others; default: from the address.")
    aliases: tuple[Address, ...] = Field((), description="Further addresses of the same person.")
    language: Literal["fr", "en"] = Field("fr", description="Language of the mails to this person.")
    phone: Phone | None = Field(None, description="Telephone shown to those on the same case.")
    digest: WeekMoment | None = Field(None, description="Day and hour of the weekly digest.")


class OrganisationIn(Keys):
    """An organisation beyond organisations.csv, or more about one of it."""

    name: Line | None = Field(None, description="Full name.")
    side: Literal["helper", "operator"] | None = Field(None, description="Who helps, who operates.")
    aliases: tuple[Line, ...] = Field((), description="Further names people use; added to those known.")
    fields: tuple[Line, ...] | None = Field(
        None, description="Restricted usager fields it is entitled to; replaces those known."
    )
    domains: tuple[Domain, ...] = Field((), description="Mail domains of its people, never free-mail.")
    coverage: Line | None = Field(None, description="Coverage set it counts in.")


class FiguresIn(Keys):
    """Figures of time that may differ by organisation."""

    remind: Time | None = Field(None, description="No answer: agents and mailbox are reminded.")
    escalate: Time | None = Field(None, description="No answer: the group's managers and experts are told.")
    silence: Time | None = Field(None, description="No further answer: reminder.")
    silence_escalate: Time | None = Field(None, description="Then: territory managers are told.")
    put_off: Time | None = Field(None, description="`plus tard` puts a reminder off this long at most.")
    urgent_remind: Time | None = Field(None, description="Urgent, no answer: agents are reminded.")
    urgent_escalate: Time | None = Field(None, description="Urgent, no answer: managers and experts.")
    mailbox_full: Time | None = Field(None, description="A full mailbox counts as delay this long.")
    acknowledgement: Time | None = Field(
        None, description="Answers this quick that only acknowledge are automatic."
    )
    ask_to_close: Time | None = Field(None, description="After an answer: the aidant is asked to close.")
    close_unanswered: Time | None = Field(None, description="Done, and asked without answer: closed.")
    inactive: Time | None = Field(None, description="No human activity: warned, then closed.")
    inactive_notice: Time | None = Field(None, description="Between that warning and closing.")
    old_thread: Time | None = Field(None, description="Silence after which a bare reply is asked about.")
    incomplete: Time | None = Field(None, description="Something is missing: the aidant is reminded.")
    helper_absent: Time | None = Field(None, description="Aidant absent: her colleagues are told.")
    helper_absent_again: Time | None = Field(None, description="Nobody carried on: told again, twice.")


class TimingIn(FiguresIn):
    """Figures of time of the whole service, and where an organisation differs."""

    absent: Time | None = Field(None, description="An absence that names no return date lasts this long.")
    failing: Time | None = Field(None, description="A failing address is tried again after this.")
    mandate_age: Time | None = Field(None, description="Oldest mandate that is accepted.")
    vouch: Time | None = Field(None, description="A passed challenge vouches on case addresses.")
    vouch_new_case: Time | None = Field(None, description="A passed challenge vouches for new cases.")
    digest: WeekMoment | None = Field(None, description="Day and hour of the weekly digest.")
    operators_digest: DayMoment | None = Field(
        None, description="Day and hour of the operators' digest; `daily` is each business day."
    )
    organisations: dict[str, FiguresIn] = Field({}, description="Figures of single organisations, by code.")


class RetentionIn(Keys):
    """How long what is kept before it is wiped."""

    case: Time | None = Field(None, description="Closed case.")
    open_case: Time | None = Field(None, description="Open case, at most.")
    open_case_warn: Time | None = Field(None, description="Before that: first warning.")
    open_case_warn_again: Time | None = Field(None, description="Before that: second warning.")
    account: Time | None = Field(None, description="Account without activity.")
    account_remind: Time | None = Field(None, description="Before the account ends: first reminder.")
    account_remind_again: Time | None = Field(None, description="After that: second reminder.")
    trace: Time | None = Field(None, description="Traces of decisions.")
    incomplete: Time | None = Field(
        None, description="Incomplete case: closed after this, wiped after as long again."
    )
    held: Time | None = Field(None, description="Held mail.")
    ignored: Time | None = Field(None, description="Ignored mail.")


class CapsIn(Keys):
    """Caps on automatic mail (per day), and sizes that decisions look at."""

    automatic_per_address: Count | None = Field(None, description="Answers to one person on one case.")
    automatic_per_case: Count | None = Field(None, description="Automatic mails of one case.")
    automatic_per_day: Count | None = Field(None, description="Automatic mails in all.")
    neutral_per_address: Count | None = Field(None, description="Neutral answers to one unknown address.")
    neutral_per_day: Count | None = Field(None, description="Neutral answers in all.")
    challenges_per_address: Count | None = Field(
        None,
        description="Challenges to one registered address about mail from one network; twice as many in all, and once more at an own case address.",
    )
    refusals_per_address_and_reason: Count | None = Field(
        None, description="Refusals of one kind to one address."
    )
    cases_per_address: Count | None = Field(None, description="Cases one person may open.")
    attachment_bytes: Count | None = Field(None, description="Files of one mail; larger ones go to the page.")
    repere_characters: Count | None = Field(None, description="Length of the aidant's own marker.")


class TerritoryIn(Keys):
    """A territory that is open. In a file of its own these keys stand at the top."""

    territory: Slug | None = Field(None, description="The local part people write to.")
    name: Line | None = Field(None, description="Its name; default: from departments.csv.")
    of: Line | None = Field(None, description="The name after an organisation's, such as 'du Lot'.")
    code: Line | None = Field(None, description="Its code, in quotes; also a local part.")
    aliases: tuple[Slug, ...] = Field((), description="Further local parts.")
    holidays: Line | None = Field(None, description="Country whose public holidays count.")
    subdivision: str | None = Field(None, description="Part of the country with holidays of its own.")
    time_zone: Zone | None = Field(None, description="IANA time zone.")
    working_days: tuple[Weekday, ...] | None = Field(None, description="Days of work.")
    working_hours: tuple[Hours, ...] | None = Field(None, description="Hours of work, in order.")
    closed: tuple[Day, ...] = Field((), description="Further days without work.")
    neighbours: tuple[Slug, ...] = Field((), description="Territories whose aidants may write to its groups.")
    postcodes: tuple[Postcode, ...] | None = Field(None, description="How its postcodes begin.")
    default: Slug | None = Field(None, description="No organisation known: ask, or the group that triages.")
    groups: dict[str, GroupIn] = Field({}, description="Its groups, by id.")


class RoutingIn(TerritoryIn):
    """A routing file. Any part may stand in any file; a file with `territory:` is that territory's."""

    territories: tuple[TerritoryIn, ...] = Field((), description="Several territories in one file.")
    organisations: dict[str, OrganisationIn] = Field({}, description="Organisations, by code.")
    people: tuple[PersonIn, ...] = Field((), description="Registered people.")
    rules: tuple[RuleIn, ...] = Field((), description="Rules, tried in order.")
    letters: tuple[LetterIn, ...] = Field((), description="Letters to ask for by mail.")
    timing: TimingIn | None = Field(None, description="Figures of time.")
    retention: RetentionIn | None = Field(None, description="How long what is kept.")
    caps: CapsIn | None = Field(None, description="Caps on automatic mail, and sizes.")
    same_person_domains: tuple[tuple[Domain, ...], ...] = Field(
        (), description="Sets of domains in which equal local parts are one person."
    )
    free_mail_domains: tuple[Domain, ...] = Field(
        (), description="Free-mail domains beyond those known: there a domain says nothing of an employer."
    )
