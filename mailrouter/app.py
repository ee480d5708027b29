"""The composition root: the only file that knows every class. Registries are literal dicts."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

import structlog
from sqlalchemy import Connection

from mailrouter import templating
from mailrouter.configuration import Configuration, load_configuration
from mailrouter.core.compose import Kit
from mailrouter.core.decide.senders.admit import admit
from mailrouter.core.decide.senders.welcome import newcomers
from mailrouter.core.model import Mail, PeerInfo, Reply
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.faults import Fault
from mailrouter.core.policy.load import load
from mailrouter.metrics import Metrics
from mailrouter.ports import AcceptResult, ProviderEvent
from mailrouter.reading import Readers
from mailrouter.settings import Settings
from mailrouter.store import policies, roster, schema
from mailrouter.store.engine import Store
from mailrouter.store.inbox import insert, prepare
from mailrouter.store.keys import Keys, init_keys, load_keys
from mailrouter.store.provider import apply_event
from mailrouter.store.seal import Sealer
from mailrouter.wiring import checks_of, transport_of
from mailrouter.worker import Office, Worker

log = structlog.get_logger()

# Hashing and sealing a mail up to this size takes less than handing it to a thread.
INLINE_BYTES = 64 * 1024


class NotUsable(Exception):
    """The configuration has errors; `faults` are all of them."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(f"{len(faults)} faults in the configuration")
        self.faults = faults


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


class Door(Protocol):
    """A door that is open."""

    @property
    def addresses(self) -> list[str]:
        """Where it listens."""
        ...

    async def stop(self) -> None:
        """Take nothing more, finish what is under way."""
        ...


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
    doors: list[Door] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    codes: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "page-codes"))

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
        before = self.office.directory
        self.activate(found)
        self.worker.welcome(sorted(newcomers(before, self.office.directory)))
        self.worker.due_waits.set()
        log.info("reloaded", digest=found.policy.digest[:12], generation=found.policy.generation[:12])
        return ()

    def activate(self, found: Configuration) -> None:
        """Put a configuration's policy in force, here and, by the pointer in the database, on every node."""
        directory = found.directory()
        self.office = Office(directory=directory, kit=self.office.kit)
        texts = dict(found.texts)
        policy = directory.policy

        def put_in_force(conn: Connection) -> None:
            now, by = self.clock(), self.worker.name
            policies.activate(conn, self.sealer, policy.digest, policy.generation, texts, now, by)
            roster.sweep(conn, self.sealer, directory, now)

        self.store.write(put_in_force)

    @property
    def policy_key(self) -> tuple[str, str]:
        """(digest, generation) of the policy that this node runs."""
        policy = self.office.directory.policy
        return policy.digest, policy.generation

    def follow(self) -> bool:
        """Take over the policy that another node put in force, from the texts it stored; whether it changed."""
        active = self.store.read(policies.active)
        if active is None or active == self.policy_key:
            return False
        texts = self.store.read(lambda conn: policies.texts(conn, self.sealer))
        found = self.configuration
        result = load(texts, found.service, found.shipped, found.today)
        if result.policy is None or (result.policy.digest, result.policy.generation) != active:
            log.error("follow-refused", digest=active[0][:12], why="the stored policy does not load here")
            return False
        self.office = Office(directory=Directory.of(result.policy), kit=self.office.kit)
        log.info("followed", digest=active[0][:12], generation=active[1][:12])
        return True

    async def reported(self, event: ProviderEvent) -> None:
        """What a provider says of a mail that it took; durable when this returns."""
        future = self.store.submit(lambda conn: apply_event(conn, event, self.clock()))
        await asyncio.wrap_future(future)
        self.worker.due_waits.set()

    async def database_answers(self) -> bool:
        """Whether the store can be read now."""
        await asyncio.to_thread(self.store.read, policies.active)
        return True

    def close(self) -> None:
        """Let go of threads, children and database."""
        self.codes.shutdown()
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

    `init` makes the key files that are missing; `migrate` brings the database to this version. NotUsable when the
    configuration has errors, KeyFileError when a key file cannot be used, WrongSchema when the database cannot.
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
    else:
        schema.require(store)
    sealer = Sealer(keys)
    readers = Readers(children=children)
    office = Office(directory=found.directory(), kit=_kit(settings, keys))
    metrics = Metrics()
    worker = Worker(
        store=store,
        sealer=sealer,
        readers=readers,
        checks=checks_of(settings),
        transport=transport_of(settings),
        office=lambda: app.office,
        clock=clock,
        id_key=keys.id_key,
        follow=lambda: app.follow(),
        name=f"{socket.gethostname()}:{os.getpid()}",
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


def _kit(settings: Settings, keys: Keys) -> Kit:
    overrides = (settings.templates,) if settings.templates else ()
    return Kit(
        templates=templating.load(*overrides),
        address_keys=keys.address,
        id_key=keys.id_key,
        fonts=templating.fonts(),
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
