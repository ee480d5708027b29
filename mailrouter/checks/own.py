"""Our own authentication of a mail: SPF, DKIM, DMARC, and ARC where DMARC does not pass."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

from mailrouter.checks.arc import arc_verdict
from mailrouter.checks.dkim import dkim_verdicts
from mailrouter.checks.dmarc import author_domain, dmarc_verdict
from mailrouter.checks.dmarc_record import Discovery, PolicyFinder
from mailrouter.checks.resolver import Resolver
from mailrouter.checks.spf import spf_verdict
from mailrouter.checks.trace import Block, Network, client_of, split
from mailrouter.core.model import Door, Mail, Verdict

SECONDS: Final = 60.0
"""All of it for one mail; SPF alone may take 20 (RFC 7208 4.6.4)."""

HEADER_OCTETS: Final = 262_144
"""A header block above this is nobody's mail; it is not authenticated (the reader holds such mail anyway)."""

ALL_DOORS: Final[frozenset[Door]] = frozenset({"smtp", "lmtp", "pipe", "webhook"})


class OwnAuthenticationCheck:
    """Evaluates mails that came by one of `doors`; no verdict for others.

    The SPF client is the peer, or, behind one of `relays`, the client it took the mail from; a webhook has none, so
    there DKIM alone can pass. `arc_forwarders`: domains whose ARC seals are believed; none: no ARC.
    """

    name = "own"

    def __init__(
        self,
        resolver: Resolver,
        relays: Sequence[Network] = (),
        *,
        arc_forwarders: Collection[str] = (),
        doors: Collection[Door] = ALL_DOORS,
        discovery: Discovery = "tree-walk",
    ) -> None:
        self._resolver = resolver
        self._relays = tuple(relays)
        self._forwarders = tuple(name.lower().removesuffix(".") for name in arc_forwarders)
        self._doors = frozenset(doors)
        self._discovery: Discovery = discovery

    async def verdicts(self, mail: Mail) -> tuple[Verdict, ...]:
        """spf, dkim (one per signature), dmarc, and arc where that may still help. A DNS that does not answer is temperror."""
        if mail.envelope.door not in self._doors:
            return ()
        block = split(mail.octets)
        if sum(len(field.raw) for field in block.fields) > HEADER_OCTETS:
            return (Verdict(method="dmarc", result="permerror", reason="header block too long"),)
        author = author_domain(block.fields)
        try:
            async with asyncio.timeout(SECONDS):
                return await self._evaluate(mail, block, author)
        except TimeoutError:
            properties = (("header.from", author),) if author else ()
            return (
                Verdict(method="dmarc", result="temperror", reason="took too long", properties=properties),
            )

    async def _evaluate(self, mail: Mail, block: Block, author: str) -> tuple[Verdict, ...]:
        client, helo = client_of(mail.envelope, block.fields, self._relays)
        spf = await spf_verdict(client, mail.envelope.mail_from, helo, self._resolver)
        dkim = await dkim_verdicts(block, author, mail.envelope.received_at, self._resolver)
        found = (spf, *dkim)
        dmarc = await dmarc_verdict(
            author, found, PolicyFinder(self._resolver, self._discovery), self._resolver
        )
        if dmarc.result == "pass" or not self._forwarders:
            return (*found, dmarc)
        return (*found, dmarc, await arc_verdict(block, self._forwarders, self._resolver))
