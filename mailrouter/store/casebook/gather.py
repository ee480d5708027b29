"""Facts: everything `decide` may ask about a trigger, read in one transaction before it runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import Connection, select

from mailrouter.core.decide.basis.digest import groups_counted
from mailrouter.core.decide.files.page import counter as page_codes
from mailrouter.core.decide.senders.thread import speaks
from mailrouter.core.decide.tick.notices import BUNDLED, counter, day_ends
from mailrouter.core.decide.words.identity import may_ask, person_known, person_stated
from mailrouter.core.mail.address import AddressKeys
from mailrouter.core.mail.fresh.insertions import with_insertions
from mailrouter.core.model import (
    CaseLine,
    CaseView,
    Facts,
    Field,
    Followed,
    MailReceived,
    Message,
    OperatorAsked,
    PageAsked,
    Target,
    TimeReached,
    Trigger,
    Verdict,
)
from mailrouter.core.policy.directory import Directory
from mailrouter.store.blind import address_index
from mailrouter.store.casebook.evidence import EvidenceReader
from mailrouter.store.casebook.listing import ListReader
from mailrouter.store.casebook.people import PeopleReader
from mailrouter.store.casebook.recalled import RecallReader
from mailrouter.store.casebook.usual import UsualReader
from mailrouter.store.casebook.view import DUE, PARTICIPANT, PARTY, view_case
from mailrouter.store.casebook.waiting import waiting
from mailrouter.store.inbox import sibling_of
from mailrouter.store.keyring import Keyring
from mailrouter.store.seal import Sealer

LOOP_HEADER = "x-mailrouter-loop"
# Lines of one mail that stands for the reminders of a day.
MOST_IN_ONE_MAIL = 60


class Gatherer:
    """Reads facts within one transaction. Holds what every trigger needs: connection and seal, address keys,
    directory, our loop mark."""

    def __init__(
        self, conn: Connection, sealer: Sealer, address_keys: AddressKeys, directory: Directory, mark: str
    ) -> None:
        self.conn, self.sealer, self.directory, self.mark = conn, sealer, directory, mark
        self.keys = Keyring(conn, sealer)
        self.evidence = EvidenceReader(self.keys, address_keys, directory)
        self.people = PeopleReader(self.keys, directory)
        self.lists = ListReader(self.keys, directory)
        self.recalls = RecallReader(sealer, directory)
        self.habits = UsualReader(directory)

    def mail(
        self,
        trigger: MailReceived,
        message: Message,
        verdicts: tuple[Verdict, ...],
        *,
        seed: str,
        number: str,
        now: datetime,
    ) -> Facts:
        """The facts of an accepted mail."""
        targets = tuple(self.evidence.target(address) for address in trigger.envelope.rcpt_to)
        sibling = sibling_of(self.conn, trigger.inbound_id, trigger.envelope.received_at)
        sibling_case = self.evidence.case_of(sibling) if sibling else ""
        candidates, ours = self.evidence.found(message, targets)
        case_ids = [
            *_token_cases(targets),
            *(c.case_id for c in candidates),
            *(m.case_id for m in ours),
            sibling_case,
        ]
        cases = self._cases(case_ids)
        author = self.directory.canonical(message.author.address) if message.author else ""
        recalled, cases = self.recalls.recalled(self.conn, message, author, cases, now)
        whole = with_insertions(
            message, tuple(m.text for m in ours), lambda: self.evidence.quotable(cases, author)
        )
        agreeing = self.evidence.agreeing(candidates, cases, message)
        proven = [c for c in cases if any(x.case_id == c.id and speaks(x) for x in agreeing)]
        return Facts(
            trigger=trigger,
            now=now,
            seed=seed,
            number=number,
            message=whole,
            verdicts=verdicts,
            targets=targets,
            candidates=agreeing,
            cases=cases,
            people=self.people.states(author, targets, cases),
            counts=self.people.counts(
                self.people.counters(trigger, message, author, targets, verdicts, cases), now
            ),
            ours=ours,
            listed=self._listed(trigger, message, targets, proven, author),
            namesakes=self.lists.namesakes(author, person_stated(whole, _incomplete(cases))),
            followed=self._followed(whole, targets, cases),
            usual=self.habits.usual(self.conn, message, targets, cases, now),
            recalled=recalled,
            looped=any(k == LOOP_HEADER and v.strip() == self.mark for k, v in message.headers),
            sibling_of=sibling,
            sibling_case=sibling_case,
            policy_digest=self.directory.policy.digest,
            generation=self.directory.policy.generation,
        )

    def _listed(
        self,
        trigger: MailReceived,
        message: Message,
        targets: tuple[Target, ...],
        proven: list[CaseView],
        author: str,
    ) -> tuple[CaseLine, ...]:
        """The author's cases, where the answer may have to list them: opening them costs, and most mails need none."""
        new = trigger.release_word.endswith(":new")
        asked = author and (new or self.lists.wants_list(message, targets, proven, author))
        return self.lists.listed(author) if asked else ()

    def _followed(
        self, message: Message, targets: tuple[Target, ...], cases: tuple[CaseView, ...]
    ) -> tuple[Followed, ...]:
        """What people who may be told of a case follow of the same person; nothing where nobody new is told."""
        case = next((c for c in cases if c.state in ("incomplete", "open", "done")), None)
        person = person_known(message, case.fields if case else ())
        if not person or (case and case.state != "incomplete" and not may_ask(message, case)):
            return ()
        readers = self.habits.readers(message, targets, (case,) if case else ())
        return self.lists.followed(readers, person)

    def on_case(self, facts: Facts, case_id: str) -> Facts:
        """Facts of a trigger without mail (a due, a delivery, an operator's act) on a case."""
        cases = self._cases([case_id])
        if isinstance(facts.trigger, TimeReached) and facts.trigger.due.kind in BUNDLED and cases:
            cases = (*cases, *self._due_today(cases[0], facts.now))
        about = facts.trigger.address if isinstance(facts.trigger, OperatorAsked) else ""
        return replace(
            facts,
            cases=cases,
            people=self.people.states(about, (), cases),
            counts=self.people.counts(self._asked(facts.trigger, cases), facts.now),
            policy_digest=self.directory.policy.digest,
            generation=self.directory.policy.generation,
        )

    def _asked(self, trigger: Trigger, cases: tuple[CaseView, ...]) -> list[str]:
        """The counters that a decision on `trigger` may ask for."""
        if isinstance(trigger, PageAsked):
            return [page_codes(trigger.link), page_codes(trigger.named)]
        return self.people.told_today(cases)

    def _due_today(self, case: CaseView, now: datetime) -> tuple[CaseView, ...]:
        """Other cases of the same people of which a notice falls due before midnight; none when all were told."""
        names = [counter(p.address, case.id) for p in case.active()]
        if len(self.people.counts(names, now)) == len(names):
            return ()
        until = day_ends(self.directory.calendar(case.territory), now)
        indexes = [address_index(self.sealer, p.address) for p in case.active()]
        groups = [p.group for p in case.parties]
        theirs = select(PARTICIPANT.c.case_id).where(
            PARTICIPANT.c.address_index.in_(indexes), PARTICIPANT.c.removed_at.is_(None)
        )
        asked = select(PARTY.c.case_id).where(PARTY.c.group_id.in_(groups))
        query = (
            select(DUE.c.case_id)
            .where(DUE.c.kind.in_(BUNDLED), DUE.c.done_at.is_(None), DUE.c.at < until)
            .where(DUE.c.case_id.in_(theirs) | DUE.c.case_id.in_(asked), DUE.c.case_id != case.id)
            .distinct()
            .order_by(DUE.c.case_id)
            .limit(MOST_IN_ONE_MAIL)
        )
        return self._cases(self.conn.execute(query).scalars().all())

    def _cases(self, case_ids: Iterable[str]) -> tuple[CaseView, ...]:
        wanted = [i for i in dict.fromkeys(case_ids) if i]
        return tuple(case for i in wanted if (case := view_case(self.keys, i)))

    def digest(self, facts: Facts, address: str) -> Facts:
        """The facts of a person's digest: the own cases, and counts of the groups they answer for."""
        return replace(
            facts,
            listed=self.lists.listed(address),
            tallies=self.lists.tallies(groups_counted(self.directory, address), facts.now),
            people=self.people.states(address, (), ()),
            policy_digest=self.directory.policy.digest,
            generation=self.directory.policy.generation,
        )

    def operators(self, facts: Facts) -> Facts:
        """The facts of the operators' digest."""
        return replace(
            facts,
            waiting=waiting(self.conn, self.sealer, facts.now),
            policy_digest=self.directory.policy.digest,
            generation=self.directory.policy.generation,
        )


def _incomplete(cases: Sequence[CaseView]) -> tuple[Field, ...]:
    """What the case that this mail may complete knows already."""
    return next((case.fields for case in cases if case.state == "incomplete"), ())


def _token_cases(targets: Sequence[Target]) -> list[str]:
    return [t.token.case_id for t in targets if t.token and t.token.case_id]
