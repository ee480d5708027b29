"""The imperative shell: takes what is pending, gathers facts, lets the core decide, records, delivers, settles.

Every step may be killed: what was claimed comes back when its lease ends, what was recorded is recorded once."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog
from msgspec.structs import replace
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from mailrouter.core.alignment import aligned
from mailrouter.core.casenumber import format_number
from mailrouter.core.compose import Kit, compose, loop_mark
from mailrouter.core.compose.enclosures import enclosed
from mailrouter.core.decide.decide import decide, hold_leak
from mailrouter.core.decide.disclose import still_entitled
from mailrouter.core.decide.evolve import after
from mailrouter.core.decide.leak import leaks, let_go
from mailrouter.core.ids import seed_for
from mailrouter.core.mail.attached import examined
from mailrouter.core.model import (
    Attempt,
    Audience,
    Decision,
    DeliveryReported,
    Facts,
    Mail,
    MailReceived,
    OperatorAsked,
    OutboundMail,
    Reading,
    Send,
    TimeReached,
    Trigger,
    Verdict,
)
from mailrouter.core.policy.directory import Directory
from mailrouter.ports import Check, Parcel, Transport
from mailrouter.reading import Readers
from mailrouter.store import counters, dues, failures, outbox, pending, suspension
from mailrouter.store.casebook.files import load_files
from mailrouter.store.casebook.gather import Gatherer
from mailrouter.store.casebook.record import Record, Stale, kind_of, record, was_recorded
from mailrouter.store.casebook.view import load_case, load_standing
from mailrouter.store.engine import Store
from mailrouter.store.outage import Owed, unavailable
from mailrouter.store.pending import Claimed
from mailrouter.store.seal import Sealer

log = structlog.get_logger()

LEASE = timedelta(minutes=5)
AGAIN = timedelta(minutes=2)
SETBACK = timedelta(seconds=10)
PATIENCE = timedelta(hours=12)
BATCH = 20
STALE_TRIES = 8
POLL = 2.0
# Transports that take a second copy of the same outbox id as one.
IDEMPOTENT = frozenset({"maildir", "memory"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The policy in force with what is built from it; replaced as a whole by a reload."""

    directory: Directory
    kit: Kit


@dataclass(slots=True, kw_only=True)
class Worker:
    """One node's worker. `office` gives the policy in force; `clock` aware UTC; `id_key` makes ids and seeds."""

    store: Store
    sealer: Sealer
    readers: Readers
    checks: Sequence[Check]
    transport: Transport
    office: Callable[[], Office]
    clock: Callable[[], datetime]
    id_key: bytes
    node: str
    follow: Callable[[], object] = lambda: None
    mail_waits: asyncio.Event = field(default_factory=asyncio.Event)
    post_waits: asyncio.Event = field(default_factory=asyncio.Event)
    due_waits: asyncio.Event = field(default_factory=asyncio.Event)
    mail_owed: Owed = field(init=False)
    post_owed: Owed = field(init=False)

    def __post_init__(self) -> None:
        self.mail_owed, self.post_owed = Owed(self.store), Owed(self.store)

    # Mail

    async def handle_next(self) -> int:
        """Decide what is pending, up to a batch; gives how many were claimed."""
        claimed = await asyncio.to_thread(self.mail_owed.write, self._claim)
        for one in claimed:
            await self._handle(one)
        return len(claimed)

    def _claim(self, conn: Connection) -> list[Claimed]:
        return pending.claim(conn, self.sealer, self.clock(), LEASE, self.node, BATCH)

    async def _handle(self, claimed: Claimed) -> None:
        """One mail. A fault of ours never loses it: bounded tries, then held with the traceback (one of three catchers)."""
        try:
            reading = examined(await asyncio.to_thread(self.readers.read, readable(claimed.mail)))
            verdicts = await self._verdicts(claimed)
            if self._must_wait(claimed, reading, verdicts):
                until = self.clock() + AGAIN
                defer = lambda conn: pending.defer(conn, claimed.inbound_id, until)  # noqa: E731
                await asyncio.to_thread(self.store.write, defer)
                return
            sent = await asyncio.to_thread(self._decide_mail, claimed, reading, verdicts)
        except Exception as error:  # noqa: BLE001
            if unavailable(error):
                self._put_back(claimed.inbound_id)
                return
            fault = _fault()
            log.error("mail-failed", inbound=claimed.inbound_id, tries=claimed.tries, fault=fault)
            await asyncio.to_thread(self._fail, claimed.inbound_id, fault)
            return
        if sent:
            self.post_waits.set()

    async def _verdicts(self, claimed: Claimed) -> tuple[Verdict, ...]:
        found: list[Verdict] = []
        for check in self.checks:
            found.extend(await check.verdicts(claimed.mail))
        return tuple(found)

    def _must_wait(self, claimed: Claimed, reading: Reading, verdicts: tuple[Verdict, ...]) -> bool:
        """A check that could not be made is made again, for half a day; then the mail is held as it is."""
        waited = self.clock() - claimed.mail.envelope.received_at
        alignment = aligned(reading.message.author, reading.message, verdicts)
        unscanned = any(v.method == "antivirus" and v.result == "temperror" for v in verdicts)
        return (unscanned or alignment.result == "temperror") and waited < PATIENCE

    def _put_back(self, inbound_id: str) -> None:
        """The database is unavailable: that is no try of this mail, which waits a little."""
        log.error("store-unavailable", inbound=inbound_id)
        until = self.clock() + SETBACK
        self.mail_owed.keep(lambda conn: pending.defer(conn, inbound_id, until))

    def _fail(self, inbound_id: str, fault: str) -> None:
        # A LookupError: this node's lease had run out, and another has decided the mail.
        with suppress(LookupError):
            self.store.write(lambda conn: pending.fail(conn, inbound_id, fault, self.clock()))

    def _decide_mail(self, claimed: Claimed, reading: Reading, verdicts: tuple[Verdict, ...]) -> bool:
        trigger = MailReceived(
            inbound_id=claimed.inbound_id,
            envelope=claimed.mail.envelope,
            released_by=claimed.released_by,
            release_word=claimed.release_word,
        )
        key = trigger_key(trigger)
        number = self._number(claimed)
        return self._settle_decision(
            key,
            lambda: self.store.read(
                lambda conn: self.facts_of_mail(conn, trigger, reading, verdicts, key, number)
            ),
            reading.files,
            claimed.inbound_id,
        )

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
        return self._gatherer().mail(
            conn,
            trigger,
            reading.message,
            verdicts,
            seed=seed_for(self.id_key, key),
            number=number,
            now=self.clock(),
        )

    def _gatherer(self) -> Gatherer:
        office = self.office()
        mark = loop_mark(self.id_key, office.directory.policy.domain)
        return Gatherer(self.sealer, office.kit.address_keys, office.directory, mark)

    def _number(self, claimed: Claimed) -> str:
        """A case number is reserved before the decision for a mail that may open one; gaps are allowed."""
        directory = self.office().directory
        opens = claimed.release_word == "new" or any(
            directory.target_of(a).kind == "territory" for a in claimed.mail.envelope.rcpt_to
        )
        if not opens:
            return ""
        year = self.clock().year
        return format_number(year, self.store.write(lambda conn: counters.next_value(conn, f"number:{year}")))

    # Deciding and recording

    def decided(self, facts: Facts, files: Mapping[str, bytes]) -> tuple[Decision, tuple[OutboundMail, ...]]:
        """The decision on `facts` and the mails it makes, final bytes and all. Nothing is written."""
        office = self.office()
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
        if found and not let_go(facts, found):
            return self._held_for_leak(facts, found, kit)
        return decision, mails

    def _held_for_leak(
        self, facts: Facts, found: tuple[str, ...], kit: Kit
    ) -> tuple[Decision, tuple[OutboundMail, ...]]:
        """Nothing leaves: the mail is held for the operators. A due has no mail to hold and fails visibly instead."""
        directory = self.office().directory
        decision = hold_leak(facts, directory, found)
        return decision, compose(decision, facts, directory, kit)

    def _stored_files(self, case_id: str, wanted: set[str]) -> dict[str, bytes]:
        if not wanted or not case_id:
            return {}
        return self.store.read(lambda conn: load_files(conn, self.sealer, case_id, wanted))

    def _settle_decision(
        self, key: str, gather: Callable[[], Facts], files: Mapping[str, bytes], inbound_id: str = ""
    ) -> bool:
        """Gather, decide, compose, record; again when the case or the policy moved on meanwhile. Whether mail waits."""
        for _ in range(STALE_TRIES):
            facts = gather()
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
                self.store.write(lambda conn, entry=entry: record(conn, self.sealer, entry, files))  # type: ignore[misc]
            except Stale:
                self.follow()
                continue
            except IntegrityError:
                # Two nodes on one trigger (a lease had run out): the unique key lets one of them in.
                if not self.store.read(lambda conn: was_recorded(conn, key)):
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

    # Time

    async def tick(self) -> int:
        """Decide the dues whose time has come, and what attempts reported; gives how many."""
        claimed = await asyncio.to_thread(
            self.store.write, lambda conn: dues.claim(conn, self.clock(), LEASE, BATCH)
        )
        for due in claimed:
            await asyncio.to_thread(self._on_due, due)
        failed = await asyncio.to_thread(
            self.store.read, lambda conn: failures.unreported(conn, self.sealer, BATCH)
        )
        for row in failed:
            await asyncio.to_thread(self._on_failure, row)
        if claimed or failed:
            self.post_waits.set()
        return len(claimed) + len(failed)

    def _on_due(self, claimed: dues.ClaimedDue) -> None:
        key = f"due:{claimed.key}:{claimed.step}"
        try:
            self._settle_decision(
                key, lambda: self.store.read(lambda conn: self._due_facts(conn, claimed, key)), {}
            )
            self.store.write(lambda conn: dues.done(conn, claimed.key, self.clock()))
        except Exception as error:
            if unavailable(error):
                raise  # no try of this due: it comes back when its lease ends
            fault = _fault()
            log.error("due-failed", due=claimed.kind, fault=fault)
            self.store.write(lambda conn: dues.fail(conn, claimed.key, fault, self.clock()))

    def _due_facts(self, conn: Connection, claimed: dues.ClaimedDue, key: str) -> Facts:
        if not claimed.case_id:
            return self._digest_facts(conn, claimed, key)
        case = load_case(conn, self.sealer, claimed.case_id)
        due = next((d for d in case.dues if d.key == claimed.key), None) if case else None
        return self._case_facts(conn, TimeReached(due=due or claimed.as_due()), claimed.case_id, key)

    def _digest_facts(self, conn: Connection, claimed: dues.ClaimedDue, key: str) -> Facts:
        gatherer = self._gatherer()
        due = replace(claimed.as_due(), address=gatherer.address_of(conn, claimed.address_index))
        facts = Facts(trigger=TimeReached(due=due), now=self.clock(), seed=seed_for(self.id_key, key))
        return gatherer.digest(conn, facts, due.address)

    def _case_facts(self, conn: Connection, trigger: Trigger, case_id: str, key: str) -> Facts:
        facts = Facts(trigger=trigger, now=self.clock(), seed=seed_for(self.id_key, key))
        return self._gatherer().on_case(conn, facts, case_id)

    def welcome(self, addresses: Iterable[str]) -> None:
        """People who were added get their first mail, each once however often and wherever the policy is read."""
        for address in addresses:
            key = f"welcome:{self.sealer.blind('welcome', address)}"
            trigger = OperatorAsked(act="welcome", operator="policy", address=address)
            gather = lambda t=trigger, k=key: self.store.read(lambda c: self._case_facts(c, t, "", k))  # noqa: E731
            if self._settle_decision(key, gather, {}):
                self.post_waits.set()

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
            self._settle_decision(
                key,
                lambda: self.store.read(lambda conn: self._case_facts(conn, trigger, row.case_id, key)),
                {},
            )
            self.store.write(lambda conn: failures.reported(conn, row.outbox_id))
        except Exception:  # noqa: BLE001
            log.error("report-failed", outbox=row.outbox_id, fault=_fault())

    # Delivery

    async def deliver_next(self) -> int:
        """Deliver what is due, up to a batch: attempts are recorded before the wire and settled after it."""
        claimed = await asyncio.to_thread(self.post_owed.write, self._claim_post)
        if not claimed:
            return 0
        for group in (claimed_new(claimed), claimed_lost(claimed)):
            if group:
                await self._attempt(group)
        return len(claimed)

    async def _attempt(self, claimed: list[outbox.Claimed]) -> None:
        parcels = [c.parcel for c in claimed]
        if claimed[0].look_up:
            attempts = [await self.transport.look_up(parcel) for parcel in parcels]
        else:
            attempts = await self._delivered(parcels)
        settle = partial(self._settle, parcels=parcels, attempts=attempts)
        try:
            await asyncio.to_thread(self.store.write, settle)
        except Exception as error:
            if not unavailable(error):
                raise
            # What was sent must not be sent again: the results are written as soon as they can be.
            self.post_owed.keep(settle)
            raise

    async def _delivered(self, parcels: Sequence[Parcel]) -> list[Attempt]:
        """Hand them over, and keep the leases while a peer thinks: RFC 5321 4.5.3.2.6 gives it ten minutes."""
        renewing = asyncio.create_task(self._renew([parcel.id for parcel in parcels]))
        try:
            return await self.transport.deliver(parcels)
        finally:
            renewing.cancel()

    async def _renew(self, outbox_ids: list[str]) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            until = self.clock() + LEASE
            renew = partial(outbox.renew, outbox_ids=outbox_ids, node=self.node, until=until)
            try:
                await asyncio.to_thread(self.store.write, renew)
            except Exception as error:  # noqa: BLE001
                log.error("lease-not-renewed", error=type(error).__name__)

    def _settle(self, conn: Connection, parcels: Sequence[Parcel], attempts: Sequence[Attempt]) -> None:
        for parcel, attempt in zip(parcels, attempts, strict=True):
            outbox.settle(conn, parcel.id, parcel.attempt, attempt, self.clock())

    def _claim_post(self, conn: Connection) -> list[outbox.Claimed]:
        return outbox.claim(
            conn,
            self.sealer,
            self.clock(),
            LEASE,
            self.node,
            BATCH,
            entitled=self._entitled,
            resend_lost=self.transport.name in IDEMPOTENT,
        )

    def _entitled(self, conn: Connection, row: outbox.Waiting) -> str | None:
        """Why a queued mail may no longer go, asked in the attempt's own transaction."""
        if suspension.is_suspended(conn, row.address_index):
            return suspension.SUSPENDED
        if not row.case_id:
            return None
        case = load_standing(conn, self.sealer, row.case_id, row.recipient)
        audience: Audience = "agents" if row.audience == "agents" else "everyone"
        directory = self.office().directory
        return still_entitled(directory, case, row.recipient, audience, row.disclosure, row.template) or None

    # Running

    async def run(self, stop: asyncio.Event, roles: frozenset[str]) -> None:
        """Work until `stop`, which a node that has only doors waits for too. A wake-up makes it prompt; polling alone
        suffices."""
        loops: list[Awaitable[None]] = []
        if "worker" in roles:
            loops.append(self._until(stop, self.handle_next, self.mail_waits))
            loops.append(self._until(stop, self.tick, self.due_waits))
        if "outbound" in roles:
            loops.append(self._until(stop, self.deliver_next, self.post_waits))
        await asyncio.gather(stop.wait(), *loops)

    async def _until(
        self, stop: asyncio.Event, step: Callable[[], Awaitable[int]], wake: asyncio.Event
    ) -> None:
        """Repeat `step` while it finds work, else wait for `wake` or POLL seconds."""
        ended = asyncio.create_task(stop.wait())
        while not stop.is_set():
            wake.clear()
            try:
                if await step():
                    continue
            except Exception as error:  # noqa: BLE001
                if unavailable(error):
                    log.error("store-unavailable", step=step.__name__)
                else:
                    log.error("step-failed", step=step.__name__, fault=_fault())
            woken = asyncio.create_task(wake.wait())
            await asyncio.wait({ended, woken}, timeout=POLL, return_when=asyncio.FIRST_COMPLETED)
            woken.cancel()
        ended.cancel()


def claimed_new(claimed: Sequence[outbox.Claimed]) -> list[outbox.Claimed]:
    """Those to send."""
    return [c for c in claimed if not c.look_up]


def claimed_lost(claimed: Sequence[outbox.Claimed]) -> list[outbox.Claimed]:
    """Those whose outcome is unknown: asked for before anything is sent again."""
    return [c for c in claimed if c.look_up]


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


def _fault() -> str:
    """The traceback of the exception at hand without its message, which may hold mail text."""
    lines = traceback.format_exc().splitlines()
    return (
        "\n".join(line for line in lines if line.startswith(("Traceback", "  File")))
        + f"\n{lines[-1].split(':')[0]}"
    )
