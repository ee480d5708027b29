"""Files as they may go on (DOMAIN, Situations 12): what nobody else could open is told to its sender at once, pictures
lose what their camera wrote into them, a detached signature is no attachment."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from mailrouter.core.mail.locks import locked
from mailrouter.core.mail.metadata import is_heic, pixels, without_metadata
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
# More pixels than any camera writes: whoever opens it may lose their machine, so it goes nowhere and is not decoded.
PIXELS: Final = 250_000_000
# HEIC pictures of one mail that are converted, each costs a second; and how many may fail, perhaps by taking too long.
PICTURES: Final = 20
FAILURES: Final = 3
# A HEIC picture as JPEG, b"" when it cannot be one. Decoding is no business of this process (reading.py).
Convert = Callable[[bytes], bytes]


def examined(reading: Reading, convert: Convert) -> Reading:
    """`reading` with its attachments judged: `problem` set where a file must not go on, pictures cleaned and HEIC made
    JPEG."""
    files: dict[str, bytes] = {}
    kept: list[Attachment] = []
    heic = failed = 0
    for attachment in reading.message.attachments:
        octets = reading.files.get(attachment.sha256)
        if octets is None or attachment.type in _SIGNATURES or attachment.name.lower().endswith(".p7s"):
            continue
        judged = replace(attachment, problem=problem_of(attachment, octets))
        if not judged.problem and is_heic(octets):
            heic += 1
            tried = heic <= PICTURES and failed < FAILURES
            judged, octets = _as_jpeg(judged, octets, convert(octets) if tried else b"")
            failed += bool(judged.problem)
        clean = octets if judged.problem else without_metadata(octets)
        same = clean is reading.files[attachment.sha256]
        digest = attachment.sha256 if same else hashlib.sha256(clean).hexdigest()
        files[digest] = clean
        kept.append(replace(judged, sha256=digest, size=len(clean)))
    return Reading(message=replace(reading.message, attachments=tuple(kept)), files=files)


def _as_jpeg(attachment: Attachment, octets: bytes, jpeg: bytes) -> tuple[Attachment, bytes]:
    """A picture that everybody can open, under its own name; as it is, and told, when it could not be converted."""
    if not jpeg:
        return replace(attachment, problem="picture"), octets
    stem = attachment.name.rpartition(".")[0] or attachment.name or "image"
    return replace(attachment, name=f"{stem}.jpg", type="image/jpeg"), jpeg


def problem_of(attachment: Attachment, octets: bytes) -> str:
    """Why a file must not go on, or '': `encrypted` (S/MIME, rpmsg), `locked` (ZIP, PDF, Office with a password),
    `picture` (of absurd size), `message` (a mail inside the mail, which goes on by its sender's word only), `type` (programs, pages with
    scripts)."""
    name = attachment.name.lower().rstrip(". ")
    if attachment.type in _ENCRYPTED or name.endswith((".p7m", ".rpmsg")):
        return "encrypted"
    if name.endswith(_PROGRAMS) or octets.startswith((b"MZ", b"\x7fELF")):
        return "type"
    if attachment.type == "message/rfc822" or name.endswith(_MAILS):
        return "message"
    return "picture" if pixels(octets) > PIXELS else ("locked" if locked(octets) else "")


def usable(attachments: tuple[Attachment, ...], *, mails: bool = False) -> tuple[Attachment, ...]:
    """Those that may go on; `mails`: with the mails among them, as their sender said so."""
    return tuple(
        replace(a, problem="") for a in attachments if not a.problem or (mails and a.problem == "message")
    )


def problems(attachments: tuple[Attachment, ...], *, mails: bool = False) -> list[list[str]]:
    """[name, problem] of those that may not, as the template `files` wants them."""
    left = (a for a in attachments if a.problem and not (mails and a.problem == "message"))
    return [[a.name or a.type, a.problem] for a in left]
