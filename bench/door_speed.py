"""How many mails a second the SMTP door takes when `accept` costs nothing: the door alone, client in another process.

    python bench/door_speed.py [--seconds 3] [--loop uvloop|asyncio]

Prints one line a kind: mails/s and CPU milliseconds a mail of the door's process (the client's are not counted).
W1 is 6 KB, the others 50 KB, 1 MB and 10 MB of base64 lines; `library` is aiosmtpd's own reader with an empty handler.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import resource
import socket
import time
from datetime import UTC, datetime
from typing import Any

import aiosmtpd.smtp
import uvloop

from mailrouter.core.model import Mail, PeerInfo, Reply
from mailrouter.inbound.limits import Limits
from mailrouter.inbound.smtp import SmtpDoor
from mailrouter.ports import AcceptResult

LINE = b"QmxvY2FnZSBkZSBsJ2FpZGUgYXUgbG9nZW1lbnQgZGVwdWlzIGxlIG1vaXMgZGUgamFudmllcg==\r\n"
KINDS = {"W1 6 KB": 6_050, "50 KB": 50_000, "1 MB": 1_000_000, "10 MB": 10_000_000}


def admit(mail_from: str, rcpt: str, peer: PeerInfo) -> Reply:
    return Reply(code=250, enhanced="2.1.5", text="Ok")


async def accept(mail: Mail) -> AcceptResult:
    return AcceptResult(id="0000000000")


class Library:
    """aiosmtpd as it comes, with the limits that it needs for long lines and 10 MB."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        return "250 Ok"


def serve(kind: str, loop: str, ready: Any) -> None:
    async def main() -> None:
        if kind == "ours":
            door = SmtpDoor(
                hostname="bench",
                admit=admit,
                accept=accept,
                now=lambda: datetime.now(UTC),
                limits=Limits(connections_per_peer=200),
            )
            await door.start("127.0.0.1:0")
            port = int(door.addresses[0].rpartition(":")[2])
        else:
            own = asyncio.get_running_loop()
            server = await own.create_server(
                lambda: aiosmtpd.smtp.SMTP(Library(), hostname="bench", loop=own), "127.0.0.1", 0
            )
            port = server.sockets[0].getsockname()[1]
        ready.send(port)
        while True:
            await own_usage(ready)

    async def own_usage(pipe: Any) -> None:
        await asyncio.sleep(0.01)
        if pipe.poll():
            pipe.recv()
            used = resource.getrusage(resource.RUSAGE_SELF)
            pipe.send(used.ru_utime + used.ru_stime)

    (uvloop.run if loop == "uvloop" else asyncio.run)(main())


async def session(port: int, wire: bytes, until: float, counts: list[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    await reader.readline()
    writer.write(b"HELO bench\r\n")
    await reader.readline()
    while time.perf_counter() < until:
        writer.write(b"MAIL FROM:<zoe@cahors.example>\r\nRCPT TO:<lot@aplus.example>\r\nDATA\r\n")
        for _ in range(3):
            await reader.readline()
        writer.write(wire)
        await writer.drain()
        reply = await reader.readline()
        assert reply.startswith(b"250"), reply
        counts.append(1)
    writer.close()


async def load(port: int, size: int, sessions: int, seconds: float) -> float:
    wire = b"Subject: bench\r\n\r\n" + LINE * (size // len(LINE)) + b".\r\n"
    counts: list[int] = []
    begun = time.perf_counter()
    await asyncio.gather(*(session(port, wire, begun + seconds, counts) for _ in range(sessions)))
    return len(counts) / (time.perf_counter() - begun)


def measure(kind: str, loop: str, size: int, sessions: int, seconds: float) -> tuple[float, float]:
    """Mails/s, and CPU seconds a mail of the serving process."""
    here, there = multiprocessing.Pipe()
    child = multiprocessing.Process(target=serve, args=(kind, loop, there), daemon=True)
    child.start()
    port = here.recv()
    before = _cpu(here)
    begun = time.perf_counter()
    rate = uvloop.run(load(port, size, sessions, seconds))
    mails = rate * (time.perf_counter() - begun)
    used = _cpu(here) - before
    child.terminate()
    child.join()
    return rate, used / max(1.0, mails)


def _cpu(pipe: Any) -> float:
    pipe.send(b"")
    return float(pipe.recv())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--loop", choices=["uvloop", "asyncio"], default="uvloop")
    parser.add_argument("--sessions", type=int, default=10)
    given = parser.parse_args()
    for name, size in KINDS.items():
        for kind in ("ours", "library"):
            rate, cpu = measure(kind, given.loop, size, given.sessions, given.seconds)
            row = {
                "bench": "door",
                "reader": kind,
                "mail": name,
                "mails_per_s": round(rate, 1),
                "cpu_ms": round(cpu * 1000, 3),
            }
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
