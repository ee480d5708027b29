"""LMTP (RFC 2033): the SMTP session with another greeting, and an answer to the content for each recipient."""

from __future__ import annotations

from mailrouter.core.model import Reply
from mailrouter.inbound.session import Session
from mailrouter.inbound.wire import Refused


class LmtpSession(Session):
    """The server's side of one LMTP session."""

    greets_as = "LMTP"

    async def smtp_LHLO(self, arg: str | None) -> None:
        """RFC 2033 4.1."""
        await self.greet(arg, extended=True)

    async def smtp_HELO(self, arg: str | None) -> None:
        """RFC 2033 4.1: not a command of LMTP."""
        raise Refused(500, "5.5.1", "This is LMTP, say LHLO")

    async def smtp_EHLO(self, arg: str | None) -> None:
        """RFC 2033 4.1: not a command of LMTP."""
        raise Refused(500, "5.5.1", "This is LMTP, say LHLO")

    def content_replies(self, reply: Reply) -> list[Reply]:
        """RFC 2033 4.2: a line for each RCPT that was taken. All say the same, since one row holds the mail."""
        return [reply] * len(self.tx.rcpts)
