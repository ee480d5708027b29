"""Networks that vouch for their users: a mail that comes from one is aligned, whoever its author."""

from __future__ import annotations

from collections.abc import Sequence

from mailrouter.checks.trace import Network, client_of, split, within
from mailrouter.core.alignment import TRUSTED_NETWORK
from mailrouter.core.model import Mail, Verdict


class TrustedNetworkCheck:
    """Says pass for mails whose SMTP client is in `trusted`. Behind one of `relays` the client is the one the relay
    took the mail from, never the relay itself: an overlap of both would make all mail aligned, so it is refused."""

    name = TRUSTED_NETWORK

    def __init__(self, trusted: Sequence[Network], relays: Sequence[Network]) -> None:
        for network in trusted:
            for relay in relays:
                if network.version == relay.version and network.overlaps(relay):
                    raise ValueError(
                        f"trusted network {network} overlaps the relay {relay}: all its mail would be aligned"
                    )
        self._trusted = tuple(trusted)
        self._relays = tuple(relays)

    async def verdicts(self, mail: Mail) -> tuple[Verdict, ...]:
        """One verdict with the network (`policy.network`), or nothing."""
        client, _ = client_of(mail.envelope, split(mail.octets).fields, self._relays)
        network = within(client, self._trusted)
        if network is None:
            return ()
        return (Verdict(method=self.name, result="pass", properties=(("policy.network", str(network)),)),)
