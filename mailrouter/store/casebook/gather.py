"""Facts: everything `decide` may ask about a trigger, read in one transaction before it runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace
from sqlalchemy import Connection, func, select
from sqlalchemy import case as case_when

from mailrouter.core.casenumber import find_numbers
from mailrouter.core.decide.aliases import host_of, vouch_names
from mailrouter.core.decide.caps import names as counter_names
from mailrouter.core.decide.command import said
from mailrouter.core.decide.digest import groups_counted
from mailrouter.core.decide.notices import BUNDLED, counter, day_ends
from mailrouter.core.mail.address import AddressKeys, decode, token_of
from mailrouter.core.mail.basesubject import base_subject
from mailrouter.core.mail.insertions import with_insertions
from mailrouter.core.model import (
    Candidate,
    CaseLine,
    CaseView,
    Evidence,
    Facts,
    MailReceived,
    Message,
    OperatorAsked,
    OurMail,
    PersonState,
    Target,
    TimeReached,
    TokenRow,
    Verdict,
)
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.localpart import local_of
from mailrouter.core.policy.schema import Group
from mailrouter.store import counters
from mailrouter.store.blind import address_index, message_index
from mailrouter.store.casebook.secrets import CaseBox
from mailrouter.store.casebook.view import CASE, DUE, PARTICIPANT, PARTY, load_case
from mailrouter.store.inbox import sibling_of
from mailrouter.store.outbox import open_text
from mailrouter.store.rows import AnyRow, rows
from mailrouter.store.seal import Erased, Sealer
from mailrouter.store.tables import Inbound, Outbox, Person, Token

TOKEN, OUTBOX, INBOUND, PERSON = rows(Token), rows(Outbox), rows(Inbound), rows(Person)


LOOP_HEADER = "x-mailrouter-loop"
# Lines of one mail that stands for the reminders of a day.
MOST_IN_ONE_MAIL = 60
# Mails of ours to one person that a quote is compared with.
MOST_QUOTED = 12


class Gatherer:
    """Reads facts. Holds what every trigger needs: seal, address keys, directory, our loop mark."""

    def __init__(self, sealer: Sealer, keys: AddressKeys, directory: Directory, mark: str) -> None:
        self.sealer, self.keys, self.directory, self.mark = sealer, keys, directory, mark

    def mail(
        self,
        conn: Connection,
        trigger: MailReceived,
        message: Message,
        verdicts: tuple[Verdict, ...],
        *,
        seed: str,
        number: str,
        now: datetime,
    ) -> Facts:
        """The facts of an accepted mail."""
        targets = tuple(self._target(conn, address) for address in trigger.envelope.rcpt_to)
        sibling = sibling_of(conn, trigger.inbound_id)
        sibling_case = self._case_of(conn, sibling) if sibling else ""
        candidates, ours = self._evidence(conn, message, targets)
        case_ids = [
            *_token_cases(targets),
            *(c.case_id for c in candidates),
            *(m.case_id for m in ours),
            sibling_case,
        ]
        cases = self._cases(conn, case_ids)
        author = self.directory.canonical(message.author.address) if message.author else ""
        return Facts(
            trigger=trigger,
            now=now,
            seed=seed,
            number=number,
            message=with_insertions(message, self._quotable(conn, message, ours, cases, author)),
            verdicts=verdicts,
            targets=targets,
            candidates=self._agreeing(candidates, cases, message),
            cases=cases,
            people=self._people(conn, author, targets, cases),
            counts=self._counts(conn, self._counters(trigger, message, author, targets, verdicts), now),
            ours=ours,
            listed=self._listed(conn, author) if author and self._wants_list(message, targets, cases) else (),
            looped=any(k == LOOP_HEADER and v.strip() == self.mark for k, v in message.headers),
            sibling_of=sibling,
            sibling_case=sibling_case,
            policy_digest=self.directory.policy.digest,
            generation=self.directory.policy.generation,
        )

    def on_case(self, conn: Connection, facts: Facts, case_id: str) -> Facts:
        """Facts of a trigger without mail (a due, a delivery, an operator's act) on a case."""
        cases = self._cases(conn, [case_id])
        if isinstance(facts.trigger, TimeReached) and facts.trigger.due.kind in BUNDLED and cases:
            cases = (*cases, *self._due_today(conn, cases[0], facts.now))
        about = facts.trigger.address if isinstance(facts.trigger, OperatorAsked) else ""
        return replace(
            facts,
            cases=cases,
            people=self._people(conn, about, (), cases),
            counts=self._counts(conn, self._told_today(cases), facts.now),
            policy_digest=self.directory.policy.digest,
            generation=self.directory.policy.generation,
        )

    def _due_today(self, conn: Connection, case: CaseView, now: datetime) -> tuple[CaseView, ...]:
        """Other cases of the same people of which a notice falls due before midnight; none when all were told."""
        names = [counter(p.address, case.id) for p in case.active()]
        if len(self._counts(conn, names, now)) == len(names):
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
        return self._cases(conn, conn.execute(query).scalars().all())

    def _told_today(self, cases: Iterable[CaseView]) -> list[str]:
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

    def _target(self, conn: Connection, address: str) -> Target:
        text = token_of(local_of(address))
        if text is None:
            return self.directory.target_of(address)
        decoded = decode(self.keys, text)
        row = self._token(conn, decoded.row_id) if decoded else None
        return Target(address=address, kind="token" if row else "unknown", token=row)

    def _token(self, conn: Connection, row_id: int) -> TokenRow | None:
        row = conn.execute(select(TOKEN).where(TOKEN.c.row_id == row_id)).first()
        if row is None:
            return None
        return TokenRow(
            row_id=row.row_id,
            kind=row.kind,
            key_id=row.key_id,
            case_id=row.case_id,
            address=self._token_address(conn, row.case_id, row.inbound_id, row.address_sealed),
            audience=row.audience,
            outbox_id=row.outbox_id,
            inbound_id=row.inbound_id,
            question=row.question,
            words=tuple(row.words.split()) if row.words else (),
            created_at=row.created_at,
            expires_at=row.expires_at,
            used_at=row.used_at,
            revoked_at=row.revoked_at,
        )

    def _token_address(self, conn: Connection, case_id: str, inbound_id: str, sealed: bytes | None) -> str:
        """Sealed under the case's key, or under the mail's a question is about."""
        if sealed is None:
            return ""
        try:
            key = self.sealer.case_key(conn, case_id) if case_id else self._mail_key(conn, inbound_id)
        except Erased:
            return ""
        return self.sealer.open(key, sealed, "token.address").decode()

    def _mail_key(self, conn: Connection, inbound_id: str) -> bytes:
        key_id = conn.execute(select(INBOUND.c.data_key).where(INBOUND.c.id == inbound_id)).scalar()
        if key_id is None:
            raise Erased(inbound_id)
        return self.sealer.load_key(conn, key_id)

    def _case_of(self, conn: Connection, inbound_id: str) -> str:
        """The case that a mail is part of. One that is held names a case too, and is no part of it: a second copy of a
        stranger's held mail must prove itself like the first."""
        part = INBOUND.c.disposition.in_(("opened", "attached", "handled"))
        return str(
            conn.execute(select(INBOUND.c.case_id).where(INBOUND.c.id == inbound_id, part)).scalar() or ""
        )

    def _evidence(
        self, conn: Connection, message: Message, targets: Sequence[Target]
    ) -> tuple[list[Candidate], tuple[OurMail, ...]]:
        """Candidates by Message-IDs and numbers, and the mails of ours that this one answers or reports on."""
        referred: dict[str, Evidence] = dict.fromkeys(
            (message_index(self.sealer, m) for m in message.references[-20:]), "references"
        )
        referred |= dict.fromkeys(
            (message_index(self.sealer, m) for m in message.in_reply_to[:5]), "in-reply-to"
        )
        reported = message_index(self.sealer, message.original_message_id)
        paths = [t.token.outbox_id for t in targets if t.token and t.token.outbox_id]
        found: list[Candidate] = []
        ours: list[OurMail] = []
        wanted = [i for i in (*referred, reported) if i]
        for row in self._sent(conn, wanted, paths):
            ours.append(self._our_mail(conn, row))
            if row.case_id and row.message_index in referred:
                evidence = referred[row.message_index]
                found.append(Candidate(case_id=row.case_id, evidence=evidence, audience=row.audience))
        accepted = select(INBOUND.c.case_id).where(
            INBOUND.c.message_index.in_([i for i in referred if i]), INBOUND.c.case_id != ""
        )
        for case_id in conn.execute(accepted).scalars().all() if any(referred) else ():
            # To a mail that we only accepted, the base subject must agree: hence no more than `references`.
            found.append(Candidate(case_id=case_id, evidence="references"))
        for number in find_numbers(message.subject):
            row_id = conn.execute(select(CASE.c.id).where(CASE.c.number == number)).scalar()
            if row_id:
                found.append(Candidate(case_id=row_id, evidence="number"))
        return list({(c.case_id, c.evidence): c for c in found}.values()), tuple(ours)

    def _sent(self, conn: Connection, indexes: list[str], outbox_ids: list[str]) -> Sequence[AnyRow]:
        if not indexes and not outbox_ids:
            return ()
        here = OUTBOX.c
        query = select(
            here.id,
            here.case_id,
            here.message_index,
            here.audience,
            here.template,
            here.data_key,
            here.envelope_sealed,
            here.text_sealed,
        )
        return conn.execute(
            query.where(here.message_index.in_(indexes) | here.id.in_(outbox_ids)).order_by(here.seq)
        ).all()

    def _quotable(
        self,
        conn: Connection,
        message: Message,
        ours: tuple[OurMail, ...],
        cases: tuple[CaseView, ...],
        author: str,
    ) -> tuple[str, ...]:
        """What a quote below this mail may be of: the mails it answers, others that its author got on the case, and
        what was written there. A note quoted under another mail is ours too, and no new text."""
        answered = tuple(m.text for m in ours)
        if not message.folded or not any(answered):
            return ()
        here = OUTBOX.c
        ids = [c.id for c in cases]
        query = select(here.id, here.data_key, here.envelope_sealed, here.text_sealed).where(
            here.case_id.in_(ids), here.recipient_index == address_index(self.sealer, author)
        )
        rows_found = conn.execute(query.order_by(here.seq.desc()).limit(MOST_QUOTED)).all()
        others = tuple(open_text(conn, self.sealer, row)[1] for row in rows_found)
        written = tuple(m.text for c in cases for m in c.messages)
        return tuple(dict.fromkeys((*answered, *others, *written)))

    def _our_mail(self, conn: Connection, row: AnyRow) -> OurMail:
        recipient, text = open_text(conn, self.sealer, row)
        return OurMail(
            outbox_id=row.id,
            case_id=row.case_id,
            recipient=recipient,
            text=text,
            template=row.template,
            audience=row.audience,
        )

    def _agreeing(
        self, candidates: Iterable[Candidate], cases: tuple[CaseView, ...], message: Message
    ) -> tuple[Candidate, ...]:
        """Whether the base subject is the case's own, or ours with its number in it."""
        by_id = {c.id: c for c in cases}
        numbers = find_numbers(message.subject)
        base = base_subject(message.subject)
        return tuple(
            replace(
                c,
                subject_agrees=by_id[c.case_id].number in numbers
                or base == base_subject(by_id[c.case_id].subject),
            )
            for c in candidates
            if c.case_id in by_id
        )

    def _cases(self, conn: Connection, case_ids: Iterable[str]) -> tuple[CaseView, ...]:
        wanted = [i for i in dict.fromkeys(case_ids) if i]
        return tuple(case for i in wanted if (case := load_case(conn, self.sealer, i)))

    def _people(
        self, conn: Connection, author: str, targets: Sequence[Target], cases: tuple[CaseView, ...]
    ) -> tuple[PersonState, ...]:
        """States of the author, of everyone on the cases, and of everyone who may join them."""
        places = {t.territory for t in targets if t.territory} | {c.territory for c in cases}
        groups = [g for g in self.directory.policy.groups if not places.isdisjoint(g.territories)]
        addresses = {author, *(p.address for c in cases for p in c.participants)}
        addresses |= {t.token.address for t in targets if t.token}
        addresses |= {a for g in groups for a in (*g.members, *g.managers, g.mailbox)}
        by_index = {address_index(self.sealer, a): a for a in addresses if a}
        found = conn.execute(select(PERSON).where(PERSON.c.address_index.in_(list(by_index)))).all()
        return tuple(
            PersonState(
                address=by_index[r.address_index],
                terms_version=r.terms_version,
                suspended=r.suspended,
                absent_until=r.absent_until,
                suppressed_until=r.suppressed_until,
                suppressed_because=r.suppressed_because,
                vouched_until=r.vouched_until,
                last_active_at=r.last_active_at,
            )
            for r in sorted(found, key=lambda r: by_index[r.address_index])
        )

    def _counters(
        self,
        trigger: MailReceived,
        message: Message,
        author: str,
        targets: Sequence[Target],
        verdicts: tuple[Verdict, ...],
    ) -> list[str]:
        written = message.author.address if message.author else ""
        host = host_of(trigger.envelope, verdicts)
        vouches = vouch_names(author, written, host, targets)
        return counter_names(author, message, targets, vouches)

    def _counts(self, conn: Connection, names: Iterable[str], now: datetime) -> tuple[tuple[str, int], ...]:
        by_blind = {self.sealer.blind("counter", n): n for n in names}
        return tuple(sorted((by_blind[b], n) for b, n in counters.counts(conn, by_blind, now)))

    def _wants_list(self, message: Message, targets: Sequence[Target], cases: tuple[CaseView, ...]) -> bool:
        """Whether the decision may list the author's cases: asked for by address or word, or a mail of an agent that
        names no case. Forty open cases are forty keys to unwrap, too much to do for every mail."""
        if any(t.service == "liste" for t in targets):
            return True
        command = said(message.visible)
        if command is not None and command.act == "list":
            return True
        author = message.author.address if message.author else ""
        return not cases and "agent" in self.directory.roles(author)

    def _listed(self, conn: Connection, author: str) -> tuple[CaseLine, ...]:
        """The open cases of a person, newest first, without personal data but the own marker."""
        index = address_index(self.sealer, author)
        query = (
            select(CASE, PARTICIPANT.c.group_id, PARTICIPANT.c.side)
            .join(PARTICIPANT, PARTICIPANT.c.case_id == CASE.c.id)
            .where(
                PARTICIPANT.c.address_index == index,
                PARTICIPANT.c.removed_at.is_(None),
                CASE.c.state.in_(("incomplete", "open", "done")),
            )
            .order_by(CASE.c.opened_at.desc())
            .limit(100)
        )
        found = conn.execute(query).all()
        parties: dict[str, list[AnyRow]] = {}
        wanted = (
            select(PARTY).where(PARTY.c.case_id.in_([r.id for r in found])).order_by(PARTY.c.organisation)
        )
        for party in conn.execute(wanted) if found else ():
            parties.setdefault(party.case_id, []).append(party)
        return tuple(self._line(conn, r, parties.get(r.id, []), index) for r in found)

    def _line(self, conn: Connection, row: AnyRow, parties: list[AnyRow], index: str) -> CaseLine:
        own = next((p for p in parties if p.group_id == row.group_id), None)
        answered = [own] if own else parties
        return CaseLine(
            case_id=row.id,
            number=row.number,
            state=row.state,
            organisations=tuple((p.organisation, p.state) for p in parties),
            opened_at=row.opened_at,
            repere=self._repere(conn, row.id) if row.creator_index == index else "",
            side=row.side,
            own=own.state if own else "",
            owner=""
            if own is None or not own.owner_index
            else ("me" if own.owner_index == index else "other"),
            since=own.asked_at if own else row.opened_at,
            answered=bool(answered) and all(p.last_answer_at is not None for p in answered),
        )

    def digest(self, conn: Connection, facts: Facts, address: str) -> Facts:
        """The facts of a person's digest: the own cases, and counts of the groups they answer for."""
        return replace(
            facts,
            listed=self._listed(conn, address),
            tallies=self._tallies(conn, groups_counted(self.directory, address), facts.now),
            people=self._people(conn, address, (), ()),
            policy_digest=self.directory.policy.digest,
            generation=self.directory.policy.generation,
        )

    def address_of(self, conn: Connection, index: str) -> str:
        """The address behind a person's index, from the person's own row; '' when that is erased."""
        row = conn.execute(select(PERSON).where(PERSON.c.address_index == index)).first()
        if row is None or row.address_sealed is None:
            return ""
        try:
            key = self.sealer.load_key(conn, row.data_key)
        except Erased:
            return ""
        return self.sealer.open(key, row.address_sealed, f"person.address:{index}").decode()

    def _tallies(
        self, conn: Connection, groups: tuple[Group, ...], now: datetime
    ) -> tuple[tuple[str, int, int], ...]:
        """(organisation, open parts, late ones) of these groups; late as DOMAIN's figures have it, without an answer."""
        if not groups:
            return ()
        late = now - timedelta(days=self.directory.timing().silence.count)
        waiting = (PARTY.c.state.in_(("new", "in-progress"))) & CASE.c.state.in_(("open", "done"))
        found = conn.execute(
            select(
                PARTY.c.organisation,
                func.count(),
                func.sum(
                    case_when((PARTY.c.last_answer_at.is_(None) & (PARTY.c.asked_at <= late), 1), else_=0)
                ),
            )
            .join(CASE, CASE.c.id == PARTY.c.case_id)
            .where(waiting, PARTY.c.group_id.in_([g.id for g in groups]))
            .group_by(PARTY.c.organisation)
            .order_by(PARTY.c.organisation)
        )
        return tuple((organisation, int(n), int(overdue)) for organisation, n, overdue in found)

    def _repere(self, conn: Connection, case_id: str) -> str:
        sealed = conn.execute(select(CASE.c.fields_sealed).where(CASE.c.id == case_id)).scalar()
        return CaseBox(self.sealer, case_id, self.sealer.case_key(conn, case_id)).secrets(sealed).repere


def _token_cases(targets: Sequence[Target]) -> list[str]:
    return [t.token.case_id for t in targets if t.token and t.token.case_id]
