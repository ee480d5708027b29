"""The relay behind the service: a real SMTP server in a thread of the tests. It keeps what it took, refuses whom it is
told to refuse, and can fall silent after it took a mail."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from concurrent.futures import Future
from typing import Any, NamedTuple

import aiosmtpd.smtp


class Copy(NamedTuple):
    """A mail that the relay took."""

    recipient: str
    message_id: str
    octets: bytes


class RelayBehind:
    """Listens on a free port of loopback until it is closed. `refused`: recipients that it answers 550."""

    def __init__(self) -> None:
        self.copies: list[Copy] = []
        self.refused: frozenset[str] = frozenset()
        self.silent = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._do(self._loop.create_server(self._session, "127.0.0.1", 0))
        self.port = int(self._server.sockets[0].getsockname()[1])

    def _do(self, coroutine: Any) -> Any:
        done: Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        return done.result(10)

    def _session(self) -> aiosmtpd.smtp.SMTP:
        session = aiosmtpd.smtp.SMTP(self, hostname="relay.example", enable_SMTPUTF8=True, loop=self._loop)
        session.line_length_limit = 2**20
        return session

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refused:
            return "550 5.1.1 Nobody here by that name"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        octets = bytes(envelope.original_content)
        header = next(line for line in octets.split(b"\r\n") if line.lower().startswith(b"message-id:"))
        message_id = header.partition(b":")[2].strip().decode()
        self.copies += [Copy(recipient, message_id, octets) for recipient in envelope.rcpt_tos]
        while self.silent.is_set():
            await asyncio.sleep(0.01)
        return "250 2.0.0 Ok: queued"

    def arrivals(self) -> Counter[tuple[str, str]]:
        """(recipient, Message-ID) of everything that it took, with the number of copies."""
        return Counter((copy.recipient, copy.message_id) for copy in self.copies)

    def close(self) -> None:
        self._server.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
