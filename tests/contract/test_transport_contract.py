"""Every Transport keeps the contract of ports.py. Each transport has its row here, and its own file for what is its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "doors"))
from postmark_stand_in import PostmarkStandIn  # noqa: E402
from sink import SinkRelay  # noqa: E402

from mailrouter.outbound.maildir import MaildirTransport
from mailrouter.outbound.memory import MemoryTransport
from mailrouter.outbound.postmark import PostmarkTransport
from mailrouter.outbound.relay import Patience, Relay
from mailrouter.outbound.smtp import SmtpTransport
from mailrouter.ports import Parcel, Transport

OCTETS = (
    b"From: a@aplus.example\r\nSubject: =?utf-8?q?=C3=A9?=\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n.dot\r\n..two\r\n\xc3\xa9 end\r\n"
)


@dataclass
class Bench:
    """A transport and what its far end holds for a recipient. `exact`: octets arrive; else the text does.
    `knows`: it can tell later what became of a mail. `once`: the same parcel again is not a second mail."""

    transport: Transport
    arrived: Callable[[str], list[bytes]]
    exact: bool = True
    knows: bool = True
    once: bool = True


@asynccontextmanager
async def maildir(path: Path) -> AsyncIterator[Bench]:
    transport = MaildirTransport(path / "mail")
    yield Bench(
        transport, lambda to: [f.read_bytes() for f in sorted((transport.mailbox(to) / "new").glob("*"))]
    )


@asynccontextmanager
async def memory(path: Path) -> AsyncIterator[Bench]:
    transport = MemoryTransport()
    yield Bench(transport, lambda to: [p.octets for p in transport.to(to)])


@asynccontextmanager
async def smtp(path: Path) -> AsyncIterator[Bench]:
    async with SinkRelay().running() as sink:
        transport = SmtpTransport(
            [Relay(host="127.0.0.1", port=sink.port)], hostname="aplus.example", patience=Patience(final=5)
        )
        yield Bench(
            transport,
            lambda to: [t.octets for t in sink.taken if t.recipients == [to]],
            knows=False,
            once=False,
        )


@asynccontextmanager
async def postmark(path: Path) -> AsyncIterator[Bench]:
    async with PostmarkStandIn().running() as far:
        transport = PostmarkTransport(far.token, api_url=far.url, seconds=5)
        yield Bench(
            transport,
            lambda to: [m["TextBody"].encode() for m in far.taken if m["To"] == to],
            exact=False,
            once=False,
        )


Open = Callable[[Path], AbstractAsyncContextManager[Bench]]
ALL: tuple[Open, ...] = (maildir, memory, smtp, postmark)


@pytest.fixture(params=ALL, ids=lambda one: one.__name__)
def told(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[Callable[[Bench], Awaitable[None]]], None]:
    """Tell a story at the bench of each transport."""

    def tell(story: Callable[[Bench], Awaitable[None]]) -> None:
        async def main() -> None:
            async with request.param(tmp_path) as bench:
                await story(bench)
                await bench.transport.close()

        asyncio.run(main())

    return tell


def parcel(n: int = 1, recipient: str = "claire.martin@caf46.example", octets: bytes = OCTETS) -> Parcel:
    return Parcel(
        id=f"out{n:04}",
        mail_from="r-abc@aplus.example",
        recipient=recipient,
        message_id=f"<{n}@aplus.example>",
        octets=octets,
    )


def body(octets: bytes) -> bytes:
    return octets.partition(b"\r\n\r\n")[2].replace(b"\r\n", b"\n")


def test_what_is_handed_over_arrives_and_attempts_are_in_order(told) -> None:
    async def story(bench: Bench) -> None:
        parcels = [parcel(n, f"p{n}@caf46.example", OCTETS + b"%d\r\n" % n) for n in range(4)]
        attempts = await bench.transport.deliver(parcels)
        assert [(a.outcome, a.code, a.enhanced) for a in attempts] == [("sent", 250, "2.0.0")] * 4
        expected = [[p.octets if bench.exact else body(p.octets)] for p in parcels]
        assert [bench.arrived(p.recipient) for p in parcels] == expected
        assert all(a.relay for a in attempts)

    told(story)


def test_a_parcel_handed_over_twice_arrives_once_where_the_far_end_can_know(told) -> None:
    async def story(bench: Bench) -> None:
        first = await bench.transport.deliver([parcel()])
        second = await bench.transport.deliver([parcel()])
        assert [a.outcome for a in first + second] == ["sent", "sent"]
        assert len(bench.arrived(parcel().recipient)) == (1 if bench.once else 2)

    told(story)


def test_looking_up_says_sent_only_for_what_arrived(told) -> None:
    async def story(bench: Bench) -> None:
        await bench.transport.deliver([parcel(1)])
        found = [(await bench.transport.look_up(parcel(n))).outcome for n in (1, 2)]
        assert found == (["sent", "retry"] if bench.knows else ["retry", "retry"])

    told(story)


def test_nothing_to_deliver_is_no_fault(told) -> None:
    async def story(bench: Bench) -> None:
        assert await bench.transport.deliver([]) == []

    told(story)


def test_nothing_is_raised_whatever_the_octets(told) -> None:
    async def story(bench: Bench) -> None:
        odd = [
            parcel(n, octets=octets)
            for n, octets in enumerate([b"", b"\xff\x00", b"no end", b"a\nb\r\n", b"\r\n"])
        ]
        attempts = await bench.transport.deliver(odd)
        assert len(attempts) == 5
        assert {a.outcome for a in attempts} <= {"sent", "failed", "retry"}

    told(story)


def test_every_transport_of_the_service_is_tried_here() -> None:
    from mailrouter.wiring import TRANSPORTS

    assert {one.__name__ for one in ALL} == set(TRANSPORTS)
