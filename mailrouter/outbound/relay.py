"""A relay (smarthost): where it is, how it is protected, and the connections to it that are kept."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import Literal

import aiosmtplib

from mailrouter.core.model import Frozen

Tls = Literal["auto", "starttls", "implicit", "none"]


class Relay(Frozen, frozen=True, kw_only=True):
    """One smarthost. Relays are tried by `priority`, lowest first.

    `tls` auto: STARTTLS is required unless the host is loopback; `none` is refused for any other host, since mail
    would cross a network in the clear. The certificate is checked against `host`, by the system's authorities or
    `ca_file`. The password is `password`, else read from `password_file` at each connection, so that it may change
    under a running service. `requiretls`: only hand mail over when the relay offers REQUIRETLS (RFC 8689).
    """

    host: str
    port: int = 25
    priority: int = 10
    tls: Tls = "auto"
    username: str = ""
    password: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None
    requiretls: bool = False
    connections: int = 8

    def __post_init__(self) -> None:
        if self.tls == "none" and not self.is_loopback:
            raise ValueError(f"relay {self.host}: mail may not leave this machine without TLS")
        if bool(self.username) != bool(self.password or self.password_file):
            raise ValueError(f"relay {self.host}: user name and password belong together")

    @property
    def name(self) -> str:
        """How attempts name it."""
        return f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether mail to it stays on this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def secret(self) -> str | None:
        """The password, None without a log-in. Raises OSError for a file that cannot be read."""
        if self.password or not self.password_file:
            return self.password or None
        return self.password_file.read_text("utf-8").strip()

    def __repr__(self) -> str:
        """Without the password."""
        return f"Relay({self.name!r}, tls={self.tls!r}, username={self.username!r})"

    @property
    def starttls(self) -> bool:
        """Whether STARTTLS is required."""
        return self.tls == "starttls" or (self.tls == "auto" and not self.is_loopback)


class Patience(Frozen, frozen=True, kw_only=True):
    """Seconds to wait (RFC 5321 4.5.3.2). `final`, the answer to a whole content, is ten minutes there: a shorter one
    makes mails of unknown outcome out of slow ones."""

    connect: float = 30.0
    command: float = 120.0
    final: float = 600.0
    idle: float = 60.0


class Connections:
    """Connections to one relay, kept for `patience.idle` seconds after their last mail."""

    def __init__(self, relay: Relay, patience: Patience, hostname: str) -> None:
        self.relay = relay
        self._patience = patience
        self._hostname = hostname
        self._free: list[tuple[aiosmtplib.SMTP, float]] = []
        self._room = asyncio.Semaphore(relay.connections)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connection, ready for MAIL. Kept afterwards unless it broke or the block raised."""
        async with self._room:
            client = await self._kept() or await self._new()
            try:
                yield client
            except BaseException:
                client.close()
                raise
            if client.is_connected:
                self._free.append((client, time.monotonic()))

    async def _kept(self) -> aiosmtplib.SMTP | None:
        """A kept connection that still answers RSET; the peer may have closed it meanwhile without our hearing."""
        while self._free:
            client, since = self._free.pop()
            if client.is_connected and time.monotonic() - since < self._patience.idle:
                try:
                    if (await client.execute_command(b"RSET")).code == 250:
                        return client
                except (aiosmtplib.SMTPException, OSError):
                    pass  # it was only kept to save time: a new one takes its place
            client.close()
        return None

    @cached_property
    def _authorities(self) -> ssl.SSLContext:
        """Who may vouch for the relay. Read once: the system's list takes 20 ms."""
        return ssl.create_default_context(cafile=str(self.relay.ca_file) if self.relay.ca_file else None)

    async def _new(self) -> aiosmtplib.SMTP:
        """Connect, protect, log in, learn the extensions. Raises aiosmtplib's exceptions and OSError."""
        relay = self.relay
        client = aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            local_hostname=self._hostname,
            timeout=self._patience.connect,
            use_tls=relay.tls == "implicit",
            start_tls=relay.starttls,
            tls_context=self._authorities if relay.starttls or relay.tls == "implicit" else None,
            username=relay.username or None,
            password=relay.secret(),
        )
        await client.connect()
        client.timeout = self._patience.command
        if client.is_ehlo_or_helo_needed:
            await client.ehlo()
        return client

    async def close(self) -> None:
        """Say QUIT on what is kept."""
        for client, _ in self._free:
            try:
                await client.quit(timeout=1)
            except (aiosmtplib.SMTPException, OSError):
                client.close()
        self._free.clear()
