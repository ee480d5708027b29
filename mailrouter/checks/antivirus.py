"""A virus scanner beside us: clamd over its socket, by INSTREAM (clamd(8)).

The scanner sees the raw mail and takes it apart itself. What it did not look at never passes: no answer is `temperror`
(the worker waits and tries again, then holds), a mail above its limit is `permerror` (waiting will not help).
"""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import Iterator
from typing import Final

from mailrouter.core.model import Mail, Verdict

CHUNK: Final = 262_144
REPLY_OCTETS: Final = 4096
_FOUND = re.compile(r"stream: (.{1,200}) FOUND")
_SAFE_NAME = re.compile(r"[^A-Za-z0-9._()/:-]")


class ClamdCheck:
    """Verdict `antivirus`: pass, fail (`policy.signature` names what was found), temperror, permerror.

    `address`: "unix:/run/clamav/clamd.ctl" or "127.0.0.1:3310"; ValueError otherwise. `seconds`: for the whole scan
    of one mail.
    """

    name = "antivirus"

    def __init__(self, address: str, *, seconds: float = 60.0) -> None:
        self._path = address.removeprefix("unix:") if address.startswith("unix:/") else ""
        host, _, port = address.removeprefix("tcp:").rpartition(":")
        if not self._path and not (host and port.isdigit()):
            raise ValueError(f"antivirus address {address!r}: unix:/path or host:port")
        self._host, self._port = ("", 0) if self._path else (host.strip("[]"), int(port))
        self._seconds = seconds

    async def verdicts(self, mail: Mail) -> tuple[Verdict, ...]:
        """One verdict. Never raises: a scanner that is down, slow or talks nonsense is temperror."""
        try:
            async with asyncio.timeout(self._seconds):
                reply = await self._scan(mail.octets)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as fault:
            return (_verdict("temperror", f"scanner: {type(fault).__name__}"),)
        return (_judged(reply),)

    async def _scan(self, octets: bytes) -> str:
        """The scanner's one line on `octets`. It is listened to while we send: above its StreamMaxLength clamd answers
        and closes before it has everything."""
        reader, writer = await self._connect()
        sending = asyncio.create_task(_send(writer, octets))
        try:
            return (await reader.readuntil(b"\0")).decode("utf-8", "replace").strip("\0\n ")
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._path:
            return await asyncio.open_unix_connection(self._path, limit=REPLY_OCTETS)
        return await asyncio.open_connection(self._host, self._port, limit=REPLY_OCTETS)


async def _send(writer: asyncio.StreamWriter, octets: bytes) -> None:
    writer.write(b"zINSTREAM\0")
    for piece in _pieces(octets):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(
            0
        )  # an answer that came meanwhile is read before the next piece meets a closed socket


def _pieces(octets: bytes) -> Iterator[bytes]:
    """The octets as length-prefixed chunks, ended by one of length 0."""
    for start in range(0, len(octets), CHUNK):
        piece = octets[start : start + CHUNK]
        yield struct.pack("!I", len(piece)) + piece
    yield struct.pack("!I", 0)


def _judged(reply: str) -> Verdict:
    found = _FOUND.fullmatch(reply)
    if found:
        name = _SAFE_NAME.sub("_", found[1])
        return Verdict(method="antivirus", result="fail", properties=(("policy.signature", name),))
    if reply == "stream: OK":
        return _verdict("pass", "")
    if "size limit exceeded" in reply:
        return _verdict("permerror", "scanner: the mail is above its size limit")
    return _verdict("temperror", "scanner: no answer" if not reply else "scanner: answer not understood")


def _verdict(result: str, reason: str) -> Verdict:
    return Verdict(method="antivirus", result=result, reason=reason)
