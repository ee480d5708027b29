"""A cheap look at a mail's header block: what accept needs before anything is parsed."""

from __future__ import annotations

import hashlib
import re
from typing import Final, NamedTuple

_HEAD_LIMIT: Final = 65536
_END: Final = re.compile(rb"\r?\n\r?\n")
_MESSAGE_ID: Final = re.compile(rb"(?im)^message-id[ \t]*:[ \t]*(?:\r?\n[ \t]+)?<?([^<>\s]{1,995})>?")
_FROM: Final = re.compile(rb"(?im)^from[ \t]*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)")


class Scanned(NamedTuple):
    """The Message-ID without brackets or '', the From field without white space, and the SHA-256 of the body."""

    message_id: str
    author: str
    body_sha256: str


def scan(octets: bytes) -> Scanned:
    """Look at the first 64 KB of header and hash the body. Never raises, and decides nothing by itself."""
    end = _END.search(octets, 0, _HEAD_LIMIT)
    head = octets[: end.start() if end else _HEAD_LIMIT]
    body = memoryview(octets)[end.end() if end else len(head) :]
    message_id, author = _MESSAGE_ID.search(head), _FROM.search(head)
    return Scanned(
        message_id=message_id[1].decode("utf-8", "replace") if message_id else "",
        author=b"".join(author[1].split()).decode("utf-8", "replace").casefold() if author else "",
        body_sha256=hashlib.sha256(body).hexdigest(),
    )
