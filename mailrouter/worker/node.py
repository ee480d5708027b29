"""One node's worker: what all of its work is done with, and at which pace."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailrouter.core.compose import Kit
from mailrouter.core.model import Frozen
from mailrouter.core.policy.directory import Directory
from mailrouter.ports import Check, Transport
from mailrouter.reading import Readers
from mailrouter.store.engine import Store
from mailrouter.store.outage import Owed
from mailrouter.store.seal import Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The policy in force with what is built from it; replaced as a whole by a reload."""

    directory: Directory
    kit: Kit


class Pace(Frozen, frozen=True, kw_only=True):
    """How long and how many. `lease`: what a dead node holds comes back after it; `again`: a check that could not be
    made is made again, for `patience` at most; `setback`: what a mail waits while the database is unavailable;
    `poll`: seconds between two looks when nothing wakes."""

    lease: timedelta = timedelta(minutes=5)
    again: timedelta = timedelta(minutes=2)
    patience: timedelta = timedelta(hours=12)
    setback: timedelta = timedelta(seconds=10)
    poll: float = 2.0
    batch: int = 20


@dataclass(slots=True, kw_only=True)
class Node:
    """`office` gives the policy in force; `clock` aware UTC; `id_key` makes ids and seeds; `follow` takes over a
    policy that another node put in force. The events wake a loop; nothing depends on them."""

    store: Store
    sealer: Sealer
    readers: Readers
    checks: Sequence[Check]
    transport: Transport
    office: Callable[[], Office]
    clock: Callable[[], datetime]
    id_key: bytes
    name: str
    follow: Callable[[], object] = lambda: None
    pace: Pace = field(default_factory=Pace)
    mail_waits: asyncio.Event = field(default_factory=asyncio.Event)
    post_waits: asyncio.Event = field(default_factory=asyncio.Event)
    due_waits: asyncio.Event = field(default_factory=asyncio.Event)
    mail_owed: Owed = field(init=False)
    post_owed: Owed = field(init=False)

    def __post_init__(self) -> None:
        self.mail_owed, self.post_owed = Owed(self.store), Owed(self.store)


def fault() -> str:
    """The traceback of the exception at hand without its message, which may hold mail text."""
    lines = traceback.format_exc().splitlines()
    return (
        "\n".join(line for line in lines if line.startswith(("Traceback", "  File")))
        + f"\n{lines[-1].split(':')[0]}"
    )
