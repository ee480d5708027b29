"""The place of the whole-service bench: a configuration of its own, the service in a process of its own, a relay that
swallows what it sends, and counters from outside: CPU of the process tree and of its database, commits, memory."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import multiprocessing
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg
import structlog
import uvloop
from gen import Letter
from sqlalchemy import event, make_url

from mailrouter.app import App, open_app
from mailrouter.core.mail.read import read
from mailrouter.core.model import Envelope, Mail
from mailrouter.outbound.memory import MemoryTransport
from mailrouter.serving import ROLES, serve

AIDANTS = 40
AGENT = "agent@msa46.example"
TERRITORY = "lot+msa@aplus.example"
TICK = os.sysconf("SC_CLK_TCK")


def aidant(n: int) -> str:
    """The n-th aidant, counted round."""
    return f"aidant{n % AIDANTS:02}@cahors.example"


def write_configuration(folder: Path, database: str, sink_port: int) -> Path:
    """A department as it may be: forty aidants in four groups, six organisations with three agents and a mailbox each.
    The organisation that the bench writes to has one agent, so that a request makes one notification and a receipt."""
    config = folder / "config"
    (config / "routing").mkdir(parents=True)
    transport = f"{{ kind: smtp, host: 127.0.0.1, port: {sink_port}, starttls: none }}"
    (config / "mailrouter.yaml").write_text(
        "domain: aplus.example\n"
        'listen: { smtp: "127.0.0.1:0", lmtp: null, http: null }\n'
        f"database: {database}\ntransport: {transport}\n"
        "authentication: { trusted_authserv_ids: [mx.aplus.example], relays: [127.0.0.1/32] }\n"
        "protected_domains: [cahors.example, msa46.example]\n"
        f"secrets: {{ address_key_file: {folder}/address.key, master_key_file: {folder}/master.key }}\n"
        f"operators: [{aidant(0)}]\n"
    )
    (config / "routing" / "lot.yaml").write_text(_routing())
    return config


def _routing() -> str:
    organisations = ("CAF", "CPAM", "DDFIP", "CARSAT", "France Travail")
    people = [aidant(n) for n in range(AIDANTS)] + [AGENT]
    lines = ["territory: lot", "name: Lot", 'code: "46"', "default: ask", "groups:"]
    for g in range(4):
        members = ", ".join(aidant(n) for n in range(g * 10, g * 10 + 10))
        lines.append(
            f"  fs-{g}: {{ organisation: FS, name: France Services {g}, disclosure: full, members: [{members}] }}"
        )
    for code in organisations:
        own = [f"agent{n}@{code.lower().replace(' ', '')}46.example" for n in range(3)]
        people += own
        group = code.lower().replace(" ", "-")
        lines.append(
            f"  {group}: {{ organisation: {code}, members: [{', '.join(own)}], mailbox: bal@{group}46.example }}"
        )
    lines.append(f"  msa: {{ organisation: MSA, disclosure: full, members: [{AGENT}] }}")
    caps = ("automatic_per_address", "automatic_per_case", "automatic_per_day", "cases_per_address")
    lines.append("caps: { " + ", ".join(f"{name}: 100000" for name in caps) + " }")
    lines += ["people:", *(f"  - {{ address: {a}, name: {a.partition('@')[0].title()} }}" for a in people)]
    return "\n".join(lines) + "\n"


# The service in its own process


def serve_counted(config: Path, pipe: Connection, profile: str) -> None:
    """Serve as `mailrouter run` does, and tell commits and statements when asked. `profile`: write cProfile's figures of
    every thread there at the end."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    counts = {"commits": 0, "statements": 0}

    def listening(app: App) -> None:
        pipe.send(int(app.doors[0].addresses[0].rpartition(":")[2]))
        threading.Thread(target=_answer, args=(pipe, counts), daemon=True).start()

    with _profiled(profile), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        app = open_app(config, os.environ, init=True)
        for engine in (app.store.engine, app.store._reading):
            event.listen(engine, "before_cursor_execute", lambda *a, **k: _add(counts, "statements"))
        event.listen(app.store.engine, "commit", lambda conn: _add(counts, "commits"))
        runner.run(serve(app, frozenset(ROLES), listening))
        app.close()


def _add(counts: dict[str, int], name: str) -> None:
    counts[name] += 1


def _answer(pipe: Connection, counts: dict[str, int]) -> None:
    with contextlib.suppress(EOFError):
        while pipe.recv():
            pipe.send(dict(counts))


@contextmanager
def _profiled(path: str) -> Iterator[None]:
    """cProfile in every thread of the process, by CPU time, merged at the end; nothing when `path` is empty."""
    if not path:
        yield
        return
    import cProfile
    import pstats

    profiles: list[cProfile.Profile] = []

    def begin(*_: Any) -> None:
        profile = cProfile.Profile(time.thread_time)
        profiles.append(profile)
        profile.enable()

    threading.setprofile(begin)
    main = cProfile.Profile(time.thread_time)
    main.enable()
    try:
        yield
    finally:
        main.disable()
        threading.setprofile(None)  # type: ignore[arg-type]
        stats = pstats.Stats(main)
        for profile in profiles:
            profile.create_stats()
            stats.add(profile)
        stats.dump_stats(path)


@dataclass
class Service:
    """The running service, seen from outside."""

    process: Any
    pipe: Connection
    port: int
    database: str
    seen: dict[int, float] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Commits and statements since its start."""
        self.pipe.send(True)
        return dict(self.pipe.recv())

    def pids(self) -> list[int]:
        """The process and everything below it."""
        parents = {int(p.name): _parent(p) for p in Path("/proc").iterdir() if p.name.isdigit()}
        found = [self.process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found

    def cpu(self) -> tuple[float, float]:
        """CPU seconds of the process tree, and of the database's backends that serve or served it."""
        self.seen |= {pid: _cpu(pid) for pid in self._backends()}
        return sum(map(_cpu, self.pids())), sum(self.seen.values())

    def memory(self) -> tuple[float, float]:
        """MiB: resident set of the process, and of the whole tree with shared pages counted once."""
        return _status(self.process.pid, "VmRSS") / 1024, sum(map(_pss, self.pids())) / 1024

    def _backends(self) -> list[int]:
        if not self.database.startswith("postgresql"):
            return []
        with psycopg.connect(self.database) as conn:
            query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            return [pid for (pid,) in conn.execute(query)]


def _parent(path: Path) -> int:
    with contextlib.suppress(OSError):
        return int((path / "stat").read_text().rpartition(")")[2].split()[1])
    return 0


def _cpu(pid: int) -> float:
    """User and system time of a process and of its children that ended."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICK
    return 0.0


def _status(pid: int, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def _pss(pid: int) -> int:
    with contextlib.suppress(OSError):
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        return int(found[1]) if found else 0
    return 0


@contextmanager
def serving(config: Path, database: str, profile: str = "") -> Iterator[Service]:
    """The service, running on `config` until the end of the block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve_counted, args=(config, theirs, profile))
    process.start()
    try:
        yield Service(process, ours, int(ours.recv()), database)
    finally:
        process.terminate()
        process.join(30)


@contextmanager
def database_of(kind: str, folder: Path, server: str) -> Iterator[str]:
    """The URL of a database of this run's own, dropped at the end."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/bench.sqlite3"
        return
    name = f"mailrouter_bench_{os.getpid()}_{folder.name.lower()}"
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}"')
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


# What it sends


@dataclass
class Sink:
    """A relay that takes everything. `kept`: the mails, when `keep` is set; `count` of all."""

    keep: bool = False
    count: int = 0
    kept: list[bytes] = field(default_factory=list)
    server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen on a free port of the loopback; gives it."""
        self.server = await asyncio.start_server(self._session, "127.0.0.1", 0, limit=1 << 22)
        return int(self.server.sockets[0].getsockname()[1])

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink\r\n")
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    writer.write(b"354 go\r\n")
                    octets = await reader.readuntil(b"\r\n.\r\n")
                    self.count += 1
                    if self.keep:
                        self.kept.append(octets)
                    writer.write(b"250 2.0.0 Ok\r\n")
                elif verb == b"EHLO":
                    writer.write(b"250-sink\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 SIZE 40000000\r\n")
                else:
                    writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 2.0.0 Ok\r\n")
        writer.close()


@dataclass(frozen=True)
class Notice:
    """A mail of ours that can be answered."""

    to: str
    reply_to: str
    subject: str
    message_id: str
    text: str


def notice(octets: bytes) -> Notice:
    """What an agent's mail client knows of it."""
    message = email.message_from_bytes(octets, policy=email.policy.default)
    body = message.get_body(("plain",))
    return Notice(
        to=message["To"].addresses[0].addr_spec,
        reply_to=message["Reply-To"].addresses[0].addr_spec,
        subject=str(message["Subject"]),
        message_id=str(message["Message-ID"]),
        text=body.get_content() if body else "",
    )


# Filling


class InProcess:
    """Reads in this process: filling needs no isolation from its own mail."""

    def read(self, octets: bytes, body: str = "message") -> Any:
        return read(octets)

    def close(self) -> None:
        """Nothing was started."""


def fill(config: Path, letters: Iterator[Letter]) -> int:
    """Store these requests as cases, through accept, decide and record, delivered into memory; gives how many."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    app = open_app(config, os.environ, init=True)
    app.readers.close()
    app.readers = app.worker.readers = InProcess()  # type: ignore[assignment]
    app.worker.transport = MemoryTransport()
    app.activate(app.configuration)
    try:
        return asyncio.run(_filled(app, letters))
    finally:
        app.close()


async def _filled(app: App, letters: Iterator[Letter]) -> int:
    stored = 0
    for letter in letters:
        envelope = Envelope(
            mail_from=letter.mail_from,
            rcpt_to=(letter.rcpt_to,),
            door="smtp",
            received_at=datetime.now(UTC),
            peer="127.0.0.1",
        )
        await app.accept(Mail(envelope=envelope, octets=letter.octets))
        stored += 1
        if stored % 20 == 0:
            await _drain(app)
    await _drain(app)
    return stored


async def _drain(app: App) -> None:
    while await app.worker.handle_next() or await app.worker.deliver_next():
        app.worker.transport.delivered.clear()  # type: ignore[attr-defined]
