"""What a camera or a phone writes into a picture besides the picture: place, device, owner, previews, comments. It is
cut out of JPEG, PNG, WebP, GIF and TIFF octet by octet, nothing is compressed again. Which side is up stays: a picture that its
reader must turn is worse than one bit of metadata (EXIF 2.32, tag 0x0112).

What is malformed is left as it is: cutting by wrong lengths would destroy it."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from mailrouter.core.mail.enclosed.metadata_tiff import Malformed, gif, tiff

_SOI: Final = b"\xff\xd8"
_EOI: Final = b"\xff\xd9"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
# Segments that the picture needs: JFIF, Adobe's colour transform, tables, frames, scans, restart interval. APP2 only as
# ICC profile; every other APPn and comments go (ITU T.81 B.1.1.3).
_APP0, _APP1, _APP2, _APP14, _COMMENT = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
# Chunks that the picture needs (PNG third edition, 4.3, 11.3); text, time and EXIF go.
_CHUNKS: Final = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT acTL fcTL fdAT".split()
)
_RIFF_CHUNKS: Final = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
_EXIF_FLAG, _XMP_FLAG = 0x08, 0x04
_ORIENTATION: Final = 0x0112
_MARKER: Final = re.compile(rb"\xff(?=[^\x00\xd0-\xd7\xff])")
_FILL: Final = re.compile(rb"\xff*")
# Segments or chunks of one picture; a camera writes some dozens, a PNG of 25 MB some thousands.
_MOST: Final = 50_000
_HEIF: Final = frozenset(
    (
        b"heic",
        b"heix",
        b"heim",
        b"heis",
        b"hevc",
        b"hevx",
        b"hevm",
        b"hevs",
        b"mif1",
        b"msf1",
        b"avif",
        b"avis",
    )
)
_FRAMES: Final = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))


def without_metadata(octets: bytes) -> bytes:
    """The picture without what is not the picture; the same object when there is nothing to cut or no picture."""
    for sign, cut in _CUTS:
        if octets.startswith(sign):
            try:
                clean = cut(octets)
            except (Malformed, struct.error, IndexError):
                return octets
            return octets if clean == octets else clean
    return octets


def is_heif(octets: bytes) -> bool:
    """Whether these are a picture in HEIF: HEVC inside as Apple's phones write it, or AV1 (ISO 23008-12, brands in `ftyp`).
    Most offices can open neither."""
    if octets[4:8] != b"ftyp":
        return False
    size = min(int.from_bytes(octets[:4], "big"), 256)
    brands = {octets[8:12], *(octets[i : i + 4] for i in range(16, size, 4))}
    return not brands.isdisjoint(_HEIF)


def pixels(octets: bytes) -> int:
    """Width times height as the picture's own header says; 0 for what is no JPEG, PNG, GIF or WebP."""
    width, height = dimensions(octets)
    return width * height


def dimensions(octets: bytes) -> tuple[int, int]:
    """Width and height in pixels, likewise; (0, 0) when unknown."""
    try:
        return _size(octets)
    except (Malformed, struct.error, IndexError):
        return 0, 0


def _size(octets: bytes) -> tuple[int, int]:
    if octets.startswith(_PNG):
        return struct.unpack_from(">II", octets, 16)
    if octets.startswith((b"GIF87a", b"GIF89a")):
        return struct.unpack_from("<HH", octets, 6)
    if octets.startswith(_SOI):
        frames = (body for marker, body in _segments(octets) if marker in _FRAMES)
        height, width = struct.unpack_from(">HH", next(frames, b""), 5)
        return width, height
    if octets.startswith(b"RIFF") and octets[8:12] == b"WEBP":
        return _webp_size(octets)
    return 0, 0


def _webp_size(octets: bytes) -> tuple[int, int]:
    kind, body = octets[12:16], octets[20:]
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", body, 6)
    return width & 0x3FFF, height & 0x3FFF


def _jpeg(octets: bytes) -> bytes:
    """Without EXIF, XMP, IPTC, previews, comments, and what stands behind the end of the picture (a film, say)."""
    parts, turned = [_SOI], b""
    for marker, segment in _segments(octets):
        if marker == _APP1 and segment[4:10] == b"Exif\0\0":
            turned = turned or _app1(_orientation(segment[10:]))
        elif _kept(marker, segment):
            parts.append(segment)
    # JFIF is the first segment where there is one (ITU T.871 10.1).
    first = 2 if len(parts) > 1 and parts[1][1] == _APP0 else 1
    return b"".join((*parts[:first], turned, *parts[first:]))


def _kept(marker: int, segment: bytes) -> bool:
    if marker == _APP0:
        return segment[4:9] == b"JFIF\0"
    if marker == _APP2:
        return segment[4:16] == b"ICC_PROFILE\0"
    return marker == _APP14 or not (0xE0 <= marker <= 0xEF or marker == _COMMENT)


def _segments(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """(marker, octets) of every segment to the end of the picture, a scan with its data as one. Raises Malformed."""
    at = 2
    for _ in range(_MOST):
        if octets[at] != 0xFF:
            raise Malformed
        at += len(_FILL.match(octets, at + 1)[0])  # type: ignore[index]  # fill octets (B.1.1.2)
        marker = octets[at + 1]
        if marker == 0xD9:
            yield marker, _EOI
            return
        length = int.from_bytes(octets[at + 2 : at + 4], "big")
        end = at + 2 + length
        if length < 2 or end >= len(octets):
            raise Malformed
        if marker == 0xDA:
            end = _scan_end(octets, end)
        yield marker, octets[at:end]
        at = end
    raise Malformed


def _scan_end(octets: bytes, at: int) -> int:
    """Where the data of a scan end: at the next marker that is neither stuffing nor a restart (B.1.1.5)."""
    found = _MARKER.search(octets, at)
    if found is None:
        raise Malformed
    return found.start()


def _orientation(tiff: bytes) -> int:
    """The orientation that EXIF states in its first directory; 1 (as it is) when none or nonsense."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, start)
        for n in range(min(count, 200)):
            tag, _, _, value = struct.unpack_from(order + "HHIH", tiff, start + 2 + 12 * n)
            if tag == _ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _tiff(orientation: int) -> bytes:
    """The least EXIF that says which side is up; nothing where it is up already."""
    if orientation == 1:
        return b""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)


def _app1(orientation: int) -> bytes:
    body = _tiff(orientation)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 8) + b"Exif\0\0" + body if body else b""


def _png(octets: bytes) -> bytes:
    """Without text, time and EXIF, and what stands behind the end of the picture."""
    parts, at, turned = [_PNG], len(_PNG), b""
    for _ in range(_MOST):
        (length,) = struct.unpack_from(">I", octets, at)
        kind, end = octets[at + 4 : at + 8], at + 12 + length
        if end > len(octets):
            raise Malformed
        if kind == b"eXIf":
            turned = _exif_chunk(_orientation(octets[at + 8 : end - 4]))
        elif kind in _CHUNKS:
            parts.append(octets[at:end])
        if kind == b"IEND":
            return b"".join((*parts[:2], turned, *parts[2:]))
        at = end
    raise Malformed


def _exif_chunk(orientation: int) -> bytes:
    body = _tiff(orientation)
    if not body:
        return b""
    return struct.pack(">I", len(body)) + b"eXIf" + body + struct.pack(">I", zlib.crc32(b"eXIf" + body))


def _webp(octets: bytes) -> bytes:
    """Without EXIF, XMP and unknown chunks; the header's flags say so (RFC 9649 2.7)."""
    if octets[8:12] != b"WEBP":
        raise Malformed
    chunks = list(_riff_chunks(octets))
    told = next((body for kind, body in chunks if kind == b"EXIF"), b"")
    exif = _tiff(_orientation(told.removeprefix(b"Exif\0\0")))
    kept = [(kind, _flagged(kind, body, exif)) for kind, body in chunks if kind in _RIFF_CHUNKS]
    if exif:
        kept.append((b"EXIF", exif))
    inside = b"".join(
        kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2) for kind, body in kept
    )
    return b"RIFF" + struct.pack("<I", len(inside) + 4) + b"WEBP" + inside


def _flagged(kind: bytes, body: bytes, exif: bytes) -> bytes:
    if kind != b"VP8X":
        return body
    flags = body[0] & ~(_EXIF_FLAG | _XMP_FLAG) | (_EXIF_FLAG if exif else 0)
    return bytes([flags]) + body[1:]


def _riff_chunks(octets: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, body) of every chunk within the length that the file states. Raises Malformed."""
    end, at = 8 + int.from_bytes(octets[4:8], "little"), 12
    if end > len(octets):
        raise Malformed
    for _ in range(_MOST):
        if at + 8 > end:
            return
        length = int.from_bytes(octets[at + 4 : at + 8], "little")
        if at + 8 + length > end:
            raise Malformed
        yield octets[at : at + 4], octets[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    raise Malformed


_CUTS: Final[tuple[tuple[bytes, Callable[[bytes], bytes]], ...]] = (
    (b"\xff\xd8\xff", _jpeg),
    (_PNG, _png),
    (b"RIFF", _webp),
    (b"GIF8", gif),
    (b"II*\0", tiff),
    (b"MM\0*", tiff),
)
