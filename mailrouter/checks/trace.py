"""The header block as the hops left it: raw fields, the trusted hops' part of them, and the client that came in there.

Every MTA puts its fields on top (RFC 5321 4.4, RFC 8601 4), so from the top down fields are as trustworthy as the hop
that wrote them, until the Received field by which our own relays took the mail from somebody else. That field is the
boundary: what stands above it was written by relays, what stands below it may be anybody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, NamedTuple

from mailrouter.core.model import Envelope

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

LOOPBACK: Final = "127.0.0.1"
_NAME = re.compile(rb"([!-9;-~]+)[ \t]*:")
_LITERAL = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]{2,45})\]|(?<=[(\s])([0-9A-Fa-f:.]{3,45})(?=[)\s])")
_BY = re.compile(r"\sby\s")
_FROM = re.compile(r"\s*from\s+([^\s()]+)", re.IGNORECASE)


class Field(NamedTuple):
    """One header field: `name` in lower case; `raw` its octets with the name, folds and final CRLF."""

    name: bytes
    raw: bytes

    @property
    def value(self) -> bytes:
        """What follows the colon, with folds and final CRLF."""
        return self.raw.partition(b":")[2]

    @property
    def text(self) -> str:
        """The value unfolded, stripped, as text (UTF-8, else Latin-1)."""
        octets = re.sub(rb"\r\n(?=[ \t])", b"", self.value).strip()
        try:
            return octets.decode()
        except UnicodeDecodeError:
            return octets.decode("latin-1")


class Block(NamedTuple):
    """A mail taken apart at the first empty line, with CRLF line ends throughout.

    `fields` end at the first line that is none; `whole` says that there was no such line.
    """

    fields: tuple[Field, ...]
    body: bytes
    whole: bool


class Boundary(NamedTuple):
    """Where the trusted fields end. `position`: index of the Received field by which a relay of ours took the mail.

    `client`: the address that it names ('' when it names none, or more than one), `helo` what that client said.
    """

    position: int
    client: str
    helo: str


def split(octets: bytes) -> Block:
    """The header fields and the body of a mail (RFC 5322 2.1). Bare LF and CRLF both end a line (the pipe door gives LF)."""
    if octets.count(b"\n") != octets.count(b"\r\n"):
        octets = octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if octets.startswith(b"\r\n"):
        return Block((), octets[2:], True)
    head, _, body = octets.partition(b"\r\n\r\n")
    raws = re.split(rb"\r\n(?![ \t])", head.removesuffix(b"\r\n"))
    fields: list[Field] = []
    for raw in raws if head else ():
        name = _NAME.match(raw)
        if not name:
            return Block(tuple(fields), body, False)
        fields.append(Field(name[1].lower(), raw + b"\r\n"))
    return Block(tuple(fields), body, True)


def boundary(fields: Sequence[Field], relays: Sequence[Network]) -> Boundary | None:
    """The Received field by which our relays took the mail from outside, going down from the top.

    A Received field whose every address is a relay's was written between relays: go on below it. None when the
    mail has no Received field: then no relay wrote one, and no field can be told to be a relay's.
    """
    for position, field in enumerate(fields):
        if field.name == b"received" and not _internal(field.text, relays):
            return Boundary(position, *_client(field.text))
    return None


def peer_of(envelope: Envelope) -> str:
    """The address of the host that handed the mail over. Of the pipe door that is the MTA of this machine; of a
    webhook it is nobody, for the peer there is a provider's client or a reverse proxy, and speaks no SMTP."""
    if envelope.door == "webhook":
        return ""
    return envelope.peer or (LOOPBACK if envelope.door == "pipe" else "")


def client_of(envelope: Envelope, fields: Sequence[Field], relays: Sequence[Network]) -> tuple[str, str]:
    """The address and HELO name of the SMTP client that brought the mail to us or to our relays; '' where unknown.

    Behind a relay: what it told by XFORWARD or XCLIENT (Envelope.client), else the boundary's Received field.
    """
    peer = peer_of(envelope)
    if not within(peer, relays):
        return peer, envelope.helo
    if literal(envelope.client) and not within(envelope.client, relays):
        return envelope.client, envelope.helo
    edge = boundary(fields, relays)
    return (edge.client, edge.helo) if edge else ("", "")


def within(address: str, networks: Sequence[Network]) -> Network | None:
    """The first of `networks` that holds `address` (IPv4-mapped counts as IPv4), or None."""
    host = literal(address)
    return next((net for net in networks if host is not None and host in net), None)


def literal(address: str) -> Address | None:
    """The IP address that `address` spells, IPv4-mapped ones as IPv4 (RFC 7208 5), or None."""
    try:
        host = ip_address(address)
    except ValueError:
        return None
    return (host.ipv4_mapped or host) if isinstance(host, IPv6Address) else host


def _internal(received: str, relays: Sequence[Network]) -> bool:
    """Whether every address in a Received field is a relay's. All of them: HELO is the client's to choose, and
    stands in another place with each MTA, but no MTA leaves out the address it took the mail from."""
    found = list(_addresses(received))
    return bool(found) and all(within(address, relays) for address in found)


def _client(received: str) -> tuple[str, str]:
    """The one address in the from-clause, '' when it names several (a HELO literal): then SPF has nothing to go by."""
    clause = _BY.split(received, maxsplit=1)[0]
    found = {str(literal(address)) for address in _addresses(clause)}
    name = _FROM.match(clause)
    return (found.pop() if len(found) == 1 else ""), (name[1] if name else "")


def _addresses(text: str) -> Iterator[str]:
    """The address literals of a Received field's value, in brackets or alone in a comment, without its date."""
    for found in _LITERAL.finditer(text.rpartition(";")[0] or text):
        address = found[1] or found[2]
        if literal(address) is not None:
            yield address
