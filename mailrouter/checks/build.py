"""The checks that a configuration asks for, in the order in which they run."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network

from mailrouter.checks.antivirus import ClamdCheck
from mailrouter.checks.authres import AuthenticationResultsCheck
from mailrouter.checks.dmarc_record import Discovery
from mailrouter.checks.network import TrustedNetworkCheck
from mailrouter.checks.own import ALL_DOORS, OwnAuthenticationCheck
from mailrouter.checks.resolver import Resolver
from mailrouter.core.model import Door
from mailrouter.ports import Check


def build_checks(
    *,
    trusted_authserv_ids: Sequence[str] = (),
    relays: Sequence[str] = (),
    trusted_networks: Sequence[str] = (),
    own_dns: bool = False,
    resolver: Resolver | None = None,
    trusted_forwarders: Sequence[str] = (),
    results_below_received: bool = False,
    discovery: Discovery = "tree-walk",
    antivirus: str = "",
    antivirus_seconds: float = 60.0,
) -> tuple[Check, ...]:
    """The checks of the `authentication` section (docs/authentication.md); networks in CIDR notation.

    `own_dns` needs a `resolver`. Given a resolver without `own_dns`, only mails by webhook are evaluated: nobody else
    can say anything of those. ValueError for what cannot be: a bad network, relays that are trusted networks too.
    """
    hops = [ip_network(text, strict=False) for text in relays]
    checks: list[Check] = []
    if trusted_networks:
        checks.append(
            TrustedNetworkCheck([ip_network(text, strict=False) for text in trusted_networks], hops)
        )
    if trusted_authserv_ids and hops:
        checks.append(
            AuthenticationResultsCheck(trusted_authserv_ids, hops, below_received=results_below_received)
        )
    if resolver is not None:
        doors: frozenset[Door] = ALL_DOORS if own_dns else frozenset({"webhook"})
        own = OwnAuthenticationCheck(
            resolver, hops, arc_forwarders=trusted_forwarders, doors=doors, discovery=discovery
        )
        checks.append(own)
    elif own_dns:
        raise ValueError("own_dns needs a resolver")
    if antivirus:
        checks.append(ClamdCheck(antivirus, seconds=antivirus_seconds))
    return tuple(checks)
