"""The imperative shell: takes what is pending, gathers facts, lets the core decide, records, delivers, settles.

Every step may be killed: what was claimed comes back when its lease ends, what was recorded is recorded once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import structlog

from mailrouter.core.model import PageAsked, PersonState
from mailrouter.store.outage import unavailable
from mailrouter.worker.deciding import Deciding
from mailrouter.worker.mail import MailWork
from mailrouter.worker.node import Node, fault
from mailrouter.worker.post import PostWork
from mailrouter.worker.time import TimeWork

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Worker(Node):
    """One node's worker, and the loops that keep it at work."""

    deciding: Deciding = field(init=False)
    mail: MailWork = field(init=False)
    time: TimeWork = field(init=False)
    post: PostWork = field(init=False)

    def __post_init__(self) -> None:
        Node.__post_init__(self)
        self.deciding = Deciding(self)
        self.mail, self.time = MailWork(self, self.deciding), TimeWork(self, self.deciding)
        self.post = PostWork(self)

    async def handle_next(self) -> int:
        """Decide what is pending, up to a batch; gives how many were claimed."""
        return len(await self.mail.handle_next())

    async def tick(self) -> int:
        """Decide the dues whose time has come, and what attempts reported; gives how many."""
        return await self.time.tick()

    async def deliver_next(self) -> int:
        """Deliver what is due, up to a batch; gives how many were claimed."""
        return len(await self.post.deliver_next())

    def welcome(self, addresses: Iterable[str], operator: str = "") -> None:
        """People who were added get their first mail, once; who is named by an `operator` gets it in any case."""
        self.time.welcome(addresses, operator)

    def states_of(self, addresses: Iterable[str]) -> tuple[PersonState, ...]:
        """What the tables know of these people (canonical addresses); those of whom nothing is known are left out."""
        return self.store.read(lambda conn: self.deciding.gatherer(conn).people.known(addresses))

    def send_code(self, asked: PageAsked) -> None:
        """Decide who is sent a code of the secure page. One that cannot be decided now is asked for again."""
        key = f"page-code:{asked.ask}"
        try:
            self.deciding.decide_and_record(key, self.deciding.on_case(asked, asked.case_id, key))
        except Exception:  # noqa: BLE001
            log.error("page-code-failed", fault=fault())

    async def run(self, stop: asyncio.Event, roles: frozenset[str]) -> None:
        """Work until `stop`, which a node that has only doors waits for too. A wake-up makes it prompt; polling alone
        suffices."""
        loops: list[Awaitable[None]] = []
        if "worker" in roles:
            loops.append(self._until(stop, self._mail, self.mail_waits))
            loops.append(self._until(stop, self._time, self.due_waits))
        if "outbound" in roles:
            loops.append(self._until(stop, self._post, self.post_waits))
        await asyncio.gather(stop.wait(), *loops)

    async def _mail(self) -> bool:
        claimed = await self.mail.handle_next()
        return claimed.more and bool(claimed)

    async def _time(self) -> bool:
        return await self.time.tick() > 0

    async def _post(self) -> bool:
        claimed = await self.post.deliver_next()
        return claimed.more and bool(claimed)

    async def _until(
        self, stop: asyncio.Event, step: Callable[[], Awaitable[bool]], wake: asyncio.Event
    ) -> None:
        """Repeat `step` while it says that there is more, else wait for `wake` or the poll's time."""
        ended = asyncio.create_task(stop.wait())
        while not stop.is_set():
            wake.clear()
            try:
                if await step():
                    continue
            except Exception as error:  # noqa: BLE001
                if unavailable(error):
                    log.error("store-unavailable", step=step.__name__.lstrip("_"))
                else:
                    log.error("step-failed", step=step.__name__.lstrip("_"), fault=fault())
            woken = asyncio.create_task(wake.wait())
            await asyncio.wait({ended, woken}, timeout=self.pace.poll, return_when=asyncio.FIRST_COMPLETED)
            woken.cancel()
        ended.cancel()
