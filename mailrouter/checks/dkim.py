"""DKIM (RFC 6376, 8301, 8463, 8616): which domains signed this mail. One verdict per signature."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from mailrouter.checks.canonical import BodyHashes, covers_single_fields, header_octets, selected
from mailrouter.checks.resolver import Resolver
from mailrouter.checks.signature import (
    BadSignature,
    Signature,
    Tags,
    check,
    fetch_key,
    parse_tags,
    read_signature,
)
from mailrouter.checks.trace import Block, Field
from mailrouter.core.domains import canonical, same_organisation
from mailrouter.core.model import Verdict

SIGNATURES: Final = 8
"""Signatures looked at (RFC 6376 6.1 lets a verifier set a limit); those of the author's organisation come first."""

_NEEDED: Final = ("v", "a", "b", "bh", "d", "h", "s")


async def dkim_verdicts(block: Block, author: str, now: datetime, resolver: Resolver) -> tuple[Verdict, ...]:
    """A verdict per signature, `none` when there is no signature. `author`: the author's domain, may be ''.

    `now` (when the mail came) is what x= is held against, so that a mail waiting for DNS does not expire meanwhile.
    """
    fields = [field for field in block.fields if field.name == b"dkim-signature"]
    if not fields:
        return (Verdict(method="dkim", result="none"),)
    if not block.whole:
        return (Verdict(method="dkim", result="permerror", reason="a header line that is no field"),)
    fields.sort(key=lambda field: not same_organisation(_tags(field).get("d", ""), author))
    bodies = BodyHashes(block.body)
    return tuple([await _verdict(field, block, bodies, now, resolver) for field in fields[:SIGNATURES]])


async def _verdict(
    field: Field, block: Block, bodies: BodyHashes, now: datetime, resolver: Resolver
) -> Verdict:
    properties = _properties(_tags(field))
    try:
        await _verify(field, block, bodies, now, resolver)
    except BadSignature as fault:
        return Verdict(method="dkim", result=fault.result, reason=fault.reason, properties=properties)
    return Verdict(method="dkim", result="pass", properties=properties)


async def _verify(field: Field, block: Block, bodies: BodyHashes, now: datetime, resolver: Resolver) -> None:
    """RFC 6376 6.1; the body first, so that a stranger's mail asks no DNS for a signature that cannot hold."""
    signature = read_signature(field, needed=_NEEDED, form="simple/simple")
    _check_tags(signature, now)
    if not covers_single_fields(block.fields, signature.names):
        raise BadSignature("policy", "a field that a mail has once is not, or not alone, signed")
    body = await bodies.of(signature.body_form, signature.length)
    if body.digest != signature.body_hash:
        raise BadSignature("fail", "body hash")
    if body.length < body.size:
        raise BadSignature("policy", "l= leaves a part of the body unsigned")  # RFC 6376 8.2
    key = await fetch_key(signature.domain, signature.selector, signature.algorithm, resolver)
    if key.strict and _identity(signature.tags) != signature.domain:
        raise BadSignature("permerror", "i= is not of the signing domain, as t=s demands")
    others = [one for one in block.fields if one is not field]
    signed = selected(others, signature.names)
    check(key, signature.octets, header_octets(signed, field, signature.header_form))


def _check_tags(signature: Signature, now: datetime) -> None:
    """What RFC 6376 6.1.1 asks of the tags beyond their form."""
    tags = signature.tags
    if tags["v"] != "1":
        raise BadSignature("permerror", "v= is not 1")
    identity = _identity(tags)
    if not f".{identity}".endswith(f".{signature.domain}"):
        raise BadSignature("permerror", "i= is not within d=")
    if "dns/txt" not in [one.strip() for one in tags.get("q", "dns/txt").split(":")]:
        raise BadSignature("permerror", "q= is unknown")
    expires = tags.get("x", "")
    if not expires.isascii() or (expires and not expires.isdigit()):
        raise BadSignature("permerror", "x= is no number")
    if expires and (int(expires[:12]) < now.timestamp() or int(expires[:12]) < int(tags.get("t", "0"))):
        raise BadSignature("policy", "expired")


def _identity(tags: Tags) -> str:
    """The domain of i=, which is @d= when left out."""
    return canonical(tags["i"].rpartition("@")[2]) if "i" in tags else canonical(tags.get("d", ""))


def _tags(field: Field) -> Tags:
    """The tags of a field, none when they cannot be read: for order and properties only."""
    try:
        return parse_tags(field.value.decode("utf-8", "replace"))
    except BadSignature:
        return {}


def _properties(tags: Tags) -> tuple[tuple[str, str], ...]:
    """RFC 8601 2.7.1; header.b tells signatures of one domain apart (RFC 6008)."""
    shown = {"header.d": tags.get("d", ""), "header.i": tags.get("i", ""), "header.a": tags.get("a", "")}
    shown |= {"header.s": tags.get("s", ""), "header.b": "".join(tags.get("b", "").split())[:8]}
    return tuple((name, value) for name, value in shown.items() if value)
