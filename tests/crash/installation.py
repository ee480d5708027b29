"""A whole installation in a directory: its configuration, database, mailboxes, the lives of its service, and the mail
server that hands mail to it. Everything is real; only the service's lives come from dying_service.py."""

from __future__ import annotations

import email
import email.policy
import json
import os
import re
import select
import shutil
import signal
import smtplib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from sqlalchemy import Connection, func
from sqlalchemy import select as choose

from mailrouter.store import dues
from mailrouter.store.casebook.view import CASE, DUE, MESSAGE, PARTY
from mailrouter.store.engine import Store
from mailrouter.store.explain import Explained, explain
from mailrouter.store.keys import load_keys
from mailrouter.store.reports import ledger
from mailrouter.store.rows import rows
from mailrouter.store.seal import Sealer
from mailrouter.store.tables import AttemptRow, Decided, HistoryRow, Inbound, Outbox

CONFIG = Path(__file__).parents[2] / "config"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Paris
PATIENCE = 180.0  # seconds: a machine that stands still for a minute is no fault of the service
INBOUND = rows(Inbound)
LISTENING = re.compile(r"event=listening door=smtp at=\['[^']*:(\d+)'\]")
HISTORY, OUTBOX, ATTEMPT, DECISION = rows(HistoryRow), rows(Outbox), rows(AttemptRow), rows(Decided)

ZOE = "zoe.durand@cahors.example"
KARIM = "karim.haddad@cahors.example"
CLAIRE = "claire.martin@caf46.example"
JULIEN = "julien.roques@caf46.example"
CAF_BOX = "aplus@caf46.example"
CAF_CHIEF = "chef@caf46.example"
OPERATOR = "support@equipe-aplus.example"
STRANGER = "curieux@ailleurs.example"
FIELDS = "Prénom : Marie\nNom : DUPONT\nDate de naissance : 03/04/1961\n"
COMPLETE = f"{FIELDS}Mandat : oui\nJ'accepte les conditions d'utilisation.\n"
LETTER = f"Bonjour,\n\nSon aide au logement est bloquée depuis août.\n\n{COMPLETE}\nMerci\n"

T = TypeVar("T")


def until(there: Callable[[], T], what: Callable[[], str] | str, patience: float = PATIENCE) -> T:
    """What `there` gives once it gives something; fails loudly after `patience` seconds."""
    end = time.monotonic() + patience
    while not (found := there()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {patience:.0f} s: {what if isinstance(what, str) else what()}")
        time.sleep(0.02)
    return found


def write_order(path: Path, boundary: str, do: str = "kill", nth: int = 1) -> None:
    """An order for a life, whole or not at all."""
    for old in (".reached", ".go"):
        path.with_suffix(old).unlink(missing_ok=True)
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps({"boundary": boundary, "do": do, "nth": nth}))
    unfinished.rename(path)


class Nursery:
    """The process that lives are forked from (see dying_service.py)."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("dying_service.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def birth(self, life: dict[str, Any]) -> int:
        """A new life's process id."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(life) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@dataclass
class Life:
    """One process of the service."""

    pid: int
    handle: int
    log: Path
    order: Path
    port: int = 0

    def ended(self, seconds: float = 0.0) -> bool:
        """Whether it is dead, after waiting so long for it."""
        return bool(select.select([self.handle], [], [], seconds)[0])

    def listening(self) -> Life:
        """Wait until the door is open."""

        def port() -> int:
            found = LISTENING.search(self.said)
            assert found or not self.ended(), f"died at its start:\n{self.said[-3000:]}"
            return int(found[1]) if found else 0

        self.port = until(port, lambda: f"a door: {self.said[-3000:]}")
        return self

    @property
    def said(self) -> str:
        """All that it logged."""
        return self.log.read_text()

    def give_order(self, boundary: str, do: str = "kill", nth: int = 1) -> None:
        """What to do at the boundary's n-th call from now on."""
        write_order(self.order, boundary, do, nth)

    def paused(self) -> Life:
        """Wait until it stands at the ordered boundary."""
        until(self.order.with_suffix(".reached").exists, lambda: f"a pause: {self.said[-3000:]}")
        return self

    def go_on(self) -> None:
        """Let it go on from there."""
        self.order.with_suffix(".go").touch()
        until(lambda: not self.order.exists() or self.ended(), "going on")

    def died(self) -> str:
        """Wait for its death by its own hand; the boundary it died at."""
        until(self.ended, lambda: f"a death: {self.said[-3000:]}")
        os.close(self.handle)
        self.order.unlink()
        reached = self.order.with_suffix(".reached")
        assert reached.exists(), f"it died by itself:\n{self.said[-3000:]}"
        return reached.read_text()

    def kill(self) -> None:
        """SIGKILL, from outside."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM: it finishes what it accepted."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        try:
            signal.pidfd_send_signal(self.handle, how)
        except (ProcessLookupError, OSError):
            return  # dead already, its handle perhaps closed
        until(self.ended, lambda: f"the end: {self.said[-3000:]}")
        os.close(self.handle)


@dataclass
class Place:
    """The installation. `ahead` is how far its clock is before the real one."""

    directory: Path
    nursery: Nursery
    database: str
    env: dict[str, str] = field(default_factory=dict)
    born: float = field(default_factory=time.time)
    later: timedelta = timedelta()
    lives: list[Life] = field(default_factory=list)
    letters: int = 0
    closing: list[Callable[[], object]] = field(default_factory=list)
    _store: Store | None = None

    def __post_init__(self) -> None:
        shutil.copytree(CONFIG, self.directory / "config")

    # Lives

    def live(self, dies: str = "", *, only: str = "", lease: float = 0.3, batch: int = 20) -> Life:
        """Start the service, with the boundary where it `dies`; wait until it listens, if it may get so far."""
        n = len(self.lives)
        log, order = self.directory / f"life{n}.log", self.directory / f"order{n}.json"
        log.touch()
        if dies:
            write_order(order, dies)
        arguments = ["run", "--init", "--config", str(self.directory / "config")]
        pid = self.nursery.birth(
            {
                "directory": str(self.directory),
                "env": self.environment(),
                "ahead": (self.now() - datetime.now(UTC)).total_seconds(),
                "lease": lease,
                "batch": batch,
                "log": str(log),
                "order": str(order),
                "argv": [*arguments, *(["--only", only] if only else [])],
            }
        )
        life = Life(pid, os.pidfd_open(pid), log, order)
        self.lives.append(life)
        return life.listening() if not only or "inbound" in only else life

    def environment(self) -> dict[str, str]:
        """The overrides of this installation."""
        return {
            "MAILROUTER_DATABASE": self.database,
            "MAILROUTER_LISTEN__SMTP": "127.0.0.1:0",
            "MAILROUTER_LISTEN__HTTP": "",
            "MAILROUTER_TRANSPORT__KIND": "maildir",
            "MAILROUTER_TRANSPORT__PATH": str(self.directory / "var/mail"),
            **self.env,
        }

    def now(self) -> datetime:
        """The installation's clock: it began at START and runs as fast as the real one."""
        return START + self.later + timedelta(seconds=time.time() - self.born)

    def close(self) -> None:
        """End every life and let the database go."""
        for life in self.lives:
            life.kill()
        if self._store:
            self._store.close()
        for last in self.closing:
            last()

    # Looking

    @property
    def store(self) -> Store:
        """The database, to look into."""
        if self._store is None:
            self._store = Store.open(self.database)
        return self._store

    @property
    def sealer(self) -> Sealer:
        """Opens what is sealed."""
        secrets = self.directory / "var/secrets"
        return Sealer(load_keys(secrets / "address.key", secrets / "master.key"))

    def ledger(self) -> dict[str, Any]:
        return self.store.read(ledger)

    def settled(self) -> dict[str, Any]:
        """Wait until nothing is pending, unsent or due; the ledger then."""
        figures, waiting = self._look()

        def quiet() -> bool:
            nonlocal figures, waiting
            figures, waiting = self._look()
            return not waiting

        until(quiet, lambda: f"{figures}, {waiting} waiting\n{self.lives[-1].said[-3000:]}")
        return figures

    def _look(self) -> tuple[dict[str, Any], int]:
        """The ledger and how much waits, in one look: between two the service may go a step."""
        due = choose(func.count()).select_from(DUE).where(DUE.c.done_at.is_(None), DUE.c.at <= self.now())
        failed = choose(func.count()).select_from(OUTBOX)
        failed = failed.where(OUTBOX.c.state == "failed", OUTBOX.c.reported.is_(False))

        def look(conn: Connection) -> tuple[dict[str, Any], int]:
            figures = ledger(conn)
            unsent = figures["outbox"]["queued"] + figures["outbox"]["unknown"]
            waits = sum(conn.execute(query).scalar_one() for query in (due, failed))
            return figures, figures["pending"] + unsent + waits

        return self.store.read(look)

    def explained(self, ref: str, content: bool = False) -> list[Explained]:
        sealer = self.sealer
        return self.store.read(lambda conn: explain(conn, sealer, ref, content))

    def standing(self) -> dict[str, Any]:
        """See below."""
        return standing(self.store)

    def tries(self) -> int:
        """The most attempts that any mail took."""
        query = choose(func.max(ATTEMPT.c.n)).join(OUTBOX, OUTBOX.c.id == ATTEMPT.c.outbox_id)
        return self.store.read(lambda conn: conn.execute(query).scalar_one())

    def claims(self, inbound_id: str) -> int:
        """How many tries the mail was charged."""
        query = choose(INBOUND.c.tries).where(INBOUND.c.id == inbound_id)
        return self.store.read(lambda conn: conn.execute(query).scalar_one())

    def leases(self) -> datetime | None:
        """When the first lease of a mail on the wire ends."""
        query = choose(func.min(OUTBOX.c.leased_until)).where(OUTBOX.c.state == "leased")
        return self.store.read(lambda conn: conn.execute(query).scalar())

    def decided(self, kind: str) -> int:
        """How many triggers of this kind have a decision."""
        query = choose(func.count()).select_from(DECISION).where(DECISION.c.trigger_kind == kind)
        return self.store.read(lambda conn: conn.execute(query).scalar_one())

    def mailboxes(self) -> dict[str, list[EmailMessage]]:
        """Every mail that arrived, by recipient, in the order of arrival."""
        found: dict[str, list[EmailMessage]] = {}
        files = [f for part in ("new", "cur") for f in (self.directory / "var/mail").glob(f"*/{part}/*")]
        for file in sorted(files, key=lambda f: f.stat().st_mtime_ns):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            found.setdefault(unquote(file.parents[1].name), []).append(message)
        return found

    def arrivals(self) -> Counter[tuple[str, str]]:
        """(recipient, Message-ID) of every mail that arrived, each with the number of its copies."""
        boxes = self.mailboxes()
        return Counter((to, str(m["Message-ID"])) for to, mails in boxes.items() for m in mails)

    # Writing

    def letter(
        self,
        author: str,
        to: str,
        subject: str,
        text: str,
        *,
        answers: EmailMessage | None = None,
        files: Iterable[tuple[str, bytes]] = (),
        headers: dict[str, str] | None = None,
        quote: bool = True,
    ) -> EmailMessage:
        """A mail as a client writes it; `answers` adds the threading fields, and its quote if `quote`."""
        self.letters += 1
        message = EmailMessage(policy=email.policy.SMTP)
        message["From"], message["To"], message["Subject"] = author, to, subject
        message["Date"] = START + timedelta(minutes=self.letters)
        message["Message-ID"] = f"<m{self.letters}@{author.partition('@')[2]}>"
        if answers is not None:
            message["In-Reply-To"] = str(answers["Message-ID"])
            message["References"] = f"{answers.get('References', '')} {answers['Message-ID']}".strip()
        if answers is not None and quote:
            quoted = "".join(f"> {line}\n" for line in text_of(answers).splitlines())
            text = f"{text}\n\nLe lun. 2 mars 2026 à 10:00, {answers['From']} a écrit :\n{quoted}"
        for name, value in (headers or {}).items():
            message[name] = value
        message.set_content(text)
        for name, octets in files:
            message.add_attachment(octets, maintype="application", subtype="pdf", filename=name)
            message.set_boundary("next-part")  # instead of a random one: the same letter is the same octets
        return message

    def answer(self, author: str, mail: EmailMessage, text: str, **more: Any) -> EmailMessage:
        """A reply to a mail of the service, with its quote below unless `quote=False`."""
        to = str((mail["Reply-To"] or mail["From"]).addresses[0].addr_spec)
        return self.letter(author, to, f"Re: {mail['Subject']}", text, answers=mail, **more)

    def opening(self) -> EmailMessage:
        """The mail that opens a complete case for CAF du Lot."""
        return self.letter(ZOE, "lot+caf@aplus.example", "Aide au logement bloquée", LETTER)


def standing(store: Store) -> dict[str, Any]:
    """What the tables say of cases, without ids and times: equal after equal stories."""
    case = choose(CASE.c.state, CASE.c.version)
    party = choose(PARTY.c.organisation, PARTY.c.state, PARTY.c.owner_index != "")
    message = choose(MESSAGE.c.side, MESSAGE.c.organisation, MESSAGE.c.audience)
    history = choose(HISTORY.c.act, HISTORY.c.organisation, HISTORY.c.before, HISTORY.c.after)
    due = choose(DUE.c.kind, DUE.c.organisation, DUE.c.step).where(DUE.c.done_at.is_(None))
    outbox = choose(OUTBOX.c.template, OUTBOX.c.state)
    queries = {
        "cases": case.order_by(CASE.c.number),
        "parties": party.order_by(PARTY.c.case_id, PARTY.c.organisation),
        "messages": message.order_by(MESSAGE.c.case_id, MESSAGE.c.position),
        "history": history.order_by(HISTORY.c.case_id, HISTORY.c.seq),
        "dues": due.order_by(DUE.c.case_id, DUE.c.kind, DUE.c.organisation, DUE.c.step),
        "outbox": outbox.order_by(OUTBOX.c.template, OUTBOX.c.state),
    }

    def look(conn: Connection) -> dict[str, Any]:
        found: dict[str, Any] = {name: conn.execute(query).all() for name, query in queries.items()}
        return {**found, "forgotten": dues.forgotten(conn)}

    return store.read(look)


def text_of(message: EmailMessage) -> str:
    """The plain text of a mail."""
    body = message.get_body(("plain",))
    return str(body.get_content()) if body else ""


def stamped(message: EmailMessage, aligned: bool = True) -> bytes:
    """The octets as the relay hands them over, with its word on the sender."""
    author = message["From"].addresses[0].domain
    result = "pass" if aligned else "fail"
    stamp = (
        f"Authentication-Results: mx.aplus.example; dmarc={result} header.from={author}\r\n"
        "Received: from client.example ([192.0.2.10]) by mx.aplus.example with ESMTP;"
        " Mon, 02 Mar 2026 09:00:00 +0000\r\n"
    )
    return stamp.encode() + message.as_bytes(policy=email.policy.SMTP)


@dataclass
class Queued:
    """A mail in the upstream server's queue: the same octets and envelope at each attempt, until one is taken."""

    octets: bytes
    mail_from: str
    rcpts: list[str]
    answers: list[str] = field(default_factory=list)

    @property
    def taken(self) -> bool:
        """Whether a 250 to the content was seen."""
        return bool(self.answers) and self.answers[-1].startswith("250")

    @property
    def inbound_id(self) -> str:
        """What the 250 names."""
        return self.answers[-1].rpartition(" ")[2]


def queued(message: EmailMessage, mail_from: str | None = None, aligned: bool = True) -> Queued:
    """A mail in the queue, to the people in To."""
    author = str(message["From"].addresses[0].addr_spec)
    rcpts = [a.addr_spec for a in message["To"].addresses]
    return Queued(stamped(message, aligned), author if mail_from is None else mail_from, rcpts)


def attempt(mail: Queued, port: int) -> str:
    """One attempt of the upstream server; the answer to the content, or "" when none came. 5xx never is right here."""
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as client:
            client.ehlo("mx.aplus.example")
            code, said = client.mail(mail.mail_from)
            for rcpt in mail.rcpts:
                code, said = (code, said) if code != 250 else client.rcpt(rcpt)
            if code == 250:
                code, said = client.data(mail.octets)
            mail.answers.append(f"{code} {said.decode()}")
    except (smtplib.SMTPServerDisconnected, ConnectionError, TimeoutError):
        mail.answers.append("")
    assert not mail.answers[-1].startswith("5"), mail.answers
    return mail.answers[-1]


def deliver(mail: Queued, port: int) -> Queued:
    """Attempts until one is taken."""
    until(lambda: attempt(mail, port).startswith("250"), lambda: f"a 250: {mail.answers}")
    return mail
