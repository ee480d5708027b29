"""Looking things up in a policy: built once, then plain dictionaries. What a person may do is computed here.

Every look-up is pure, takes text as people write it (case and accents do not matter) and answers with a value,
None or an empty tuple; nothing raises on unknown names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mailrouter.core.domains import is_free_mail
from mailrouter.core.model.effects import Disclosure
from mailrouter.core.model.facts import Target
from mailrouter.core.policy import index
from mailrouter.core.policy.calendar import add
from mailrouter.core.policy.localpart import canonical_address, domain_of, local_of, near_slug, split_local
from mailrouter.core.policy.names import Mention, Names
from mailrouter.core.policy.schema import (
    SERVICE_WORDS,
    Calendar,
    Charge,
    Group,
    Letter,
    Organisation,
    Person,
    Place,
    Policy,
    Role,
    Territory,
    Timing,
)
from mailrouter.core.policy.slug import slug

TOKEN_PREFIXES = ("cas-", "r-")
"""Local parts made by the service (core/mail/address.py); never looked up here, never hinted at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """A policy with its indexes. `Directory.of(policy)` builds it; share it, it never changes."""

    policy: Policy
    territories: dict[str, Territory]
    territory_names: dict[str, Territory]
    place_names: dict[str, Place]
    organisations: dict[str, Organisation]
    organisation_slugs: dict[str, Organisation]
    names: Names
    rule_words: Names
    letters: dict[str, Letter]
    letter_names: Names
    rule_spellings: dict[str, tuple[str, ...]]
    groups: dict[str, Group]
    groups_at: dict[tuple[str, str], tuple[Group, ...]]
    people: dict[str, Person]
    groups_by_member: dict[str, tuple[Group, ...]]
    groups_by_manager: dict[str, tuple[Group, ...]]
    mailboxes: dict[str, tuple[Group, ...]]
    restricted: frozenset[str]
    twins: dict[str, tuple[str, ...]]
    timings: dict[str, Timing]

    @classmethod
    def of(cls, policy: Policy) -> Directory:
        """The directory of `policy`; linear in its size."""
        spellings = index.rule_spellings(policy.rules)
        return cls(
            policy=policy,
            territories={t.slug: t for t in policy.territories},
            territory_names=index.territory_names(policy.territories),
            place_names=index.place_names(policy.places),
            organisations={o.code: o for o in policy.organisations},
            organisation_slugs=index.organisation_slugs(policy.organisations),
            names=index.organisation_names(policy.organisations),
            rule_words=index.rule_words(spellings),
            letters={x.name: x for x in policy.letters},
            letter_names=index.letter_names(policy.letters),
            rule_spellings=spellings,
            groups={g.id: g for g in policy.groups},
            groups_at=index.groups_at(policy.groups),
            people=index.people(policy.people),
            groups_by_member=index.by_address(policy.groups, lambda g: g.members),
            groups_by_manager=index.by_address(policy.groups, lambda g: g.managers),
            mailboxes=index.by_address(policy.groups, lambda g: (g.mailbox,) if g.mailbox else ()),
            restricted=frozenset(f for o in policy.organisations for f in o.fields),
            twins=index.twins(policy.same_person_domains),
            timings=dict(policy.timing_of),
        )

    # People

    def person_of(self, address: str) -> Person | None:
        """The registered person who writes from `address`: their own, an alias, or its twin under
        `same_person_domains`; None for anyone else (shared mailboxes too: see `mailbox_groups`)."""
        wanted = canonical_address(address)
        if person := self.people.get(wanted):
            return person
        local, _, domain = wanted.rpartition("@")
        twins = (self.people.get(f"{local}@{twin}") for twin in self.twins.get(domain, ()))
        return next((person for person in twins if person), None)

    def canonical(self, address: str) -> str:
        """The person's own address for any of theirs; the address in lower case when nobody's."""
        person = self.person_of(address)
        return person.address if person else canonical_address(address)

    def groups_of(self, address: str) -> tuple[Group, ...]:
        """Groups whose member writes from `address`."""
        return self.groups_by_member.get(self.canonical(address), ())

    def managed_by(self, address: str) -> tuple[Group, ...]:
        """Groups managed by who writes from `address`."""
        return self.groups_by_manager.get(self.canonical(address), ())

    def mailbox_groups(self, address: str) -> tuple[Group, ...]:
        """Groups whose shared mailbox `address` is."""
        return self.mailboxes.get(canonical_address(address), ())

    def members(self, group_id: str) -> tuple[Person, ...]:
        """The people of a group, in the file's order."""
        group = self.groups.get(group_id)
        return tuple(self.people[a] for a in group.members if a in self.people) if group else ()

    def roles(self, address: str) -> frozenset[Role]:
        """Every role of who writes from `address`; roles add up, an unknown address has none.

        A shared mailbox has the role agent or aidant of its group.
        """
        own = self.canonical(address)
        groups = self.groups_of(own) + self.mailbox_groups(own)
        held: dict[Role, bool] = {
            "aidant": any(g.side == "helper" for g in groups),
            "agent": any(g.side == "operator" for g in groups),
            "manager": own in self.groups_by_manager,
            "territory-manager": _in_charge(own, self.policy.territory_managers),
            "expert": _in_charge(own, self.policy.experts),
            "operator": own in self.policy.operators,
            "observer": own in self.policy.observers,
        }
        return frozenset(role for role, true in held.items() if true)

    def experts_for(self, territory: str, organisation: str) -> tuple[str, ...]:
        """Addresses of the experts for one organisation in one territory."""
        return _charged(self.policy.experts, territory, organisation)

    def territory_managers_for(self, territory: str, organisation: str) -> tuple[str, ...]:
        """Addresses of the territory managers for one organisation in one territory."""
        return _charged(self.policy.territory_managers, territory, organisation)

    # Groups

    def groups_for(self, territory: str, organisation: str) -> tuple[Group, ...]:
        """Groups of an organisation (code) in a territory (slug), in the files' order."""
        return self.groups_at.get((territory, organisation), ())

    def reachable(self, group: Group, sender_groups: Iterable[Group]) -> bool:
        """Whether an aidant of `sender_groups` may write to `group`: the same network if it asks for one, and a
        territory of its own, of `accepts_from` or a neighbour of its territories."""
        neighbours = (
            n for t in group.territories if t in self.territories for n in self.territories[t].neighbours
        )
        near = {*group.territories, *group.accepts_from, *neighbours}
        return any(
            (not group.network or not set(group.network).isdisjoint(sender.network))
            and not near.isdisjoint(sender.territories)
            for sender in sender_groups
        )

    def domains_of(self, group: Group) -> frozenset[str]:
        """Mail domains of a group: configured for it or its organisation, and those its registered addresses
        have; never free-mail, where a domain says nothing about an employer."""
        organisation = self.organisations.get(group.organisation)
        configured = group.domains + (organisation.domains if organisation else ())
        addresses = (*group.members, *group.managers, *((group.mailbox,) if group.mailbox else ()))
        used = {domain_of(a) for a in addresses}
        return frozenset(d for d in {*configured, *used} if not self.is_free_mail(d))

    def is_free_mail(self, domain: str) -> bool:
        """Whether anybody may have an address there, as the shipped list or the operators say."""
        return domain in self.policy.free_mail_domains or is_free_mail(domain)

    # Places and organisations

    def territory_of(self, local_part: str) -> Territory | None:
        """The territory whose slug, alias, code or name `local_part` is ("lot", "46", "Cahors"), alone."""
        return self.territory_names.get(slug(local_part))

    def unopened(self, local_part: str) -> Place | None:
        """The known place without a service that `local_part` names, bare or with an organisation, or None."""
        parts = split_local(local_part)
        return None if self.territory_of(parts[0]) else self.place_names.get(slug(parts[0]))

    def organisation_of(self, text: str) -> Organisation | None:
        """The organisation that `text` as a whole names, by slug, name or alias, also with its place ("CAF du
        Lot"); None when it names none or several: ambiguous routing is never guessed."""
        if found := self.organisation_slugs.get(slug(text)):
            return found
        codes = {mention.key for mention in self.names.find(text)}
        return self.organisations[codes.pop()] if len(codes) == 1 else None

    def find_organisations(self, text: str) -> tuple[Mention, ...]:
        """The organisations named in `text` (`key` is the code), in order, the longest name at each place."""
        return self.names.find(text)

    def letter_about(self, text: str) -> Letter | None:
        """The letter whose subject `text` names, the longest name first; None when none or several are named."""
        found = {mention.key for mention in self.letter_names.find(text)}
        return self.letters[found.pop()] if len(found) == 1 else None

    def said(self, text: str) -> frozenset[str]:
        """Which words and phrases of the rules, as the file writes them, occur in `text`."""
        return frozenset(
            word for mention in self.rule_words.all(text) for word in self.rule_spellings[mention.key]
        )

    def entitled(self, organisation: str, field: str) -> bool:
        """Whether an organisation may be told a usager field: restricted ones only where listed for it."""
        known = self.organisations.get(organisation)
        return field not in self.restricted or (known is not None and field in known.fields)

    # Addresses of the service

    def target_of(self, address: str) -> Target:
        """What one of our addresses (or its local part) stands for: a territory, with an organisation perhaps,
        or a service word; `unknown` for anything else, tokens included (RFC 5233 subaddress: lot+caf@)."""
        local = local_of(address)
        word = slug(local)
        if word in SERVICE_WORDS:
            return Target(address=address, kind="service", service=word)
        place, organisation = split_local(local)
        territory = self.territory_of(place)
        named = self.organisation_slugs.get(slug(organisation)) if organisation else None
        if territory is None or (organisation and named is None):
            return Target(address=address, kind="unknown")
        return Target(
            address=address,
            kind="territory",
            territory=territory.slug,
            organisation=named.code if named else "",
        )

    def nearest(self, address: str) -> str | None:
        """The territory or service address that `address` was likely meant to be (distance at most 2), or None;
        never a token's."""
        local = local_of(address).lower()
        if local.startswith(TOKEN_PREFIXES):
            return None
        place, organisation = split_local(local)
        near_place = near_slug(place, (*self.territory_names, *(() if organisation else SERVICE_WORDS)))
        near_organisation = near_slug(organisation, tuple(self.organisation_slugs))
        if near_place is None:
            return None
        return f"{near_place}{'+' if near_organisation else ''}{near_organisation or ''}@{self.policy.domain}"

    # Figures and secrecy

    def timing(self, organisation: str = "") -> Timing:
        """The figures for an organisation (code); the service's without one."""
        return self.timings.get(organisation, self.policy.timing)

    def answer_by(self, territory: str, organisation: str, asked_at: datetime, *, urgent: bool) -> datetime:
        """When the first answer of an organisation (code) that was asked then is due: the delay that the receipt
        promised, and after which it is reminded. What is not answered by then is late."""
        timing = self.timing(organisation)
        return add(self.calendar(territory), asked_at, timing.urgent_remind if urgent else timing.remind)

    def calendar(self, territory: str) -> Calendar:
        """When a territory works; the default calendar for an unknown one."""
        known = self.territories.get(territory)
        return known.calendar if known else Calendar()

    def protected(self, address: str) -> bool:
        """Whether mail to `address` is known to travel encrypted, as far as the configuration tells."""
        return self.policy.all_protected or domain_of(address) in self.policy.protected_domains

    def disclosure(self, group: Group, address: str) -> Disclosure:
        """What a mail to `address` as recipient of `group` may hold: the group's policy, but `notice` for a
        shared mailbox whose readers did not agree, an unprotected destination, or a provider that keeps mail."""
        agreed = canonical_address(address) != group.mailbox or group.readers_agreed is not None
        if agreed and self.protected(address) and self.policy.carries_content:
            return group.disclosure
        return "notice"


def _in_charge(address: str, charges: tuple[Charge, ...]) -> bool:
    return any(charge.address == address for charge in charges)


def _charged(charges: tuple[Charge, ...], territory: str, organisation: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            charge.address
            for charge in charges
            if (not charge.territories or territory in charge.territories)
            and (not charge.organisations or organisation in charge.organisations)
        )
    )
