"""TIFF and GIF without what is not the picture: who made it, with what, where, and comments (metadata.py has the others).

A TIFF points from place to place, so nothing is moved: the entries leave their directory and their values become
zeros. What is malformed is left as it is."""

from __future__ import annotations

import struct
from typing import Final

# Tags that describe and are not needed to show the picture (TIFF 6.0; EXIF 2.32, 4.6): description, maker, model,
# software, time, artist, host, XMP, copyright, IPTC, Photoshop's, EXIF, GPS, print image matching, title to keywords.
_DESCRIBING: Final = frozenset(
    (0x010D, 0x010E, 0x010F, 0x0110, 0x011D, 0x0131, 0x0132, 0x013B, 0x013C, 0x02BC, 0x8298, 0x83BB, 0x8649, 0x8769,
     0x8825, 0x9286, 0xC4A5, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F, 0xA420, 0xA430, 0xA431, 0xA433, 0xA434, 0xA435)
)  # fmt: skip
_DIRECTORIES: Final = frozenset((0x8769, 0x8825, 0xA005))
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_PAGES: Final = 500
_ENTRIES: Final = 1000
_GIF_EXTENSION, _GIF_IMAGE, _GIF_END = 0x21, 0x2C, 0x3B
_GIF_COMMENT, _GIF_APPLICATION = 0xFE, 0xFF
# Applications' extensions that say how often the film repeats, and its colours; XMP and the others go.
_GIF_KEPT: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")


class Malformed(Exception):
    """Offsets or lengths lead nowhere."""


def tiff(octets: bytes) -> bytes:
    """The TIFF without describing tags, of the same length, every page of it; raises Malformed or struct.error."""
    order = "<" if octets.startswith(b"II") else ">"
    picture = bytearray(octets)
    (at,) = struct.unpack_from(order + "I", octets, 4)
    seen: set[int] = set()
    while at:
        if at in seen or len(seen) >= _PAGES:
            raise Malformed
        seen.add(at)
        at = _cut_directory(picture, order, at)
    return bytes(picture)


def _cut_directory(picture: bytearray, order: str, at: int) -> int:
    """Take the describing entries out of one directory; where the next one is."""
    entries = _entries(picture, order, at)
    (following,) = struct.unpack_from(order + "I", picture, at + 2 + 12 * len(entries))
    kept = [e for e in entries if struct.unpack_from(order + "H", e)[0] not in _DESCRIBING]
    for entry in entries:
        if entry not in kept:
            _blank(picture, order, entry)
    body = struct.pack(order + "H", len(kept)) + b"".join(kept) + struct.pack(order + "I", following)
    whole = 2 + 12 * len(entries) + 4
    picture[at : at + whole] = body + bytes(whole - len(body))
    return int(following)


def _entries(picture: bytearray, order: str, at: int) -> list[bytes]:
    (count,) = struct.unpack_from(order + "H", picture, at)
    if count > _ENTRIES or at + 6 + 12 * count > len(picture):
        raise Malformed
    return [bytes(picture[at + 2 + 12 * n : at + 14 + 12 * n]) for n in range(count)]


def _blank(picture: bytearray, order: str, entry: bytes) -> None:
    """Zeros over what an entry points to; of a directory, over the values of its entries and itself."""
    tag, kind, count, value = struct.unpack(order + "HHII", entry)
    if tag in _DIRECTORIES:
        inside = _entries(picture, order, value)
        for one in inside:
            _blank(picture, order, one)
        size = 6 + 12 * len(inside)
    else:
        size = _SIZES.get(kind, 1) * count
        if size <= 4:
            return
    if value + size > len(picture):
        raise Malformed
    picture[value : value + size] = bytes(size)


def gif(octets: bytes) -> bytes:
    """The GIF without comments and applications' extensions but for its repetition (GIF89a, 24 and 26), and without
    what stands behind its end; raises Malformed or IndexError."""
    at = 13 + _table(octets[10])
    parts = [octets[:at]]
    while octets[at] != _GIF_END:
        end, kept = _gif_block(octets, at)
        if kept:
            parts.append(octets[at:end])
        at = end
    return b"".join((*parts, bytes([_GIF_END])))


def _gif_block(octets: bytes, at: int) -> tuple[int, bool]:
    """Where a block ends, and whether the picture needs it."""
    if octets[at] == _GIF_IMAGE:
        return _sub_blocks(octets, at + 11 + _table(octets[at + 9])), True
    if octets[at] != _GIF_EXTENSION:
        raise Malformed
    label, end = octets[at + 1], _sub_blocks(octets, at + 2)
    told = label == _GIF_COMMENT or (label == _GIF_APPLICATION and octets[at + 3 : at + 14] not in _GIF_KEPT)
    return end, not told


def _table(flags: int) -> int:
    """The octets of a colour table whose flags these are."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _sub_blocks(octets: bytes, at: int) -> int:
    while octets[at]:
        at += octets[at] + 1
    return at + 1
