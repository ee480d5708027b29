"""The bodies that Outlook hides in winmail.dat come out as text."""

from __future__ import annotations

import struct

import pytest

from mailrouter.core.mail.wire.rtf import LIMIT, decompressed, rtf_to_text

# The two examples of MS-OXRTFCP, section 4.
SIMPLE = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)
REPEATS = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")


def stored(rtf: bytes) -> bytes:
    return struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf


@pytest.mark.parametrize(
    ("compressed", "rtf"),
    [
        (SIMPLE, b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"),
        (REPEATS, b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"),
        (stored(b"{\\rtf1 a}"), b"{\\rtf1 a}"),
        (b"", b""),
        (b"\x00" * 40, b""),
        (SIMPLE[:30], b"{\\rtf1\\ansi\\ansicpg1252"),
    ],
)
def test_compressed_rtf_is_decompressed(compressed: bytes, rtf: bytes) -> None:
    assert decompressed(compressed) == rtf


def test_a_lying_size_does_not_fill_the_memory() -> None:
    bomb = struct.pack("<IIII", 0, 2**32 - 1, 0x75465A4C, 0) + b"\xff" + b"\x00\x0f" * 8
    assert len(decompressed(bomb * 2000)) <= LIMIT


@pytest.mark.parametrize(
    ("rtf", "text", "html"),
    [
        (
            b"{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}\\pard Bonjour,\\par d\\'e9j\\'e0 re\\u231?u\\par }",
            "Bonjour,\ndéjà reçu\n",
            False,
        ),
        (b"{\\rtf1 a{\\*\\inconnu b}c\\{\\}\\\\ d\\~e}", "ac{}\\ d\u00a0e", False),
        (b"{\\rtf1\\ansi\\ansicpg932 \\'93\\'fa\\'96\\'7b}", "日本", False),
        (
            b"{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 {\\*\\htmltag64 <p>}\\htmlrtf {\\htmlrtf0 Bonjour\\htmlrtf\\par}\\htmlrtf0"
            b"{\\*\\htmltag72 </p>}{\\*\\htmltag64 <b>}oui{\\*\\htmltag72 </b>}}",
            "<p>Bonjour</p><b>oui</b>",
            True,
        ),
        (b"}}}{{{\\", "", False),
        (b"", "", False),
    ],
)
def test_rtf_becomes_text_or_the_html_inside_it(rtf: bytes, text: str, html: bool) -> None:
    assert rtf_to_text(rtf) == (text, html)
