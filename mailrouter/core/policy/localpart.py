"""Local parts of the service's addresses, taken apart (RFC 5321 4.1.2, RFC 5233 for the subaddress)."""

from __future__ import annotations

from mailrouter.core.domains import canonical
from mailrouter.core.policy.slug import nearest, slug


def canonical_address(address: str) -> str:
    """The one spelling of an address: lower case, the domain in ASCII (A-labels, RFC 5890); trimmed."""
    local, at, domain = address.strip().lower().rpartition("@")
    return f"{local}{at}{domain if domain.isascii() else canonical(domain) or domain}"


def domain_of(address: str) -> str:
    """The domain of an address, in lower case and ASCII."""
    return canonical_address(address).rpartition("@")[2]


def local_of(address: str) -> str:
    """The local part of an address; the whole of it when there is no @."""
    return address.rpartition("@")[0] or address


def split_local(local: str) -> tuple[str, str]:
    """(place, organisation) of a local part: `lot+caf`, or `caf.lot` for webmails that refuse the plus."""
    place, plus, organisation = local.partition("+")
    if plus:
        return place, organisation
    organisation, dot, place = local.partition(".")
    return (place, organisation) if dot else (local, "")


def near_slug(word: str, known: tuple[str, ...]) -> str | None:
    """`word` as a slug when it is known, else the nearest known one, or None."""
    written = slug(word)
    return written if written in known else nearest(written, known)
