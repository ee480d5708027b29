"""Content transfer encodings (RFC 2045 6), and uuencode, which old clients still put into plain text."""

from __future__ import annotations

import binascii
import re

from mailrouter.core.mail.wire.words import base64_octets

UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?\n", re.MULTILINE)
UU_END = re.compile(rb"^(?:end|====)[ \t]*\r?$", re.MULTILINE)

PADDED_BREAK = re.compile(rb"=[ \t]++(?=\r?\n)")  # transports add blanks at line ends (RFC 2045 6.7, rule 3)


def decoded(content: bytes, encoding: str) -> bytes:
    """`content` without its transfer encoding; an unknown encoding is left as it is (RFC 2045 6.4). Never fails."""
    if encoding == "quoted-printable":
        octets = binascii.a2b_qp(content)
        if b"=" in octets and (b"= " in octets or b"=\t" in octets):  # what a padded break would leave
            octets = binascii.a2b_qp(PADDED_BREAK.sub(b"=", content))
        return octets
    if encoding == "base64":
        return base64_octets(content)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        files = uu_files(content)
        return files[0][3] if files else content
    return content


def uu_files(content: bytes) -> list[tuple[int, int, str, bytes]]:
    """(start, end, name, octets) of every uuencoded file in `content` (POSIX uuencode), in order."""
    found = []
    begin = UU_BEGIN.search(content)
    while begin:
        end = UU_END.search(content, begin.end())
        if not end:
            break
        octets = _uu_octets(content[begin.end() : end.start()], based=b"begin-" in begin[0])
        if octets is not None:
            name = begin[1].decode("utf-8", "replace").strip()
            found.append((begin.start(), end.end(), name, octets))
        begin = UU_BEGIN.search(content, end.end() if octets is not None else begin.end())
    return found


def _uu_octets(lines: bytes, based: bool) -> bytes | None:
    """Octets of the lines between begin and end, or None when they are no uuencoding."""
    if based:
        return base64_octets(lines)
    out = []
    for line in lines.splitlines():
        octets = _uu_line(line)
        if octets is None:
            return None
        out.append(octets)
    return b"".join(out)


def _uu_line(line: bytes) -> bytes | None:
    """One line. Some encoders pad the last group wrongly: only the announced length counts."""
    if not line.strip():
        return b""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        length = (line[0] - 32) & 63
        try:
            return binascii.a2b_uu(line[: 1 + (length * 4 + 5) // 3])
        except binascii.Error:
            return None
