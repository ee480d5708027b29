"""Files that ask for a password when they are opened: ZIP, PDF, Office. One that opens without a password is not locked,
whatever else it forbids: many official PDFs are encrypted against changes only, and everybody can read them."""

from __future__ import annotations

import hashlib
import re
import struct
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_ZIP, _OLE, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-"
_ENTRIES: Final = 5_000
# The stream of an Office file with a password ([MS-OFFCRYPTO] 2.3.1), as names are written in its directory.
_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")
# ISO 32000-1, 7.6.3.3, algorithm 2: what stands for a password that is empty.
_PADDING: Final = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_ENCRYPT: Final = re.compile(rb"/Encrypt\s*(?:(\d{1,10})\s+(\d{1,5})\s+R|<<)")
_STRING: Final = rb"\s*(\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]*>)"
_ESCAPED: Final = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|.))", re.DOTALL)
_ESCAPES: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_DICTIONARY: Final = 4_096
_MENTIONS: Final = 64


def locked(octets: bytes) -> bool:
    """Whether this ZIP, PDF or Office file opens with a password only; False for any other file."""
    if octets.startswith(_ZIP):
        return _zip(octets)
    if octets.startswith(_OLE):
        return _PACKAGE in octets
    return _PDF in octets[:1024] and _pdf(octets)


def _zip(octets: bytes) -> bool:
    """Whether any entry is encrypted (APPNOTE 4.4.4, bit 0), by the directory at its end, else by the first entry."""
    if len(octets) > 8 and octets[6] & 1:
        return True
    end = octets.rfind(b"PK\x05\x06", max(0, len(octets) - 66_000))
    if end < 0 or end + 22 > len(octets):
        return False
    (at,) = struct.unpack_from("<I", octets, end + 16)
    for _ in range(_ENTRIES):
        if octets[at : at + 4] != b"PK\x01\x02" or at + 46 > len(octets):
            return False
        if octets[at + 8] & 1:
            return True
        name, extra, comment = struct.unpack_from("<HHH", octets, at + 28)
        at += 46 + name + extra + comment
    return False


class _Lock(NamedTuple):
    """A PDF's encryption dictionary (ISO 32000-1 table 21, ISO 32000-2 table 21)."""

    revision: int
    owner: bytes
    user: bytes
    permissions: int
    length: int
    metadata: bool
    file_id: bytes


def _pdf(octets: bytes) -> bool:
    """Whether the empty password does not open it. What cannot be read of its encryption counts as locked."""
    found = _last(octets)
    if found is None:
        return False
    lock = _lock(octets, found)
    return lock is None or not _opens(lock)


def _last(octets: bytes) -> re.Match[bytes] | None:
    """The newest trailer's word on encryption: trailers are appended."""
    at = len(octets)
    for _ in range(_MENTIONS):
        at = octets.rfind(b"/Encrypt", 0, at)
        if at < 0:
            return None
        if found := _ENCRYPT.match(octets, at):
            return found
    return None


def _lock(octets: bytes, found: re.Match[bytes]) -> _Lock | None:
    start = found.end()
    if found[1]:
        heads = list(re.finditer(rb"(?<!\d)%s\s{1,9}%s\s{1,9}obj" % (found[1], found[2]), octets))
        if not heads:
            return None
        start = heads[-1].end()
    text = octets[start : start + _DICTIONARY].partition(b"endobj")[0]
    if not re.search(rb"/Filter\s*/Standard", text):
        return None
    owner, user = _string(rb"/O", text), _string(rb"/U", text)
    revision, permissions = _number(rb"/R", text), _number(rb"/P", text)
    if not (owner and user and revision) or permissions is None:
        return None
    return _Lock(
        revision=revision,
        owner=owner,
        user=user,
        permissions=permissions,
        length=(_number(rb"/Length", text) or 40) // 8 if revision < 4 else 16,
        metadata=not re.search(rb"/EncryptMetadata\s+false", text),
        file_id=_string(rb"/ID\s*\[", octets) or b"",
    )


def _string(name: bytes, text: bytes) -> bytes | None:
    found = re.search(name + _STRING, text, re.DOTALL)
    if found is None:
        return None
    if found[1].startswith(b"<"):
        digits = re.sub(rb"\s", b"", found[1][1:-1]).decode()
        return bytes.fromhex(digits + "0" * (len(digits) % 2))
    return _ESCAPED.sub(_unescaped, found[1][1:-1])


def _unescaped(match: re.Match[bytes]) -> bytes:
    """One escape of a literal string (ISO 32000-1 table 3)."""
    if match[1]:
        return bytes([int(match[1], 8) & 255])
    return b"" if match[2] in (b"\n", b"\r", b"\r\n") else _ESCAPES.get(match[2], match[2])


def _number(name: bytes, text: bytes) -> int | None:
    found = re.search(name + rb"\s+(-?\d{1,12})", text)
    return int(found[1]) if found else None


def _opens(lock: _Lock) -> bool:
    if lock.revision >= 6:
        return _hardened(lock.user[32:40]) == lock.user[:32]
    if lock.revision == 5:
        return hashlib.sha256(lock.user[32:40]).digest() == lock.user[:32]
    key = _key(lock)
    if lock.revision == 2:
        return _rc4(key, _PADDING) == lock.user[:32]
    made = hashlib.md5(_PADDING + lock.file_id, usedforsecurity=False).digest()
    for n in range(20):
        made = _rc4(bytes(octet ^ n for octet in key), made)
    return made == lock.user[:16]


def _key(lock: _Lock) -> bytes:
    """The key that the empty password gives (ISO 32000-1, 7.6.3.3, algorithm 2)."""
    permissions = (lock.permissions & 0xFFFFFFFF).to_bytes(4, "little")
    tail = b"\xff\xff\xff\xff" if lock.revision >= 4 and not lock.metadata else b""
    text = _PADDING + lock.owner[:32] + permissions + lock.file_id + tail
    made = hashlib.md5(text, usedforsecurity=False).digest()
    if lock.revision == 2:
        return made[:5]
    length = min(max(lock.length, 5), 16)
    for _ in range(50):
        made = hashlib.md5(made[:length], usedforsecurity=False).digest()
    return made[:length]


def _rc4(key: bytes, text: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for octet in text:
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        out.append(octet ^ state[(state[i] + state[j]) & 255])
    return bytes(out)


def _hardened(salt: bytes) -> bytes:
    """The hash of the empty password with this salt (ISO 32000-2, 7.6.4.3.4, algorithm 2.B)."""
    made, rounds, last = hashlib.sha256(salt).digest(), 0, 0
    while rounds < 64 or last > rounds - 32:
        encryptor = Cipher(algorithms.AES(made[:16]), modes.CBC(made[16:32])).encryptor()
        mixed = encryptor.update(made * 64)
        made = (hashlib.sha256, hashlib.sha384, hashlib.sha512)[sum(mixed[:16]) % 3](mixed).digest()
        rounds, last = rounds + 1, mixed[-1]
    return made[:32]
