"""Files as they may go on (DOMAIN, Situations 12): what nobody else could open is told to its sender at once, pictures
lose what their camera wrote into them, a detached signature is no attachment."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from mailrouter.core.model import Attachment, Reading

_SIGNATURES: Final = frozenset(
    {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
)
_ENCRYPTED: Final = frozenset(
    {"application/pkcs7-mime", "application/x-pkcs7-mime", "application/x-microsoft-rpmsg-message"}
)
_PROGRAMS: Final = (
    ".exe", ".com", ".bat", ".cmd", ".js", ".jse", ".vbs", ".vbe", ".wsf", ".scr", ".pif", ".hta", ".msi", ".jar",
    ".ps1", ".lnk", ".iso", ".img", ".html", ".htm", ".svg", ".docm", ".xlsm", ".pptm",
)  # fmt: skip
_MAILS: Final = (".eml", ".msg")
# APP1 holds EXIF and XMP, APP13 the IPTC of photo programs; the picture is complete without them.
_CAMERA_SEGMENTS: Final = frozenset({0xE1, 0xED})


def examined(reading: Reading) -> Reading:
    """`reading` with its attachments judged: `problem` set where a file must not go on, pictures cleaned."""
    files: dict[str, bytes] = {}
    kept: list[Attachment] = []
    for attachment in reading.message.attachments:
        octets = reading.files.get(attachment.sha256)
        if octets is None or attachment.type in _SIGNATURES or attachment.name.lower().endswith(".p7s"):
            continue
        problem = problem_of(attachment, octets)
        clean = octets if problem else without_camera(octets)
        digest = attachment.sha256 if clean is octets else hashlib.sha256(clean).hexdigest()
        files[digest] = clean
        kept.append(replace(attachment, sha256=digest, size=len(clean), problem=problem))
    return Reading(message=replace(reading.message, attachments=tuple(kept)), files=files)


def problem_of(attachment: Attachment, octets: bytes) -> str:
    """Why a file must not go on, or '': `encrypted` (S/MIME, rpmsg), `locked` (ZIP, PDF with a password), `type`
    (programs, pages with scripts, mails inside mails)."""
    name = attachment.name.lower().rstrip(". ")
    if attachment.type in _ENCRYPTED or name.endswith((".p7m", ".rpmsg")):
        return "encrypted"
    if name.endswith(_PROGRAMS) or octets.startswith((b"MZ", b"\x7fELF")):
        return "type"
    if attachment.type == "message/rfc822" or name.endswith(_MAILS):
        return "type"
    return "locked" if _locked(octets) else ""


def _locked(octets: bytes) -> bool:
    if octets.startswith(b"PK\x03\x04"):
        return bool(struct.unpack_from("<H", octets, 6)[0] & 1) if len(octets) > 8 else False
    return octets.startswith(b"%PDF-") and b"/Encrypt" in octets[-65536:] + octets[:4096]


def without_camera(octets: bytes) -> bytes:
    """A JPEG without EXIF, XMP and IPTC (place, device, owner); anything else, and a JPEG that is odd, as it is."""
    if not octets.startswith(b"\xff\xd8\xff"):
        return octets
    parts = list(_segments(octets))
    if not parts or not any(marker in _CAMERA_SEGMENTS for marker, _ in parts):
        return octets
    return b"\xff\xd8" + b"".join(part for marker, part in parts if marker not in _CAMERA_SEGMENTS)


def _segments(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """(marker, octets) of the segments before the picture's data, then the rest as one; nothing when malformed
    (ITU T.81 B.1.1)."""
    at = 2
    while at + 4 <= len(octets):
        marker, length = octets[at + 1], int.from_bytes(octets[at + 2 : at + 4], "big")
        if octets[at] != 0xFF or length < 2:
            return
        if marker == 0xDA:
            yield marker, octets[at:]
            return
        yield marker, octets[at : at + 2 + length]
        at += 2 + length


def usable(attachments: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    """Those that may go on."""
    return tuple(a for a in attachments if not a.problem)


def problems(attachments: tuple[Attachment, ...]) -> list[list[str]]:
    """[name, problem] of those that may not, as the template `files` wants them."""
    return [[a.name or a.type, a.problem] for a in attachments if a.problem]
