"""The demo's story, with a real Postfix before and behind: people's mail comes in through it, every notice leaves by it."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "doors"))
from postfix_instance import Ports, running_postfix  # noqa: E402
from sink import SinkRelay  # noqa: E402

from mailrouter.app import App, open_app
from mailrouter.demo import play
from mailrouter.demo.mailbox import Mailroom
from mailrouter.demo.relay import StampingRelay
from mailrouter.demo.story import STORY, Stage
from mailrouter.serving import ROLES, serve
from mailrouter.store.reports import ledger

pytestmark = pytest.mark.postfix
ROOT = Path(__file__).parents[2]


class World(Mailroom):
    """Everybody's mailbox, as the mail that reached the world's server behind Postfix."""

    def __init__(self, sink: SinkRelay, port: int, ports: Ports) -> None:
        super().__init__(Path(), port)
        self.sink = sink
        self.ports = ports
        self._looked = 0

    def fetch(self) -> dict[str, list[EmailMessage]]:
        found: dict[str, list[EmailMessage]] = {}
        for mail in self.sink.taken[self._looked :]:
            message = message_from_bytes(mail.octets, policy=policy.default)
            assert isinstance(message, EmailMessage)
            found.setdefault(mail.recipients[0], []).append(message)
        self._looked = len(self.sink.taken)
        return found

    async def until(self, count: int) -> dict[str, list[EmailMessage]]:
        """What this scene brought: as many mails as it must bring, and any that come in the next moment."""
        end = time.monotonic() + 30
        while len(self.sink.taken) < self._looked + count and time.monotonic() < end:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        return self.fetch()


async def scene_by_scene(app: App, world: World) -> None:
    stage = Stage(until=(datetime.now() + timedelta(days=12)).strftime("%d/%m/%Y"))
    for number, scene in enumerate(STORY, 1):
        message = scene.mail(stage)
        await world.send(message, "" if scene.null_path else None)
        await until_received(app, number)
        decision = await play._settled(app, str(message["Message-ID"]))
        assert (scene.title, decision.disposition) == (scene.title, scene.disposition)
        arrived = await world.until(len(scene.expected))
        play._compare(scene, arrived)
        for address, mails in arrived.items():
            stage.inbox.setdefault(address, []).extend(mails)


async def until_received(app: App, count: int) -> None:
    """Postfix has accepted the mail; wait until it handed it on."""
    for _ in range(600):
        if (await asyncio.to_thread(app.store.read, ledger))["received"] == count:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"Postfix did not hand mail {count} on")


async def whole_story(root: Path, ports: Ports) -> None:
    shutil.copytree(ROOT / "config", root / "config")
    env = {
        "MAILROUTER_LISTEN__SMTP": f"127.0.0.1:{ports.smtp}",
        "MAILROUTER_LISTEN__HTTP": "127.0.0.1:0",
        "MAILROUTER_DATABASE": "sqlite:///var/mailrouter.sqlite3",
        "MAILROUTER_TRANSPORT__KIND": "smtp",
        "MAILROUTER_TRANSPORT__HOST": "127.0.0.1",
        "MAILROUTER_TRANSPORT__PORT": str(ports.behind),
        "MAILROUTER_TRANSPORT__STARTTLS": "none",
        "MAILROUTER_AUTHENTICATION__RESULTS_BELOW_RECEIVED": "true",
    }
    app = open_app(root / "config", env, init=True)
    ready = asyncio.Event()
    service = asyncio.create_task(serve(app, frozenset(ROLES), lambda _: ready.set()))
    sink = SinkRelay()
    sink.port = ports.sink
    relay = StampingRelay(app.settings.authentication.trusted_authserv_ids[0], "127.0.0.1", ports.front)
    try:
        async with sink.running():
            await asyncio.wait_for(ready.wait(), 60)
            await scene_by_scene(app, World(sink, await relay.start(), ports))
            play._balanced(app)
            ids = [message_from_bytes(t.octets)["Message-ID"] for t in sink.taken]
            assert len(ids) == len(set(ids)) == sum(len(scene.expected) for scene in STORY)
    finally:
        await relay.stop()
        app.stopping.set()
        await service
        app.close()


def test_the_story_with_postfix_before_and_behind(tmp_path: Path) -> None:
    with running_postfix() as ports:
        asyncio.run(whole_story(tmp_path, ports))
