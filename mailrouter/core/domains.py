"""Domains: their one spelling, the organisation they belong to, and whether anybody can have an address there.

The public suffix list (of the package publicsuffixlist) and data/freemail.txt are constants of the program that
happen to stand in files: read once, when first asked, never written.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files

import idna
from publicsuffixlist import PublicSuffixList


def canonical(domain: str) -> str:
    """The A-label spelling of `domain` (RFC 5890), lower case, no final dot; '' when it is no host name.

    A host name here has labels of 1 to 63 letters, digits, hyphens and underscores, 253 octets in all; an address
    literal has none. UTS 46 mapping for non-ASCII names, as in RFC 6531 addresses.
    """
    return _canonical(domain) if len(domain) <= 255 else ""


@lru_cache(maxsize=4096)
def _canonical(domain: str) -> str:
    bare = domain.strip().removesuffix(".")
    if not bare.isascii():
        try:
            bare = idna.encode(bare, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return ""
    bare = bare.lower()
    return bare if len(bare) <= 253 and all(map(_is_label, bare.split("."))) else ""


def domain_of(address: str) -> str:
    """The canonical domain of an addr-spec, '' when there is none."""
    _, at, domain = address.rpartition("@")
    return canonical(domain) if at else ""


def organisational_domain(domain: str) -> str:
    """The registrable domain above `domain` by the public suffix list (RFC 7489 3.2).

    A public suffix is its own organisational domain, so that it is aligned with nothing below it. '' for no domain.
    """
    name = canonical(domain)
    return (_suffixes().privatesuffix(name) or name) if name else ""


def is_public_suffix(domain: str) -> bool:
    """Whether people register names below `domain` ("fr", "gouv.fr", "github.io")."""
    name = canonical(domain)
    return bool(name) and _suffixes().privatesuffix(name) is None


def same_organisation(domain_a: str, domain_b: str) -> bool:
    """Whether both domains have one organisational domain. Says nothing for free mail: ask `is_free_mail` too."""
    one = organisational_domain(domain_a)
    return one != "" and one == organisational_domain(domain_b)


def is_free_mail(domain: str) -> bool:
    """Whether anybody can have an address at `domain`, or at a domain above it (data/freemail.txt)."""
    name = canonical(domain)
    exact, under_any_suffix = _free_mail()
    labels = name.split(".")
    if any(".".join(labels[i:]) in exact for i in range(len(labels))):
        return True
    registered = organisational_domain(name)
    return registered.partition(".")[0] in under_any_suffix and not is_public_suffix(registered)


def _is_label(label: str) -> bool:
    return 0 < len(label) <= 63 and label.replace("-", "a").replace("_", "a").isalnum() and label[0] != "-"


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@cache
def _free_mail() -> tuple[frozenset[str], frozenset[str]]:
    """Domains, and first labels that count under any public suffix."""
    text = files("mailrouter").joinpath("data/freemail.txt").read_text(encoding="utf-8")
    lines = [line for raw in text.splitlines() if (line := raw.partition("#")[0].strip())]
    names = frozenset(line.removesuffix(".*") for line in lines if line.endswith(".*"))
    return frozenset(line for line in lines if not line.endswith(".*")), names
