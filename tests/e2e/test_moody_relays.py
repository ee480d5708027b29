"""The whole service against relays with moods: down, tempfails, rejects, silent after taking. Nothing is lost; nothing is
sent twice but for the one window that SMTP cannot close, and there both copies are the same octets. Time is the
service's own clock, moved by hand."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiosmtplib

sys.path.append(str(Path(__file__).parents[1] / "doors"))
from postmark_stand_in import PostmarkStandIn  # noqa: E402
from sink import Moods, SinkRelay  # noqa: E402

from mailrouter.app import App, open_app
from mailrouter.demo import play
from mailrouter.demo.story import STORY, Stage
from mailrouter.outbound.postmark import PostmarkTransport
from mailrouter.outbound.relay import Patience, Relay
from mailrouter.outbound.smtp import SmtpTransport
from mailrouter.ports import Transport
from mailrouter.serving import ROLES, serve

ROOT = Path(__file__).parents[2]


class House:
    """A running service whose clock and transport are ours."""

    def __init__(self, app: App, skew: list[timedelta]) -> None:
        self.app = app
        self._skew = skew

    async def zoe_writes(self) -> None:
        """One mail in, so that one receipt must go out."""
        port = int(self.app.doors[0].addresses[0].rpartition(":")[2])
        message = STORY[0].mail(Stage())
        octets = b"Authentication-Results: mx.aplus.example; dmarc=pass header.from=cahors.example\r\n"
        octets += b"Received: from poste.example by mx.aplus.example; Thu, 12 Mar 2026 10:00:00 +0100\r\n"
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
            await client.sendmail(
                "zoe.durand@cahors.example", ["lot@aplus.example"], octets + message.as_bytes()
            )

    async def later(self, **span: float) -> None:
        """Time passes."""
        self._skew[0] += timedelta(**span)
        self.app.worker.post_waits.set()

    async def until(self, **states: int) -> None:
        """Wait until the outbox counts so many mails in these states."""
        for _ in range(400):
            found = await asyncio.to_thread(self.app.store.read, play.ledger)
            if not found["pending"] and {s: found["outbox"][s] for s in states} == states:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{found} instead of {states}")


@asynccontextmanager
async def house(root: Path, transport: Transport) -> AsyncIterator[House]:
    shutil.copytree(ROOT / "config", root / "config")
    env = {
        "MAILROUTER_LISTEN__SMTP": "127.0.0.1:0",
        "MAILROUTER_LISTEN__HTTP": "",
        "MAILROUTER_DATABASE": "sqlite:///var/mailrouter.sqlite3",
        "MAILROUTER_TRANSPORT__KIND": "memory",
    }
    skew = [timedelta()]
    app = open_app(root / "config", env, init=True, clock=lambda: datetime.now(UTC) + skew[0])
    app.worker.transport = transport
    ready = asyncio.Event()
    service = asyncio.create_task(serve(app, frozenset(ROLES), lambda _: ready.set()))
    try:
        await asyncio.wait_for(ready.wait(), 60)
        yield House(app, skew)
    finally:
        app.stopping.set()
        await service
        app.close()


def relays(*sinks: SinkRelay) -> SmtpTransport:
    found = [Relay(host="127.0.0.1", port=sink.port, priority=n) for n, sink in enumerate(sinks)]
    return SmtpTransport(found, hostname="aplus.example", patience=Patience(connect=2, command=2, final=0.3))


async def refused_once(home: House, sink: SinkRelay) -> None:
    """Let hours pass until the relay was asked: the first attempt, at the closed port, may end only after one did."""
    for _ in range(40):
        await home.later(hours=1)
        for _ in range(25):
            if sink.connections:
                return
            await asyncio.sleep(0.02)
    raise AssertionError("nothing came to the relay")


def test_a_relay_that_is_down_then_tempfails_then_takes_it_gets_it_once(tmp_path: Path) -> None:
    async def story() -> None:
        sink = SinkRelay(Moods(answers={"RCPT": "451 4.7.1 greylisted"}))
        async with sink.running():
            pass  # it had a port, and is down now
        async with house(tmp_path, relays(sink)) as home:
            await home.zoe_writes()
            await home.until(queued=1)
            async with sink.running():
                await refused_once(home, sink)
                assert sink.taken == []
                sink.moods.answers.clear()
                await home.later(hours=1)
                await home.until(queued=0, sent=1)
                await home.later(days=1)
                await asyncio.sleep(0.3)
            assert [t.recipients for t in sink.taken] == [["zoe.durand@cahors.example"]]

    asyncio.run(story())


def test_the_second_relay_takes_over_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with SinkRelay(Moods(drop="greeting")).running() as first, SinkRelay().running() as second:
            async with house(tmp_path, relays(first, second)) as home:
                await home.zoe_writes()
                await home.until(queued=0, sent=1)
            assert (len(first.taken), len(second.taken)) == (0, 1)

    asyncio.run(story())


def test_a_relay_that_rejects_ends_the_mail_and_is_not_asked_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with SinkRelay(Moods(answers={"RCPT": "550 5.1.1 unknown"})).running() as sink:
            async with house(tmp_path, relays(sink)) as home:
                await home.zoe_writes()
                await home.until(queued=0, failed=1)
                sink.moods.answers.clear()
                await home.later(days=1)
                await asyncio.sleep(0.3)
            assert [t for t in sink.taken if "zoe" in t.recipients[0]] == []

    asyncio.run(story())


def test_a_relay_that_takes_it_and_is_silent_may_see_it_twice_but_the_same(tmp_path: Path) -> None:
    async def story() -> None:
        async with SinkRelay(Moods(hang="taken")).running() as sink:
            async with house(tmp_path, relays(sink)) as home:
                await home.zoe_writes()
                await home.until(unknown=1)
                assert len(sink.taken) == 1
                sink.moods.hang = ""
                await home.later(hours=1)
                await home.until(unknown=0, queued=0, sent=1)
            assert (len(sink.taken), len({t.octets for t in sink.taken})) == (2, 1)

    asyncio.run(story())


def test_postmark_that_took_it_and_was_silent_is_asked_and_gets_it_once(tmp_path: Path) -> None:
    async def story(mood: str, asked: list[Any]) -> None:
        async with PostmarkStandIn().running() as far:
            far.mood = mood
            transport = PostmarkTransport(far.token, api_url=far.url, seconds=0.4)
            async with house(tmp_path / mood, transport) as home:
                await home.zoe_writes()
                await home.until(unknown=1)
                far.mood = ""
                await home.later(hours=1)
                await home.until(unknown=0, queued=0, sent=1)
            assert (len(far.taken), far.requests) == (1, asked)

    asyncio.run(story("hang-after", [("batch", 1), ("search", 1)]))
    asyncio.run(story("hang-before", [("batch", 1), ("search", 1), ("batch", 1)]))
