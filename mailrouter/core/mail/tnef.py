"""winmail.dat (MS-OXTNEF): the body and the files that Outlook hid in it."""

from __future__ import annotations

import logging
import struct
from typing import NamedTuple

from mailrouter.core.mail.charset import decode
from mailrouter.core.mail.rtf import decompressed, rtf_to_text

TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
OBJECTS = 2_000  # more attributes than any mail has; each costs a copy of the rest


class Unpacked(NamedTuple):
    """What a TNEF stream holds: plain body, HTML body, and (name, octets) of each file."""

    text: str = ""
    html: str = ""
    files: tuple[tuple[str, bytes], ...] = ()


def unpack(content: bytes) -> Unpacked | None:
    """The body and files of a TNEF stream, or None when it cannot be read."""
    if _objects(content) > OBJECTS:
        return None
    logging.getLogger("tnefparse").disabled = True  # it prints attribute values of mails
    from tnefparse import TNEF

    try:
        tnef = TNEF(content, do_checksum=False)
        files = tuple((_name(file), bytes(file.data)) for file in tnef.attachments)
        text, html = _body(tnef.body), _body(tnef.htmlbody)
        if not (text or html) and tnef._rtfbody:
            body, is_html = rtf_to_text(decompressed(bytes(tnef._rtfbody)))
            text, html = ("", body) if is_html else (body, "")
        return Unpacked(text, html, files)
    except Exception:  # noqa: BLE001  tnefparse raises whatever its slices meet; the caller marks the defect
        return None


def _objects(content: bytes) -> int:
    """How many attributes the stream declares (MS-OXTNEF 2.1.3.2: level 1, id and type 4, length 4, data, sum 2)."""
    at, count = 6, 0
    while at + 12 < len(content) and count <= OBJECTS:
        at += 11 + int(struct.unpack_from("<I", content, at + 5)[0])
        count += 1
    return count


def _body(value: object) -> str:
    if isinstance(value, bytes):
        value = decode(value)[0]
    return value.rstrip("\0") if isinstance(value, str) else ""


def _name(file: object) -> str:
    name = file.long_filename()  # type: ignore[attr-defined]
    return _body(name)
