"""The HTTP door: /healthz, /metrics, and the routes of webhooks. Starlette on uvicorn, in the service's own loop."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import ipaddress
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from mailrouter.inbound.connection import fault
from mailrouter.inbound.limits import Network, plain_address
from mailrouter.inbound.sockets import Listen, bound_to, open_sockets
from mailrouter.metrics import Metrics

log = structlog.get_logger()

Ready = Callable[[], Awaitable[bool]]
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


class TooLarge(Exception):
    """A body over its limit."""


class HttpDoor:
    """One listening HTTP server.

    `ready`: what must hold for traffic to be sent here, by name; each is asked at every /healthz. `routes`: webhooks
    (postmark.py). `metrics_for`: who may read /metrics. `proxies`: networks whose X-Forwarded-For is believed.
    """

    def __init__(
        self,
        *,
        metrics: Metrics,
        ready: Mapping[str, Ready] | None = None,
        routes: Sequence[BaseRoute] = (),
        metrics_for: Sequence[Network] = LOOPBACK,
        proxies: Sequence[Network] = (),
    ) -> None:
        self._metrics = metrics
        self._ready = dict(ready or {})
        self._metrics_for = tuple(metrics_for)
        self._proxies = tuple(proxies)
        self.application = Starlette(
            routes=[Route("/healthz", self._healthz), Route("/metrics", self._expose), *routes],
            exception_handlers={Exception: _our_fault},
        )
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.addresses: list[str] = []

    async def start(self, listen: Listen) -> None:
        """Listen; see sockets.open_sockets. Returns when requests are answered. Raises OSError."""
        sockets = open_sockets(listen)
        self.addresses = [bound_to(sock) for sock in sockets]
        config = uvicorn.Config(
            self.application,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,
            limit_concurrency=200,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=30,
        )
        self._server = _Server(config)
        self._task = asyncio.ensure_future(self._server.serve(sockets=sockets))
        while not self._server.started and not self._task.done():
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Finish the requests under way, then close."""
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task

    async def _healthz(self, request: Request) -> Response:
        """200 while everything holds, else 503 with the names of what does not."""
        missing = [name for name, holds in self._ready.items() if not await _holds(holds)]
        return JSONResponse({"ready": not missing, "missing": missing}, status_code=503 if missing else 200)

    async def _expose(self, request: Request) -> Response:
        if not within(client_of(request, self._proxies), self._metrics_for):
            return PlainTextResponse("not found\n", status_code=404)
        return Response(self._metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


class _Server(uvicorn.Server):
    """Signals belong to the service, not to one of its doors."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _holds(ready: Ready) -> bool:
    try:
        return await ready()
    except Exception as error:  # noqa: BLE001  a check that fails is an answer: not ready
        log.warning("not-ready", **fault(error))
        return False


async def _our_fault(request: Request, error: Exception) -> Response:
    """503 and nothing of the exception: whoever called keeps its mail and tries again."""
    # No more of the path: the secure page's holds a link.
    log.error("http-fault", path="/" + request.url.path.split("/")[1], **fault(error))
    return PlainTextResponse("try again later\n", status_code=503)


def client_of(request: Request, proxies: Sequence[Network]) -> str | None:
    """The address that asks: the peer, or the last one before our own proxies (X-Forwarded-For, from the right). ''
    for a Unix socket, None when a proxy told nonsense."""
    address = plain_address((request.client.host, 0)) if request.client and request.client.host else ""
    told = [a.strip() for a in ",".join(request.headers.getlist("x-forwarded-for")).split(",") if a.strip()]
    while told and within(address, proxies):
        try:
            address = plain_address((told.pop(), 0))
        except ValueError:
            return None
    return address


def within(address: str | None, networks: Sequence[Network]) -> bool:
    """Whether `address` is in one of them; a peer without an address came by a Unix socket, from this machine."""
    if address is None:
        return False
    return not address or any(ipaddress.ip_address(address) in network for network in networks)


async def body_of(request: Request, limit: int) -> bytes:
    """The whole body, at most `limit` octets. Raises TooLarge, ClientDisconnect."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge
    if declared.isdigit() and len(body) != int(declared):
        raise ClientDisconnect
    return bytes(body)


def authorized(header: str, user: str, password: str) -> bool:
    """Basic authentication (RFC 7617), compared in constant time. An empty password never matches."""
    scheme, _, given = header.partition(" ")
    try:
        said = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        said = b""
    same = hmac.compare_digest(said, f"{user}:{password}".encode())
    return same and scheme.lower() == "basic" and bool(password)
