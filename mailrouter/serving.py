"""Serving: doors open, the worker works, the tick ticks, until SIGTERM. SIGHUP or a changed file reloads the routing."""

from __future__ import annotations

import asyncio
import hashlib
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC
from typing import Literal

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from starlette.routing import BaseRoute

from mailrouter.app import App
from mailrouter.core.model import PageAsked
from mailrouter.inbound.http import HttpDoor
from mailrouter.inbound.page import SecurePage
from mailrouter.inbound.page_desk import Desk
from mailrouter.inbound.postmark import PostmarkWebhooks
from mailrouter.inbound.smtp import SmtpDoor
from mailrouter.store import dues, policies, retention
from mailrouter.store.reports import ledger
from mailrouter.wiring import limits_of, networks, secret, tls_of

log = structlog.get_logger()

ROLES = ("inbound", "worker", "outbound")
WAKE_SECONDS = 5
WATCH_SECONDS = 5
RETENTION_HOURS = 6


async def serve(app: App, roles: frozenset[str], ready: Callable[[App], None] | None = None) -> None:
    """Serve until SIGTERM, SIGINT or `app.stopping`; what was accepted is finished. SIGHUP reloads the routing."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, app.stopping.set)
    loop.add_signal_handler(signal.SIGHUP, lambda: asyncio.ensure_future(asyncio.to_thread(app.reload)))
    await asyncio.to_thread(app.activate, app.configuration)
    scheduler = _schedule(app, roles)
    try:
        await _open_doors(app, roles)
        if ready:
            ready(app)
        await app.worker.run(app.stopping, roles)
    finally:
        scheduler.shutdown(wait=False)
        for door in app.doors:
            await door.stop()
        await app.worker.transport.close()


def _schedule(app: App, roles: frozenset[str]) -> AsyncIOScheduler:
    """The tick: it only wakes what looks at the rows, so a missed or doubled run changes nothing."""
    scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1})
    if "worker" in roles:
        scheduler.add_job(app.worker.mail_waits.set, "interval", seconds=WAKE_SECONDS, id="mail")
        scheduler.add_job(app.worker.due_waits.set, "interval", seconds=WAKE_SECONDS, id="dues")
        scheduler.add_job(retain, "interval", [app], hours=RETENTION_HOURS, id="retention")
    if "outbound" in roles:
        scheduler.add_job(app.worker.post_waits.set, "interval", seconds=WAKE_SECONDS, id="post")
    scheduler.add_job(Watch(app).look, "interval", seconds=WATCH_SECONDS, id="routing")
    scheduler.start()
    return scheduler


async def retain(app: App) -> None:
    """Erase what outlived its time, and prove it. What a run misses the next one does: the rows say what is due."""
    directory = app.office.directory
    try:
        wiped = await asyncio.to_thread(
            retention.run, app.store, directory.policy.retention, directory.calendar, app.clock()
        )
    except Exception as error:  # noqa: BLE001  the service goes on, the next run tries again
        log.error("retention-failed", error=type(error).__name__)
        return
    log.info("retention", cases=len(wiped.cases), keys=wiped.keys, traces=wiped.traces)


class Watch:
    """Looks whether the routing files changed here, or the policy in force was switched by another node."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.seen = self._print()

    async def look(self) -> None:
        """Reload on a change of a file; follow a switch made elsewhere. A faulty file keeps the running policy."""
        now = await asyncio.to_thread(self._print)
        if now != self.seen:
            self.seen = now
            await asyncio.to_thread(self.app.reload)
        else:
            await asyncio.to_thread(self.app.follow)

    def _print(self) -> str:
        """A fingerprint of names, times and sizes; reading every file each time would cost more than it tells."""
        digest = hashlib.sha256()
        for path in sorted((self.app.config_dir / "routing").rglob("*")):
            try:
                found = path.stat()
            except OSError:
                continue
            digest.update(f"{path}:{found.st_mtime_ns}:{found.st_size}\n".encode())
        return digest.hexdigest()


async def _open_doors(app: App, roles: frozenset[str]) -> None:
    listen = app.settings.listen
    if "inbound" in roles:
        await _open_smtp(app, "smtp", listen.smtp)
        await _open_smtp(app, "lmtp", listen.lmtp)
    if listen.http:
        door = _http(app, roles)
        await door.start(listen.http)
        app.doors.append(door)
        log.info("listening", door="http", at=door.addresses)


async def _open_smtp(app: App, protocol: Literal["smtp", "lmtp"], listen: str | None) -> None:
    if listen is None:
        return
    door = smtp_door(app, protocol)
    await door.start(listen)
    app.doors.append(door)
    log.info("listening", door=protocol, at=door.addresses)


def smtp_door(app: App, protocol: Literal["smtp", "lmtp"]) -> SmtpDoor:
    """The configured SMTP or LMTP door of `app`; it does not listen yet."""
    return SmtpDoor(
        hostname=app.settings.domain,
        admit=app.admit,
        accept=app.accept,
        now=app.clock,
        protocol=protocol,
        limits=limits_of(app.settings),
        relays=networks(app.settings.authentication.relays),
        tls=tls_of(app.settings),
        require_tls=app.settings.listen.tls_required,
        metrics=app.metrics,
    )


def _http(app: App, roles: frozenset[str]) -> HttpDoor:
    webhook = app.settings.webhook
    routes: list[BaseRoute] = []
    if webhook is not None and "inbound" in roles:
        routes = PostmarkWebhooks(
            admit=app.admit,
            accept=app.accept,
            reported=app.reported,
            now=app.clock,
            user=webhook.user,
            password=secret(webhook.password, webhook.password_file, "webhook.password"),
            allowed=networks(webhook.allowed_networks),
            proxies=networks(app.settings.listen.proxies),
            limits=limits_of(app.settings),
            metrics=app.metrics,
        ).routes
    routes += page_routes(app)
    _figures(app)
    return HttpDoor(
        metrics=app.metrics,
        ready={"database": app.database_answers},
        routes=routes,
        proxies=networks(app.settings.listen.proxies),
    )


def page_routes(app: App) -> list[BaseRoute]:
    """The secure page, on every node that has an HTTP door: it only reads, and a code's mail is a decision like any, made
    in a thread of its own for which nobody waits."""
    if app.settings.page is None:
        return []
    loop = asyncio.get_running_loop()

    def wake(_: object) -> None:
        with suppress(RuntimeError):  # the service has stopped; the mail is in the outbox
            loop.call_soon_threadsafe(app.worker.post_waits.set)

    def send_code(asked: PageAsked) -> None:
        app.codes.submit(app.worker.send_code, asked).add_done_callback(wake)

    desk = Desk(
        store=app.store,
        sealer=app.sealer,
        keys=app.keys.address,
        id_key=app.keys.id_key,
        directory=lambda: app.office.directory,
        now=app.clock,
        send_code=send_code,
    )
    page = SecurePage(
        desk=desk,
        pages=lambda: app.office.kit.templates.pages,
        url=app.settings.page.url,
        proxies=networks(app.settings.listen.proxies),
    )
    return list(page.routes)


def _figures(app: App) -> None:
    """Gauges that are asked for when somebody looks: the ledger's law, queues, what the system must not forget."""

    def of(*path: str) -> Callable[[], float]:
        def value() -> float:
            found = app.store.read(ledger)
            for name in path:
                found = found[name]
            return float(found)  # type: ignore[arg-type]

        return value

    app.metrics.gauge(
        "mailrouter_ledger_balanced", "1 while received is the sum of dispositions", of("balanced")
    )
    app.metrics.gauge("mailrouter_mail_pending", "Mails accepted and not decided", of("pending"))
    app.metrics.gauge("mailrouter_mail_held", "Mails held", of("held"))
    for state in ("queued", "failed", "unknown"):
        app.metrics.gauge(f"mailrouter_outbox_{state}", f"Outgoing mails {state}", of("outbox", state))
    app.metrics.gauge(
        "mailrouter_cases_forgotten",
        "Open cases without a due act; must be 0",
        lambda: len(app.store.read(dues.forgotten)),
    )
    app.metrics.gauge(
        "mailrouter_policy_current",
        "1 while this node runs the policy in force",
        lambda: float(app.store.read(policies.active) == app.policy_key),
    )
