"""Plays the story against a whole service and compares every mailbox with what must be in it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from mailrouter.app import App, open_app
from mailrouter.demo.mailbox import Mailroom, text_of
from mailrouter.demo.relay import StampingRelay
from mailrouter.demo.story import STORY, Expected, Scene, Stage
from mailrouter.serving import ROLES, serve
from mailrouter.store.cases import list_cases
from mailrouter.store.explain import Explained, explain
from mailrouter.store.reports import ledger

PATIENCE = 60.0
Tell = Callable[[str], None]


class Wrong(Exception):
    """The story did not go as it must; the message says what is missing, doubled or wrong."""


async def play(config: Path, root: Path, tell: Tell) -> str:
    """Play the story in the directory `root` with a copy of `config`; gives the case's number.

    Wrong when it does not end well.
    """
    shutil.copytree(config, root / "config")
    env = {
        **os.environ,
        "MAILROUTER_LISTEN__SMTP": "127.0.0.1:0",
        "MAILROUTER_DATABASE": "sqlite:///var/mailrouter.sqlite3",
    }
    env |= {"MAILROUTER_TRANSPORT__KIND": "maildir", "MAILROUTER_TRANSPORT__PATH": "var/mail"}
    app = open_app(root / "config", env, init=True)
    ready = asyncio.Event()
    service = asyncio.create_task(serve(app, frozenset(ROLES), lambda _: ready.set()))
    relay = None
    try:
        await asyncio.wait({service, asyncio.create_task(ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
        if service.done():
            service.result()
        host, _, port = app.doors[0].addresses[0].rpartition(":")
        relay = StampingRelay(app.settings.authentication.trusted_authserv_ids[0], host, int(port))
        mailroom = Mailroom(app.settings.transport.path, await relay.start())
        await _scenes(app, mailroom, tell)
        _balanced(app)
        return app.store.read(list_cases)[0].number
    finally:
        if relay:
            await relay.stop()
        app.stopping.set()
        await service
        app.close()


async def _scenes(app: App, mailroom: Mailroom, tell: Tell) -> None:
    away = datetime.now() + timedelta(days=12)
    stage = Stage(until=away.strftime("%d/%m/%Y"))
    for number, scene in enumerate(STORY, 1):
        message = scene.mail(stage)
        await mailroom.send(message, "" if scene.null_path else None)
        decision = await _settled(app, str(message["Message-ID"]))
        arrived = mailroom.fetch()
        _tell(tell, number, scene, message, decision)
        if decision.disposition != scene.disposition:
            raise Wrong(f"{scene.title}: {decision.disposition} by {decision.rule}, not {scene.disposition}")
        _compare(scene, arrived)
        for address, mails in arrived.items():
            stage.inbox.setdefault(address, []).extend(mails)


async def _settled(app: App, message_id: str) -> Explained:
    """The decision on this mail, once nothing is pending and everything sent has arrived."""
    end = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < end:
        now = await asyncio.to_thread(app.store.read, ledger)
        outbox = now["outbox"]
        if not now["pending"] and not outbox["queued"] and not outbox["unknown"]:
            found = await asyncio.to_thread(
                app.store.read, lambda conn: explain(conn, app.sealer, message_id)
            )
            if found:
                return found[0]
        await asyncio.sleep(0.05)
    raise Wrong(f"nothing settled within {PATIENCE:.0f} s: {now}")


def _tell(tell: Tell, number: int, scene: Scene, message: EmailMessage, decision: Explained) -> None:
    tell(f"\n[bold]{number}. {scene.title}[/]")
    tell(f"   {message['From'].addresses[0].addr_spec} -> {_short(str(message['To']))}")
    because = "; ".join(
        f"{s['rule']} ({s['evidence']})" if s.get("evidence") else s["rule"]
        for s in decision.trace
        if s.get("matched")
    )
    tell(f"   [green]{decision.disposition}[/] by {decision.rule}: {because}")
    for mail in decision.mails:
        tell(f"   -> {mail.template} to {mail.recipient}: {mail.state}")


def _short(address: str) -> str:
    return address if len(address) < 60 else address[:57] + "..."


def _compare(scene: Scene, arrived: dict[str, list[EmailMessage]]) -> None:
    wanted = Counter(e.to for e in scene.expected)
    got = Counter({address: len(mails) for address, mails in arrived.items()})
    if wanted != got:
        missing, extra = wanted - got, got - wanted
        raise Wrong(f"{scene.title}: missing {dict(missing)}, too many {dict(extra)}")
    for expected in scene.expected:
        _check(scene, expected, arrived[expected.to][0])


def _check(scene: Scene, expected: Expected, message: EmailMessage) -> None:
    text = text_of(message)
    files = [part.get_filename() for part in message.iter_attachments()]
    absent = [w for w in expected.says if w not in text]
    leaked = [w for w in expected.never if w in text or w in str(message["Subject"])]
    if absent or leaked or list(expected.files) != files:
        raise Wrong(f"{scene.title}: mail to {expected.to}: without {absent}, with {leaked}, files {files}")


def _balanced(app: App) -> None:
    found = app.store.read(ledger)
    if not found["balanced"] or found["received"] != len(STORY):
        raise Wrong(f"the ledger does not balance: {found}")
