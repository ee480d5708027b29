"""The pipe door: one mail on standard input, told in the codes of sysexits(3), as MTAs understand them (pipe(8))."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import BinaryIO, NamedTuple

from mailrouter.core.model import Envelope, Mail, PeerInfo
from mailrouter.inbound.connection import fault
from mailrouter.inbound.limits import Limits
from mailrouter.ports import Accept, Admit

USAGE = os.EX_USAGE
TEMPFAIL = os.EX_TEMPFAIL


class Told(NamedTuple):
    """The exit code, and a line for standard error, which MTAs copy into their report to the sender."""

    code: int
    text: str


async def pipe(
    source: BinaryIO,
    *,
    mail_from: str,
    rcpt_to: Sequence[str],
    admit: Admit,
    accept: Accept,
    now: Callable[[], datetime],
    limits: Limits | None = None,
) -> Told:
    """Make the mail of `source` durable. EX_OK only then; EX_NOUSER when none of the recipients is ours, EX_DATAERR
    over the size limit, EX_TEMPFAIL for everything else, so that the MTA keeps the mail.

    Of several recipients those that are ours are taken; one run for each recipient tells the sender of the others.
    """
    replies = [admit(mail_from, rcpt, PeerInfo(door="pipe", relay=True)) for rcpt in rcpt_to]
    ours = tuple(dict.fromkeys(r for r, reply in zip(rcpt_to, replies, strict=True) if reply.code < 300))
    if later := next((reply for reply in replies if 400 <= reply.code < 500), None):
        return Told(os.EX_TEMPFAIL, f"{later.enhanced} {later.text}")
    if not ours:
        return Told(os.EX_NOUSER, f"{replies[0].enhanced} {replies[0].text}")
    limit = (limits or Limits()).message_bytes
    octets = await asyncio.to_thread(source.read, limit + 1)
    if len(octets) > limit:
        return Told(os.EX_DATAERR, "5.3.4 Message is larger than this service takes")
    if not octets:
        return Told(os.EX_TEMPFAIL, "4.5.0 Nothing came on standard input")
    envelope = Envelope(mail_from=mail_from, rcpt_to=ours, door="pipe", received_at=now())
    try:
        result = await asyncio.wait_for(accept(Mail(envelope=envelope, octets=octets)), 120)
    except Exception as error:  # noqa: BLE001  whatever it was, the MTA keeps the mail
        return Told(os.EX_TEMPFAIL, f"4.3.0 Not accepted for a fault of ours ({fault(error)['error']})")
    return Told(os.EX_OK, f"2.0.0 Accepted as {result.id}")
