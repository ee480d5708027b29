"""Reading under a wall-clock limit: in a child process, which is killed when it takes too long.

A regular expression or a decoder in C cannot be interrupted from inside its process (a signal handler
runs after the call has returned), so the only limit that holds is another process. A hostile mail costs
its own slot: its child is killed and replaced, the mail is held, the rest goes on.
"""

from __future__ import annotations

import multiprocessing
import resource
import signal
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from typing import Literal

import msgspec

from mailrouter.core.mail.read import Body, read
from mailrouter.core.mail.wire.budget import DEFAULT, Budget
from mailrouter.core.mail.wire.mailboxes import preload
from mailrouter.core.model import Message, Reading
from mailrouter.pictures import jpeg_of

LIMIT = 5.0  # seconds of wall clock for one mail
MEMORY = 2 << 30  # octets of address space for one child, against what no count of parts can foresee
# fork only in a process without threads (the command line); forkserver everywhere else.
Start = Literal["fork", "forkserver"]
BODIES: tuple[Body, ...] = ("message", "text", "html")
PICTURE = len(BODIES)
PICTURE_LIMIT = 8.0  # seconds for one picture: 48 million pixels took one


class Child:
    """One process that reads one mail at a time; started when first asked, and again after it was killed."""

    def __init__(self, start: Start, budget: Budget) -> None:
        self.budget = budget
        self.context = multiprocessing.get_context(start)
        self.warm = start == "forkserver"
        if self.warm:
            self.context.set_forkserver_preload(["mailrouter.reading", "mailrouter.warm"])
        self.connection: Connection | None = None
        self.process: BaseProcess | None = None

    def start(self) -> Connection:
        """The way to the running child, once it is ready to read: loading is not on the mail's clock."""
        if self.process is not None and not self.process.is_alive():
            self.kill()
        if self.connection is None:
            self.connection, theirs = self.context.Pipe()
            make = self.context.Process  # type: ignore[attr-defined]
            self.process = make(target=serve, args=(theirs, self.budget, self.warm), daemon=True)
            self.process.start()
            theirs.close()
            self.connection.recv_bytes()
        return self.connection

    def read(self, octets: bytes, body: Body, limit: float) -> Reading:
        """What `octets` say; held as `wall-clock` or `crash` when the child gave no answer, which ends it."""
        answer = self._ask(BODIES.index(body), octets, limit)
        if isinstance(answer, str):
            return Reading(message=Message(held=answer))
        return msgspec.msgpack.decode(answer, type=Reading)

    def picture(self, octets: bytes, limit: float) -> bytes:
        """A HEIC picture as JPEG; b"" when it cannot be one, or the child gave no answer, which ends it."""
        answer = self._ask(PICTURE, octets, limit)
        return b"" if isinstance(answer, str) else answer

    def _ask(self, what: int, octets: bytes, limit: float) -> bytes | str:
        """The child's answer, or why there is none: `wall-clock` or `crash`."""
        try:
            connection = self.start()
            connection.send_bytes(bytes([what]) + octets)
            if connection.poll(limit):
                return connection.recv_bytes()
            reason = "wall-clock"
        except (EOFError, OSError):
            reason = "crash"
        self.kill()
        return reason

    def kill(self) -> None:
        """End the process now, whatever it does."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.process = None


class Readers:
    """A pool of children for threads: each read has a child to itself, and waits for one when all are busy.

    Close it at the end; nothing is started before the first mail.
    """

    def __init__(
        self, children: int = 2, limit: float = LIMIT, budget: Budget = DEFAULT, start: Start = "forkserver"
    ) -> None:
        self.limit = limit
        self.all = [Child(start, budget) for _ in range(children)]
        self.free: SimpleQueue[Child] = SimpleQueue()
        for child in self.all:
            self.free.put(child)

    def read(self, octets: bytes, body: Body = "message") -> Reading:
        """As core.mail.read.read, and never longer than `limit` seconds (and the wait for a free child).

        Never raises for what the mail holds: `held` is `wall-clock`, `crash` (the child died, as out of
        memory) or `fault: …` (our own error, with its place, without the mail's text).
        """
        child = self.free.get()
        try:
            return child.read(octets, body, self.limit)
        finally:
            self.free.put(child)

    def picture(self, octets: bytes) -> bytes:
        """A HEIC picture as JPEG (pictures.py), b"" when it cannot be one within the limits."""
        child = self.free.get()
        try:
            return child.picture(octets, PICTURE_LIMIT)
        finally:
            self.free.put(child)

    def close(self) -> None:
        """End every child."""
        for child in self.all:
            child.kill()


def serve(connection: Connection, budget: Budget, warm: bool) -> None:
    """The child: read what comes until the parent is gone; `warm` loads everything that a mail may need before."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to end
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # mail must not reach the disk as a core file
    if warm:
        preload()
    connection.send_bytes(b"ready")
    while True:
        try:
            asked = connection.recv_bytes()
        except (EOFError, OSError):
            return
        if asked[0] == PICTURE:
            connection.send_bytes(jpeg_of(asked[1:]) or b"")
        else:
            connection.send_bytes(msgspec.msgpack.encode(_guarded(asked[1:], BODIES[asked[0]], budget)))


def _guarded(octets: bytes, body: Body, budget: Budget) -> Reading:
    """One of the places where our own faults are caught: a bug holds the mail and does not lose it."""
    try:
        return read(octets, budget, body)
    except Exception as error:  # noqa: BLE001
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = f"{place.tb_frame.f_code.co_qualname}:{place.tb_lineno}" if place else "?"
        return Reading(message=Message(held=f"fault: {type(error).__name__} in {where}"))
