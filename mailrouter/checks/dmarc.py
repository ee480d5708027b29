"""DMARC (RFC 7489, and RFC 9989 which follows it): does the author's domain stand behind SPF's or DKIM's pass?

Why not authheaders: it reads a@one-two.example as the domain "one", so that all domains with one stem before the hyphen are
aligned with each other, verifies the first signature only, and asks SPF through a library with its own DNS.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mailrouter.checks.dmarc_record import Mode, Policy, PolicyFinder
from mailrouter.checks.resolver import DnsUnavailable, Resolver
from mailrouter.checks.trace import Field
from mailrouter.core.domains import canonical, domain_of, same_organisation
from mailrouter.core.mail.wire.mailboxes import author_field
from mailrouter.core.model import Verdict

# A display name that shows another address deceives people, but it does not make it unclear whose the mail is.
_HARMLESS: Final = frozenset({"display-name-address"})


def author_domain(fields: Sequence[Field]) -> str:
    """The domain of the one author, as the reader of the record sees From; '' when there is not exactly one.

    Several From fields, several mailboxes, a group, or an address that only one reader finds are refused (RFC 7489
    6.6.1 leaves it to the receiver): what cannot be one author cannot be vouched for.
    """
    values = [field.text for field in fields if field.name == b"from"]
    if len(values) != 1:
        return ""
    found = author_field(values[0])
    if len(found.mailboxes) != 1 or not _HARMLESS.issuperset(found.defects):
        return ""
    return domain_of(found.mailboxes[0].address)


async def dmarc_verdict(
    author: str, verdicts: Sequence[Verdict], finder: PolicyFinder, resolver: Resolver
) -> Verdict:
    """DMARC for the domain `author` ('' is permerror) by the given SPF and DKIM verdicts.

    Properties: header.from, and of the record found policy.dmarc (what its owner asks for), policy.domain (where
    it stands). No record: none. A pass of an aligned identity: pass. Else temperror when an aligned identity
    could not be checked, or DNS did not say: the worker waits; else fail.
    """
    if not author:
        return Verdict(method="dmarc", result="permerror", reason="not exactly one author with a domain")
    properties: tuple[tuple[str, str], ...] = (("header.from", author),)
    try:
        policy = await finder.policy_for(author)
        if policy is None:
            return Verdict(method="dmarc", result="none", properties=properties)
        properties += (
            ("policy.dmarc", await _asked(author, policy, resolver)),
            ("policy.domain", policy.domain),
        )
        result, reason = await _evaluate(author, policy, verdicts, finder)
    except DnsUnavailable as fault:
        return Verdict(method="dmarc", result="temperror", reason=str(fault), properties=properties)
    return Verdict(method="dmarc", result=result, reason=reason, properties=properties)


async def _evaluate(
    author: str, policy: Policy, verdicts: Sequence[Verdict], finder: PolicyFinder
) -> tuple[str, str]:
    """RFC 7489 6.6.2: one aligned pass is enough."""
    waiting = ""
    for verdict in sorted(verdicts, key=lambda one: one.result != "pass"):
        identity, mode = _identity(verdict), policy.dkim if verdict.method == "dkim" else policy.spf
        if verdict.result in ("pass", "temperror") and await _is_aligned(identity, author, mode, finder):
            if verdict.result == "pass":
                return "pass", ""
            waiting = f"{verdict.method} of {identity}: {verdict.reason}"
    return ("temperror", waiting) if waiting else ("fail", "no aligned pass")


def _identity(verdict: Verdict) -> str:
    """The domain that passed: d= of DKIM, the reverse-path's of SPF, or HELO's where that is null."""
    if verdict.method == "dkim":
        return canonical(verdict.property("header.d"))
    mail_from = verdict.property("smtp.mailfrom")
    return domain_of(mail_from) if mail_from else canonical(verdict.property("smtp.helo"))


async def _is_aligned(identity: str, author: str, mode: Mode, finder: PolicyFinder) -> bool:
    """RFC 7489 3.1. Relaxed needs the suffix list's consent under the tree walk too: a public suffix that publishes
    a record without psd=y would otherwise align every domain below it with every other."""
    if not identity or mode == "strict" or identity == author:
        return bool(identity) and identity == author
    if not same_organisation(identity, author):
        return False
    return await finder.organisational(identity) == await finder.organisational(author)


async def _asked(author: str, policy: Policy, resolver: Resolver) -> str:
    """What the record asks for this author: p for its own domain, below it sp, or np where the name does not exist."""
    if policy.domain == author:
        return policy.p
    if policy.np and not (await resolver.query(author, "A")).exists:
        return policy.np
    return policy.sp or policy.p
