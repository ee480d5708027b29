"""Every Transport keeps the contract of ports.py. Each transport has a row here; `unknown` has its own tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from mailrouter.outbound.maildir import MaildirTransport
from mailrouter.outbound.memory import MemoryTransport
from mailrouter.ports import Parcel, Transport

OCTETS = b"From: a@aplus.example\r\nSubject: =?utf-8?q?=C3=A9?=\r\n\r\n.dot\r\n..two\r\n\xe9\x00\xff end\r\n"


def parcel(n: int = 1, recipient: str = "claire.martin@caf46.example", octets: bytes = OCTETS) -> Parcel:
    return Parcel(
        id=f"out{n:04}",
        mail_from="r-abc@aplus.example",
        recipient=recipient,
        message_id=f"<{n}@aplus.example>",
        octets=octets,
    )


class Bench(Protocol):
    """A transport and what its far end holds for a recipient."""

    transport: Transport

    def arrived(self, recipient: str) -> list[bytes]: ...


class MaildirBench:
    def __init__(self, path: Path) -> None:
        self.transport = MaildirTransport(path)

    def arrived(self, recipient: str) -> list[bytes]:
        files = sorted((self.transport.mailbox(recipient) / "new").glob("*"))
        return [file.read_bytes() for file in files]


class MemoryBench:
    def __init__(self) -> None:
        self.transport = MemoryTransport()

    def arrived(self, recipient: str) -> list[bytes]:
        return [p.octets for p in self.transport.to(recipient)]


@pytest.fixture(params=["maildir", "memory"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    yield MaildirBench(tmp_path / "mail") if request.param == "maildir" else MemoryBench()


def test_octets_arrive_as_they_were_given_and_attempts_are_in_order(bench: Bench) -> None:
    parcels = [parcel(n, f"p{n}@caf46.example", OCTETS + b"%d\r\n" % n) for n in range(4)]
    attempts = asyncio.run(bench.transport.deliver(parcels))
    assert [(a.outcome, a.code, a.enhanced) for a in attempts] == [("sent", 250, "2.0.0")] * 4
    assert [bench.arrived(p.recipient) for p in parcels] == [[p.octets] for p in parcels]


def test_a_parcel_handed_over_twice_arrives_once(bench: Bench) -> None:
    async def twice() -> list[str]:
        first = await bench.transport.deliver([parcel()])
        second = await bench.transport.deliver([parcel(), parcel()])
        return [a.outcome for a in first + second]

    assert asyncio.run(twice()) == ["sent", "sent", "sent"]
    assert bench.arrived(parcel().recipient) == [OCTETS]


def test_looking_up_says_sent_only_for_what_arrived(bench: Bench) -> None:
    async def look() -> list[str]:
        await bench.transport.deliver([parcel(1)])
        found = [await bench.transport.look_up(parcel(n)) for n in (1, 2)]
        await bench.transport.close()
        return [a.outcome for a in found]

    assert asyncio.run(look()) == ["sent", "retry"]


def test_nothing_to_deliver_is_no_fault(bench: Bench) -> None:
    assert asyncio.run(bench.transport.deliver([])) == []
