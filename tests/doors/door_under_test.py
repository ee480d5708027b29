"""A door with a small town behind it: what `admit` and `accept` say is fixed, so that transcripts are values."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from mailrouter.core.model import Mail, PeerInfo, Reply
from mailrouter.inbound.limits import Limits
from mailrouter.inbound.smtp import SmtpDoor
from mailrouter.ports import AcceptResult

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


class Town:
    """Addresses lot@ and 46@ exist, full@ is busy, broken@ finds a bug; a mail that says BROKEN, SLOW or STUCK meets
    a store that is so."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.asked: list[tuple[str, str, PeerInfo]] = []
        self.committing = asyncio.Event()
        self.go_on = asyncio.Event()

    def admit(self, mail_from: str, rcpt: str, peer: PeerInfo) -> Reply:
        self.asked.append((mail_from, rcpt, peer))
        local = rcpt.partition("@")[0].lower()
        if local == "broken":
            raise LookupError("secret of the policy")
        if local == "full":
            return Reply(code=450, enhanced="4.2.1", text="Busy, try again later")
        if local in ("lot", "46", "postmaster", "été"):
            return Reply(code=250, enhanced="2.1.5", text="Ok")
        return Reply(code=550, enhanced="5.1.1", text="No such address; did you mean lot@aplus.example?")

    async def accept(self, mail: Mail) -> AcceptResult:
        if b"BROKEN" in mail.octets:
            raise RuntimeError("database disk image is malformed: secret of zoe.durand@cahors.example")
        self.committing.set()
        if b"SLOW" in mail.octets:
            await self.go_on.wait()
        if b"STUCK" in mail.octets:
            await asyncio.sleep(3600)
        before = [m for m in self.mails if m.octets == mail.octets]
        if not before:
            self.mails.append(mail)
        place = next(n for n, m in enumerate(self.mails, 1) if m.octets == mail.octets)
        return AcceptResult(id=f"in-{place}", duplicate=bool(before))


@asynccontextmanager
async def door(
    town: Town, *, relay: bool = False, limits: dict[str, Any] | None = None, **more: Any
) -> AsyncIterator[SmtpDoor]:
    """A door of this town on a free port of loopback."""
    opened = SmtpDoor(
        hostname="mx.aplus.example",
        admit=town.admit,
        accept=town.accept,
        now=lambda: NOW,
        relays=[LOOPBACK] if relay else [],
        limits=Limits(**(limits or {})),
        **more,
    )
    await opened.start("127.0.0.1:0")
    try:
        yield opened
    finally:
        await opened.stop(grace_seconds=0)


class Peer:
    """The other end of the line, in lines."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def at(cls, opened: SmtpDoor) -> Peer:
        host, _, port = opened.addresses[0].rpartition(":")
        return cls(*await asyncio.open_connection(host, int(port)))

    def send(self, *lines: str | bytes) -> None:
        """Lines, sent at once, CRLF added to text; octets go as they are."""
        self.writer.write(b"".join(n if isinstance(n, bytes) else n.encode() + b"\r\n" for n in lines))

    async def line(self, seconds: float = 5) -> str:
        """The next line, '' at the end."""
        octets = await asyncio.wait_for(self.reader.readline(), seconds)
        return octets.decode().removesuffix("\r\n")

    async def reply(self) -> str:
        """The last line of the next reply."""
        while (line := await self.line())[3:4] == "-":
            pass
        return line

    async def say(self, *lines: str | bytes) -> str:
        """Send, and hear one reply."""
        self.send(*lines)
        return await self.reply()

    async def begin(self, rcpt: str = "lot@aplus.example", hello: str = "EHLO") -> None:
        """Everything up to the reply to DATA."""
        assert (await self.reply())[:3] == "220"
        for line in (f"{hello} client.example", "MAIL FROM:<zoe@cahors.example>", f"RCPT TO:<{rcpt}>"):
            reply = await self.say(line)
            assert reply[:3] == "250", reply
        assert (await self.say("DATA"))[:3] == "354"

    def close(self) -> None:
        """Hang up without a word."""
        self.writer.transport.abort()
