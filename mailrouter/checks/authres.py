"""What a trusted relay says of the author: Authentication-Results (RFC 8601), read where only a relay can have written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from mailrouter.checks.trace import Block, Boundary, Field, Network, boundary, peer_of, split, within
from mailrouter.core.alignment import AUTHSERV_ID
from mailrouter.core.mail.authresults import AuthResults, authentication_results
from mailrouter.core.model import Mail, Verdict

_FIELD: Final = b"authentication-results"
# What milters and providers write beneath their MTA's own Received field, besides the results themselves.
_BESIDE: Final = frozenset(
    {
        _FIELD,
        b"received-spf",
        b"dkim-filter",
        b"arc-seal",
        b"arc-message-signature",
        b"arc-authentication-results",
    }
)


class AuthenticationResultsCheck:
    """Verdicts of the configured relays. Each bears the property `authserv-id`, first of all its properties.

    Counted are fields of one of `trusted_authserv_ids` (case-insensitive, RFC 8601 2.5), of mails from a peer in
    `relays`, that stand above the Received field by which the relays took the mail from outside. The same field
    further down may be the sender's own work, even with the right authserv-id: it is ignored and said so.

    `below_received`: milters that insert at index 1 (OpenDKIM and OpenDMARC before mid-2026) and some providers
    write the results beneath their own Received field. Set it only where the relay removes such fields from mail
    that comes in (RFC 8601 5), for there a sender's field looks the same.
    """

    name = "authres"

    def __init__(
        self,
        trusted_authserv_ids: Collection[str],
        relays: Sequence[Network],
        *,
        below_received: bool = False,
    ) -> None:
        self._trusted = frozenset(name.lower() for name in trusted_authserv_ids)
        self._relays = tuple(relays)
        self._below = below_received

    async def verdicts(self, mail: Mail) -> tuple[Verdict, ...]:
        """The relays' verdicts, then one of method `authres`: pass (counted), none (no field), policy (all ignored)."""
        if not self._trusted or not within(peer_of(mail.envelope), self._relays):
            return ()
        block = split(mail.octets)
        edge = boundary(block.fields, self._relays)
        counted = self._read(self._zone(block, edge))
        ignored = len(self._read(block.fields)) - len(counted)
        return (*_marked(counted), _summary(counted, ignored, edge))

    def _zone(self, block: Block, edge: Boundary | None) -> tuple[Field, ...]:
        """The fields that only a relay can have written."""
        if edge is None:
            return ()
        above, below = block.fields[: edge.position], block.fields[edge.position + 1 :]
        if not self._below:
            return above
        end = next((i for i, field in enumerate(below) if field.name not in _BESIDE), len(below))
        return above + below[:end]

    def _read(self, fields: Sequence[Field]) -> list[AuthResults]:
        read = [authentication_results(field.text) for field in fields if field.name == _FIELD]
        return [results for results in read if results.authserv_id in self._trusted]


def _marked(counted: Sequence[AuthResults]) -> tuple[Verdict, ...]:
    return tuple(
        Verdict(
            method=said.method,
            result=said.result,
            reason=said.reason,
            properties=((AUTHSERV_ID, results.authserv_id), *said.properties),
        )
        for results in counted
        for said in results.results
    )


def _summary(counted: Sequence[AuthResults], ignored: int, edge: Boundary | None) -> Verdict:
    """How many fields counted, and why others did not: for the trace. `smtp.remote-ip` (RFC 8617 10.2): the client
    that brought the mail to the relay."""
    reasons = [f"{len(counted)} counted"]
    if ignored:
        reasons.append(
            f"{ignored} ignored below the relay's Received field"
            if edge
            else f"{ignored} ignored: no Received field"
        )
    reasons += [f"{results.authserv_id}: {results.defect}" for results in counted if results.defect]
    result = "pass" if counted else ("policy" if ignored else "none")
    client = (("smtp.remote-ip", edge.client),) if edge and edge.client else ()
    return Verdict(method="authres", result=result, reason="; ".join(reasons), properties=client)
