"""The composition root: the only file that knows every class. Registries are literal dicts."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from ipaddress import ip_network
from pathlib import Path

import msgspec
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from mailrouter import templating
from mailrouter.checks.build import build_checks
from mailrouter.checks.resolver import DnsResolver
from mailrouter.configuration import Configuration, load_configuration
from mailrouter.core.compose import Kit
from mailrouter.core.decide.admit import admit
from mailrouter.core.model import Mail, PeerInfo, Reply
from mailrouter.core.policy.faults import Fault
from mailrouter.inbound.limits import Limits
from mailrouter.inbound.smtp import SmtpDoor
from mailrouter.metrics import Metrics
from mailrouter.outbound.maildir import MaildirTransport
from mailrouter.outbound.memory import MemoryTransport
from mailrouter.ports import AcceptResult, Check, Transport
from mailrouter.reading import Readers
from mailrouter.settings import Settings
from mailrouter.settings_keys import TransportIn
from mailrouter.store import policies, schema
from mailrouter.store.engine import Store
from mailrouter.store.inbox import insert, prepare
from mailrouter.store.keys import Keys, init_keys, load_keys
from mailrouter.store.seal import Sealer
from mailrouter.worker import Office, Worker

log = structlog.get_logger()

ROLES = ("inbound", "worker", "outbound")
# Hashing and sealing a mail up to this size takes less than handing it to a thread.
INLINE_BYTES = 64 * 1024
TRANSPORTS: dict[str, Callable[[TransportIn], Transport]] = {
    "maildir": lambda keys: MaildirTransport(keys.path),
    "memory": lambda keys: MemoryTransport(),
}


class NotUsable(Exception):
    """The configuration has errors; `faults` are all of them."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(f"{len(faults)} faults in the configuration")
        self.faults = faults


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class App:
    """Everything that runs, put together. `office` is replaced as a whole when the policy is reloaded."""

    config_dir: Path
    configuration: Configuration
    settings: Settings
    keys: Keys
    store: Store
    sealer: Sealer
    readers: Readers
    office: Office
    worker: Worker
    metrics: Metrics
    clock: Callable[[], datetime]
    doors: list[SmtpDoor] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def accept(self, mail: Mail) -> AcceptResult:
        """The first transaction: returns only after the commit."""
        small = len(mail.octets) <= INLINE_BYTES
        prepared = (
            prepare(self.sealer, mail) if small else await asyncio.to_thread(prepare, self.sealer, mail)
        )
        future = self.store.submit(lambda conn: insert(conn, self.sealer, prepared))
        receipt = await asyncio.wrap_future(future)
        self.worker.mail_waits.set()
        return AcceptResult(id=receipt.inbound_id, duplicate=receipt.duplicate)

    def admit(self, mail_from: str, rcpt: str, peer: PeerInfo) -> Reply:
        """The answer to RCPT, by the policy in force."""
        return admit(mail_from, rcpt, self.office.directory, self.keys.address)

    def reload(self) -> tuple[Fault, ...]:
        """Read the routing again; the errors when it is faulty: then the running policy stays."""
        found = load_configuration(self.config_dir, os.environ)
        if found.errors or found.policy is None:
            log.error("reload-refused", faults=[str(f) for f in found.errors])
            return found.errors
        self.configuration = found
        self.activate(found)
        log.info("reloaded", digest=found.policy.digest[:12], generation=found.policy.generation[:12])
        return ()

    def activate(self, found: Configuration) -> None:
        """Put a configuration's policy in force, here and, by the pointer in the database, on every node."""
        directory = found.directory()
        self.office = Office(directory=directory, kit=self.office.kit)
        texts = dict(found.texts)
        policy = directory.policy
        self.store.write(
            lambda conn: policies.activate(
                conn, self.sealer, policy.digest, policy.generation, texts, self.clock(), self.worker.node
            )
        )

    def close(self) -> None:
        """Let go of children and database."""
        self.readers.close()
        self.store.close()


def open_app(
    config_dir: Path,
    env: Mapping[str, str],
    *,
    init: bool = False,
    clock: Callable[[], datetime] = utc_now,
    migrate: bool = True,
    children: int = 2,
) -> App:
    """Put everything together from a configuration directory. Nothing listens yet.

    `init` makes the key files that are missing. NotUsable when the configuration has errors, KeyFileError when a key
    file cannot be used.
    """
    found = load_configuration(config_dir, env, clock())
    if found.settings is None or found.policy is None:
        raise NotUsable(found.errors)
    settings = found.settings
    keys = _keys(settings, clock().date(), init)
    _make_database_dir(settings.database)
    store = Store.open(settings.database)
    if migrate:
        schema.upgrade(store)
    sealer = Sealer(keys)
    readers = Readers(children=children)
    overrides = (settings.templates,) if settings.templates else ()
    kit = Kit(templates=templating.load(*overrides), address_keys=keys.address, id_key=keys.id_key)
    office = Office(directory=found.directory(), kit=kit)
    metrics = Metrics()
    worker = Worker(
        store=store,
        sealer=sealer,
        readers=readers,
        checks=_checks(settings),
        transport=TRANSPORTS[settings.transport.kind](settings.transport),
        office=lambda: app.office,
        clock=clock,
        id_key=keys.id_key,
        node=f"{socket.gethostname()}:{os.getpid()}",
    )
    app = App(
        config_dir=config_dir,
        configuration=found,
        settings=settings,
        keys=keys,
        store=store,
        sealer=sealer,
        readers=readers,
        office=office,
        worker=worker,
        metrics=metrics,
        clock=clock,
    )
    return app


def _checks(settings: Settings) -> tuple[Check, ...]:
    """The configured checks, in the order their verdicts are listed."""
    keys, scanner = settings.authentication, settings.antivirus
    looks_up = keys.own_dns or settings.webhook is not None
    return build_checks(
        trusted_authserv_ids=keys.trusted_authserv_ids,
        relays=keys.relays,
        trusted_networks=keys.trusted_networks,
        own_dns=keys.own_dns,
        resolver=DnsResolver(keys.nameservers) if looks_up else None,
        trusted_forwarders=keys.trusted_forwarders,
        results_below_received=keys.results_below_received,
        antivirus=scanner.clamd or "",
        antivirus_seconds=scanner.seconds,
    )


def _keys(settings: Settings, today: date, init: bool) -> Keys:
    files = settings.secrets
    if init:
        for made in init_keys(files.address_key_file, files.master_key_file, today):
            log.info("key-file-made", path=str(made))
    return load_keys(files.address_key_file, files.master_key_file, today)


def _make_database_dir(url: str) -> None:
    if url.startswith("sqlite:///") and ":memory:" not in url:
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True, mode=0o700)


async def serve(app: App, roles: frozenset[str], ready: Callable[[App], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; what was accepted is finished. SIGHUP reloads the routing."""
    stop = app.stopping
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    loop.add_signal_handler(signal.SIGHUP, lambda: asyncio.create_task(asyncio.to_thread(app.reload)))
    app.activate(app.configuration)
    scheduler = _schedule(app, roles)
    try:
        if "inbound" in roles:
            await _open_doors(app)
        if ready:
            ready(app)
        await app.worker.run(stop, roles)
    finally:
        scheduler.shutdown(wait=False)
        for door in app.doors:
            await door.stop()
        await app.worker.transport.close()


def _schedule(app: App, roles: frozenset[str]) -> AsyncIOScheduler:
    """The tick: it only wakes what looks at the rows, so a missed or doubled run changes nothing."""
    scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1})
    if "worker" in roles:
        scheduler.add_job(app.worker.mail_waits.set, "interval", seconds=5, id="mail")
        scheduler.add_job(app.worker.due_waits.set, "interval", seconds=5, id="dues")
    if "outbound" in roles:
        scheduler.add_job(app.worker.post_waits.set, "interval", seconds=5, id="post")
    scheduler.start()
    return scheduler


async def _open_doors(app: App) -> None:
    settings = app.settings
    limits = msgspec.convert(settings.limits.model_dump(), Limits)
    relays = tuple(ip_network(n) for n in settings.authentication.relays)
    for protocol in ("smtp", "lmtp"):
        listen = settings.listen.smtp if protocol == "smtp" else settings.listen.lmtp
        if listen is None:
            continue
        door = SmtpDoor(
            hostname=settings.domain,
            admit=app.admit,
            accept=app.accept,
            now=app.clock,
            protocol="smtp" if protocol == "smtp" else "lmtp",
            limits=limits,
            relays=relays,
            metrics=app.metrics,
        )
        await door.start(listen)
        app.doors.append(door)
        log.info("listening", door=protocol, at=door.addresses)
