"""Accepted mail: claimed, read, checked, decided."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

import structlog
from sqlalchemy import Connection

from mailrouter.core.alignment import aligned
from mailrouter.core.casenumber import format_number
from mailrouter.core.decide.senders.operating import due_at, next_at
from mailrouter.core.mail.enclosed.attached import examined
from mailrouter.core.model import (
    Mail,
    MailReceived,
    Reading,
    Verdict,
)
from mailrouter.store import counters, dues, pending
from mailrouter.store.leases import Round
from mailrouter.store.outage import unavailable
from mailrouter.store.pending import Claimed
from mailrouter.worker.deciding import Deciding
from mailrouter.worker.node import Node, fault

log = structlog.get_logger()


class MailWork:
    """What is done with accepted mail."""

    def __init__(self, node: Node, deciding: Deciding) -> None:
        self.node, self.deciding = node, deciding

    async def handle_next(self) -> Round[Claimed]:
        """Decide what is pending, up to a batch; gives what was claimed."""
        claimed, numbers = await self.node.mail_owed.write(self._claim)
        for one in claimed:
            await self._handle(one, numbers.get(one.inbound_id, ""))
        return claimed

    def _claim(self, conn: Connection) -> tuple[Round[Claimed], dict[str, str]]:
        """Mails, and the case numbers of those that may open one. What waited for a check before gets its number when
        it is decided: it may have to wait many times."""
        node = self.node
        now = node.clock()
        claimed = pending.claim(conn, node.sealer, now, node.pace.lease, node.name, node.pace.batch)
        if claimed.set_aside:
            self._expect_operators(conn)
        openers = [one.inbound_id for one in claimed if not one.put_off and self._may_open(one)]
        return claimed, dict(zip(openers, _numbers(conn, now.year, len(openers)), strict=True))

    async def _handle(self, claimed: Claimed, number: str) -> None:
        """One mail. A fault of ours never loses it: bounded tries, then held with the traceback (one of three catchers)."""
        try:
            verdicts = await self._verdicts(claimed)
            sent = await asyncio.to_thread(self._read_and_decide, claimed, verdicts, number)
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

    def _read_and_decide(self, claimed: Claimed, verdicts: tuple[Verdict, ...], number: str) -> bool:
        """Everything on one mail that may take long, in one thread; whether mail waits to leave."""
        reading = self._read(claimed.mail)
        if self._must_wait(claimed, reading, verdicts):
            until = self.node.clock() + self.node.pace.again
            self.node.store.write(lambda conn: pending.defer(conn, claimed.inbound_id, until))
            return False
        return self._decide_mail(claimed, reading, verdicts, number or self._number(claimed))

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
        if pending.fail(conn, inbound_id, fault, self.node.clock()) == "held":
            self._expect_operators(conn)

    def _expect_operators(self, conn: Connection) -> None:
        """A mail is held without any decision: the operators' digest is due all the same."""
        dues.expect(conn, due_at(next_at(self.node.office().directory, self.node.clock())))

    def _decide_mail(
        self, claimed: Claimed, reading: Reading, verdicts: tuple[Verdict, ...], number: str
    ) -> bool:
        trigger = MailReceived(
            inbound_id=claimed.inbound_id,
            envelope=claimed.mail.envelope,
            released_by=claimed.released_by,
            release_word=claimed.release_word,
        )
        key = trigger_key(trigger)
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
        if not self._may_open(claimed):
            return ""
        year = self.node.clock().year
        return self.node.store.write(lambda conn: _numbers(conn, year, 1))[0]

    def _may_open(self, claimed: Claimed) -> bool:
        directory = self.node.office().directory
        return claimed.release_word.endswith(":new") or any(
            directory.target_of(a).kind == "territory" for a in claimed.mail.envelope.rcpt_to
        )


def _numbers(conn: Connection, year: int, count: int) -> list[str]:
    """So many case numbers of a year, which nobody else gets."""
    if not count:
        return []
    last = counters.next_value(conn, f"number:{year}", count)
    return [format_number(year, n) for n in range(last - count + 1, last + 1)]


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
