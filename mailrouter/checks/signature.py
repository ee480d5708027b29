"""Signature fields (RFC 6376), as DKIM and ARC share them: tag lists, keys, the arithmetic.

Why not dkimpy, which passes all ARC vectors: it accepts what RFC 6376 and 8301 forbid (From not signed, rsa-sha1,
text added behind l=, a key's h= ignored), and see canonical.py (docs/decisions/0040-sender-authentication.md).
"""

from __future__ import annotations

import binascii
import hashlib
import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mailrouter.checks.canonical import Form
from mailrouter.checks.resolver import DnsUnavailable, Resolver
from mailrouter.checks.trace import Field
from mailrouter.core.domains import canonical

Fault = Literal["fail", "neutral", "permerror", "policy", "temperror"]
Tags = dict[str, str]

RSA_BITS: Final = range(1024, 8193)
"""RFC 8301 3.2 sets the floor; above 4096 a verifier may refuse, and huge keys would be a way to burn our time."""

_TAG_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_DIGITS = re.compile(r"[0-9]{1,12}")


class BadSignature(Exception):
    """Why a signature does not count, in the words of RFC 8601 2.7.1."""

    def __init__(self, result: Fault, reason: str) -> None:
        super().__init__(reason)
        self.result: Fault = result
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature field, read. `names`: the signed fields' names in order. `length`: l=, None when all is signed."""

    field: Field
    tags: Tags
    algorithm: str
    domain: str
    selector: str
    names: tuple[bytes, ...]
    octets: bytes
    body_hash: bytes
    header_form: Form
    body_form: Form
    length: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A published key (RFC 6376 3.6.1). `strict`: t=s, the identity must be of the signing domain itself."""

    public: RSAPublicKey | Ed25519PublicKey
    strict: bool


def parse_tags(text: str) -> Tags:
    """A tag list (RFC 6376 3.2); permerror when it is none. Folds and white space around names and values are dropped."""
    specs = text.replace("\r\n", "").split(";")
    if not specs[-1].strip():
        specs.pop()
    tags: Tags = {}
    for spec in specs:
        name, equals, value = spec.partition("=")
        name = name.strip()
        if not equals or not _TAG_NAME.fullmatch(name) or name in tags:
            raise BadSignature("permerror", "tag list")
        tags[name] = value.strip()
    return tags


def read_signature(field: Field, *, needed: Sequence[str], form: str) -> Signature:
    """A DKIM-Signature or ARC-Message-Signature field; `form` is what c= means when it is left out."""
    tags = parse_tags(field.value.decode("utf-8", "replace"))
    for name in needed:
        if not tags.get(name) and name != "h":
            raise BadSignature("permerror", f"{name}= is missing")
    if "h" in needed and "h" not in tags:
        raise BadSignature("permerror", "h= is missing")
    algorithm, domain, selector = seal_of(tags)
    header_form, body_form = _forms(tags.get("c", form))
    length = tags.get("l")
    if length is not None and not _DIGITS.fullmatch(length):
        raise BadSignature("permerror", "l= is no number")
    return Signature(
        field=field,
        tags=tags,
        algorithm=algorithm,
        domain=domain,
        selector=selector,
        names=tuple(name.strip().lower().encode() for name in tags["h"].split(":")),
        octets=base64(tags["b"]),
        body_hash=base64(tags["bh"]),
        header_form=header_form,
        body_form=body_form,
        length=None if length is None else int(length),
    )


def seal_of(tags: Tags) -> tuple[str, str, str]:
    """Algorithm, domain and selector; what DKIM and both fields of ARC have in common. Checks t= too."""
    algorithm, domain, selector = (
        tags.get("a", ""),
        canonical(tags.get("d", "")),
        canonical(tags.get("s", "")),
    )
    if algorithm not in ("rsa-sha256", "ed25519-sha256"):
        raise BadSignature("permerror", f"algorithm {algorithm[:20]!r}")  # RFC 8301 3.1: rsa-sha1 is no more
    if "." not in domain or not selector:
        raise BadSignature("permerror", "d= or s= is no domain name")
    if not _DIGITS.fullmatch(tags.get("t", "0")):
        raise BadSignature("permerror", "t= is no number")
    return algorithm, domain, selector


def _forms(text: str) -> tuple[Form, Form]:
    """c= (RFC 6376 3.5): the body's is simple when only one is named."""
    header, _, body = text.partition("/")
    known: dict[str, Form] = {"simple": "simple", "relaxed": "relaxed"}
    if header not in known or (body or "simple") not in known or text.endswith("/"):
        raise BadSignature("permerror", "c= is unknown")
    return known[header], known[body or "simple"]


def base64(text: str) -> bytes:
    """The octets of a base64 value with white space in it; permerror when it is none or empty."""
    try:
        octets = b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as fault:
        raise BadSignature("permerror", "base64") from fault
    if not octets:
        raise BadSignature("permerror", "empty value")
    return octets


async def fetch_key(domain: str, selector: str, algorithm: str, resolver: Resolver) -> Key:
    """The key at selector._domainkey.domain (RFC 6376 3.6.2), of the algorithm's kind; the first usable of several records."""
    try:
        answer = await resolver.query(f"{selector}._domainkey.{domain}", "TXT")
    except DnsUnavailable as fault:
        raise BadSignature("temperror", str(fault)) from fault
    refusal = BadSignature("permerror", "no key")
    for record in answer.records[:4]:
        try:
            return read_key(record, algorithm)
        except BadSignature as fault:
            refusal = fault
    raise refusal


def read_key(record: str, algorithm: str) -> Key:
    """A key record (RFC 6376 3.6.1, RFC 8463 3 for Ed25519)."""
    tags = parse_tags(record)
    kind, _, digest = algorithm.partition("-")
    if tags.get("v", "DKIM1") != "DKIM1" or tags.get("k", "rsa") != kind:
        raise BadSignature("permerror", "key of another kind")
    if digest not in _list(tags.get("h", digest)) or not {"*", "email"} & _list(tags.get("s", "*")):
        raise BadSignature("permerror", "key of another use")
    if not tags.get("p"):
        raise BadSignature("permerror", "key revoked" if "p" in tags else "no key")
    return Key(public=_public(base64(tags["p"]), kind), strict="s" in _list(tags.get("t", "")))


def _list(text: str) -> set[str]:
    return {one.strip() for one in text.split(":")}


def _public(octets: bytes, kind: str) -> RSAPublicKey | Ed25519PublicKey:
    try:
        key = Ed25519PublicKey.from_public_bytes(octets) if kind == "ed25519" else load_der_public_key(octets)
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise BadSignature("permerror", "key unreadable") from fault
    if isinstance(key, RSAPublicKey) and key.key_size not in RSA_BITS:
        raise BadSignature("policy", f"key of {key.key_size} bits")
    if not isinstance(key, RSAPublicKey | Ed25519PublicKey):
        raise BadSignature("permerror", "key of another kind")
    return key


def check(key: Key, signature: bytes, octets: bytes) -> None:
    """Raises BadSignature("fail") unless `signature` is the key's over `octets` (RFC 6376 3.3, RFC 8463 3)."""
    try:
        if isinstance(key.public, Ed25519PublicKey):
            key.public.verify(signature, hashlib.sha256(octets).digest())
        else:
            key.public.verify(signature, octets, PKCS1v15(), SHA256())
    except InvalidSignature as fault:
        raise BadSignature("fail", "signature does not fit the header fields") from fault
