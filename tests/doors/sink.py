"""A relay for tests: aiosmtpd, with moods that can be chosen. It keeps what it took, as a real one would."""

from __future__ import annotations

import asyncio
import collections
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiosmtpd.smtp


@dataclass
class Taken:
    mail_from: str
    recipients: list[str]
    octets: bytes
    options: list[str]
    over_tls: bool
    login: str


@dataclass
class Moods:
    """What the relay does; each may be changed while it runs.

    `answers`: a reply by command (`greeting`, `MAIL`, `RCPT`, `DATA`, `content`) instead of the usual one.
    `hang`, `drop`: the place where it goes silent or cuts the line: `greeting`, `DATA`, `content`, and `taken`
    (after it kept the mail).
    """

    answers: dict[str, str] = field(default_factory=dict)
    hang: str = ""
    drop: str = ""
    keywords: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    size: int = 33_554_432
    login: tuple[str, str] | None = None


class Hooks:
    """aiosmtpd asks a handler, not the protocol itself."""

    def __init__(self, sink: Sink) -> None:
        self.handle_DATA = sink.took
        self.handle_EHLO = sink.greeted


class Sink(aiosmtpd.smtp.SMTP):
    line_length_limit = 2**20

    def __init__(self, relay: SinkRelay, loop: asyncio.AbstractEventLoop) -> None:
        self.relay = relay
        moods = relay.moods
        more: dict[str, Any] = {}
        if moods.login:
            more = {
                "auth_required": True,
                "auth_require_tls": relay.tls is not None,
                "auth_callback": self._checked,
            }
        super().__init__(
            Hooks(self),
            data_size_limit=moods.size,
            enable_SMTPUTF8=True,
            hostname="sink.example",
            tls_context=relay.tls,
            loop=loop,
            **more,
        )
        self.command_size_limits = collections.defaultdict(lambda: 1000)  # type: ignore[assignment]
        self.user = ""

    def _checked(self, mechanism: str, login: bytes, password: bytes) -> bool:
        self.user = login.decode()
        return (login.decode(), password.decode()) == self.relay.moods.login

    async def _mood(self, place: str) -> bool:
        """Do what the mood says at this place; True when it answered or cut, so that nothing more is said."""
        moods = self.relay.moods
        if moods.hang == place:
            await asyncio.sleep(3600)
        if moods.drop == place:
            self.transport.abort()
            return True
        if answer := moods.answers.get(place):
            await self.push(answer)
            return True
        return False

    async def _handle_client(self) -> None:
        self.relay.connections += 1
        if await self._mood("greeting"):
            if self.transport is not None:
                self.transport.close()
            return
        await super()._handle_client()

    async def greeted(
        self, server: Any, session: Any, envelope: Any, name: str, said: list[str]
    ) -> list[str]:
        session.host_name = name
        kept = [line for line in said if line[4:].split()[0] not in self.relay.moods.without]
        return [kept[0], *(f"250-{keyword}" for keyword in self.relay.moods.keywords), *kept[1:]]

    async def smtp_MAIL(self, arg: str) -> None:
        self.options = arg.partition(">")[2].split()
        plain = [o for o in self.options if o.partition("=")[0] not in ("RET", "ENVID", "REQUIRETLS")]
        if not await self._mood("MAIL"):
            await super().smtp_MAIL(arg.partition(">")[0] + "> " + " ".join(plain))

    async def smtp_RCPT(self, arg: str) -> None:
        self.options += arg.partition(">")[2].split()
        if not await self._mood("RCPT"):
            await super().smtp_RCPT(arg.partition(">")[0] + ">")

    async def smtp_DATA(self, arg: str) -> None:
        if not await self._mood("DATA"):
            await super().smtp_DATA(arg)

    async def took(self, server: Any, session: Any, envelope: Any) -> Any:
        if await self._mood("content"):
            return b""
        self.relay.taken.append(
            Taken(
                mail_from=envelope.mail_from.removeprefix("<>"),
                recipients=list(envelope.rcpt_tos),
                octets=envelope.content,
                options=self.options,
                over_tls=session.ssl is not None,
                login=self.user,
            )
        )
        if await self._mood("taken"):
            return b""
        return f"250 2.0.0 Ok: queued as {len(self.relay.taken)}"

    async def push(self, status: Any) -> None:
        if status and self.transport is not None:
            await super().push(status)


class SinkRelay:
    """One such relay on a free port of loopback."""

    def __init__(self, moods: Moods | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.moods = moods or Moods()
        self.tls = tls
        self.taken: list[Taken] = []
        self.connections = 0
        self.port = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[SinkRelay]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Sink(self, loop), "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
