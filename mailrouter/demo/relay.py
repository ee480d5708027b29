"""A small relay in front, as a mail server would stand there: takes people's mail, stamps what it found out about the
sender (RFC 8601), and hands it on. The demo's people are always who they say they are."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from typing import Any

import aiosmtplib
from aiosmtpd.smtp import SMTP, Envelope, Session


class StampingRelay:
    """Listens on a free port of the loopback; forwards to `host`:`port` with Authentication-Results on top."""

    def __init__(self, authserv_id: str, host: str, port: int) -> None:
        self.authserv_id, self.host, self.port = authserv_id, host, port
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen; gives the port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    def _session(self) -> SMTP:
        return SMTP(self, hostname=self.authserv_id, enable_SMTPUTF8=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Hand the mail on; the peer gets the answer of the service, word for word."""
        octets = self._stamp(envelope) + bytes(envelope.original_content or b"")
        sender = (envelope.mail_from or "").strip("<>")
        try:
            async with aiosmtplib.SMTP(hostname=self.host, port=self.port, start_tls=False) as client:
                _, text = await client.sendmail(sender, list(envelope.rcpt_tos), octets)
        except aiosmtplib.SMTPResponseException as error:
            return f"{error.code} {error.message}"
        return f"250 {text}"

    def _stamp(self, envelope: Envelope) -> bytes:
        author = _author_domain(bytes(envelope.original_content or b""))
        return (
            f"Authentication-Results: {self.authserv_id}; dmarc=pass header.from={author}\r\n"
            f"Received: from poste.example ([192.0.2.10]) by {self.authserv_id} with ESMTP; {formatdate(localtime=True)}\r\n"
        ).encode()

    async def stop(self) -> None:
        """Listen no more."""
        if self._server:
            self._server.close()
            await self._server.wait_closed()


def _author_domain(octets: bytes) -> str:
    import email
    import email.policy

    message: Any = email.message_from_bytes(octets, policy=email.policy.SMTP)
    return str(message["from"].addresses[0].domain)
