"""A whole service behind its SMTP door: its people write through the relay in front of it, attackers as they like.

Mail arrives over real SMTP, is decided by the running worker, and is delivered into Maildirs. `Seen` is what an attack
leaves behind: what the peer was told, what was decided, and every mail that came of it.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import shutil
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import aiosmtplib
from sqlalchemy import delete, select, update

from mailrouter.app import App, open_app
from mailrouter.core.mail.address import encode, reverse_path_local_part
from mailrouter.demo.mailbox import Mailroom, text_of
from mailrouter.serving import ROLES, serve
from mailrouter.store import counters, holding
from mailrouter.store.blind import message_index
from mailrouter.store.casebook.evidence import OUTBOX, TOKEN
from mailrouter.store.casebook.view import CASE, DUE, load_case
from mailrouter.store.explain import Explained, explain
from mailrouter.store.reports import ledger
from mailrouter.store.rows import rows
from mailrouter.store.tables import Counter, Person

CONFIG = Path(__file__).parents[2] / "config"
COUNTER, PERSON = rows(Counter), rows(Person)
PATIENCE = 60.0

ZOE = "zoe.durand@cahors.example"
KARIM = "karim.haddad@cahors.example"
CLAIRE = "claire.martin@caf46.example"
JULIEN = "julien.roques@caf46.example"
CAF_BOX = "aplus@caf46.example"
CAF_CHIEF = "chef@caf46.example"
AURELIE = "aurelie.vidal@cpam46.example"
OPERATOR = "support@equipe-aplus.example"
STRANGER = "curieux@ailleurs.example"
ON_CASE = {ZOE, CLAIRE, JULIEN, CAF_BOX}

FIELDS = "Prénom : Marie\nNom : DUPONT\nDate de naissance : 03/04/1961\n"
COMPLETE = f"{FIELDS}Mandat : oui\nJ'accepte les conditions d'utilisation.\n"
NOTICE = (OPERATOR, "operators-notice")


@dataclass(slots=True)
class Seen:
    """What came of one mail: the answers to MAIL, each RCPT and DATA; the decision; the mails by address."""

    replies: list[str]
    decision: Explained | None = None
    mails: dict[str, list[EmailMessage]] = field(default_factory=dict)
    sent: list[tuple[str, str]] = field(default_factory=list)
    inbound_id: str = ""

    @property
    def code(self) -> str:
        """The last answer's code."""
        return self.replies[-1][:3]

    @property
    def outcome(self) -> tuple[str, str]:
        """Disposition and rule."""
        assert self.decision is not None, self.replies
        return self.decision.disposition, self.decision.rule

    @property
    def trace(self) -> dict[str, str]:
        """Rules that matched, with their evidence."""
        assert self.decision is not None
        return {s["rule"]: s.get("evidence", "") for s in self.decision.trace if s["matched"]}

    def to(self, address: str) -> EmailMessage:
        """The one mail that `address` got."""
        found = self.mails.get(address, [])
        assert len(found) == 1, f"{len(found)} mails to {address}: {self.sent}"
        return found[0]


@dataclass(slots=True)
class Opened:
    """A case of Zoé's asked of CAF du Lot. `letters`: the newest mail of each person; `secret` is in her words."""

    number: str
    secret: str
    letters: dict[str, EmailMessage]

    def at(self, who: str) -> str:
        """The case's address that `who` was given."""
        return str(self.letters[who]["Reply-To"].addresses[0].addr_spec)

    def id_of(self, who: str) -> str:
        """The Message-ID of the newest mail to `who`."""
        return str(self.letters[who]["Message-ID"])


class Siege:
    """The service and the ways to it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.loop = asyncio.new_event_loop()
        self.count = 0
        self.app: App
        self.service: asyncio.Task[None]
        self.room: Mailroom
        self.port = 0
        self._standing: Opened | None = None
        self._texts: dict[Path, str] = {}

    # The service

    def start(self) -> None:
        """Open everything and serve."""
        shutil.copytree(CONFIG, self.root / "config")
        env = {
            "MAILROUTER_LISTEN__SMTP": "127.0.0.1:0",
            "MAILROUTER_LISTEN__HTTP": "null",
            "MAILROUTER_DATABASE": "sqlite:///var/mailrouter.sqlite3",
            "MAILROUTER_TRANSPORT__PATH": "var/mail",
        }
        self.app = open_app(self.root / "config", env, init=True, children=1)
        self.run(self._serve())
        self.port = int(self.app.doors[0].addresses[0].rpartition(":")[2])
        self.room = Mailroom(self.app.settings.transport.path, self.port)

    async def _serve(self) -> None:
        ready = asyncio.Event()
        self.service = asyncio.create_task(serve(self.app, frozenset(ROLES), lambda _: ready.set()))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({self.service, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if self.service.done():
            self.service.result()

    def stop(self) -> None:
        """Finish what was accepted."""
        self.app.stopping.set()
        self.run(self.service)
        self.app.close()
        self.loop.close()

    def run(self, awaitable):
        return self.loop.run_until_complete(awaitable)

    def new_day(self) -> None:
        """The windows of all caps are over, as they are a day later; ledger and case numbers stay."""
        self.app.store.write(lambda c: c.execute(delete(COUNTER).where(COUNTER.c.until.is_not(None))))
        self.room.fetch()

    def use_up(self, counter: str, n: int) -> None:
        """As if `counter` had been counted `n` times today."""
        now = self.app.clock()
        blind, until = self.app.sealer.blind("counter", counter), now + timedelta(days=1)
        self.app.store.write(lambda c: [counters.count(c, blind, until, now) for _ in range(n)])

    def forget_absences(self, conn) -> None:
        """Everybody can be reached again."""
        conn.execute(update(PERSON).values(absent_until=None, suppressed_until=None, suppressed_because=""))

    # Mails

    def mark(self) -> str:
        """A word that stands nowhere else."""
        self.count += 1
        return f"repere{self.count}q"

    def letter(
        self, author: str, to: str | list[str], subject: str, text: str, **fields: str
    ) -> EmailMessage:
        """A mail as a client writes it; `fields` add or replace header fields (`_` is `-`)."""
        self.count += 1
        message = EmailMessage(policy=email.policy.SMTP)
        message["From"] = author
        message["To"] = ", ".join([to] if isinstance(to, str) else to)
        message["Subject"] = subject
        message["Date"] = format_datetime(self.app.clock())
        message["Message-ID"] = f"<m{self.count}@client.example>"
        for name, value in fields.items():
            del message[name.replace("_", "-")]
            message[name.replace("_", "-")] = value
        message.set_content(text)
        return message

    def write(
        self, author: str, to: str | list[str], subject: str, text: str, *, dmarc: str = "pass", **fields: str
    ) -> Seen:
        """`author` writes; the relay in front finds `dmarc` for the domain of From."""
        return self.relay(self.letter(author, to, subject, text, **fields), dmarc=dmarc)

    def answer(
        self, author: str, letter: EmailMessage, text: str, *, dmarc: str = "pass", **fields: str
    ) -> Seen:
        """`author` replies to a mail of ours."""
        to = str((letter["Reply-To"] or letter["From"]).addresses[0].addr_spec)
        threading = {"In_Reply_To": str(letter["Message-ID"]), "References": str(letter["Message-ID"])}
        return self.write(
            author, to, f"Re: {letter['Subject']}", text, dmarc=dmarc, **{**threading, **fields}
        )

    def relay(
        self,
        message: EmailMessage | bytes,
        *,
        dmarc: str = "pass",
        mail_from: str | None = None,
        rcpt: list[str] | None = None,
        domain: str = "",
    ) -> Seen:
        """Hand a mail to the service as the relay does: its findings on top, from its own address."""
        octets = message if isinstance(message, bytes) else message.as_bytes()
        found = email.message_from_bytes(octets, policy=email.policy.compat32)
        author = domain or str(found["From"]).rpartition("@")[2].strip("> \r\n\t") or "nowhere.example"
        sender = str(found["From"]).rpartition("<")[2].strip("> ") if mail_from is None else mail_from
        stamp = (
            f"Authentication-Results: mx.aplus.example; dmarc={dmarc} header.from={author}\r\n"
            "Received: from client.example (client.example [192.0.2.10])\r\n"
            f"\tby mx.aplus.example with ESMTP; {format_datetime(self.app.clock())}\r\n"
        )
        return self.speak(stamp.encode() + octets, sender, rcpt or self._ours(octets), "127.0.0.1")

    def _ours(self, octets: bytes) -> list[str]:
        message = email.message_from_bytes(octets, policy=email.policy.default)
        named = [a.addr_spec for name in ("To", "Cc") if message[name] for a in message[name].addresses]
        return list(dict.fromkeys(a for a in named if a.lower().endswith("@aplus.example")))

    def speak(self, octets: bytes, mail_from: str, rcpt: list[str], source: str = "127.0.0.2") -> Seen:
        """Speak SMTP from `source` (anything but 127.0.0.1 is no relay of the service), then wait for what comes of it."""
        replies = self.run(self._speak(octets, mail_from, rcpt, source))
        accepted = [r.rpartition(" ")[2] for r in replies if "Accepted as" in r]
        return self.settled(replies, accepted[-1] if accepted else "")

    async def _speak(self, octets: bytes, mail_from: str, rcpt: list[str], source: str) -> list[str]:
        client = aiosmtplib.SMTP(
            hostname="127.0.0.1",
            port=self.port,
            local_hostname="client.example",
            start_tls=False,
            source_address=(source, 0),
        )
        await client.connect()
        replies = []
        try:
            await client.ehlo()
            replies.append(_shown(await client.execute_command(f"MAIL FROM:<{mail_from}>".encode())))
            replies += [_shown(await client.execute_command(f"RCPT TO:<{a}>".encode())) for a in rcpt]
            if any(r.startswith("250") for r in replies[1:]):
                replies.append(_shown(await client.data(octets)))
        except aiosmtplib.SMTPResponseException as error:
            replies.append(f"{error.code} {error.message}")
        finally:
            client.close()
        return replies

    async def _dialogue(self, octets: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(octets)
        await writer.drain()
        said = await asyncio.wait_for(reader.read(), 30)
        writer.close()
        return said

    def dialogue(self, octets: bytes) -> str:
        """Send these octets as they are and read until the service closes (end them with QUIT)."""
        return self.run(self._dialogue(octets)).decode("utf-8", "replace")

    # What came of it

    def settled(self, replies: list[str], inbound_id: str = "") -> Seen:
        """Wait until nothing is pending and everything was delivered."""
        self.run(self._quiet())
        mails = self.room.fetch()
        seen = Seen(replies=replies, mails=mails, inbound_id=inbound_id)
        if inbound_id:
            decisions = self.app.store.read(lambda c: explain(c, self.app.sealer, inbound_id))
            seen.decision = decisions[-1]
            seen.sent = sorted((m.recipient, m.template) for m in decisions[-1].mails if m.state == "sent")
        return seen

    async def _quiet(self) -> None:
        end = self.loop.time() + PATIENCE
        while self.loop.time() < end:
            now = await asyncio.to_thread(self.app.store.read, ledger)
            outbox = now["outbox"]
            if not now["pending"] and not outbox["queued"] and not outbox["unknown"]:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"nothing settled: {now}")

    def open_case(self, **fields: str) -> Opened:
        """A complete case of Zoé's to CAF du Lot."""
        secret = self.mark()
        text = f"Bonjour,\n\nSon aide au logement est bloquée {secret}.\n\n{COMPLETE}\nMerci\n"
        seen = self.write(ZOE, "lot+caf@aplus.example", f"Aide au logement {secret}", text, **fields)
        assert seen.outcome == ("opened", "open-case"), seen.trace
        letters = {address: mails[-1] for address, mails in seen.mails.items()}
        return Opened(seen.decision.case_number, secret, letters)

    def standing_case(self) -> Opened:
        """One case for all attacks that must leave it as it is."""
        if self._standing is None:
            self._standing = self.open_case()
        return self._standing

    def case(self, number: str):
        """The case as it is now."""
        case_id = self.app.store.read(
            lambda c: c.execute(select(CASE.c.id).where(CASE.c.number == number)).scalar()
        )
        return self.app.store.read(lambda c: load_case(c, self.app.sealer, case_id))

    def ledger(self) -> dict:
        """The ledger now."""
        return self.app.store.read(ledger)

    def escalation(self, case: Opened, to: str) -> EmailMessage:
        """What `to` is told when nobody answered for days: the due of the case is made to fall now."""
        here = (DUE.c.case_id == self.case(case.number).id) & (DUE.c.kind == "escalate")
        self.room.fetch()
        self.app.store.write(lambda c: c.execute(update(DUE).where(here).values(at=self.app.clock())))
        told: list[EmailMessage] = []
        end = self.loop.time() + PATIENCE
        while not told and self.loop.time() < end:
            self.run(asyncio.sleep(0.05))
            told = self.room.fetch().get(to, [])
        assert len(told) == 1, "nobody was told"
        return told[0]

    def reverse_path(self, letter: EmailMessage) -> str:
        """The reverse-path that a mail of ours went out with."""

        def found(conn):
            index = message_index(self.app.sealer, str(letter["Message-ID"]))
            outbox_id = conn.execute(select(OUTBOX.c.id).where(OUTBOX.c.message_index == index)).scalar_one()
            here = (TOKEN.c.outbox_id == outbox_id) & (TOKEN.c.kind == "reverse-path")
            return conn.execute(select(TOKEN.c.row_id).where(here)).scalar_one()

        token = encode(self.app.keys.address, "reverse-path", self.app.store.read(found))
        return f"{reverse_path_local_part(token)}@aplus.example"

    def readers(self, mark: str) -> set[str]:
        """Every mailbox in which some mail holds `mark`, in any part or header field."""
        found = set()
        for address in self.room.everybody():
            for file in (self.room.mailbox(address) / "new").iterdir():
                if mark in self._text_in(file):
                    found.add(address)
        return found

    def _text_in(self, file: Path) -> str:
        # A delivered mail never changes, and parsing all of them anew for each attack took most of the suite's time.
        if file not in self._texts:
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            self._texts[file] = everything(message)
        return self._texts[file]

    def held(self, seen: Seen) -> dict:
        """What an operator sees of a held mail without breaking the glass."""
        shown = self.app.store.read(lambda c: holding.show(c, self.app.sealer, seen.inbound_id, False))
        assert shown is not None, "not held"
        return shown

    def facts(self, seen: Seen):
        """What was gathered for the decision: content, as only the test's break-glass shows it."""
        return self.app.store.read(lambda c: explain(c, self.app.sealer, seen.inbound_id, True))[-1].facts

    def logged(self, seen: Seen) -> str:
        """The record of a decision as `explain` shows it: no content."""
        decision = seen.decision
        return json.dumps([decision.trace, decision.effects, decision.rule], default=str)


def _shown(response) -> str:
    code, text = response
    return f"{code} {text}"


def everything(message: EmailMessage) -> str:
    """All of a mail as text: decoded fields, text, HTML, names of files."""
    fields = [f"{k}: {v}" for k, v in message.items()]
    parts = [str(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"]
    names = [part.get_filename() or "" for part in message.walk()]
    return "\n".join([*fields, *parts, *names])


__all__ = ["text_of"]
