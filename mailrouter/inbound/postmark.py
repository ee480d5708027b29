"""Postmark's webhooks: mail that came in, and what became of mail that went out.

Postmark repeats a post that was not answered 200, ten times over ten hours; 403 stops that. So 200 only after the
commit, 503 for any fault of ours, 401 for a caller that is not known (it may be our configuration that is wrong), and
403 only for what can never be taken.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from mailrouter.core.model import Envelope, Mail, PeerInfo, Reply
from mailrouter.inbound.connection import fault
from mailrouter.inbound.http import TooLarge, authorized, body_of, client_of, within
from mailrouter.inbound.limits import Limits, Network
from mailrouter.inbound.postmark_event import event_of
from mailrouter.inbound.postmark_mail import NoMail, octets_of, recipients_of, reverse_path_of
from mailrouter.metrics import Metrics
from mailrouter.ports import Accept, Admit, Report

log = structlog.get_logger()

_Handle = Callable[[Request, dict[str, Any]], Awaitable[Response]]
BODY_BYTES = 64 * 1024 * 1024


class PostmarkWebhooks:
    """The routes /postmark/inbound and /postmark/events.

    `user`, `password`: what Postmark was told to say (basic authentication). `allowed`: the networks it calls from;
    empty: nobody may. `proxies`: networks whose X-Forwarded-For is believed.
    """

    def __init__(
        self,
        *,
        admit: Admit,
        accept: Accept,
        reported: Report,
        now: Callable[[], datetime],
        user: str,
        password: str,
        allowed: Sequence[Network],
        proxies: Sequence[Network] = (),
        limits: Limits | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._admit = admit
        self._accept = accept
        self._reported = reported
        self._now = now
        self._user = user
        self._password = password
        self._allowed = tuple(allowed)
        self._proxies = tuple(proxies)
        self._limits = limits or Limits()
        self._metrics = metrics or Metrics()

    @property
    def routes(self) -> list[BaseRoute]:
        """For HttpDoor."""
        return [
            Route("/postmark/inbound", self._guarded(self._inbound), methods=["POST"]),
            Route("/postmark/events", self._guarded(self._events), methods=["POST"]),
        ]

    def _guarded(self, handle: _Handle) -> Callable[[Request], Awaitable[Response]]:
        """Only for Postmark, with a bounded JSON object. A fault of ours is 503, told by kind and place only."""

        async def guarded(request: Request) -> Response:
            caller = client_of(request, self._proxies)
            known = authorized(request.headers.get("authorization", ""), self._user, self._password)
            if not (known and within(caller, self._allowed)):
                return _say(401, "not known", {"WWW-Authenticate": "Basic"})
            try:
                body = await body_of(request, BODY_BYTES)
                posted = await asyncio.to_thread(json.loads, body)
            except TooLarge:
                return _say(403, "larger than this service takes")
            except (ClientDisconnect, ValueError, RecursionError):
                return _say(400, "no JSON")
            if not isinstance(posted, dict):
                return _say(400, "no JSON object")
            try:
                return await handle(request, posted)
            except Exception as error:  # noqa: BLE001  whatever it was, Postmark keeps the post and comes again
                log.error("webhook-fault", path=request.url.path, **fault(error))
                self._metrics.accept_faults.labels("webhook").inc()
                return _say(503, "try again later")

        return guarded

    async def _inbound(self, request: Request, posted: dict[str, Any]) -> Response:
        """One mail. `MessageID` is Postmark's own and the same on every repetition: the store knows it by that."""
        try:
            octets = await asyncio.to_thread(octets_of, posted)
            recipients = recipients_of(posted)
        except NoMail as error:
            return _say(403, str(error))
        if len(octets) > self._limits.message_bytes:
            return _say(403, "larger than this service takes")
        mail_from = reverse_path_of(posted, octets)
        replies = {r: self._admit(mail_from, r, PeerInfo(door="webhook")) for r in recipients}
        if later := next((reply for reply in replies.values() if 400 <= reply.code < 500), None):
            return _said(503, later)
        # A mail to nobody we know is handed over all the same: it gets a record, and `ignored` is decided there.
        envelope = Envelope(
            mail_from=mail_from,
            rcpt_to=tuple(r for r, reply in replies.items() if reply.code < 300) or recipients,
            door="webhook",
            received_at=self._now(),
            provider_id=str(posted.get("MessageID") or ""),
        )
        result = await self._accept(Mail(envelope=envelope, octets=octets))
        self._metrics.accepted.labels("webhook", str(result.duplicate).lower()).inc()
        return _say(200, f"accepted as {result.id}")

    async def _events(self, request: Request, posted: dict[str, Any]) -> Response:
        """A delivery, a bounce, a complaint. What says nothing of a delivery (opens, clicks) is taken and dropped."""
        event = event_of(posted)
        if event is None:
            return _say(200, "nothing to do")
        await self._reported(event)
        return _say(200, "settled")


def _said(status: int, reply: Reply) -> Response:
    return _say(status, reply.text)


def _say(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{text}\n", status_code=status, headers=headers)
