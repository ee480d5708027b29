"""The relay in front of the service: hands mail in over SMTP, line by line, on one connection."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from mailrouter.inbound.smtp import SmtpDoor


@dataclass(slots=True)
class Handed:
    """One mail handed in: the lines of both sides, and the id it was accepted as ('' when it was refused)."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    accepted_as: str = ""


class Wire:
    """One SMTP connection to a door of this process."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, door: SmtpDoor) -> Wire:
        host, _, port = door.addresses[0].rpartition(":")
        wire = cls(*await asyncio.open_connection(host, int(port)))
        assert (await wire._reply())[:3] == "220"
        assert (await wire._say("EHLO mx.aplus.example"))[:3] == "250"
        return wire

    async def hand_in(self, mail_from: str, rcpt: list[str], octets: bytes) -> Handed:
        """One mail transaction (RFC 5321 3.3); ended by RSET when no recipient is taken."""
        handed = Handed()
        taken = 0
        await self._say(f"MAIL FROM:<{mail_from}>", handed)
        for address in rcpt:
            taken += (await self._say(f"RCPT TO:<{address}>", handed)).startswith("250")
        if not taken:
            await self._say("RSET")
            return handed
        assert (await self._say("DATA", handed))[:3] == "354"
        stuffed = octets.replace(b"\r\n.", b"\r\n..").removesuffix(b"\r\n")
        self.writer.write((b"." if stuffed.startswith(b".") else b"") + stuffed + b"\r\n.\r\n")
        reply = await self._reply()
        handed.lines.append(("S", reply))
        if reply.startswith("250"):
            handed.accepted_as = reply.rpartition(" ")[2]
        return handed

    async def _say(self, line: str, handed: Handed | None = None) -> str:
        self.writer.write(f"{line}\r\n".encode())
        reply = await self._reply()
        if handed is not None:
            handed.lines += [("C", line), ("S", reply)]
        return reply

    async def _reply(self) -> str:
        """The last line of the next reply."""
        while (line := (await self.reader.readline()).decode().rstrip("\r\n"))[3:4] == "-":
            pass
        assert line, "the door hung up"
        return line

    def close(self) -> None:
        """Hang up."""
        self.writer.transport.abort()
