"""Real mails of every kind, pushed over SMTP through the running service: none crashes it, none is lost, each has its
disposition and its explanation, and the ledger balances."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from pathlib import Path

import aiosmtplib
import pytest
from sqlmodel import select

from mailrouter.app import App, open_app
from mailrouter.demo import play
from mailrouter.serving import ROLES, serve
from mailrouter.store.explain import explain
from mailrouter.store.tables import Inbound

ROOT = Path(__file__).parents[2]
EXAMS = ROOT.parent / "shared" / "exams"
SENDERS = ("zoe.durand@cahors.example", "", "claire.martin@caf46.example", "curieux@ailleurs.example")
RECIPIENTS = ("lot@aplus.example", "46@aplus.example", "aide@aplus.example", "postmaster@aplus.example")
LINE_END = re.compile(rb"\r\n|\r|\n")


def mails() -> list[bytes]:
    """Each file once, with the line ends that a mail has on the wire."""
    files = sorted(EXAMS.rglob("*.eml"))
    if not files:
        reason = "needs ../shared/exams"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    contents = dict.fromkeys(LINE_END.sub(b"\r\n", file.read_bytes()) for file in files)
    return [c if c.endswith(b"\r\n") else c + b"\r\n" for c in contents]


async def push(port: int, contents: list[bytes]) -> list[str]:
    """Four sessions side by side, as relays do; the inbound ids that were told."""
    told: list[str] = []

    async def session(n: int) -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, timeout=60) as client:
            for octets in contents[n::4]:
                errors, said = await client.sendmail(SENDERS[n], [RECIPIENTS[n]], octets)
                assert errors == {}
                told.append(said.rpartition(" ")[2])

    await asyncio.gather(*(session(n) for n in range(4)))
    return told


async def settled(app: App) -> None:
    for _ in range(2400):
        found = await asyncio.to_thread(app.store.read, play.ledger)
        if not found["pending"] and not found["outbox"]["queued"]:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"nothing settled: {found}")


async def story(root: Path, contents: list[bytes]) -> None:
    shutil.copytree(ROOT / "config", root / "config")
    env = {
        "MAILROUTER_LISTEN__SMTP": "127.0.0.1:0",
        "MAILROUTER_LISTEN__HTTP": "",
        "MAILROUTER_DATABASE": "sqlite:///var/mailrouter.sqlite3",
        "MAILROUTER_TRANSPORT__KIND": "memory",
    }
    app = open_app(root / "config", env, init=True)
    ready = asyncio.Event()
    service = asyncio.create_task(serve(app, frozenset(ROLES), lambda _: ready.set()))
    try:
        await asyncio.wait_for(ready.wait(), 60)
        ids = await push(int(app.doors[0].addresses[0].rpartition(":")[2]), contents)
        await settled(app)
        found = app.store.read(play.ledger)
        assert (found["balanced"], found["received"], found["duplicate"]) == (True, len(contents), 0)
        assert len(set(ids)) == len(contents)
        explained = [app.store.read(lambda conn, one=one: explain(conn, app.sealer, one)) for one in ids]
        assert [one for one, told in zip(ids, explained, strict=True) if not (told and told[0].trace)] == []
        faults = app.store.read(
            lambda conn: conn.execute(select(Inbound.fault).where(Inbound.fault != "")).all()
        )
        assert faults == []
    finally:
        app.stopping.set()
        await service
        app.close()


def test_three_hundred_real_mails_of_every_kind(tmp_path: Path) -> None:
    contents = mails()
    assert len(contents) >= 300
    asyncio.run(story(tmp_path, contents))
