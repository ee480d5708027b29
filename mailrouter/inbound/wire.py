"""Octets from the wire: command lines, and the content after DATA taken in bulk.

Reading DATA line by line costs a coroutine step a line. Here it is searched in chunks for its end: on the same
machine 50 KB came in several times faster than through the library's reader (bench/door_speed.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mailrouter.core.model import Reply

CHUNK = 262_144
END_OF_DATA = b"\r\n.\r\n"


class Refused(Exception):
    """A command that gets this reply and changes nothing."""

    def __init__(self, code: int, enhanced: str, text: str) -> None:
        super().__init__(text)
        self.reply = Reply(code=code, enhanced=enhanced, text=text)


class PeerLeft(asyncio.CancelledError):
    """The peer closed its side; nothing can be read any more. A cancellation, so that the session ends quietly."""


class Content:
    """The content of one mail, fed in chunks of any size (RFC 5321 4.1.1.4 and 4.5.2).

    Only CRLF.CRLF ends it. Over `limit` octets, or when `room` says no, nothing is kept but the end is still
    looked for, so that the reply is heard.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # The CRLF of the DATA command belongs to the end of an empty mail, and to a dot on the first line.
        self._kept = bytearray(b"\r\n")
        self._dots = 0
        self.dropped = 0
        self.too_big = False

    def feed(self, chunk: bytes) -> bytes | None:
        """Take a chunk. None while the end has not come, then what follows the end (commands sent ahead)."""
        seen = len(self._kept)
        self._kept += chunk
        if (
            self._kept.find(b".", max(0, seen - len(END_OF_DATA) + 1)) < 0
        ):  # base64: 50 times cheaper than a search
            return self._bounded(None)
        end = self._kept.find(END_OF_DATA, max(0, seen - len(END_OF_DATA) + 1))
        self._dots += self._kept.count(b"\r\n.", max(0, seen - 2), end + 3 if end >= 0 else len(self._kept))
        rest = None
        if end >= 0:
            rest = bytes(self._kept[end + len(END_OF_DATA) :])
            del self._kept[end + 2 :]
            self._dots -= 1
        return self._bounded(rest)

    def _bounded(self, rest: bytes | None) -> bytes | None:
        # ".\r" of an end that is still on its way are the octets that a mail within the limit may be over.
        if self.too_big or self.size > self._limit + (2 if rest is None else 0):
            self.drop()
        return rest

    @property
    def size(self) -> int:
        """Octets of the mail so far, without the dots that were put in for transparency."""
        return len(self._kept) - 2 - self._dots

    @property
    def endless(self) -> bool:
        """Whether so much was dropped that waiting for the end makes no sense."""
        return self.dropped > 4 * self._limit + CHUNK

    def drop(self) -> None:
        """Keep no more than what could be the beginning of the end."""
        self.too_big = True
        self.dropped += len(self._kept)
        self._dots = 0
        del self._kept[: max(0, len(self._kept) - len(END_OF_DATA) + 1)]

    def octets(self) -> bytes:
        """The mail as it was before transparency, byte for byte."""
        plain = self._kept.replace(b"\r\n.", b"\r\n") if self._dots else self._kept
        return bytes(memoryview(plain)[2:])


def bare_line_ends(octets: bytes) -> bool:
    """Whether CR or LF stands alone: two servers may see two different mails in it (SMTP smuggling, RFC 5321 2.3.8)."""
    pairs = octets.count(b"\r\n")
    return octets.count(b"\r") != pairs or octets.count(b"\n") != pairs


class Wire:
    """What aiosmtpd reads from: command lines by `readuntil`, contents by `content`.

    `touched` is called for every chunk that comes: patience is counted from the last octet, not from the command,
    so that a slow but living upload is never cut.
    """

    def __init__(self, reader: asyncio.StreamReader, *, line_limit: int, touched: Callable[[], None]) -> None:
        self.reader = reader
        self._line_limit = line_limit
        self._touched = touched
        self._ahead = bytearray()

    @property
    def has_ahead(self) -> bool:
        """Whether octets were sent ahead of the reply to the command at hand."""
        return bool(self._ahead)

    async def _more(self) -> bytes:
        chunk = await self.reader.read(CHUNK)
        if not chunk:
            raise PeerLeft
        self._touched()
        return chunk

    async def readuntil(self, separator: bytes = b"\n") -> bytes:
        """One command line with its CRLF. Raises Refused for one that is too long or not ended by CRLF."""
        too_long = False
        while (end := self._ahead.find(separator)) < 0:
            if len(self._ahead) > self._line_limit:
                too_long = True
                self._ahead.clear()
            self._ahead += await self._more()
        line = bytes(self._ahead[: end + len(separator)])
        del self._ahead[: end + len(separator)]
        if too_long or len(line) > self._line_limit:
            raise Refused(500, "5.5.2", "Line too long")
        if not line.endswith(b"\r\n") or b"\r" in line[:-2] or b"\0" in line:
            raise Refused(500, "5.5.2", "Lines end with CR LF and hold neither alone")
        return line

    async def content(self, limit: int, grown: Callable[[int], bool]) -> Content:
        """The content after 354. `grown` hears of each chunk's size and says whether it may be kept.

        Gives up, without the end, on a peer that goes on for four times the limit: `endless`, and the session must
        be closed.
        """
        content = Content(limit)
        chunk = bytes(self._ahead)
        self._ahead.clear()
        while (rest := content.feed(chunk)) is None:
            if content.endless:
                return content
            chunk = await self._more()
            if not content.too_big and not grown(len(chunk)):
                content.drop()
        self._ahead += rest
        return content
