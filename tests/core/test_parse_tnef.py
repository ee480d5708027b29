"""winmail.dat gives up its body and its files, and no count in it is believed."""

from __future__ import annotations

import struct

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tnefparse import TNEF

from mailrouter.core.mail.wire.tnef import File, Unpacked, charset_of, unpack

VERSION = (1, 0x9006, 8, struct.pack("<I", 0x10000))
WESTERN = (1, 0x9007, 6, struct.pack("<II", 1252, 0))
RENDERED = (2, 0x9002, 6, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 32, 32, 0))
Attribute = tuple[int, int, int, bytes]


def stream(*attributes: Attribute) -> bytes:
    """A TNEF stream of (level, id, type, data)."""
    packed = (
        struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)
        for level, name, kind, data in (VERSION, WESTERN, *attributes)
    )
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(packed)


def properties(*values: tuple[int, int, bytes | int]) -> bytes:
    """The data of a property attribute, of (type, id, value)."""
    out = struct.pack("<I", len(values))
    for kind, name, value in values:
        out += struct.pack("<HH", kind, name)
        if isinstance(value, int):
            out += struct.pack("<I", value)
        else:
            out += struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)
    return out


def message(*values: tuple[int, int, bytes | int]) -> Attribute:
    return (1, 0x9003, 6, properties(*values))


def file(*values: tuple[int, int, bytes | int]) -> tuple[Attribute, Attribute]:
    return RENDERED, (2, 0x9005, 6, properties(*values))


INNER = stream(
    message((0x1F, 0x1000, "Texte intérieur".encode("utf-16-le"))),
    *file((0x1F, 0x3707, "a.pdf\0".encode("utf-16-le")), (0x102, 0x3701, b"%PDF")),
)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (stream(), Unpacked()),
        (stream(message((0x1E, 0x1000, "déjà\0".encode("cp1252")))), Unpacked(text="déjà")),
        (stream(message((0x1F, 0x1000, "déjà\0".encode("utf-16-le")))), Unpacked(text="déjà")),
        (stream(message((3, 0x3FDE, 65001), (0x102, 0x1013, "<p>déjà</p>".encode()))), Unpacked(html="<p>déjà</p>")),
        (stream((1, 0x800C, 2, b"ancien\0")), Unpacked(text="ancien")),
        (
            stream(RENDERED, (2, 0x8010, 1, b"COURT~1.PDF\0"), (2, 0x800F, 6, b"%PDF")),
            Unpacked(files=(File("COURT~1.PDF", "", "", b"%PDF"),)),
        ),
        (
            stream(
                RENDERED,
                (2, 0x8010, 1, b"COURT~1.PNG\0"),
                (2, 0x800F, 6, b"\x89PNG"),
                (2, 0x9005, 6, properties((0x1E, 0x3707, b"nom long.png\0"), (0x1E, 0x370E, b"image/png\0"), (0x1E, 0x3712, b"<i@x>\0"))),
            ),
            Unpacked(files=(File("nom long.png", "image/png", "i@x", b"\x89PNG"),)),
        ),
        # several values, and a named property, before the one that counts
        (
            stream(
                (1, 0x9003, 6, b"\x03\0\0\0" + struct.pack("<HHI", 0x1003, 0x6001, 2) + b"\0" * 8
                 + struct.pack("<HH", 0x1E, 0x8001) + b"\0" * 16 + struct.pack("<II", 1, 6) + b"n\0o\0m\0\0\0" + struct.pack("<II", 1, 2) + b"x\0\0\0"
                 + struct.pack("<HHII", 0x1E, 0x1000, 1, 4) + b"oui\0"),
            ),
            Unpacked(text="oui"),
        ),
        # a mail inside: its text becomes a file, its files come along
        (
            stream(*file((0x1E, 0x3001, b"Joint\0"), (0x0D, 0x3701, b"\0" * 16 + INNER))),
            Unpacked(files=(File("Joint.txt", "text/plain", "", "Texte intérieur".encode()), File("a.pdf", "", "", b"%PDF"))),
        ),
        (b"", None),
        (b"\x89PNG" * 10, None),
    ],
)  # fmt: skip
def test_a_stream_is_unpacked(content: bytes, found: Unpacked | None) -> None:
    assert unpack(content) == found


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff\xff\xff" + b"\0" * 8,  # so many properties
        b"\x01\0\0\0" + struct.pack("<HHI", 0x1003, 0x6001, 0xFFFFFFFF),  # so many values
        b"\x01\0\0\0" + struct.pack("<HHII", 0x1E, 0x1000, 0xFFFFFFFF, 0),
        b"\x01\0\0\0" + struct.pack("<HHII", 0x1E, 0x1000, 1, 0xFFFFFFFF),  # so long a value
        b"\x01\0\0\0" + struct.pack("<HH", 0x1E, 0x8000),
    ],
)
def test_counts_and_lengths_are_not_believed(data: bytes) -> None:
    assert unpack(stream((1, 0x9003, 6, data))) == Unpacked()
    assert unpack(stream(*[message((0x1E, 0x1000, b"x"))] * 1000)) == Unpacked(text="x")


def test_streams_inside_streams_end() -> None:
    content = stream(message((0x1E, 0x1000, b"fond")))
    for _ in range(20):
        content = stream(*file((0x1E, 0x3001, b"n"), (0x0D, 0x3701, b"\0" * 16 + content)))
    found = unpack(content)
    assert found is not None
    assert [one.name for one in found.files] == ["n"]


def _is_not_utf8(octets: bytes) -> bool:
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


@settings(max_examples=50, deadline=None)
@given(
    st.text(st.characters(codec="cp1252", exclude_categories=["Cc"]), min_size=1, max_size=40),
    st.lists(st.binary(min_size=1, max_size=99), max_size=4),
)
def test_well_formed_streams_are_read_as_tnefparse_reads_them(text: str, files: list[bytes]) -> None:
    octets = text.encode("cp1252")
    assume(
        octets.isascii() or _is_not_utf8(octets)
    )  # octets that say UTF-8 themselves are read as it: docs/decisions/0010
    parts = [
        part
        for n, data in enumerate(files)
        for part in file((0x1E, 0x3707, b"f%d.bin\0" % n), (0x102, 0x3701, data))
    ]
    content = stream(message((3, 0x3FDE, 1252), (0x1E, 0x1000, octets + b"\0")), *parts)
    witness = TNEF(content, do_checksum=False)
    found = unpack(content)
    assert found is not None
    assert found.text == witness.body.rstrip("\0")
    assert [one.name for one in found.files] == [
        one.long_filename().rstrip("\0") for one in witness.attachments
    ]
    # What was put in, octet for octet: the witness takes NULs off the ends of a file.
    assert [one.octets for one in found.files] == files


@pytest.mark.parametrize(
    ("codepage", "charset"),
    [(1252, "cp1252"), (65001, "utf-8"), (28591, "iso-8859-1"), (28605, "iso-8859-15"), (20127, "us-ascii")],
)
def test_code_pages_have_charset_names(codepage: int, charset: str) -> None:
    assert charset_of(codepage) == charset
