"""What the blind indexes are taken of: one normal form for each kind of value, so that every lookup agrees."""

from __future__ import annotations

from mailrouter.store.seal import Sealer


def address_index(sealer: Sealer, address: str) -> str:
    """Of a mailbox; without case (RFC 5321 2.4 lets a host tell cases apart, no host that answers people does)."""
    return sealer.blind_address(address.strip().casefold())


def domain_index(sealer: Sealer, address: str) -> str:
    """Of a mailbox's domain."""
    return sealer.blind("domain", address.strip().casefold().rpartition("@")[2])


def message_index(sealer: Sealer, message_id: str) -> str:
    """Of a Message-ID with or without its angle brackets; '' of none. With case (RFC 5322 3.6.4: opaque)."""
    bare = message_id.strip().removeprefix("<").removesuffix(">")
    return sealer.blind("message-id", bare) if bare else ""


def subject_index(sealer: Sealer, base_subject: str) -> str:
    """Of a base subject (RFC 5256 2.1, taken by the caller); '' of none."""
    return sealer.blind("subject", base_subject.casefold()) if base_subject else ""
