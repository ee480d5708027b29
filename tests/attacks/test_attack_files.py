"""Attacks by files. Each docstring says what it imitates and what attacker, victim and operator see of it:
docs/security.md is made of them."""

from __future__ import annotations

import os
import struct
import time
import zlib

import pytest
from siege import CLAIRE, ZOE


def png(width: int, height: int) -> bytes:
    """A PNG that says it has these dimensions, in a few octets."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


HOSTILE = {
    "a bomb": ("photo.png", "png", png(60_000, 60_000)),
    "a HEIC that is noise": ("IMG_1.HEIC", "heic", b"\0\0\0\x18ftypheic" + os.urandom(50_000)),
    "a HEIC that is cut": ("IMG_2.HEIC", "heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\x10\0meta"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_picture_that_harms_its_reader(siege, name):
    """A picture of 3.6 billion pixels in a few octets, a HEIC that is noise or cut off, to exhaust or crash who decodes it.

    Attacker: a mail of a registered person is told that the picture stays behind, and what works.
    Victim: the agents read the text; no such file reaches them.
    Operator: `files-refused` in the trace; the service reads the next mail as fast as before.
    """
    case, mark = siege.open_case(), siege.mark()
    file, subtype, octets = HOSTILE[name]
    letter = siege.letter(ZOE, case.at(ZOE), "Re: photo", f"Voici la photo {mark}, merci de la regarder.")
    letter.add_attachment(octets, maintype="image", subtype=subtype, filename=file)
    started = time.monotonic()
    seen = siege.relay(letter)
    assert time.monotonic() - started < 30
    assert seen.outcome[0] == "attached", seen.trace
    assert seen.trace["files-refused"] == "picture"
    (told,) = [m for m in seen.mails[ZOE] if file in m.get_body(("plain",)).get_content()]
    assert "JPEG" in told.get_body(("plain",)).get_content()
    assert mark in seen.to(CLAIRE).get_body(("plain",)).get_content()
    assert list(seen.to(CLAIRE).iter_attachments()) == []
