"""The outbox: attempts are recorded before the wire and settled after it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog
from sqlalchemy import Connection

from mailrouter.core.decide.basis.disclose import still_entitled
from mailrouter.core.model import (
    Attempt,
    Audience,
)
from mailrouter.ports import Parcel
from mailrouter.store import outbox, suspension
from mailrouter.store.casebook.view import load_standing
from mailrouter.store.leases import Round
from mailrouter.store.outage import unavailable, written
from mailrouter.worker.node import Node

log = structlog.get_logger()

# Transports that take a second copy of the same outbox id as one.
IDEMPOTENT = frozenset({"maildir", "memory"})


class PostWork:
    """What is done with mail that leaves."""

    def __init__(self, node: Node) -> None:
        self.node = node

    async def deliver_next(self) -> Round[outbox.Claimed]:
        """Deliver what is due, up to a batch: attempts are recorded before the wire and settled after it. Gives what
        was claimed."""
        claimed = await self.node.post_owed.write(self._claim_post)
        for group in (claimed_new(claimed), claimed_lost(claimed)):
            if group:
                await self._attempt(group)
        return claimed

    async def _attempt(self, claimed: list[outbox.Claimed]) -> None:
        parcels = [c.parcel for c in claimed]
        if claimed[0].look_up:
            attempts = [await self.node.transport.look_up(parcel) for parcel in parcels]
        else:
            attempts = await self._delivered(parcels)
        settle = partial(self._settle, parcels=parcels, attempts=attempts)
        try:
            await written(self.node.store, settle)
        except Exception as error:
            if not unavailable(error):
                raise
            # What was sent must not be sent again: the results are written as soon as they can be.
            self.node.post_owed.keep(settle)
            raise

    async def _delivered(self, parcels: Sequence[Parcel]) -> list[Attempt]:
        """Hand them over, and keep the leases while a peer thinks: RFC 5321 4.5.3.2.6 gives it ten minutes."""
        renewing = asyncio.create_task(self._renew([parcel.id for parcel in parcels]))
        try:
            return await self.node.transport.deliver(parcels)
        finally:
            renewing.cancel()

    async def _renew(self, outbox_ids: list[str]) -> None:
        while True:
            await asyncio.sleep(self.node.pace.lease.total_seconds() / 3)
            until = self.node.clock() + self.node.pace.lease
            renew = partial(outbox.renew, outbox_ids=outbox_ids, node=self.node.name, until=until)
            try:
                await written(self.node.store, renew)
            except Exception as error:  # noqa: BLE001
                log.error("lease-not-renewed", error=type(error).__name__)

    def _settle(self, conn: Connection, parcels: Sequence[Parcel], attempts: Sequence[Attempt]) -> None:
        pairs = zip(parcels, attempts, strict=True)
        results = [outbox.Result(parcel.id, parcel.attempt, attempt) for parcel, attempt in pairs]
        outbox.settle_all(conn, results, self.node.clock())

    def _claim_post(self, conn: Connection) -> Round[outbox.Claimed]:
        return outbox.claim(
            conn,
            self.node.sealer,
            self.node.clock(),
            self.node.pace.lease,
            self.node.name,
            self.node.pace.batch,
            entitled=self._entitled,
            resend_lost=self.node.transport.name in IDEMPOTENT,
        )

    def _entitled(self, conn: Connection, row: outbox.Waiting) -> str | None:
        """Why a queued mail may no longer go, asked in the attempt's own transaction."""
        if not row.case_id:
            return suspension.SUSPENDED if suspension.is_suspended(conn, row.address_index) else None
        standing = load_standing(conn, self.node.sealer, row.case_id, row.recipient)
        if standing.suspended:
            return suspension.SUSPENDED
        audience: Audience = "agents" if row.audience == "agents" else "everyone"
        directory = self.node.office().directory
        return (
            still_entitled(directory, standing.case, row.recipient, audience, row.disclosure, row.template)
            or None
        )


def claimed_new(claimed: Sequence[outbox.Claimed]) -> list[outbox.Claimed]:
    """Those to send."""
    return [c for c in claimed if not c.look_up]


def claimed_lost(claimed: Sequence[outbox.Claimed]) -> list[outbox.Claimed]:
    """Those whose outcome is unknown: asked for before anything is sent again."""
    return [c for c in claimed if c.look_up]
