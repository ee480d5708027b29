"""Canonical forms (RFC 6376 3.4): which octets of a mail a signature is made over. Linear in the octets.

dkimpy's forms take quadratic time in a run of spaces (16 KB: 0.4 s, with the interpreter's lock held; 1 MB would be
half an hour), so one mail of a stranger could stop the service.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

from mailrouter.checks.trace import Field

Form = Literal["simple", "relaxed"]

THREAD_OCTETS: Final = 65_536
"""Bodies above this are hashed in a thread."""

# Fields that a mail has once (RFC 5322 3.6, RFC 2045): a second one above the signed one would be shown in its place.
SINGLE: Final = frozenset(
    b"from sender reply-to to cc subject date message-id in-reply-to references mime-version content-type".split()
)

_FOLD = re.compile(rb"\r\n(?=[ \t])")
_SPACES = re.compile(rb"[ \t]+")
_SOLID = re.compile(rb"[^ \t\r]")


def canonical_field(raw: bytes, form: Form) -> bytes:
    """RFC 6376 3.4.1, 3.4.2, with the final CRLF."""
    if form == "simple":
        return raw
    name, _, value = raw.partition(b":")
    unfolded = _SPACES.sub(b" ", _FOLD.sub(b"", value)).strip(b" \r\n")
    return name.rstrip(b" \t").lower() + b":" + unfolded + b"\r\n"


def canonical_body(body: bytes, form: Form) -> bytes:
    """RFC 6376 3.4.3, 3.4.4. An empty body is one CRLF in the simple form, nothing in the relaxed one."""
    if form == "relaxed":
        body = b"".join(_reduced(piece) for piece in _pieces(body))
        body = body.removesuffix(b" ") if not body.endswith(b"\n") else body
    if body and not body.endswith(b"\r\n"):
        body += b"\r\n"
    end = len(body)
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    if end == 0:
        return b"\r\n" if form == "simple" else b""
    return body[:end] + b"\r\n"


def _reduced(piece: bytes) -> bytes:
    return _SPACES.sub(b" ", piece).replace(b" \r\n", b"\r\n")


def _pieces(body: bytes) -> Iterator[bytes]:
    """The body in pieces that can be reduced apart: none ends in white space or between CR and LF. One expression over
    all of it would hold the interpreter's lock as long as it takes, thread or not (10 MB: 0.3 s)."""
    start = 0
    while start < len(body):
        edge = _SOLID.search(body, start + THREAD_OCTETS - 1)
        end = edge.end() if edge else len(body)
        yield body[start:end]
        start = end


class BodyHash(NamedTuple):
    """SHA-256 over `length` octets of a canonical body of `size` octets."""

    digest: bytes
    length: int
    size: int


def hash_body(body: bytes, form: Form, length: int | None) -> BodyHash:
    """The hash of the first `length` octets of the canonical body, of all when None."""
    whole = canonical_body(body, form)
    part = whole if length is None else whole[:length]
    return BodyHash(hashlib.sha256(part).digest(), len(part), len(whole))


class BodyHashes:
    """The hashes of one body, each made once for all signatures; of a big one in a thread."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._known: dict[tuple[Form, int | None], BodyHash] = {}

    async def of(self, form: Form, length: int | None) -> BodyHash:
        """See `hash_body`."""
        key = (form, length)
        if key not in self._known:
            big = len(self._body) > THREAD_OCTETS
            self._known[key] = (
                await asyncio.to_thread(hash_body, self._body, *key) if big else hash_body(self._body, *key)
            )
        return self._known[key]


def selected(fields: Sequence[Field], names: Iterable[bytes]) -> list[Field]:
    """The fields that `names` stand for: each further name takes the next one up (RFC 6376 5.4.2); absent ones, none."""
    waiting: dict[bytes, list[Field]] = {}
    for field in fields:
        waiting.setdefault(field.name, []).append(field)
    return [waiting[name].pop() for name in names if waiting.get(name)]


def header_octets(signed: Iterable[Field], own: Field, form: Form) -> bytes:
    """What the signature in `own` is made over: the signed fields, then `own` itself with b= empty and no final CRLF."""
    parts = [canonical_field(field.raw, form) for field in signed]
    return b"".join(parts) + canonical_field(_without_b(own.raw), form).removesuffix(b"\r\n")


def _without_b(raw: bytes) -> bytes:
    name, colon, value = raw.partition(b":")
    specs = value.removesuffix(b"\r\n").split(b";")
    for position, spec in enumerate(specs):
        tag, equals, _ = spec.partition(b"=")
        if tag.strip() == b"b":
            specs[position] = tag + equals
    return name + colon + b";".join(specs) + b"\r\n"


def covers_single_fields(fields: Sequence[Field], names: Sequence[bytes]) -> bool:
    """Whether From is signed and no signed field that a mail has once stands there again unsigned (RFC 6376 8.15)."""
    counts = {name: sum(field.name == name for field in fields) for name in SINGLE}
    return b"from" in names and all(counts[n] <= max(1, names.count(n)) for n in SINGLE.intersection(names))
