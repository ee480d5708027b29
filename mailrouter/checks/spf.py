"""SPF (RFC 7208): may this client use this domain in the reverse-path? Our own evaluator over the replaceable resolver.

Why our own: pyspf gives 199 of the 200 results of the RFC 7208 suite, but blocks, keeps its DNS in a module global
that every caller shares, and had its last release in 2020 (docs/decisions/0040-sender-authentication.md). Explanations (6.2) are checked for syntax and never fetched: after 250 nothing is rejected,
so nobody would read them, and they would be one more question that a stranger makes us ask.
"""

from __future__ import annotations

import asyncio
from typing import Literal, NamedTuple

from mailrouter.checks.resolver import Answer, DnsUnavailable, Kind, Resolver
from mailrouter.checks.spf_macro import Identity, expand
from mailrouter.checks.spf_record import Directive, Record, SyntaxFault, is_spf, parse_record
from mailrouter.checks.trace import Address, literal
from mailrouter.core.domains import canonical
from mailrouter.core.model import Verdict

Result = Literal["none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"]

TERMS = 10
"""Terms that cause DNS queries (4.6.4), and MX hosts or PTR names looked at for one term."""
VOID = 2
"""Answers without records (4.6.4)."""
SECONDS = 20.0
"""The whole evaluation (4.6.4 allows no less)."""

_RESULTS: dict[str, Result] = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


class Outcome(NamedTuple):
    """The result and, for errors, what was wrong."""

    result: Result
    reason: str = ""


class _Ended(Exception):
    """permerror or temperror: ends the evaluation at any depth."""

    def __init__(self, result: Result, reason: str) -> None:
        super().__init__(reason)
        self.outcome = Outcome(result, reason)


async def check_host(client: str, mail_from: str, helo: str, resolver: Resolver) -> Outcome:
    """The SPF result of `client` for the reverse-path `mail_from`; for postmaster at `helo` when that is null (2.4)."""
    address = literal(client)
    if address is None:
        return Outcome("none", "client address unknown")
    local_part, _, domain = (mail_from or helo).rpartition("@")
    domain = domain if domain.isascii() else canonical(domain)  # 4.3: A-labels
    who = Identity(address, local_part or "postmaster", domain, helo)
    try:
        async with asyncio.timeout(SECONDS):
            return await _Evaluation(who, resolver).check(domain, top=True)
    except _Ended as ended:
        return ended.outcome
    except TimeoutError:
        return Outcome("temperror", f"not done in {SECONDS:.0f} s")


async def spf_verdict(client: str, mail_from: str, helo: str, resolver: Resolver) -> Verdict:
    """`check_host` as a verdict, with smtp.mailfrom, or smtp.helo for the null reverse-path (RFC 8601 2.7.2)."""
    outcome = await check_host(client, mail_from, helo, resolver)
    identity = ("smtp.mailfrom", mail_from) if mail_from else ("smtp.helo", helo)
    properties = (identity,) if identity[1] else ()
    return Verdict(method="spf", result=outcome.result, reason=outcome.reason, properties=properties)


class _Evaluation:
    """One check_host() with its limits; include and redirect share them."""

    def __init__(self, who: Identity, resolver: Resolver) -> None:
        self.who = who
        self.resolver = resolver
        self.terms = 0
        self.void = 0
        self.names: tuple[str, ...] | None = None

    async def check(self, domain: str, *, top: bool = False) -> Outcome:
        """4.3 to 4.7 for `domain`."""
        if "." not in canonical(domain) and top:
            return Outcome("none", "no domain name")
        record = await self.record(domain)
        if record is None:
            return Outcome("none")
        for directive in record.directives:
            if await self.matches(directive, domain):
                return Outcome(_RESULTS[directive.qualifier])
        if record.redirect and not any(one.mechanism == "all" for one in record.directives):
            return await self.redirect(record.redirect, domain)
        return Outcome("neutral")

    async def record(self, domain: str) -> Record | None:
        """The SPF record of `domain` (4.4, 4.5), None when there is none."""
        found = [text for text in (await self.ask(domain, "TXT")).records if is_spf(text)]
        if len(found) > 1:
            raise _Ended("permerror", f"{len(found)} SPF records")
        try:
            return parse_record(found[0]) if found else None
        except SyntaxFault as fault:
            raise _Ended("permerror", str(fault)) from fault

    async def redirect(self, target: str, domain: str) -> Outcome:
        """6.1: the other domain's result is ours; it must have a record."""
        self.count_term()
        outcome = await self.check(await self.expanded(target, domain))
        if outcome.result == "none":
            raise _Ended("permerror", "redirect to a domain without a record")
        return outcome

    async def matches(self, directive: Directive, domain: str) -> bool:
        """Whether a mechanism matches the client (5)."""
        if directive.mechanism == "all":
            return True
        if directive.network is not None:
            return self.who.client in directive.network
        self.count_term()
        target = await self.expanded(directive.target, domain) if directive.target else domain
        match directive.mechanism:
            case "include":
                return await self.include(target)
            case "a":
                return await self.host_matches(target, directive, counted=True)
            case "mx":
                return await self.mx(target, directive)
            case "ptr":
                return any(_below(name, target) for name in await self.validated_names())
            case _:
                return bool((await self.ask_counted(target, "A")).records)

    async def include(self, target: str) -> bool:
        """5.2: pass matches; none and permerror are errors of ours too."""
        outcome = await self.check(target)
        if outcome.result == "none":
            raise _Ended("permerror", "include of a domain without a record")
        return outcome.result == "pass"

    async def mx(self, target: str, directive: Directive) -> bool:
        """5.4: any address of at most ten hosts."""
        hosts = [host for host in (await self.ask_counted(target, "MX")).records if host]
        if len(hosts) > TERMS:
            raise _Ended("permerror", f"{len(hosts)} MX hosts")
        for host in hosts:
            if await self.host_matches(host, directive, counted=False):
                return True
        return False

    async def host_matches(self, host: str, directive: Directive, *, counted: bool) -> bool:
        """5.3: whether the client is within the prefix of an address of `host`."""
        ask = self.ask_counted if counted else self.ask
        answer = await ask(host, "A" if self.who.client.version == 4 else "AAAA")
        prefix = directive.prefix4 if self.who.client.version == 4 else directive.prefix6
        return any(_same_network(self.who.client, record, prefix) for record in answer.records)

    async def validated_names(self) -> tuple[str, ...]:
        """5.5: the client's names that lead back to it; ten at most are tried, errors skip a name."""
        if self.names is None:
            self.names = await self.reverse_lookup()
        return self.names

    async def reverse_lookup(self) -> tuple[str, ...]:
        """PTR, then the addresses of each name."""
        client = self.who.client
        names: list[str] = []
        try:
            answer = await self.resolver.query(client.reverse_pointer, "PTR")
        except DnsUnavailable:
            return ()
        for name in answer.records[:TERMS]:
            try:
                found = await self.resolver.query(name, "A" if client.version == 4 else "AAAA")
            except DnsUnavailable:
                continue
            if any(literal(record) == client for record in found.records):
                names.append(name.lower().removesuffix("."))
        return tuple(names)

    async def expanded(self, spec: str, domain: str) -> str:
        """A domain-spec as a name; %{p} prefers the domain itself, then a name below it (7.3)."""

        async def validated() -> str:
            names = await self.validated_names()
            below = [name for name in names if _below(name, domain)]
            exact = [name for name in below if name == domain.lower()]
            return (*exact, *below, *names, "unknown")[0]

        return await expand(spec, domain, self.who, validated)

    def count_term(self) -> None:
        """4.6.4: one more term that asks."""
        self.terms += 1
        if self.terms > TERMS:
            raise _Ended("permerror", f"more than {TERMS} terms that cause DNS queries")

    async def ask_counted(self, name: str, kind: Kind) -> Answer:
        """A question whose empty answers are counted (4.6.4, void lookups)."""
        answer = await self.ask(name, kind)
        self.void += not answer.records
        if self.void > VOID:
            raise _Ended("permerror", f"more than {VOID} void lookups")
        return answer

    async def ask(self, name: str, kind: Kind) -> Answer:
        """A question; no answer is temperror."""
        try:
            return await self.resolver.query(name, kind)
        except DnsUnavailable as fault:
            raise _Ended("temperror", str(fault)) from fault


def _below(name: str, domain: str) -> bool:
    return f".{name}".endswith(f".{domain.lower().removesuffix('.')}")


def _same_network(client: Address, record: str, prefix: int) -> bool:
    other = literal(record)
    if other is None or other.version != client.version:
        return False
    shift = client.max_prefixlen - prefix
    return int(client) >> shift == int(other) >> shift
