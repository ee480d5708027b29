"""DMARC policy records (RFC 7489 6.3, RFC 9989 4.7) and where they are found: the DNS tree walk, or the suffix list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from mailrouter.checks.resolver import Resolver
from mailrouter.core.domains import organisational_domain

Discovery = Literal["tree-walk", "suffix-list"]
Mode = Literal["relaxed", "strict"]

STEPS: Final = 8
"""Questions of one tree walk (RFC 9989 4.10): longer names jump to their last seven labels."""

_VERSION = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_POLICIES: Final = frozenset({"none", "quarantine", "reject"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A record that counts. `domain` is where it stands; `sp` and `np` are '' when left out; `psd` is y, n or u."""

    domain: str
    p: str
    sp: str
    np: str
    dkim: Mode
    spf: Mode
    psd: str


def parse_policy(text: str, domain: str) -> Policy | None:
    """A DMARC record, None when the text is none or asks for nothing.

    Unknown and malformed tags are passed over. Without a valid p, or with an invalid sp or np, it counts as p=none if it
    names somewhere to report to, else not at all (RFC 7489 6.6.3, RFC 9989 4.10.1).
    """
    if not _VERSION.match(text):
        return None
    pairs = [(name.strip().lower(), value.strip()) for name, _, value in map(_halves, text.split(";"))]
    tags = dict(reversed(pairs))  # of a repeated tag the first counts
    p, sp, np = (tags.get(name, "").lower() for name in ("p", "sp", "np"))
    if p not in _POLICIES or not {sp, np} <= _POLICIES | {""}:
        if "mailto:" not in tags.get("rua", "").lower():
            return None
        p, sp, np = "none", "", ""
    return Policy(
        domain=domain,
        p=p,
        sp=sp,
        np=np,
        dkim=_mode(tags.get("adkim", "r")),
        spf=_mode(tags.get("aspf", "r")),
        psd=tags.get("psd", "u").lower(),
    )


def _halves(spec: str) -> tuple[str, str, str]:
    return spec.partition("=")


def _mode(text: str) -> Mode:
    return "strict" if text.lower() == "s" else "relaxed"


class PolicyFinder:
    """Records by domain, each asked for once; one finder per mail. Methods raise DnsUnavailable."""

    def __init__(self, resolver: Resolver, discovery: Discovery = "tree-walk") -> None:
        self._resolver = resolver
        self._discovery = discovery
        self._known: dict[str, Policy | None] = {}

    async def policy_for(self, author: str) -> Policy | None:
        """The record that applies to the author's domain: its own, its organisational domain's, a public suffix's."""
        own = await self.at(author)
        if own is not None:
            return own
        if self._discovery == "suffix-list":
            return await self.at(organisational_domain(author))
        organisational = await self.at(await self.organisational(author))
        return organisational or next((one for one in await self._walk(author) if one.psd == "y"), None)

    async def organisational(self, domain: str) -> str:
        """The organisational domain: RFC 9989 4.10.2 by the records on the way up, RFC 7489 3.2 by the suffix list."""
        if self._discovery == "suffix-list":
            return organisational_domain(domain)
        found = await self._walk(domain)
        for policy in found:
            if policy.psd == "n":
                return policy.domain
            if policy.psd == "y" and policy.domain != domain:
                below = domain.removesuffix(f".{policy.domain}").rpartition(".")[2]
                return f"{below}.{policy.domain}"
        return found[-1].domain if found else domain

    async def at(self, domain: str) -> Policy | None:
        """The record at `domain` itself; several count as none (RFC 9989 4.10 step 2)."""
        if domain not in self._known:
            answer = await self._resolver.query(f"_dmarc.{domain}", "TXT")
            texts = [text for text in answer.records if _VERSION.match(text)]
            self._known[domain] = parse_policy(texts[0], domain) if len(texts) == 1 else None
        return self._known[domain]

    async def _walk(self, domain: str) -> list[Policy]:
        """The records from `domain` up to the last label, or to the first that says whether it is a public suffix."""
        labels = domain.split(".")
        starts = [0, *range(max(1, len(labels) - STEPS + 1), len(labels))]
        found: list[Policy] = []
        for start in starts:
            policy = await self.at(".".join(labels[start:]))
            if policy is not None:
                found.append(policy)
                if policy.psd == "n" or (policy.psd == "y" and start):
                    break
        return found
