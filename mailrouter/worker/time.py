"""What time brings: dues, mails of ours that will not arrive, people who were added."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog
from msgspec.structs import replace
from sqlalchemy import Connection

from mailrouter.core.decide.senders.operating import OPERATORS
from mailrouter.core.ids import seed_for
from mailrouter.core.model import (
    DeliveryReported,
    Facts,
    OperatorAsked,
    TimeReached,
)
from mailrouter.store import dues, failures
from mailrouter.store.casebook.view import load_case
from mailrouter.store.outage import unavailable, written
from mailrouter.worker.deciding import Deciding
from mailrouter.worker.node import Node, fault

log = structlog.get_logger()


class TimeWork:
    """What is done without a mail."""

    def __init__(self, node: Node, deciding: Deciding) -> None:
        self.node, self.deciding = node, deciding

    async def tick(self) -> int:
        """Decide the dues whose time has come, and what attempts reported; gives how many."""
        due, failed = await asyncio.to_thread(self.node.store.read, self._look)
        claimed = await written(self.node.store, self._claim) if due else []
        for one in claimed:
            await asyncio.to_thread(self._on_due, one)
        for row in failed:
            await asyncio.to_thread(self._on_failure, row)
        if claimed or failed:
            self.node.post_waits.set()
        return len(claimed) + len(failed)

    def _look(self, conn: Connection) -> tuple[bool, list[failures.Failed]]:
        node = self.node
        return dues.some(conn, node.clock()), failures.unreported(conn, node.sealer, node.pace.batch)

    def _claim(self, conn: Connection) -> list[dues.ClaimedDue]:
        return dues.claim(conn, self.node.clock(), self.node.pace.lease, self.node.pace.batch)

    def _on_due(self, claimed: dues.ClaimedDue) -> None:
        key = f"due:{claimed.key}:{claimed.step}"
        try:
            self.deciding.decide_and_record(key, lambda conn: self._due_facts(conn, claimed, key))
            self.node.store.write(lambda conn: dues.done(conn, claimed.key, self.node.clock()))
        except Exception as error:
            if unavailable(error):
                raise  # no try of this due: it comes back when its lease ends
            why = fault()
            log.error("due-failed", due=claimed.kind, fault=why)
            self.node.store.write(lambda conn: dues.fail(conn, claimed.key, why, self.node.clock()))

    def _due_facts(self, conn: Connection, claimed: dues.ClaimedDue, key: str) -> Facts:
        if not claimed.case_id:
            return self._digest_facts(conn, claimed, key)
        case = load_case(conn, self.node.sealer, claimed.case_id)
        due = next((d for d in case.dues if d.key == claimed.key), None) if case else None
        trigger = TimeReached(due=due or claimed.as_due())
        return self.deciding.on_case(trigger, claimed.case_id, key)(conn)

    def _digest_facts(self, conn: Connection, claimed: dues.ClaimedDue, key: str) -> Facts:
        gatherer = self.deciding.gatherer(conn)
        if claimed.kind == OPERATORS:
            due, now = claimed.as_due(), self.node.clock()
            facts = Facts(trigger=TimeReached(due=due), now=now, seed=seed_for(self.node.id_key, key))
            return gatherer.operators(facts)
        due = replace(claimed.as_due(), address=gatherer.people.address_of(claimed.address_index))
        facts = Facts(
            trigger=TimeReached(due=due), now=self.node.clock(), seed=seed_for(self.node.id_key, key)
        )
        return gatherer.digest(facts, due.address)

    def _on_failure(self, row: failures.Failed) -> None:
        """A mail of ours will not arrive: the case goes on with others."""
        key = f"delivery:{row.outbox_id}"
        trigger = DeliveryReported(
            outbox_id=row.outbox_id,
            recipient=row.recipient,
            case_id=row.case_id,
            status=row.status,
            diagnostic="",
        )
        try:
            self.deciding.decide_and_record(key, self.deciding.on_case(trigger, row.case_id, key))
            self.node.store.write(lambda conn: failures.reported(conn, row.outbox_id))
        except Exception:  # noqa: BLE001
            log.error("report-failed", outbox=row.outbox_id, fault=fault())

    def welcome(self, addresses: Iterable[str], operator: str = "") -> None:
        """People who were added get their first mail, each once however often and wherever the policy is read; who is
        named by an `operator` gets it again."""
        for address in addresses:
            key = f"welcome:{self.node.sealer.blind('welcome', address)}"
            key += f":{operator}:{self.node.clock().isoformat()}" if operator else ""
            trigger = OperatorAsked(act="welcome", operator=operator or "policy", address=address)
            if self.deciding.decide_and_record(key, self.deciding.on_case(trigger, "", key)):
                self.node.post_waits.set()
