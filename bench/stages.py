"""Where the CPU of one mail goes, by stage: the whole service in this process, mails handed over one after the other.

    python bench/stages.py [--mails 200] [--database URL]

Milliseconds a mail (thread CPU time; what a stage calls is counted there and not again in its caller). `rest` is what no
stage has: the event loop, threads waking each other, claiming. W1 is a request, W2 an agent's answer with our notice
quoted. Doors and the relay's protocol are left out: they are in door_speed.py and whole.py.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gen
import place
import structlog
from whole import answers, requests

from mailrouter.app import App, open_app
from mailrouter.core.model import Envelope, Mail
from mailrouter.outbound.memory import MemoryTransport
from mailrouter.store import outbox, pending
from mailrouter.store.casebook import record as record_module
from mailrouter.worker import deciding
from mailrouter.worker import mail as mail_module
from mailrouter.worker.deciding import Deciding
from mailrouter.worker.post import PostWork

# Each is looked up by that name where it is called; stages nest.
STAGES: tuple[tuple[Any, str, str], ...] = (
    (deciding, "decide", "decide"),
    (deciding, "compose", "compose"),
    (deciding, "leaks", "leak check"),
    (deciding, "record", "record: the rest"),
    (record_module, "_apply", "record: effects"),
    (record_module, "enqueue", "record: outbox"),
    (Deciding, "facts_of_mail", "gather"),
    (mail_module, "_numbers", "case number"),
    (PostWork, "_settle", "settle"),
    (pending, "claim", "claim mail"),
    (outbox, "claim", "claim post"),
)


class Stages:
    """CPU seconds by stage; nested stages are taken from the outer one."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self.inner: list[float] = []

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, timed as `name`. Stages run in one thread at a time, so one stack is enough."""

        def run(*args: Any, **more: Any) -> Any:
            self.inner.append(0.0)
            begun = time.thread_time()
            try:
                return function(*args, **more)
            finally:
                took = time.thread_time() - begun
                self.spent[name] += took - self.inner.pop()
                if self.inner:
                    self.inner[-1] += took

        return run


async def load(app: App, letters: Sequence[gen.Letter]) -> list[bytes]:
    """Accept, decide and deliver each, one after the other; the mails that came of them."""
    made: list[bytes] = []
    delivered = app.worker.transport.delivered  # type: ignore[attr-defined]
    for letter in letters:
        envelope = Envelope(
            mail_from=letter.mail_from,
            rcpt_to=(letter.rcpt_to,),
            door="smtp",
            received_at=datetime.now(UTC),
            peer="127.0.0.1",
        )
        await app.accept(Mail(envelope=envelope, octets=letter.octets))
        while await app.worker.handle_next() or await app.worker.deliver_next():
            pass
        made += [parcel.octets for parcel in delivered.values()]
        delivered.clear()
    return made


def show(name: str, mails: int, total: float, stages: Stages) -> None:
    """The table of one kind of mail."""
    print(f"\n{name}: {1000 * total / mails:.2f} ms a mail")
    rows = [*stages.spent.items(), ("rest", total - stages.spent.total())]
    for stage, spent in sorted(rows, key=lambda row: -row[1]):
        print(f"{1000 * spent / mails:8.2f} ms  {stage}")


async def run(app: App, mails: int) -> None:
    """Both kinds; the first mails warm up."""
    stages = Stages()
    for owner, name, stage in STAGES:
        setattr(owner, name, stages.timed(stage, getattr(owner, name)))
    app.worker.readers.read = stages.timed("read", app.worker.readers.read)  # type: ignore[method-assign]
    App.accept = timed_accept(App.accept, stages)  # type: ignore[method-assign]
    await load(app, requests(0, 20))
    notices = await kind(app, "W1", requests(1000, mails), stages)
    await kind(app, "W2", list(answers(notices)), stages)


async def kind(app: App, name: str, letters: Sequence[gen.Letter], stages: Stages) -> list[bytes]:
    """One kind, its table; gives the mails that came of it."""
    stages.spent.clear()
    begun = time.process_time()
    made = await load(app, letters)
    show(name, len(letters), time.process_time() - begun, stages)
    return made


def timed_accept(accept: Callable[..., Any], stages: Stages) -> Callable[..., Any]:
    """Accept is a coroutine: what it costs this thread is hashing and sealing, the insert is in the writer's."""

    async def run(app: App, mail: Mail) -> Any:
        begun = time.thread_time()
        result = await accept(app, mail)
        stages.spent["accept"] += time.thread_time() - begun
        return result

    return run


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mails", type=int, default=200)
    parser.add_argument(
        "--database", default="", help="an empty one; SQLite in a temporary directory when absent"
    )
    given = parser.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    with tempfile.TemporaryDirectory(prefix="bench") as scratch:
        database = given.database or f"sqlite:///{scratch}/bench.sqlite3"
        config = place.write_configuration(Path(scratch), database, 2599)
        app = open_app(config, os.environ, init=True)
        app.readers.close()
        app.readers = app.worker.readers = place.InProcess()  # type: ignore[assignment]
        app.worker.transport = MemoryTransport()
        app.activate(app.configuration)
        try:
            asyncio.run(run(app, given.mails))
        finally:
            app.close()


if __name__ == "__main__":
    main()
