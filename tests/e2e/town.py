"""A whole service in one process for stories: people write, their relay hands the mail in over SMTP at the service's
real door, it is decided, recorded and delivered on a real database, and time passes when the story says so.
Each town writes down what happens (transcript.py)."""

from __future__ import annotations

import asyncio
import email
import email.policy
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path

from sqlalchemy import select
from transcript import Transcript
from wire import Handed, Wire

from mailrouter.app import App, open_app
from mailrouter.core.mail.read import read
from mailrouter.core.model import CaseView, Message
from mailrouter.inbound.smtp import SmtpDoor
from mailrouter.outbound.memory import MemoryTransport
from mailrouter.pictures import jpeg_of
from mailrouter.serving import smtp_door
from mailrouter.store import schema
from mailrouter.store.casebook.view import CASE, DUE, load_case
from mailrouter.store.engine import Store
from mailrouter.store.explain import Explained, explain
from mailrouter.store.reports import ledger

CONFIG = Path(__file__).parents[2] / "config"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Paris

ZOE = "zoe.durand@cahors.example"
KARIM = "karim.haddad@cahors.example"
CLAIRE = "claire.martin@caf46.example"
JULIEN = "julien.roques@caf46.example"
CAF_BOX = "aplus@caf46.example"
CAF_CHIEF = "chef@caf46.example"
AURELIE = "aurelie.vidal@cpam46.example"
THOMAS = "thomas.garrigues@cpam46.example"
BERNARD = "bernard.lacoste@ddfip46.example"
DDFIP_BOX = "aplus@ddfip46.example"
EMILIE = "emilie.bouyssou@msa-occitanie.example"
DAVID = "david.mercier@ft46.example"
OPERATOR = "support@equipe-aplus.example"
STRANGER = "curieux@ailleurs.example"

# The towns of the running test, for its transcript.
OPENED: list[Town] = []

FIELDS = "Prénom : Marie\nNom : DUPONT\nDate de naissance : 03/04/1961\n"
COMPLETE = f"{FIELDS}Mandat : oui\nJ'accepte les conditions d'utilisation.\n"


class InProcess:
    """Reads in this process: the reader's isolation has tests of its own, and stories read hundreds of mails."""

    def read(self, octets: bytes, body: str = "message"):
        return read(octets)

    def picture(self, octets: bytes) -> bytes:
        return jpeg_of(octets) or b""

    def close(self) -> None:
        """Nothing was started."""


@dataclass
class Letter:
    """A mail that arrived."""

    to: str
    template: str
    message: EmailMessage
    mail_from: str

    @property
    def text(self) -> str:
        return self.message.get_body(("plain",)).get_content()

    @property
    def html(self) -> str:
        return self.message.get_body(("html",)).get_content()

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def reply_to(self) -> str:
        header = self.message["Reply-To"] or self.message["From"]
        return header.addresses[0].addr_spec

    @property
    def raw(self) -> bytes:
        return self.message.as_bytes()


@dataclass
class Outcome:
    """What came of one mail, or of passing time."""

    decision: Explained | None
    letters: list[Letter]
    inbound_id: str = ""
    replies: list[str] = field(default_factory=list)

    @property
    def disposition(self) -> str:
        return self.decision.disposition

    @property
    def rule(self) -> str:
        return self.decision.rule

    def sent(self) -> list[tuple[str, str]]:
        """(recipient, template) of every mail, sorted."""
        return sorted((letter.to, letter.template) for letter in self.letters)

    def to(self, address: str, template: str = "") -> Letter:
        """The one mail to `address` (of `template`)."""
        found = [x for x in self.letters if x.to == address and template in ("", x.template)]
        assert len(found) == 1, f"{len(found)} mails to {address} {template}: {self.sent()}"
        return found[0]


@dataclass
class Town:
    """The service and its people. `now` is the clock; only `pass_time` and assignments move it. While `post_stopped`
    nothing is delivered."""

    app: App
    now: datetime = START
    count: int = 0
    seen: set[str] = field(default_factory=set)
    post_stopped: bool = False
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    transcript: Transcript = field(default_factory=Transcript)
    door: SmtpDoor | None = None
    wire: Wire | None = None

    # Writing

    def letter(
        self,
        author: str,
        to: str | list[str],
        subject: str,
        text: str,
        *,
        html: str = "",
        answers: Letter | None = None,
        headers: dict[str, str] | None = None,
        files: list[tuple[str, bytes, str]] | None = None,
        name: str = "",
        cc: list[str] | None = None,
        message_id: str = "",
    ) -> EmailMessage:
        """A mail as a client would write it. `answers` adds the threading fields."""
        self.count += 1
        message = EmailMessage(policy=email.policy.SMTP)
        message["From"] = f"{name} <{author}>" if name else author
        message["To"] = ", ".join([to] if isinstance(to, str) else to)
        if cc:
            message["Cc"] = ", ".join(cc)
        message["Subject"] = subject
        message["Date"] = self.now
        message["Message-ID"] = (
            message_id or f"<m{self.count}.{int(self.now.timestamp())}@{author.partition('@')[2]}>"
        )
        if answers is not None:
            message["In-Reply-To"] = str(answers.message["Message-ID"])
            message["References"] = (
                f"{answers.message.get('References', '')} {answers.message['Message-ID']}".strip()
            )
        for key, value in (headers or {}).items():
            message[key] = value
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype="html")
        for file_name, octets, type_ in files or []:
            main, _, sub = type_.partition("/")
            message.add_attachment(octets, maintype=main, subtype=sub, filename=file_name)
        return message

    def write(self, author: str, to: str | list[str], subject: str, text: str, **more) -> Outcome:
        """`author` writes; the mail goes through the whole service. `aligned`, `mail_from`, `rcpt`: see `send`."""
        sending = {k: more.pop(k) for k in ("aligned", "mail_from", "rcpt", "dmarc") if k in more}
        return self.send(self.letter(author, to, subject, text, **more), **sending)

    def answer(self, author: str, letter: Letter, text: str, **more) -> Outcome:
        """`author` replies to `letter` from their client, with its quote below unless `quote=False`."""
        quote = more.pop("quote", True)
        quoted = "\n".join(f"> {line}" for line in letter.text.splitlines())
        body = (
            f"{text}\n\nLe lun. 2 mars 2026 à 10:00, {letter.message['From']} a écrit :\n{quoted}\n"
            if quote
            else text
        )
        subject = more.pop("subject", f"Re: {letter.subject}")
        return self.write(author, more.pop("to", letter.reply_to), subject, body, answers=letter, **more)

    def send(
        self,
        message: EmailMessage | bytes,
        *,
        aligned: bool = True,
        mail_from: str | None = None,
        rcpt: list[str] | None = None,
        dmarc: str = "",
    ) -> Outcome:
        """Hand a mail to the service as its relay would, with the relay's Authentication-Results."""
        octets = message if isinstance(message, bytes) else message.as_bytes(policy=email.policy.SMTP)
        parsed = email.message_from_bytes(octets, policy=email.policy.default)
        author = parsed["From"].addresses[0].addr_spec if parsed["From"] and parsed["From"].addresses else ""
        domain = author.partition("@")[2] or "nowhere.example"
        result = dmarc or ("pass" if aligned else "fail")
        stamp = (
            f"Authentication-Results: mx.aplus.example; dmarc={result} header.from={domain}\r\n"
            "Received: from client.example ([192.0.2.10]) by mx.aplus.example with ESMTP;"
            f" {self.now:%a, %d %b %Y %H:%M:%S} +0000\r\n"
        )
        ours = [
            a.addr_spec
            for h in ("To", "Cc")
            if parsed[h]
            for a in parsed[h].addresses
            if a.addr_spec.lower().endswith("@aplus.example")
        ]
        paths = rcpt if rcpt is not None else list(dict.fromkeys(ours))
        return self.deliver(stamp.encode() + octets, author if mail_from is None else mail_from, paths)

    def deliver(self, octets: bytes, mail_from: str, rcpt: list[str]) -> Outcome:
        """Octets as they are, handed in at the door by the relay."""
        handed = self.run(self._hand_in(mail_from, rcpt, octets))
        self.transcript.handed(self.now, handed, octets)
        outcome = self.settle(handed.accepted_as)
        outcome.replies = [line for side, line in handed.lines if side == "S"]
        return outcome

    async def _hand_in(self, mail_from: str, rcpt: list[str], octets: bytes) -> Handed:
        if self.wire is None:
            self.door = smtp_door(self.app, "smtp")
            await self.door.start("127.0.0.1:0")
            self.wire = await Wire.to(self.door)
        return await self.wire.hand_in(mail_from, rcpt, octets)

    # Working

    def run(self, coroutine):
        return self.loop.run_until_complete(coroutine)

    def settle(self, inbound_id: str = "") -> Outcome:
        """Work until nothing is pending; what came of it."""
        before = set(self.app.worker.transport.delivered)
        for _ in range(50):
            done = self.run(self.app.worker.handle_next())
            done += self.run(self.app.worker.tick())
            done += 0 if self.post_stopped else self.run(self.app.worker.deliver_next())
            if not done:
                break
        letters = [self._letter(i) for i in self.app.worker.transport.delivered if i not in before]
        decision = None
        if inbound_id:
            decided = self.app.store.read(lambda c: explain(c, self.app.sealer, inbound_id, True))
            decision = decided[-1] if decided else None
        if decision:
            self.transcript.decided(decision.disposition, decision.rule)
        self.transcript.sent(self.now, letters)
        return Outcome(decision, letters, inbound_id)

    def post(self) -> list[Letter]:
        """Deliver what is queued, before any mail or due is looked at."""
        before = set(self.app.worker.transport.delivered)
        while self.run(self.app.worker.deliver_next()):
            pass
        return [self._letter(i) for i in self.app.worker.transport.delivered if i not in before]

    def _letter(self, outbox_id: str) -> Letter:
        parcel = self.app.worker.transport.delivered[outbox_id]
        message = email.message_from_bytes(parcel.octets, policy=email.policy.default)
        return Letter(parcel.recipient, self.template(outbox_id), message, parcel.mail_from)

    def template(self, outbox_id: str) -> str:
        from mailrouter.store.casebook.evidence import OUTBOX

        return self.app.store.read(
            lambda c: c.execute(select(OUTBOX.c.template).where(OUTBOX.c.id == outbox_id)).scalar()
        )

    def pass_time(self, **delta: float) -> Outcome:
        """Let time pass, due by due: each due happens at its own time, as it would live."""
        end = self.now + timedelta(**delta)
        letters: list[Letter] = []
        for _ in range(2000):
            following = self.next_due()
            if following is None or following > end:
                break
            self.now = max(self.now, following)
            letters += self.settle().letters
        self.now = end
        letters += self.settle().letters
        return Outcome(None, letters)

    def next_due(self) -> datetime | None:
        """When the next due comes."""
        query = select(DUE.c.at).where(DUE.c.done_at.is_(None)).order_by(DUE.c.at).limit(1)
        return self.app.store.read(lambda c: c.execute(query).scalar())

    def close(self) -> None:
        """The relay hangs up, the door closes."""
        if self.wire and self.door:
            self.wire.close()
            self.run(self.door.stop(grace_seconds=0))

    # Looking

    def case(self, number: str = "") -> CaseView:
        """The case with this number; the newest one when absent."""
        query = select(CASE.c.id).order_by(CASE.c.opened_at.desc(), CASE.c.number.desc())
        if number:
            query = query.where(CASE.c.number == number)
        case_id = self.app.store.read(lambda c: c.execute(query).scalar())
        return self.app.store.read(lambda c: load_case(c, self.app.sealer, case_id))

    def ledger(self) -> dict:
        return self.app.store.read(ledger)

    def read(self, octets: bytes) -> Message:
        return read(octets).message

    # Short cuts of most stories

    def open_case(
        self, text: str = "", author: str = ZOE, to: str | list[str] = "lot+caf@aplus.example", **more
    ) -> Outcome:
        """A complete case to CAF du Lot."""
        body = f"Bonjour,\n\n{text or 'Son aide au logement est bloquée depuis août.'}\n\n{COMPLETE}\nMerci\n"
        return self.write(author, to, "Aide au logement bloquée", body, **more)


@cache
def _empty_database() -> bytes:
    """An upgraded, empty SQLite file: making one takes longer than most stories."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/empty.sqlite3")
        schema.upgrade(store)
        store.scrub()
        store.close()
        return (Path(folder) / "empty.sqlite3").read_bytes()


@contextmanager
def town(directory: Path, database: str = "", config: Path = CONFIG, at: datetime = START) -> Iterator[Town]:
    """A town in `directory` on `database` (SQLite in the directory when empty)."""
    shutil.copytree(config, directory / "config")
    file = directory / "var" / "mailrouter.sqlite3"
    if not (database or file.exists()):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(_empty_database())
    env = {"MAILROUTER_TRANSPORT__KIND": "memory"}
    if database:
        env["MAILROUTER_DATABASE"] = database
    holder: list[Town] = []
    app = open_app(directory / "config", env, init=True, clock=lambda: holder[0].now if holder else at)
    app.readers.close()
    app.readers = app.worker.readers = InProcess()
    app.worker.transport = MemoryTransport()
    place = Town(app=app, now=at)
    holder.append(place)
    OPENED.append(place)
    app.activate(app.configuration)
    try:
        yield place
    finally:
        place.close()
        app.close()
        place.loop.close()
