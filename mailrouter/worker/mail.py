"""Accepted mail: claimed, read, checked, decided."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

import structlog
from sqlalchemy import Connection

from mailrouter.core.alignment import aligned
from mailrouter.core.casenumber import format_number
from mailrouter.core.decide.operating import due_at, next_at
from mailrouter.core.mail.attached import examined
from mailrouter.core.model import (
    Mail,
    MailReceived,
    Reading,
    Verdict,
)
from mailrouter.store import counters, dues, pending
from mailrouter.store.outage import unavailable
from mailrouter.store.pending import Claimed
from mailrouter.worker.deciding import Deciding
from mailrouter.worker.node import Node, fault

log = structlog.get_logger()


class MailWork:
    """What is done with accepted mail."""

    def __init__(self, node: Node, deciding: Deciding) -> None:
        self.node, self.deciding = node, deciding

    async def handle_next(self) -> int:
        """Decide what is pending, up to a batch; gives how many were claimed."""
        claimed = await asyncio.to_thread(self.node.mail_owed.write, self._claim)
        for one in claimed:
            await self._handle(one)
        return len(claimed)

    def _claim(self, conn: Connection) -> list[Claimed]:
        node = self.node
        return pending.claim(conn, node.sealer, node.clock(), node.pace.lease, node.name, node.pace.batch)

    async def _handle(self, claimed: Claimed) -> None:
        """One mail. A fault of ours never loses it: bounded tries, then held with the traceback (one of three catchers)."""
        try:
            reading = await asyncio.to_thread(self._read, claimed.mail)
            verdicts = await self._verdicts(claimed)
            if self._must_wait(claimed, reading, verdicts):
                until = self.node.clock() + self.node.pace.again
                defer = lambda conn: pending.defer(conn, claimed.inbound_id, until)  # noqa: E731
                await asyncio.to_thread(self.node.store.write, defer)
                return
            sent = await asyncio.to_thread(self._decide_mail, claimed, reading, verdicts)
        except Exception as error:  # noqa: BLE001
            if unavailable(error):
                self._put_back(claimed.inbound_id)
                return
            why = fault()
            log.error("mail-failed", inbound=claimed.inbound_id, tries=claimed.tries, fault=why)
            await asyncio.to_thread(self._fail, claimed.inbound_id, why)
            return
        if sent:
            self.node.post_waits.set()

    def _read(self, mail: Mail) -> Reading:
        readers = self.node.readers
        return examined(readers.read(readable(mail)), lambda octets: readers.picture(octets))

    async def _verdicts(self, claimed: Claimed) -> tuple[Verdict, ...]:
        found: list[Verdict] = []
        for check in self.node.checks:
            found.extend(await check.verdicts(claimed.mail))
        return tuple(found)

    def _must_wait(self, claimed: Claimed, reading: Reading, verdicts: tuple[Verdict, ...]) -> bool:
        """A check that could not be made is made again, for half a day; then the mail is held as it is."""
        waited = self.node.clock() - claimed.mail.envelope.received_at
        alignment = aligned(reading.message.author, reading.message, verdicts)
        unscanned = any(v.method == "antivirus" and v.result == "temperror" for v in verdicts)
        return (unscanned or alignment.result == "temperror") and waited < self.node.pace.patience

    def _put_back(self, inbound_id: str) -> None:
        """The database is unavailable: that is no try of this mail, which waits a little."""
        log.error("store-unavailable", inbound=inbound_id)
        until = self.node.clock() + self.node.pace.setback
        self.node.mail_owed.keep(lambda conn: pending.defer(conn, inbound_id, until))

    def _fail(self, inbound_id: str, fault: str) -> None:
        # A LookupError: this node's lease had run out, and another has decided the mail.
        with suppress(LookupError):
            self.node.store.write(lambda conn: self._failed(conn, inbound_id, fault))

    def _failed(self, conn: Connection, inbound_id: str, fault: str) -> None:
        now = self.node.clock()
        if pending.fail(conn, inbound_id, fault, now) == "held":
            dues.expect(conn, due_at(next_at(self.node.office().directory, now)))

    def _decide_mail(self, claimed: Claimed, reading: Reading, verdicts: tuple[Verdict, ...]) -> bool:
        trigger = MailReceived(
            inbound_id=claimed.inbound_id,
            envelope=claimed.mail.envelope,
            released_by=claimed.released_by,
            release_word=claimed.release_word,
        )
        key = trigger_key(trigger)
        number = self._number(claimed)
        gather = partial(
            self.deciding.facts_of_mail,
            trigger=trigger,
            reading=reading,
            verdicts=verdicts,
            key=key,
            number=number,
        )
        return self.deciding.decide_and_record(key, gather, reading.files, claimed.inbound_id)

    def _number(self, claimed: Claimed) -> str:
        """A case number is reserved before the decision for a mail that may open one; gaps are allowed."""
        directory = self.node.office().directory
        opens = claimed.release_word == "new" or any(
            directory.target_of(a).kind == "territory" for a in claimed.mail.envelope.rcpt_to
        )
        if not opens:
            return ""
        year = self.node.clock().year
        taken = self.node.store.write(lambda conn: counters.next_value(conn, f"number:{year}"))
        return format_number(year, taken)


def readable(mail: Mail) -> bytes:
    """The octets as the reader gets them: with the null reverse-path as the field that delivery writes for it
    (RFC 5321 4.4), since some reports have no other sign."""
    null = not mail.envelope.mail_from and mail.envelope.door != "pipe"
    return (b"Return-Path: <>\r\n" if null else b"") + mail.octets


def trigger_key(trigger: MailReceived) -> str:
    """The unique key of a mail's decision; a release makes another decision on the same mail."""
    if not trigger.released_by:
        return f"mail:{trigger.inbound_id}"
    return f"mail:{trigger.inbound_id}:{trigger.release_word}:{trigger.released_by}"
