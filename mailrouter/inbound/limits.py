"""What a door allows: sizes, counts and patience; and the crowd of peers that is counted against them."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Sequence

from mailrouter.core.model import Frozen, Reply

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Limits(Frozen, frozen=True, kw_only=True):
    """Every limit of the doors. Octets, counts, seconds.

    `message_bytes` is announced as SIZE and measured; `memory_bytes` bounds all messages in flight together, since
    200 connections of 25 MiB each would not fit a small machine; `errors` ends a session of a peer that is no relay.
    """

    message_bytes: int = 26_214_400
    recipients: int = 50
    connections: int = 200
    connections_per_peer: int = 20
    memory_bytes: int = 536_870_912
    errors: int = 20
    command_bytes: int = 4_096
    idle_seconds: float = 300.0
    accept_seconds: float = 120.0


class Crowd:
    """Who is connected and how many octets are in flight, over all sessions of one door."""

    def __init__(self, limits: Limits, relays: Sequence[Network]) -> None:
        self.limits = limits
        self.relays = tuple(relays)
        self.octets = 0
        self._peers: Counter[str] = Counter()

    @property
    def connections(self) -> int:
        """Sessions that are open now."""
        return self._peers.total()

    def is_relay(self, address: str) -> bool:
        """Whether a configured relay speaks. A peer without an address came by a Unix socket: its file's
        permissions say who may, as with a relay."""
        return not address or any(ipaddress.ip_address(address) in network for network in self.relays)

    def enter(self, address: str) -> Reply | None:
        """Count a new session; a Reply when there is no room for it (it is counted all the same, until `leave`)."""
        key = _household(address)
        self._peers[key] += 1
        if self.connections > self.limits.connections:
            return Reply(code=421, enhanced="4.3.2", text="Too many connections, try again later")
        if self._peers[key] > self.limits.connections_per_peer and not self.is_relay(address):
            return Reply(code=421, enhanced="4.7.0", text="Too many connections from your address")
        return None

    def leave(self, address: str) -> None:
        """A session that entered is over."""
        key = _household(address)
        self._peers[key] -= 1
        if not self._peers[key]:
            del self._peers[key]

    def flight(self) -> Flight:
        """Begin to receive a mail."""
        return Flight(self)

    def room_for(self, octets: int) -> bool:
        """Whether so many more octets may be held in memory."""
        return self.octets + octets <= self.limits.memory_bytes


class Flight:
    """The octets of one mail while it is received and made durable; `full` when there was no room for them."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._octets = 0
        self.full = False

    def grown(self, octets: int) -> bool:
        """So many octets came; whether they may be kept."""
        if not self._crowd.room_for(octets):
            self.full = True
            return False
        self._octets += octets
        self._crowd.octets += octets
        return True

    def landed(self) -> None:
        """The mail is durable or dropped: its octets are free again."""
        self._crowd.octets -= self._octets
        self._octets = 0


def _household(address: str) -> str:
    """What is counted as one peer: an IPv4 address, or the /64 that one IPv6 customer is given."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)


def plain_address(peername: object) -> str:
    """The IP address of a socket's peer name, '' for a Unix socket; IPv4 mapped into IPv6 is told as IPv4."""
    if not isinstance(peername, tuple) or not peername:
        return ""
    address = ipaddress.ip_address(str(peername[0]).partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
