"""ARC (RFC 8617): what a forwarder saw before it broke SPF and DKIM, believed of configured forwarders only."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from mailrouter.checks.canonical import BodyHashes, covers_single_fields, header_octets, selected
from mailrouter.checks.resolver import Resolver
from mailrouter.checks.signature import (
    BadSignature,
    Tags,
    base64,
    check,
    fetch_key,
    parse_tags,
    read_signature,
    seal_of,
)
from mailrouter.checks.trace import Block, Field
from mailrouter.core.mail.authresults import authentication_results
from mailrouter.core.model import Verdict

SETS: Final = 50
"""RFC 8617 5.2."""

_AAR: Final = b"arc-authentication-results"
_AMS: Final = b"arc-message-signature"
_SEAL: Final = b"arc-seal"
_INSTANCE = re.compile(r"\s*i\s*=\s*([1-9][0-9]?)\s*;")
_NEEDED: Final = ("a", "b", "bh", "d", "h", "s")


class ArcSet(NamedTuple):
    """The three fields of one instance; `tags` and `domain` are the seal's."""

    results: Field
    message: Field
    seal: Field
    tags: Tags
    domain: str


class Chain(NamedTuple):
    """The chain validation status (none, pass, fail, temperror) with its reason; `sets` from the first to the newest."""

    status: str
    reason: str
    sets: tuple[ArcSet, ...]


async def arc_verdict(block: Block, forwarders: Collection[str], resolver: Resolver) -> Verdict:
    """The chain's status; for one that passes, what the trusted part of it says.

    `forwarders`: domains whose seals are believed, with their subdomains. From the newest set down, the trusted part
    ends before the first other sealer. Its oldest set tells what came in there: `policy.dmarc` and `header.from`,
    with `policy.sealer`. Result `policy` when the newest seal is of nobody we know (then no DNS is asked for it), or
    From is not signed.
    """
    try:
        sets = _sets(block.fields)
    except BadSignature as fault:
        return Verdict(method="arc", result="fail", reason=fault.reason)
    if not sets:
        return Verdict(method="arc", result="none")
    trusted = _trusted(sets, forwarders)
    if trusted is None:
        return Verdict(method="arc", result="policy", reason=f"sealer {sets[-1].domain} is not configured")
    chain = await validate(block, resolver)
    if chain.status != "pass":
        return Verdict(method="arc", result=chain.status, reason=chain.reason)
    newest = read_signature(sets[-1].message, needed=_NEEDED, form="relaxed/relaxed")
    if not covers_single_fields(block.fields, newest.names):
        return Verdict(
            method="arc", result="policy", reason="a field that a mail has once is not, or not alone, signed"
        )
    return Verdict(method="arc", result="pass", properties=_seen(trusted))


async def validate(block: Block, resolver: Resolver) -> Chain:
    """The chain validation of RFC 8617 5.2. A chain that was sealed as failed has failed for us as well."""
    try:
        sets = _sets(block.fields)
        if not sets:
            return Chain("none", "", ())
        if not block.whole:
            raise BadSignature("fail", "a header line that is no field")
        for position, one in enumerate(sets):
            if one.tags.get("cv") != ("pass" if position else "none"):
                raise BadSignature("fail", f"cv={one.tags.get('cv', '')[:8]} in set {position + 1}")
        await _check_message(sets[-1], block, resolver)
        for size in range(len(sets), 0, -1):
            await _check_seal(sets[:size], resolver)
    except BadSignature as fault:
        return Chain("temperror" if fault.result == "temperror" else "fail", fault.reason, ())
    return Chain("pass", "", sets)


def _sets(fields: Sequence[Field]) -> tuple[ArcSet, ...]:
    """The sets in order; every instance from 1 up has each field exactly once."""
    found: dict[tuple[int, bytes], Field] = {}
    for field in fields:
        if field.name in (_AAR, _AMS, _SEAL):
            place = (_instance(field), field.name)
            if place in found:
                raise BadSignature("fail", f"two fields of one kind in set {place[0]}")
            found[place] = field
    count = max((instance for instance, _ in found), default=0)
    if len(found) != 3 * count or count > SETS:
        raise BadSignature("fail", "sets are missing or incomplete")
    return tuple(
        _set(*(found[instance, name] for name in (_AAR, _AMS, _SEAL))) for instance in range(1, count + 1)
    )


def _set(results: Field, message: Field, seal: Field) -> ArcSet:
    tags = parse_tags(seal.value.decode("utf-8", "replace"))
    return ArcSet(results, message, seal, tags, seal_of(tags)[1])


def _instance(field: Field) -> int:
    """i=, which leads in the results and stands anywhere in the others."""
    if field.name == _AAR:
        found = _INSTANCE.match(field.text)
        text = found[1] if found else ""
    else:
        text = parse_tags(field.value.decode("utf-8", "replace")).get("i", "")
    if not re.fullmatch(r"[1-9][0-9]?", text):
        raise BadSignature("fail", "i= is no instance")
    return int(text)


async def _check_message(newest: ArcSet, block: Block, resolver: Resolver) -> None:
    """The newest ARC-Message-Signature (5.2 step 4); the older ones hold only until the next forwarder changes something."""
    signature = read_signature(newest.message, needed=_NEEDED, form="relaxed/relaxed")
    if _SEAL in signature.names:
        raise BadSignature("fail", "a seal is signed")  # RFC 8617 4.1.2
    body = await BodyHashes(block.body).of(signature.body_form, signature.length)
    if body.digest != signature.body_hash or body.length < body.size:
        raise BadSignature("fail", "body hash")
    key = await fetch_key(signature.domain, signature.selector, signature.algorithm, resolver)
    fields = [field for field in block.fields if field is not newest.message]
    octets = header_octets(selected(fields, signature.names), newest.message, signature.header_form)
    check(key, signature.octets, octets)


async def _check_seal(sets: Sequence[ArcSet], resolver: Resolver) -> None:
    """The newest seal of `sets`, made over all of them in order (5.1.1)."""
    newest = sets[-1]
    if "h" in newest.tags:
        raise BadSignature("fail", "h= in a seal")
    algorithm, domain, selector = seal_of(newest.tags)
    signature = base64(newest.tags.get("b", ""))
    key = await fetch_key(domain, selector, algorithm, resolver)
    fields = [field for one in sets for field in (one.results, one.message, one.seal)][:-1]
    check(key, signature, header_octets(fields, newest.seal, "relaxed"))


def _trusted(sets: Sequence[ArcSet], forwarders: Collection[str]) -> ArcSet | None:
    """The oldest set of the unbroken run of configured sealers that ends with the newest; None when that one is not."""
    oldest = None
    for one in reversed(sets):
        if not any(f".{one.domain}".endswith(f".{forwarder}") for forwarder in forwarders):
            break
        oldest = one
    return oldest


def _seen(trusted: ArcSet) -> tuple[tuple[str, str], ...]:
    """What the forwarder wrote of DMARC: only a single pass with its header.from is worth telling."""
    said = authentication_results(_INSTANCE.sub("", trusted.results.text, count=1))
    dmarc = [verdict for verdict in said.results if verdict.method == "dmarc"]
    authors = [value for verdict in dmarc for name, value in verdict.properties if name == "header.from"]
    properties = [("policy.sealer", trusted.domain)]
    if [verdict.result for verdict in dmarc] == ["pass"] and len(authors) == 1:
        properties += [("policy.dmarc", "pass"), ("header.from", authors[0])]
    return tuple(properties)
