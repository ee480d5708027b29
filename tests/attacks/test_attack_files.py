"""Attacks by files. Each docstring says what it imitates and what attacker, victim and operator see of it:
docs/security.md is made of them."""

from __future__ import annotations

import os
import struct
import time
import zlib

import pytest
from siege import CLAIRE, KARIM, ZOE


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


@pytest.mark.parametrize("name", ["notes.txt", "contact.vcf", "rendez-vous.ics"])
def test_an_identifier_in_a_readable_file(siege, name):
    """No attack: an aidant attaches a note, a contact or an appointment that holds a tax number, which CAF may not have.

    Attacker: -
    Victim: CAF reads the file without the number, which was in clear there and masked in the text beside it; the aidant's
    own colleagues read it whole.
    Operator: the usual record.
    """
    case = siege.open_case(Cc=KARIM)
    type_ = {"txt": "plain", "vcf": "vcard", "ics": "calendar"}[name[-3:]]
    letter = siege.letter(ZOE, case.at(ZOE), "Re", f"Voici un fichier utile {siege.mark()}.")
    letter.add_attachment(b"NOTE: numero fiscal 3024567890123\r\n", "text", type_, filename=name)
    seen = siege.relay(letter)
    assert seen.outcome == ("attached", "on-case:token")

    def read(who: str) -> bytes:
        (file,) = seen.to(who).iter_attachments()
        assert file.get_filename() == name
        return file.get_payload(decode=True)

    assert b"3024567890123" not in read(CLAIRE) and b"numero fiscal" in read(CLAIRE)
    assert b"3024567890123" in read(KARIM)
