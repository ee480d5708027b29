"""The resolver's contract, on both implementations: the table, and dnspython against a DNS server on loopback."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from mailrouter.checks.resolver import (
    NO_SUCH_NAME,
    Answer,
    DnsResolver,
    DnsUnavailable,
    Resolver,
    TableResolver,
)

ZONE = {
    "caf.example": {
        "TXT": ["v=spf1 -all", "caf\xe9", 'a "quoted" \\ text'],
        "MX": ["mx.caf.example", "far.caf.example"],
        "A": ["192.0.2.1", "192.0.2.2"],
        "AAAA": ["2001:db8::1"],
    },
    "www.caf.example": {"CNAME": ["caf.example"]},
    "loop.example": {"CNAME": ["loop.example"]},
    "deep.below.example": {"A": ["192.0.2.3"]},
    "1.2.0.192.in-addr.arpa": {"PTR": ["mx.caf.example"]},
    "null.example": {"MX": [""]},
}
DOWN = "down.example"


class LoopbackServer(asyncio.DatagramProtocol):
    """Answers from ZONE as an authoritative and recursive server would; SERVFAIL for DOWN and loops."""

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data, peer) -> None:
        asked = dns.message.from_wire(data)
        reply = dns.message.make_response(asked, recursion_available=True)
        self.fill(reply, asked.question[0])
        self.transport.sendto(reply.to_wire(), peer)

    def fill(self, reply, question) -> None:
        name, kind = question.name.to_text().removesuffix(".").lower(), question.rdtype.name
        for _ in range(4):
            here = ZONE.get(name, {})
            records = here.get("CNAME") or here.get(kind, [])
            used = "CNAME" if "CNAME" in here else kind
            if records:
                texts = [self.text(used, position, one) for position, one in enumerate(records)]
                reply.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", used, *texts))
            if used == kind:
                break
            name = records[0]
        else:
            reply.answer.clear()
            reply.set_rcode(dns.rcode.SERVFAIL)
        if name == DOWN:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif not reply.answer and not any(one == name or one.endswith(f".{name}") for one in ZONE):
            reply.set_rcode(dns.rcode.NXDOMAIN)

    @staticmethod
    def text(kind: str, position: int, record: str) -> str:
        if kind == "TXT":  # in two strings, octets escaped
            escaped = ["".join(f"\\{ord(c):03d}" for c in part) for part in (record[:3], record[3:])]
            return " ".join(f'"{part}"' for part in escaped)
        if kind == "MX":  # the zone's order is of preference; served the other way round
            return f"{10 + position} {record}."
        return f"{record}." if kind in ("CNAME", "PTR") else record


@contextlib.asynccontextmanager
async def over_the_wire() -> AsyncIterator[Resolver]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(LoopbackServer, ("127.0.0.1", 0))
    try:
        yield DnsResolver(["127.0.0.1"], port=transport.get_extra_info("sockname")[1], lifetime=1.0)
    finally:
        transport.close()


@contextlib.asynccontextmanager
async def from_the_table() -> AsyncIterator[Resolver]:
    yield TableResolver(ZONE, {DOWN})


Opener = Callable[[], contextlib.AbstractAsyncContextManager[Resolver]]


@pytest.fixture(params=[from_the_table, over_the_wire], ids=["table", "dnspython"])
def ask(request) -> Callable[[str, str], Answer]:
    async def one(name: str, kind: str) -> Answer:
        async with request.param() as resolver:
            return await resolver.query(name, kind)

    return lambda name, kind: asyncio.run(one(name, kind))


ANSWERS = {
    ("caf.example", "A"): Answer(("192.0.2.1", "192.0.2.2")),
    ("CAF.Example.", "AAAA"): Answer(("2001:db8::1",)),
    ("caf.example", "MX"): Answer(("mx.caf.example", "far.caf.example")),
    ("1.2.0.192.in-addr.arpa", "PTR"): Answer(("mx.caf.example",)),
    ("www.caf.example", "A"): Answer(("192.0.2.1", "192.0.2.2")),
    ("null.example", "MX"): Answer(("",)),
    ("caf.example", "PTR"): Answer(()),
    ("below.example", "A"): Answer(()),
    ("no.example", "A"): NO_SUCH_NAME,
    ("a" * 64 + ".example", "A"): NO_SUCH_NAME,
    ("a..example", "A"): NO_SUCH_NAME,
    ("", "A"): NO_SUCH_NAME,
    (".".join("a" * 60 for _ in range(5)), "A"): NO_SUCH_NAME,
    ("back\\slash @.example", "A"): NO_SUCH_NAME,
}


@pytest.mark.parametrize(("name", "kind"), ANSWERS)
def test_answers(ask, name: str, kind: str) -> None:
    """MX by preference; NODATA exists, NXDOMAIN and names that cannot be asked for do not."""
    found, expected = ask(name, kind), ANSWERS[(name, kind)]
    ordered = tuple if kind == "MX" else sorted  # servers turn the order of other records round
    assert (ordered(found.records), found.exists) == (ordered(expected.records), expected.exists)


def test_text_is_octets(ask) -> None:
    """Strings are joined without a space, octets beyond ASCII come as Latin-1, nothing stays escaped."""
    found = ask("caf.example", "TXT")
    assert (sorted(found.records), found.exists) == (sorted(ZONE["caf.example"]["TXT"]), True)


@pytest.mark.parametrize("name", [DOWN, "loop.example"])
def test_no_answer_is_told(ask, name: str) -> None:
    """A failing server and a CNAME loop are unavailable, never empty."""
    with pytest.raises(DnsUnavailable):
        ask(name, "A")


def test_silence_is_unavailable() -> None:
    """Nobody listens there: after its lifetime the question is given up."""

    async def one() -> Awaitable[Answer]:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            asyncio.DatagramProtocol, ("127.0.0.1", 0)
        )
        port = transport.get_extra_info("sockname")[1]
        try:
            return await DnsResolver(["127.0.0.1"], port=port, lifetime=0.2).query("caf.example", "A")
        finally:
            transport.close()

    with pytest.raises(DnsUnavailable, match="A caf.example: LifetimeTimeout"):
        asyncio.run(one())


def test_table_can_fail_for_one_kind() -> None:
    """A table can hold that one kind of record is unavailable, as broken servers do."""
    resolver = TableResolver(ZONE, {("caf.example", "TXT")})
    assert asyncio.run(resolver.query("caf.example", "A")).exists
    with pytest.raises(DnsUnavailable):
        asyncio.run(resolver.query("caf.example", "TXT"))
