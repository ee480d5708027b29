"""What the tables know of people, and what was counted of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select

from mailrouter.core.decide.acts.signing import counter as who_signed
from mailrouter.core.decide.basis.caps import names as counter_names
from mailrouter.core.decide.senders.aliases import challenge_names, host_of, vouch_names
from mailrouter.core.decide.tick.notices import counter
from mailrouter.core.model import (
    CaseView,
    MailReceived,
    Message,
    PersonState,
    Target,
    Verdict,
)
from mailrouter.core.policy.directory import Directory
from mailrouter.store import counters
from mailrouter.store.blind import address_index
from mailrouter.store.keyring import Keyring
from mailrouter.store.rows import rows
from mailrouter.store.seal import Erased
from mailrouter.store.tables import Person
from mailrouter.store.types import among

PERSON = rows(Person)
_PERSON = select(PERSON.c.address_sealed, PERSON.c.data_key).where(
    PERSON.c.address_index == bindparam("index")
)
_STATES = select(
    PERSON.c.address_index,
    *(PERSON.c[n] for n in PersonState.__struct_fields__ if n != "address"),
).where(among(PERSON.c.address_index, "indexes"))


class PeopleReader:
    """Reads people's states and counters within one transaction, whose connection and keys are `keys`."""

    def __init__(self, keys: Keyring, directory: Directory) -> None:
        self.keys, self.conn, self.sealer = keys, keys.conn, keys.sealer
        self.directory = directory

    def states(
        self, author: str, targets: Sequence[Target], cases: tuple[CaseView, ...]
    ) -> tuple[PersonState, ...]:
        """States of the author, of everyone on the cases, and of everyone who may join them."""
        places = {t.territory for t in targets if t.territory} | {c.territory for c in cases}
        groups = [g for g in self.directory.policy.groups if not places.isdisjoint(g.territories)]
        addresses = {author, *(p.address for c in cases for p in c.participants)}
        addresses |= {t.token.address for t in targets if t.token}
        addresses |= {a for g in groups for a in (*g.members, *g.managers, g.mailbox)}
        addresses |= {
            a
            for c in cases
            for p in c.parties
            for a in self.directory.experts_for(c.territory, p.organisation)
        }
        return self.known(addresses)

    def known(self, addresses: Iterable[str]) -> tuple[PersonState, ...]:
        """States of these people, by address; those of whom nothing is known are left out."""
        by_index = {address_index(self.sealer, a): a for a in addresses if a}
        found = self.conn.execute(_STATES, {"indexes": list(by_index)}).all()
        return tuple(
            PersonState(
                address=by_index[r.address_index],
                terms_version=r.terms_version,
                terms_asked=r.terms_asked,
                suspended=r.suspended,
                absent_until=r.absent_until,
                suppressed_until=r.suppressed_until,
                suppressed_because=r.suppressed_because,
                vouched_until=r.vouched_until,
                last_active_at=r.last_active_at,
            )
            for r in sorted(found, key=lambda r: by_index[r.address_index])
        )

    def address_of(self, index: str) -> str:
        """The address behind a person's index, from the person's own row; '' when that is erased."""
        row = self.conn.execute(_PERSON, {"index": index}).first()
        if row is None or row.address_sealed is None:
            return ""
        try:
            key = self.keys.load(row.data_key)
        except Erased:
            return ""
        return self.sealer.open(key, row.address_sealed, f"person.address:{index}").decode()

    def counters(
        self,
        trigger: MailReceived,
        message: Message,
        author: str,
        targets: Sequence[Target],
        verdicts: tuple[Verdict, ...],
        cases: tuple[CaseView, ...],
    ) -> list[str]:
        """Names of the counters that a mail's decision may ask."""
        written = message.author.address if message.author else ""
        host = host_of(trigger.envelope, verdicts)
        of_hosts = [
            *vouch_names(author, written, host, targets),
            *challenge_names(author, host, targets),
        ]
        boxes = cases if self.directory.mailbox_groups(author) else ()
        asked = [who_signed(case.id, author) for case in boxes]
        return [*counter_names(author, message, targets, of_hosts, [c.id for c in cases]), *asked]

    def counts(self, names: Iterable[str], now: datetime) -> tuple[tuple[str, int], ...]:
        """What these counters stand at, those that stand at anything, by name."""
        by_blind = {self.sealer.blind("counter", n): n for n in names}
        return tuple(sorted((by_blind[b], n) for b, n in counters.counts(self.conn, by_blind, now)))

    def told_today(self, cases: Iterable[CaseView]) -> list[str]:
        """The counters of who was told of which case today."""
        names = []
        for case in cases:
            groups = [g for p in case.parties if (g := self.directory.groups.get(p.group))]
            people = {p.address for p in case.active()} | {a for g in groups for a in g.managers}
            for party in case.parties:
                people |= {
                    *self.directory.experts_for(case.territory, party.organisation),
                    *self.directory.territory_managers_for(case.territory, party.organisation),
                }
            names += [counter(address, case.id) for address in sorted(people)]
        return names
