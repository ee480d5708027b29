"""The whole service under load: accept, read, decide, record and deliver, over real SMTP in and out.

    python bench/whole.py [--databases sqlite,postgresql] [--stored 100,10000] [--mails 300] [--profile FILE]

One line for each load (JSON with --json): CPU milliseconds a mail of the service's process tree and of its database's
backends (generator and relay are not counted), until the last mail it made is delivered; commits and statements a mail;
`unit_ms` is the standard library's parse of such a mail just before, in this process;
accept as the client sees it (MAIL to the answer after the content); resident memory. W1 is a request (a receipt and a
notification go out), W2 an agent's answer to a notification (one relayed mail), W3 a request with a file of 1 MiB.
"""

from __future__ import annotations

import argparse
import asyncio
import email
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gen
import place
import uvloop

SERVER = os.environ.get("MAILROUTER_TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
HEADER = (
    "database",
    "stored",
    "mail",
    "sessions",
    "mails",
    "cpu_ms",
    "db_cpu_ms",
    "unit_ms",
    "commits",
    "statements",
    "out",
    "p50_ms",
    "p99_ms",
    "per_s",
    "rss_mib",
    "pss_mib",
)
PATIENCE = 600


@dataclass
class Load:
    """What one load sent and how long each took to be accepted, in seconds."""

    took: list[float]
    seconds: float


async def send(port: int, letters: Sequence[gen.Letter], sessions: int) -> Load:
    """The letters over so many sessions at once, each as fast as it is answered."""
    waiting = list(reversed(letters))
    took: list[float] = []

    async def session() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await _reply(reader)
        writer.write(b"EHLO bench.example\r\n")
        await _reply(reader)
        while waiting:
            letter = waiting.pop()
            begun = time.perf_counter()
            for command in (f"MAIL FROM:<{letter.mail_from}>", f"RCPT TO:<{letter.rcpt_to}>", "DATA"):
                writer.write(command.encode() + b"\r\n")
                answer = await _reply(reader)
                assert answer[:1] in b"23", (command, answer)
            writer.write(letter.octets.replace(b"\r\n.", b"\r\n..") + b".\r\n")
            answer = await _reply(reader)
            assert answer[:1] == b"2", answer
            took.append(time.perf_counter() - begun)
        writer.write(b"QUIT\r\n")
        await _reply(reader)
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(session() for _ in range(sessions)))
    return Load(took, time.perf_counter() - begun)


def parse_time(octets: bytes) -> float:
    """CPU seconds of the standard library's parse of a mail, at this moment: what CPU time is worth on a machine that
    others use too changes by the minute, and divides out."""
    begun, count = time.process_time(), 20 if len(octets) > 100_000 else 400
    for _ in range(count):
        for part in email.message_from_bytes(octets).walk():
            part.get_payload(decode=True)
    return (time.process_time() - begun) / count


async def _reply(reader: asyncio.StreamReader) -> bytes:
    while (line := await reader.readline())[3:4] == b"-":
        pass
    return line


async def measured(
    service: place.Service, sink: place.Sink, letters: Sequence[gen.Letter], sessions: int, out: int
) -> dict[str, Any]:
    """One load, until each of its mails made `out` mails that were delivered, and settled."""
    unit = parse_time(letters[0].octets)
    before, counts, sent = service.cpu(), service.counts(), sink.count
    load = await send(service.port, letters, sessions)
    begun = time.perf_counter()
    while sink.count < sent + out * len(letters):
        assert time.perf_counter() - begun < PATIENCE, (
            f"{sink.count - sent} of {out * len(letters)} mails came out"
        )
        await asyncio.sleep(0.02)
    drained = load.seconds + time.perf_counter() - begun
    await asyncio.sleep(0.5)  # the last result is written after the relay has answered
    after, counted = service.cpu(), service.counts()
    each = len(letters)
    ranked = sorted(load.took)
    rss, pss = service.memory()
    return {
        "sessions": sessions,
        "mails": each,
        "cpu_ms": round(1000 * (after[0] - before[0]) / each, 2),
        "db_cpu_ms": round(1000 * (after[1] - before[1]) / each, 2),
        "unit_ms": round(1000 * unit, 3),
        "commits": round((counted["commits"] - counts["commits"]) / each, 2),
        "statements": round((counted["statements"] - counts["statements"]) / each, 1),
        "out": round((sink.count - sent) / each, 2),
        "p50_ms": round(1000 * ranked[len(ranked) // 2], 2),
        "p99_ms": round(1000 * ranked[min(each - 1, int(0.99 * each))], 2),
        "per_s": round(each / drained, 1),
        "rss_mib": round(rss),
        "pss_mib": round(pss),
    }


def requests(start: int, count: int, pdf: bytes = b"") -> list[gen.Letter]:
    """Requests of everybody in turn."""
    return [gen.new(n, place.aidant(n), place.TERRITORY, pdf=pdf) for n in range(start, start + count)]


def answers(kept: Sequence[bytes]) -> Iterator[gen.Letter]:
    """An agent's answer to each notification among these mails of ours."""
    notices = (place.notice(octets) for octets in kept)
    for n, one in enumerate(o for o in notices if o.to == place.AGENT):
        yield gen.reply(
            n, place.AGENT, one.reply_to, subject=one.subject, message_id=one.message_id, quoted=one.text
        )


async def loads(service: place.Service, sink: place.Sink, start: int, mails: int, show: Any) -> None:
    """Every load on one service, one session and fifty. The first mails warm it up and are not counted."""
    await measured(service, sink, requests(start, 20), 1, 2)
    for part, sessions in enumerate((1, 50)):
        first = start + 1000 + part * 10_000
        sink.keep = True
        show("W1", await measured(service, sink, requests(first, mails), sessions, 2))
        sink.keep = False
        replies = list(answers(sink.kept))
        sink.kept.clear()
        show("W2", await measured(service, sink, replies, sessions, 1))
        few = max(8, mails // 15)
        show(
            "W3",
            await measured(
                service, sink, requests(first + 5000, few, gen.pdf_octets()), min(sessions, few), 2
            ),
        )


async def run(database: str, stored: Sequence[int], options: argparse.Namespace, folder: Path) -> None:
    """One database, with so many stored cases, one after the other."""
    sink = place.Sink()
    with place.database_of(database, folder, SERVER) as url:
        config = place.write_configuration(folder, url, await sink.start())
        filled = 0
        for count in stored:
            more = (gen.new(n, place.aidant(n), place.TERRITORY) for n in range(filled, count))
            # The names are made from the number, so the parts never meet.
            filled += await asyncio.to_thread(place.fill, config, more)

            def show(mail: str, row: dict[str, Any], count: int = count) -> None:
                whole = {"database": database, "stored": count, "mail": mail, **row}
                print(json.dumps(whole) if options.json else line(whole), flush=True)

            with place.serving(config, url, options.profile) as service:
                await loads(service, sink, 1_000_000 * (1 + len(str(count))), options.mails, show)


def line(row: dict[str, Any]) -> str:
    """A row of the table."""
    return "  ".join(f"{row[name]:>{max(len(name), 6)}}" for name in HEADER)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--stored", default="100,10000", help="cases there are before the load")
    parser.add_argument("--mails", type=int, default=300, help="of W1 and W2; W3 a fifteenth of it")
    parser.add_argument("--profile", default="", help="cProfile of the service's process, written here")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.json:
        print("  ".join(f"{name:>{max(len(name), 6)}}" for name in HEADER), flush=True)
    for database in options.databases.split(","):
        with tempfile.TemporaryDirectory(prefix="bench") as scratch:
            uvloop.run(run(database, [int(n) for n in options.stored.split(",")], options, Path(scratch)))


if __name__ == "__main__":
    main()
