"""winmail.dat (MS-OXTNEF): the body and the files that Outlook hid in it.

Our own reader: tnefparse believes the counts in the stream, and 300 octets kept it busy for minutes (found by
fuzzing). Here every step consumes octets, so the cost is linear in the stream.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from mailrouter.core.mail.wire.charset import decode
from mailrouter.core.mail.wire.rtf import decompressed, rtf_to_text

TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
SIGNATURE = b"\x78\x9f\x3e\x22"
DEPTH = 5  # streams inside streams
# Attributes (MS-OXTNEF 2.1.3.3 and 2.1.3.4).
BODY, OEM_CODEPAGE, PROPERTIES = 0x800C, 0x9007, 0x9003
ATTACHED, TITLE, DATA, ATTACHED_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
# Properties (MS-OXPROPS) of the message and of its files.
P_BODY, P_RTF, P_HTML, P_CODEPAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
P_NAME, P_LONG_NAME, P_DISPLAY_NAME, P_OBJECT, P_TYPE, P_CONTENT_ID = (
    0x3704,
    0x3707,
    0x3001,
    0x3701,
    0x370E,
    0x3712,
)
# Octets of a value by property type (2.1.3.4); the others are counted and padded.
FIXED = {0: 4, 1: 4, 2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
UNICODE, MANY, NAMED = 0x1F, 0x1000, 0x8000

Values = dict[int, tuple[int, bytes]]  # property id: type, first value


class File(NamedTuple):
    """One file: name, media type ('' when not said), Content-ID, octets."""

    name: str
    type: str
    content_id: str
    octets: bytes


class Unpacked(NamedTuple):
    """What a TNEF stream holds: plain body, HTML body, files."""

    text: str = ""
    html: str = ""
    files: tuple[File, ...] = ()


def unpack(content: bytes, depth: int = 0) -> Unpacked | None:
    """The body and files of a TNEF stream, or None when it is none. Never fails: what is cut short ends it."""
    if not content.startswith(SIGNATURE) or depth > DEPTH:
        return None
    message: Values = {}
    files: list[dict[int, tuple[int, bytes]]] = []
    codepage = 1252
    for name, data in _attributes(content):
        if name == OEM_CODEPAGE and len(data) >= 4:
            codepage = int.from_bytes(data[:4], "little")
        elif name == BODY:
            message.setdefault(P_BODY, (0, data))
        elif name == PROPERTIES:
            message |= _properties(data)
        elif name == ATTACHED:
            files.append({})
        elif files and name in (TITLE, DATA):
            files[-1].setdefault(P_NAME if name == TITLE else P_OBJECT, (0, data))
        elif files and name == ATTACHED_PROPERTIES:
            files[-1] |= _properties(data)
    text, html = _body(message, codepage)
    return Unpacked(text, html, tuple(one for file in files for one in _files(file, codepage, depth)))


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """(id, data) of each attribute (2.1.3.2): level 1, id 2, type 2, length 4, the data, checksum 2."""
    at = 6
    while at + 9 <= len(content):
        _, name, _, length = struct.unpack_from("<BHHI", content, at)
        yield name, content[at + 9 : at + 9 + length]
        at += 11 + length


def _properties(data: bytes) -> Values:
    """The properties of an attribute (2.1.3.4) up to the first one that is cut short or of an unknown type."""
    found: Values = {}
    at = 4
    while at + 4 <= len(data):
        kind, name = struct.unpack_from("<HH", data, at)
        at += 4
        if name >= NAMED:
            at = _after_name(data, at)
        one = _value(data, at, kind)
        if one is None:
            break
        value, at = one
        found.setdefault(name, (kind, value))
    return found


def _after_name(data: bytes, at: int) -> int:
    """Past the GUID and the number or the padded name of a named property."""
    if at + 24 > len(data):
        return len(data)
    kind, number = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (_padded(number) if kind == 1 else 0)


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int] | None:
    """(the first value, where the next property starts), None at the end of what can be read."""
    size = FIXED.get(kind & ~MANY)
    if size is not None and not kind & MANY:
        return data[at : at + size], at + size
    if at + 4 > len(data):
        return None
    count, at = int.from_bytes(data[at : at + 4], "little"), at + 4
    if size is not None:
        return data[at : at + size], at + size * count
    first = None
    while count and at + 4 <= len(data):
        length, at = int.from_bytes(data[at : at + 4], "little"), at + 4
        first = data[at : at + length] if first is None else first
        at, count = at + _padded(length), count - 1
    return None if first is None else (first, at)


def _padded(length: int) -> int:
    return length + -length % 4


def _body(message: Values, codepage: int) -> tuple[str, str]:
    """Plain and HTML body; of RTF only when there is nothing else."""
    _, internet = message.get(P_CODEPAGE, (0, b""))
    web = int.from_bytes(internet[:4], "little") or codepage
    text, html = _text(message, P_BODY, codepage), _text(message, P_HTML, web)
    if text or html or P_RTF not in message:
        return text, html
    body, is_html = rtf_to_text(decompressed(message[P_RTF][1]))
    return ("", body) if is_html else (body, "")


def _text(values: Values, name: int, codepage: int) -> str:
    kind, octets = values.get(name, (0, b""))
    if kind == UNICODE:
        return octets.decode("utf-16-le", "replace").rstrip("\0")
    return decode(octets.rstrip(b"\0"), charset_of(codepage))[0]


def charset_of(codepage: int) -> str:
    """The charset name of a Windows code page number."""
    if 28591 <= codepage <= 28605:
        return f"iso-8859-{codepage - 28590}"
    return {65001: "utf-8", 20127: "us-ascii", 50220: "iso-2022-jp", 20866: "koi8-r"}.get(
        codepage, f"cp{codepage}"
    )


def _files(file: Values, codepage: int, depth: int) -> Iterator[File]:
    """One file; of a mail inside the mail its text and its files."""
    name = next(
        (found for p in (P_LONG_NAME, P_NAME, P_DISPLAY_NAME) if (found := _text(file, p, codepage))), ""
    )
    kind, octets = file.get(P_OBJECT, (0, b""))
    inner = octets[16:] if kind == 0x0D else octets  # an object begins with the identifier of its interface
    nested = unpack(inner, depth + 1) if inner.startswith(SIGNATURE) else None
    if nested is None:
        yield File(
            name, _text(file, P_TYPE, 1252).lower(), _text(file, P_CONTENT_ID, 1252).strip("<>"), octets
        )
        return
    if nested.text or nested.html:
        suffix, media = (".txt", "text/plain") if nested.text else (".html", "text/html")
        yield File(name + suffix, media, "", (nested.text or nested.html).encode("utf-8", "replace"))
    yield from nested.files
