"""Postmark, through its official SDK: batches with a result per mail, and a look-up before anything is sent again.

`retries=0`: by default the SDK resends on a timeout, which makes two mails of one. Answers are read from the JSON and
not by the SDK's models: in a batch an item that failed has no `MessageID`, the model refuses it, and with it the
results of all items that were sent.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import postmark
import structlog

from mailrouter.core.model import Attempt
from mailrouter.outbound.answer import bounded
from mailrouter.outbound.postmark_mail import OUTBOX, as_json
from mailrouter.ports import Parcel

log = structlog.get_logger()

# One request takes 500 mails and 50 MB of JSON, in which files are base64 as in our octets.
BATCH_MAILS = 500
BATCH_BYTES = 40_000_000
# ErrorCode -> (outcome, enhanced code). What is not here is an operator's matter (token, account, stream, rate) and
# never fails a mail for good.
_ERRORS: dict[int, tuple[str, str]] = {
    300: ("failed", "5.6.0"),  # invalid mail: an address, or a content that it does not take
    406: ("failed", "5.2.1"),  # inactive recipient: bounced or complained before
    411: ("failed", "5.6.1"),  # a type of file that it forbids
    701: ("failed", "5.6.1"),
}
# The request surely did not reach it.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.ProxyError,
)


class PostmarkTransport:
    """Hands mail to Postmark.

    `token`: the server token. `stream`: the message stream. `seconds`: how long one request may take before its
    outcome is `unknown`. `api_url` is for stand-ins.
    """

    name = "postmark"

    def __init__(
        self, token: str, *, stream: str = "outbound", api_url: str | None = None, seconds: float = 30.0
    ) -> None:
        self._stream = stream
        self._client = postmark.ServerClient(token, retries=0, timeout=seconds, base_url=api_url)
        # The SDK logs the answers of the interface, which name recipients.
        logging.getLogger("postmark").setLevel(logging.CRITICAL)

    async def deliver(self, parcels: Sequence[Parcel]) -> list[Attempt]:
        """See ports.Transport."""
        attempts: list[Attempt] = []
        for batch in _batches(parcels):
            attempts += await self._deliver(batch)
        return attempts

    async def look_up(self, parcel: Parcel) -> Attempt:
        """Search for the outbox id among the mails that Postmark took. `unknown` when it cannot be asked."""
        params = {"count": 1, "offset": 0, f"metadata_{OUTBOX}": parcel.id}
        try:
            found = (await self._client.get("/messages/outbound", params=params)).json()
            messages = list(found["Messages"])
        except (postmark.PostmarkException, ValueError, KeyError, TypeError) as error:
            return _attempt("unknown", "4.4.2", f"could not be looked up: {type(error).__name__}")
        if not messages:
            return _attempt("retry", "4.4.2", "Postmark has not got it")
        return _looked_up(messages[0])

    async def close(self) -> None:
        """Let the kept connections go."""
        await self._client.close()  # type: ignore[no-untyped-call]

    async def _deliver(self, batch: list[Parcel]) -> list[Attempt]:
        """One batch; a mail that cannot be said in JSON does not hold up the others."""
        said = [_said(parcel, self._stream) for parcel in batch]
        results = iter(await self._post([item for item in said if isinstance(item, dict)]))
        return [next(results) if isinstance(item, dict) else item for item in said]

    async def _post(self, payload: list[dict[str, Any]]) -> list[Attempt]:
        """One request. When the whole of it is refused it is asked again mail by mail, since one is to blame."""
        if not payload:
            return []
        try:
            items = (await self._client.post("/email/batch", json=payload)).json()
            if isinstance(items, list) and len(items) == len(payload):
                return [_result(item) for item in items]
            return [_attempt("unknown", "4.4.2", "the answer does not fit the batch")] * len(payload)
        except postmark.PostmarkAPIException as refused:
            if len(payload) > 1 and refused.http_status == 422:
                return [(await self._post([item]))[0] for item in payload]
            return [_refused(refused)] * len(payload)
        except postmark.PostmarkException as error:
            return [_no_answer(error)] * len(payload)
        except Exception as error:  # noqa: BLE001  a Transport never raises; it may have been sent: look it up first
            log.error("delivery-fault", transport=self.name, error=type(error).__name__)
            return [_attempt("unknown", "4.4.2", f"fault: {type(error).__name__}")] * len(payload)


def _said(parcel: Parcel, stream: str) -> dict[str, Any] | Attempt:
    try:
        return as_json(parcel, stream)
    except (ValueError, LookupError, TypeError, AttributeError) as error:  # what reading odd MIME raises
        return _attempt("failed", "5.6.0", f"cannot be handed to Postmark: {type(error).__name__}")


def _batches(parcels: Sequence[Parcel]) -> Iterator[list[Parcel]]:
    """As few requests as the interface's limits allow, in order."""
    batch: list[Parcel] = []
    octets = 0
    for parcel in parcels:
        if batch and (len(batch) == BATCH_MAILS or octets + len(parcel.octets) > BATCH_BYTES):
            yield batch
            batch, octets = [], 0
        batch.append(parcel)
        octets += len(parcel.octets)
    if batch:
        yield batch


def _result(item: dict[str, Any]) -> Attempt:
    """One item of a batch's answer: 200 for the batch says nothing of it."""
    code = int(item.get("ErrorCode", -1))
    if code == 0:
        return _attempt("sent", "2.0.0", "taken by Postmark", provider_id=str(item.get("MessageID", "")))
    return _error(code, str(item.get("Message", "")))


def _refused(refused: postmark.PostmarkAPIException) -> Attempt:
    """An answer to the whole request. 500 may have come after the mail was taken; 503 and 4xx come before."""
    if (refused.http_status or 0) >= 500 and refused.http_status != 503:
        return _attempt("unknown", "4.4.2", f"HTTP {refused.http_status}")
    return _error(refused.error_code or 0, f"HTTP {refused.http_status} {refused.message}")


def _error(code: int, message: str) -> Attempt:
    outcome, enhanced = _ERRORS.get(code, ("retry", "4.7.0"))
    return _attempt("failed" if outcome == "failed" else "retry", enhanced, f"{code}: {message}")


def _no_answer(error: postmark.PostmarkException) -> Attempt:
    """No answer: unknown, unless the connection was never made."""
    cause = type(error.__cause__ or error)
    if issubclass(cause, _NOT_SENT):
        return _attempt("retry", "4.4.1", f"Postmark was not reached: {cause.__name__}")
    return _attempt("unknown", "4.4.2", f"no answer of Postmark: {cause.__name__}")


def _looked_up(message: dict[str, Any]) -> Attempt:
    """A mail that Postmark has got; `Blocked` and `Failed` ones it will not send."""
    provider_id, status = str(message.get("MessageID", "")), str(message.get("Status", ""))
    if status in ("Blocked", "Failed"):
        return _attempt("failed", "5.7.1", f"Postmark says {status}", provider_id=provider_id)
    return _attempt("sent", "2.0.0", f"Postmark says {status}", provider_id=provider_id)


def _attempt(outcome: Any, enhanced: str, text: str, *, provider_id: str = "") -> Attempt:
    code = {"sent": 250, "failed": 550, "retry": 450}.get(outcome, 0)
    return Attempt(
        outcome=outcome,
        code=code,
        enhanced=enhanced,
        text=bounded(text),
        provider_id=provider_id,
        relay="postmark",
    )
