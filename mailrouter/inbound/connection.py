"""The life of one SMTP or LMTP connection and how it answers, on aiosmtpd's protocol with its traps closed.

aiosmtpd gives the command loop, the transport's life and TLS. Closed here: an exception's text never reaches the peer,
an upload is not cut while it lives, a half-closed peer is still heard, a command line is bounded and ends with CRLF,
and every answer carries an enhanced code (RFC 2034).
"""

from __future__ import annotations

import asyncio
import collections
import re
import ssl
import traceback
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, Protocol

import aiosmtpd.smtp
import structlog

from mailrouter.core.model import Mail, Reply
from mailrouter.inbound.limits import Crowd, plain_address
from mailrouter.inbound.wire import Refused, Wire
from mailrouter.metrics import Metrics
from mailrouter.ports import AcceptResult, Admit

log = structlog.get_logger()

OUR_FAULT = Reply(code=451, enhanced="4.3.0", text="Not accepted for a fault of ours, try again later")
STOPPING = Reply(code=421, enhanced="4.3.2", text="Service stops, try again soon")
TOO_MANY_ERRORS = Reply(code=421, enhanced="4.7.0", text="Too many errors")
IDLE = Reply(code=421, enhanced="4.4.2", text="Nothing heard for too long")
_COMPLETE = re.compile(r"([245]\d\d) ([245]\.\d{1,3}\.\d{1,3}) (.*)", re.DOTALL)
# What aiosmtpd says by itself: code -> enhanced code and words that repeat nothing of the peer's.
_LIBRARY_SAYS = {
    "500": ("5.5.1", "Command not recognized"),
    "530": ("5.7.0", "Say STARTTLS first"),
    "554": ("5.7.0", "Not without TLS"),
}


class Keeper(Protocol):
    """What a session needs of its door (inbound/smtp.py)."""

    hostname: str
    protocol: Literal["smtp", "lmtp"]
    admit: Admit
    crowd: Crowd
    tls: ssl.SSLContext | None
    require_tls: bool
    metrics: Metrics
    now: Callable[[], datetime]
    stopping: bool

    async def commit(self, mail: Mail) -> AcceptResult:
        """Make the mail durable even when the session ends meanwhile. Raises on any fault."""
        ...

    def joined(self, connection: Connection) -> Reply | None:
        """A session began; the Reply that refuses it, if it must be."""
        ...

    def left(self, connection: Connection) -> None:
        """A session is over."""
        ...


class Connection(aiosmtpd.smtp.SMTP):
    """One connection: its octets, its patience, its answers. The commands are in session.py."""

    greets_as = "ESMTP"

    def __init__(self, keeper: Keeper, loop: asyncio.AbstractEventLoop) -> None:
        self.keeper = keeper
        self.limits = keeper.crowd.limits
        self.peer = ""
        self._refusal: Reply | None = None
        self._errors = 0
        super().__init__(
            object(),
            data_size_limit=self.limits.message_bytes,
            enable_SMTPUTF8=True,
            hostname=keeper.hostname,
            ident=f"{self.greets_as} mailrouter",
            tls_context=keeper.tls,
            require_starttls=keeper.require_tls,
            timeout=self.limits.idle_seconds,
            loop=loop,
        )
        # The wire bounds lines; the library's own table is shared by all sessions and grows with every EHLO.
        self.command_size_limit = self.limits.command_bytes
        self.command_size_limits = collections.defaultdict(lambda: self.limits.command_bytes)

    def forget(self) -> None:
        """Drop the transaction at hand."""
        self._set_rset_state()  # type: ignore[no-untyped-call]

    @property
    def in_transaction(self) -> bool:
        """Whether a mail is under way, so that closing now would cost the peer a retry."""
        raise NotImplementedError

    @property
    def over_tls(self) -> bool:
        """Whether the octets are protected on the way here."""
        return self._tls_protocol is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A peer connected; also called by the library when TLS begins, with all that was said before forgotten
        (RFC 3207 4.2)."""
        if self.over_tls:
            self._reader = self.wire.reader  # the library clears what came in the clear
            super().connection_made(transport)
            self._cb_client_connected(self._reader, self._writer)
            return
        self.peer = plain_address(transport.get_extra_info("peername"))
        self._refusal = self.keeper.joined(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone; a commit under way goes on (`Keeper.commit`)."""
        if self.transport is not None:
            self.keeper.left(self)
        super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """The peer will send no more. What it sent is still worked off; the library would cancel at once."""
        keep_open = asyncio.StreamReaderProtocol.eof_received(self)
        return False if self.over_tls else keep_open

    def _cb_client_connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.wire = Wire(reader, line_limit=self.limits.command_bytes, touched=self._reset_timeout)
        self._reader = self.wire  # type: ignore[assignment]
        self._writer = writer

    def _timeout_cb(self) -> None:
        self.close_with(IDLE)

    async def _handle_client(self) -> None:
        if self._refusal is not None:
            self.close_with(self._refusal)
            return
        await super()._handle_client()

    async def push(self, status: str | bytes) -> None:
        """What the library says by itself is completed and counted like every other answer."""
        text = status if isinstance(status, str) else status.decode("ascii", "replace")
        if text.startswith("220 "):
            self.write_line(text.replace("220 Ready", "220 2.0.0 Ready"))  # the greeting has no enhanced code
        else:
            await self.say(_completed(text))

    async def say(self, *replies: Reply) -> None:
        """Answers, a line each, written at once. A peer that is no relay and collects errors is sent away."""
        for reply in replies:
            self.keeper.metrics.replies.labels(self.keeper.protocol, str(reply.code)).inc()
            self.write_line(str(reply))
        self._errors += replies[0].code >= 500
        if self._errors >= self.limits.errors and not self.keeper.crowd.is_relay(self.peer):
            self.close_with(TOO_MANY_ERRORS)
        if self.keeper.stopping and not self.in_transaction:
            self.close_with(STOPPING)
        await self._writer.drain()

    def close_with(self, reply: Reply) -> None:
        """A last answer; then the connection is closed."""
        self.write_line(str(reply))
        if self.transport is not None:
            self.transport.close()

    def write_line(self, text: str) -> None:
        """One line, ASCII, at most 512 octets with its CRLF (RFC 5321 4.5.3.1.5)."""
        if self.transport is not None and not self.transport.is_closing():
            line = " ".join(text.splitlines()).encode("ascii", "replace")
            self._writer.write(line[:510] + b"\r\n")

    async def handle_exception(self, error: Exception) -> str:
        """Refused is a peer's fault and a value. Anything else is ours: what it says may hold mail, so neither the
        peer nor the log gets more than its kind and place."""
        if isinstance(error, Refused):
            return str(error.reply)
        log.error("session-fault", door=self.keeper.protocol, **fault(error))
        self.forget()
        return str(OUR_FAULT)


def fault(error: BaseException) -> dict[str, str]:
    """Kind and place of an exception, without its text."""
    frames: Sequence[traceback.FrameSummary] = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return {"error": type(error).__name__, "at": place}


def _completed(text: str) -> Reply:
    if said := _COMPLETE.match(text):
        return Reply(code=int(said[1]), enhanced=said[2], text=said[3])
    enhanced, words = _LIBRARY_SAYS.get(text[:3], (f"{text[0]}.5.0", "Not possible now"))
    return Reply(code=int(text[:3]), enhanced=enhanced, text=words)
