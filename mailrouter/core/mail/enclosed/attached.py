"""Files as they may go on (DOMAIN, Situations 12): what nobody else could open is told to its sender at once, pictures
lose what their camera wrote into them, a detached signature is no attachment."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from mailrouter.core.mail.enclosed.locks import locked
from mailrouter.core.mail.enclosed.metadata import dimensions, is_heif, pixels, without_metadata
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
_PLACEHOLDER: Final = re.compile(r"\[cid:([^\]\s]+)\]")
_MAILS: Final = (".eml", ".msg")
# More pixels than any camera writes: whoever opens it may lose their machine, so it goes nowhere and is not decoded.
PIXELS: Final = 250_000_000
# HEIC pictures of one mail that are converted, each costs a second; and how many may fail, perhaps by taking too long.
PICTURES: Final = 20
FAILURES: Final = 3
# A picture in the text of a mail is what its author shows when no logo is so large, or when the text says where it
# stands and no icon is so large; of a format whose size is not read, when it has so many octets.
_SHOWN_SIDE, _SHOWN, _POINTED_AT, _SHOWN_OCTETS = 200, 120_000, 60_000, 50_000
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
        if not judged.problem and is_heif(octets):
            heic += 1
            tried = heic <= PICTURES and failed < FAILURES
            judged, octets = _as_jpeg(judged, octets, convert(octets) if tried else b"")
            failed += bool(judged.problem)
        clean = octets if judged.problem else without_metadata(octets)
        same = clean is reading.files[attachment.sha256]
        digest = attachment.sha256 if same else hashlib.sha256(clean).hexdigest()
        files[digest] = clean
        inline = judged.inline and not _shown(judged, clean, reading.message.visible)
        kept.append(replace(judged, sha256=digest, size=len(clean), inline=inline))
    return Reading(message=replace(reading.message, attachments=tuple(kept)), files=files)


def _shown(attachment: Attachment, octets: bytes, visible: str) -> bool:
    """Whether a part that stands in the text is content rather than a signature's picture: any file, a screenshot that
    was pasted, a photo of a phone. Clients name and place both alike; a logo too much is better than a proof lost."""
    if not attachment.type.startswith("image/"):
        return True
    width, height = dimensions(octets)
    if not width:
        return len(octets) >= _SHOWN_OCTETS
    pointed_at = any(name and name in visible for name in (attachment.content_id, attachment.name))
    large = width * height >= _SHOWN and min(width, height) >= _SHOWN_SIDE
    return large or (pointed_at and width * height >= _POINTED_AT)


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


def without_placeholders(text: str, attachments: tuple[Attachment, ...]) -> str:
    """`text` where a client wrote "[cid:…]" for a picture: the name of a file that goes on, nothing for a logo."""
    if "[cid:" not in text:
        return text
    names = {a.content_id: a.name for a in attachments if a.content_id and not a.inline}
    text = _PLACEHOLDER.sub(lambda found: f"[{names[found[1]]}]" if names.get(found[1]) else "", text)
    return re.sub(r"\n[^\S\n]*(?:\n[^\S\n]*){2,}", "\n\n", text).strip()
