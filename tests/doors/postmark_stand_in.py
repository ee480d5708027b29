"""A stand-in for Postmark on loopback: the documented parts of its interface that are used, with faults on demand.

POST /email/batch (a list; 200 also when items fail), GET /messages/outbound?metadata_KEY=VALUE, server token. Moods:
`hang-before` and `hang-after` (silent, without or with the mails taken), `cut-after`, and HTTP codes (`429`, `500`
before taking, `500-after`, `503`, `422`). An address beginning with `inactive` is refused per item with 406, `bad` with
300, `forbidden` with 411; `poison` makes the whole request 422.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mailrouter.inbound.http import HttpDoor
from mailrouter.metrics import Metrics

ITEM_ERRORS = {
    "inactive": (
        406,
        "You tried to send to a recipient that has been marked as inactive. Found inactive addresses: {}.",
    ),
    "bad": (300, "Illegal email address '{}' in the To field."),
    "forbidden": (411, "Forbidden attachment type for {}."),
}


class PostmarkStandIn:
    token = "b1946ac9-2492-d234-7c62-35dec4a5b3f0"

    def __init__(self) -> None:
        self.mood = ""
        self.taken: list[dict[str, Any]] = []
        self.requests: list[tuple[str, int]] = []
        self.url = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[PostmarkStandIn]:
        routes = [
            Route("/email/batch", self._batch, methods=["POST"]),
            Route("/messages/outbound", self._search, methods=["GET"]),
        ]
        door = HttpDoor(metrics=Metrics(), routes=routes)
        await door.start("127.0.0.1:0")
        self.url = f"http://{door.addresses[0]}"
        try:
            yield self
        finally:
            door._server.force_exit = True  # type: ignore[union-attr]  # a hanging answer is not waited for
            await door.stop()

    def _refusal(self, request: Request) -> Response | None:
        if request.headers.get("x-postmark-server-token") != self.token:
            return _error(401, 10, "No Account or Server API tokens were supplied in the HTTP headers.")
        if self.mood.isdigit():
            return _error(int(self.mood), {"429": 429, "422": 300}.get(self.mood, 0), f"HTTP {self.mood}")
        return None

    async def _batch(self, request: Request) -> Response:
        items = json.loads(await request.body())
        self.requests.append(("batch", len(items)))
        if refusal := self._refusal(request):
            return refusal
        if len(items) > 500:
            return _error(422, 410, "Too many batch messages")
        if any(item["To"].startswith("poison") for item in items):
            return _error(
                422, 403, "The JSON input you provided is syntactically correct, but not what we need."
            )
        if self.mood == "hang-before":
            await asyncio.sleep(3600)
        answers = [self._take(item) for item in items]
        if self.mood == "hang-after":
            await asyncio.sleep(3600)
        if self.mood == "cut-after":
            return Response(b"[", headers={"content-length": "1000"})
        if self.mood == "500-after":
            return _error(500, 0, "Internal Server Error")
        return JSONResponse(answers)

    def _take(self, item: dict[str, Any]) -> dict[str, Any]:
        for prefix, (code, words) in ITEM_ERRORS.items():
            if item["To"].startswith(prefix):
                return {"ErrorCode": code, "Message": words.format(item["To"])}
        message_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{len(self.taken)}"))
        self.taken.append({**item, "MessageID": message_id})
        now = datetime.now(UTC).isoformat()
        return {
            "To": item["To"],
            "SubmittedAt": now,
            "MessageID": message_id,
            "ErrorCode": 0,
            "Message": "OK",
        }

    async def _search(self, request: Request) -> Response:
        self.requests.append(("search", 1))
        if refusal := self._refusal(request):
            return refusal
        wanted = {
            k.removeprefix("metadata_"): v
            for k, v in request.query_params.items()
            if k.startswith("metadata_")
        }
        found = [m for m in self.taken if wanted.items() <= m["Metadata"].items()]
        count = int(request.query_params["count"])
        rows = [
            {"MessageID": m["MessageID"], "Status": "Sent", "Metadata": m["Metadata"]} for m in found[:count]
        ]
        return JSONResponse({"TotalCount": len(found), "Messages": rows})


def _error(status: int, code: int, message: str) -> Response:
    return JSONResponse({"ErrorCode": code, "Message": message}, status_code=status)
