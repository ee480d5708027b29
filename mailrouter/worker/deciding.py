"""From a trigger to its record: gather, decide, compose, record; again when overtaken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from mailrouter.core.compose import Kit, compose, loop_mark
from mailrouter.core.compose.enclosures import enclosed
from mailrouter.core.decide.basis.evolve import after
from mailrouter.core.decide.basis.leak import leaks, let_go, strange_numbers
from mailrouter.core.decide.decide import decide, hold_leak
from mailrouter.core.ids import seed_for
from mailrouter.core.model import (
    Decision,
    Facts,
    MailReceived,
    OutboundMail,
    Reading,
    Send,
    Trigger,
    Verdict,
)
from mailrouter.store.casebook.files import load_files
from mailrouter.store.casebook.gather import Gatherer
from mailrouter.store.casebook.record import Record, kind_of, record, was_recorded
from mailrouter.store.casebook.unit import Stale
from mailrouter.worker.node import Node

log = structlog.get_logger()

STALE_TRIES = 8
Gather = Callable[[Connection], Facts]


class Deciding:
    """Decides on triggers of every kind, and records."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def facts_of_mail(
        self,
        conn: Connection,
        trigger: MailReceived,
        reading: Reading,
        verdicts: tuple[Verdict, ...],
        key: str,
        number: str,
    ) -> Facts:
        """The facts of a mail as they are now; used by live handling and by `simulate` alike."""
        return self.gatherer(conn).mail(
            trigger,
            reading.message,
            verdicts,
            seed=seed_for(self.node.id_key, key),
            number=number,
            now=self.node.clock(),
        )

    def on_case(self, trigger: Trigger, case_id: str, key: str) -> Gather:
        """How to gather the facts of a trigger without mail on a case."""

        def gather(conn: Connection) -> Facts:
            facts = Facts(trigger=trigger, now=self.node.clock(), seed=seed_for(self.node.id_key, key))
            return self.gatherer(conn).on_case(facts, case_id)

        return gather

    def gatherer(self, conn: Connection) -> Gatherer:
        """What reads facts in this transaction, under the policy in force."""
        office = self.node.office()
        mark = loop_mark(self.node.id_key, office.directory.policy.domain)
        return Gatherer(conn, self.node.sealer, office.kit.address_keys, office.directory, mark)

    def decided(self, facts: Facts, files: Mapping[str, bytes]) -> tuple[Decision, tuple[OutboundMail, ...]]:
        """The decision on `facts` and the mails it makes, final bytes and all. Nothing is written."""
        office = self.node.office()
        decision = decide(facts, office.directory)
        decision, made = enclosed(decision, facts, office.directory, office.kit, after(facts, decision))
        wanted = {f.sha256 for e in decision.effects if isinstance(e, Send) for f in e.files}
        files = {**files, **made}
        octets = {**files, **self._stored_files(decision.case_id, wanted - files.keys())}
        kit = Kit(
            templates=office.kit.templates,
            address_keys=office.kit.address_keys,
            id_key=office.kit.id_key,
            files=octets,
        )
        mails = compose(decision, facts, office.directory, kit)
        found = leaks(after(facts, decision), mails, office.directory)
        found += strange_numbers(facts, mails, office.directory)
        if found and not let_go(facts, found):
            return self._held_for_leak(facts, found, kit)
        return decision, mails

    def _held_for_leak(
        self, facts: Facts, found: tuple[str, ...], kit: Kit
    ) -> tuple[Decision, tuple[OutboundMail, ...]]:
        """Nothing leaves: the mail is held for the operators. A due has no mail to hold and fails visibly instead."""
        directory = self.node.office().directory
        decision = hold_leak(facts, directory, found)
        return decision, compose(decision, facts, directory, kit)

    def _stored_files(self, case_id: str, wanted: set[str]) -> dict[str, bytes]:
        if not wanted or not case_id:
            return {}
        return self.node.store.read(lambda conn: load_files(conn, self.node.sealer, case_id, wanted))

    def decide_and_record(
        self,
        key: str,
        gather: Gather,
        files: Mapping[str, bytes] = MappingProxyType({}),
        inbound_id: str = "",
    ) -> bool:
        """Gather, decide, compose, record; again when the case or the policy moved on meanwhile. Whether mail waits."""
        for _ in range(STALE_TRIES):
            facts = self.node.store.read(gather)
            decision, mails = self.decided(facts, files)
            entry = Record(
                key=key,
                kind=kind_of(facts.trigger),
                facts=facts,
                decision=decision,
                mails=mails,
                inbound_id=inbound_id,
            )
            try:
                self.node.store.write(lambda conn, entry=entry: record(conn, self.node.sealer, entry, files))  # type: ignore[misc]
            except Stale:
                self.node.follow()
                continue
            except IntegrityError:
                # Two nodes on one trigger (a lease had run out): the unique key lets one of them in.
                if not self.node.store.read(lambda conn: was_recorded(conn, key)):
                    raise
                return False
            log.info(
                "decided",
                trigger=entry.kind,
                rule=decision.rule,
                disposition=decision.disposition,
                mails=len(mails),
            )
            return bool(mails)
        raise Stale(f"overtaken {STALE_TRIES} times")
