"""The SMTP and LMTP door: listens, counts its peers, makes mail durable, stops gracefully.

The door knows no store: `admit` answers each RCPT, `accept` is the commit. What a session says is in session.py.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

import structlog

from mailrouter.core.model import Mail, Reply
from mailrouter.inbound.connection import STOPPING, Connection, fault
from mailrouter.inbound.limits import Crowd, Limits, Network
from mailrouter.inbound.lmtp import LmtpSession
from mailrouter.inbound.session import Session
from mailrouter.inbound.sockets import Listen, bound_to, open_sockets
from mailrouter.metrics import Metrics
from mailrouter.ports import Accept, AcceptResult, Admit

log = structlog.get_logger()

SESSIONS: dict[str, type[Session]] = {"smtp": Session, "lmtp": LmtpSession}


class SmtpDoor:
    """One listening SMTP or LMTP server.

    `relays`: networks whose XFORWARD and XCLIENT are believed and who are not counted per peer. `tls`: offers
    STARTTLS. Times come from `now` (aware) and are written into the envelope only.
    """

    def __init__(
        self,
        *,
        hostname: str,
        admit: Admit,
        accept: Accept,
        now: Callable[[], datetime],
        protocol: Literal["smtp", "lmtp"] = "smtp",
        limits: Limits | None = None,
        relays: Sequence[Network] = (),
        tls: ssl.SSLContext | None = None,
        require_tls: bool = False,
        metrics: Metrics | None = None,
    ) -> None:
        self.hostname = hostname
        self.admit = admit
        self.now = now
        self.protocol = protocol
        self.crowd = Crowd(limits or Limits(), relays)
        self.tls = tls
        self.require_tls = require_tls
        self.metrics = metrics or Metrics()
        self.stopping = False
        self._accept = accept
        self._servers: list[asyncio.Server] = []
        self._connections: set[Connection] = set()
        self._commits: set[asyncio.Task[AcceptResult]] = set()
        # The library logs command lines, which hold addresses.
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)

    async def start(self, listen: Listen) -> None:
        """Listen at "host:port" (port 0: any free one), "unix:path", or on a socket that is bound already."""
        loop = asyncio.get_running_loop()
        session = SESSIONS[self.protocol]
        for sock in open_sockets(listen):
            factory = loop.create_unix_server if sock.family == socket.AF_UNIX else loop.create_server
            self._servers.append(await factory(lambda: session(self, loop), sock=sock, backlog=512))

    @property
    def addresses(self) -> list[str]:
        """Where it listens, as "host:port" or "unix:path"."""
        return [bound_to(sock) for server in self._servers for sock in server.sockets]

    async def stop(self, grace_seconds: float = 30.0) -> None:
        """No new connections; mail under way is finished, within the grace; then the rest is cut. Returns when all
        commits are over (or had `accept_seconds`), so that the store may be closed."""
        self.stopping = True
        for server in self._servers:
            server.close()
        for connection in [c for c in self._connections if not c.in_transaction]:
            connection.close_with(STOPPING)
        await self._emptied(grace_seconds)
        for connection in list(self._connections):
            connection.close_with(STOPPING)
        if self._commits:
            await asyncio.wait(self._commits, timeout=self.crowd.limits.accept_seconds)

    async def _emptied(self, seconds: float) -> None:
        for _ in range(max(1, round(seconds / 0.02))):
            if not self._connections:
                return
            await asyncio.sleep(0.02)

    # --- what sessions ask (connection.Keeper) --------------------------------------------------------------------

    def joined(self, connection: Connection) -> Reply | None:
        """A session began; the Reply that refuses it, if it must be."""
        self._connections.add(connection)
        self.metrics.connections.labels(self.protocol).inc()
        refusal = self.crowd.enter(connection.peer)
        return STOPPING if self.stopping else refusal

    def left(self, connection: Connection) -> None:
        """A session is over."""
        if connection in self._connections:
            self._connections.discard(connection)
            self.metrics.connections.labels(self.protocol).dec()
            self.crowd.leave(connection.peer)

    async def commit(self, mail: Mail) -> AcceptResult:
        """Make the mail durable. The commit is a task of the door: a session that is cut meanwhile cannot stop it
        half-way. The peer that did not hear the answer sends again, and the store knows the mail by its content.

        Raises whatever `accept` raises, and TimeoutError when it takes longer than `accept_seconds`.
        """
        task = asyncio.ensure_future(self._accept(mail))
        self._commits.add(task)
        task.add_done_callback(self._committed)
        begun = time.perf_counter()
        result = await asyncio.wait_for(asyncio.shield(task), self.crowd.limits.accept_seconds)
        self.metrics.accept_seconds.labels(self.protocol).observe(time.perf_counter() - begun)
        self.metrics.accepted_bytes.labels(self.protocol).inc(len(mail.octets))
        return result

    def _committed(self, task: asyncio.Task[AcceptResult]) -> None:
        self._commits.discard(task)
        error = None if task.cancelled() else task.exception()
        if task.cancelled() or error is not None:
            self.metrics.accept_faults.labels(self.protocol).inc()
            log.error(
                "accept-fault", door=self.protocol, **(fault(error) if error else {"error": "cancelled"})
            )
        else:
            self.metrics.accepted.labels(self.protocol, str(task.result().duplicate).lower()).inc()
