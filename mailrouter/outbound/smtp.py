"""SMTP to one or more relays (smarthosts). MTA-STS, DANE and MX look-ups are the relay's business.

The octets go out as they are: aiosmtplib's own `data` rewrites line ends and cannot say whether the content was
already on its way when the connection broke, which is the difference between `retry` and `unknown`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import aiosmtplib
import msgspec
import structlog

from mailrouter.core.model import Attempt
from mailrouter.outbound.answer import attempt, no_answer
from mailrouter.outbound.relay import Connections, Patience, Relay
from mailrouter.ports import Parcel

log = structlog.get_logger()

_ADDRESS = re.compile(r"""(?:[^\s<>"\\]+|"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*")@[^\s<>]+\Z""")
_HEADER_END = b"\r\n\r\n"


class _Unfit(Exception):
    """This mail cannot go through this relay as it is; another may take it."""

    def __init__(self, enhanced: str, text: str, *, retry: bool = False) -> None:
        super().__init__(text)
        self.enhanced = enhanced
        self.text = text
        self.retry = retry


class SmtpTransport:
    """Hands mail to the first relay that takes it.

    A relay that is down, or answers 4xx, lets the next one try; when all do, the mail is tried again later. A 5xx to
    the mail itself is final. What a relay has against us (greeting, TLS, log-in) never fails a mail for good.

    `unknown`: the content was on its way and no answer came. SMTP has no way to ask later, so `look_up` says `retry`
    and the identical octets go out again under the same Message-ID after the delay of a retry: of a mail lost and a
    mail twice in the one window that SMTP cannot close, the second is the smaller harm.
    """

    name = "smtp"

    def __init__(self, relays: Sequence[Relay], *, hostname: str, patience: Patience | None = None) -> None:
        if not relays:
            raise ValueError("SMTP needs a relay")
        self._patience = patience or Patience()
        ordered = sorted(relays, key=lambda relay: relay.priority)
        self._pools = [Connections(relay, self._patience, hostname) for relay in ordered]

    async def deliver(self, parcels: Sequence[Parcel]) -> list[Attempt]:
        """See ports.Transport. Parcels go out side by side, as many as a relay allows connections."""
        return list(await asyncio.gather(*(self._deliver(parcel) for parcel in parcels)))

    async def look_up(self, parcel: Parcel) -> Attempt:
        """SMTP cannot look up (see the class)."""
        return no_answer("retry", "4.4.2", "SMTP cannot look up; the same octets go out again", "")

    async def close(self) -> None:
        """Take leave of the relays."""
        for pool in self._pools:
            await pool.close()

    async def _deliver(self, parcel: Parcel) -> Attempt:
        if objection := _objection(parcel):
            return no_answer("failed", *objection, "")
        tried: list[Attempt] = []
        for pool in self._pools:
            result = await self._try(pool, parcel)
            if result.outcome in ("sent", "unknown") or (result.outcome == "failed" and result.code):
                return result
            tried.append(result)
        return next((result for result in tried if result.outcome == "retry"), tried[0])

    async def _try(self, pool: Connections, parcel: Parcel) -> Attempt:
        """One relay. An Attempt whatever happens."""
        exchange = _Exchange(pool.relay, self._patience, parcel)
        try:
            async with pool.one() as client:
                return await exchange.run(client)
        except _Unfit as unfit:
            return no_answer(
                "retry" if unfit.retry else "failed", unfit.enhanced, unfit.text, pool.relay.name
            )
        except aiosmtplib.SMTPResponseException as refused:
            return exchange.against_us(refused)
        except (aiosmtplib.SMTPException, OSError) as error:
            return exchange.broken(type(error).__name__)
        except Exception as error:  # noqa: BLE001  a Transport never raises; the kind of fault is told, not its text
            log.error("delivery-fault", transport=self.name, error=type(error).__name__)
            return exchange.broken(type(error).__name__)


class _Exchange:
    """One mail over one connection: MAIL, RCPT, DATA, content."""

    def __init__(self, relay: Relay, patience: Patience, parcel: Parcel) -> None:
        self._relay = relay
        self._patience = patience
        self._parcel = parcel
        self._on_its_way = False

    def against_us(self, refused: aiosmtplib.SMTPResponseException) -> Attempt:
        """The relay refused our connection, TLS or log-in: an operator's matter, never the mail's fault."""
        if self._on_its_way:
            return self.broken("answer is not well formed")
        said = attempt(refused.code, refused.message, self._relay.name)
        return msgspec.structs.replace(said, outcome="retry")

    def broken(self, why: str) -> Attempt:
        """No answer came: unknown once the content was on its way, before that surely not taken."""
        if self._on_its_way:
            return no_answer("unknown", "4.4.2", f"no answer to the content: {why}", self._relay.name)
        return no_answer("retry", "4.4.1", f"no mail was handed over: {why}", self._relay.name)

    async def run(self, client: aiosmtplib.SMTP) -> Attempt:
        """An Attempt from the relay's answers. Raises what aiosmtplib raises, and _Unfit."""
        mail_options, rcpt_options = _options(client, self._relay, self._parcel)
        utf8 = "SMTPUTF8" in mail_options
        commands: tuple[tuple[str, str, list[str]], ...] = (
            ("MAIL", f"FROM:<{self._parcel.mail_from}>", mail_options),
            ("RCPT", f"TO:<{self._parcel.recipient}>", rcpt_options),
            ("DATA", "", []),
        )
        for verb, path, options in commands:
            words = [verb, *([path] if path else []), *options]
            answer = await client.execute_command(*(w.encode("utf-8" if utf8 else "ascii") for w in words))
            if not (answer.code == 354 if verb == "DATA" else 200 <= answer.code < 300):
                return self._read(answer, client)
        return await self._content(client)

    async def _content(self, client: aiosmtplib.SMTP) -> Attempt:
        protocol = client.protocol
        if protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("gone before the content")
        octets = self._parcel.octets.replace(b"\r\n.", b"\r\n..")
        stuffed = b"." + octets if octets.startswith(b".") else octets
        self._on_its_way = True
        protocol.write(stuffed + b".\r\n")
        answer = await protocol.read_response(timeout=self._patience.final)
        return self._read(answer, client, final=True)

    def _read(
        self, answer: aiosmtplib.SMTPResponse, client: aiosmtplib.SMTP, *, final: bool = False
    ) -> Attempt:
        """The answer as an Attempt; one that makes no sense here leaves the connection unusable."""
        if 400 <= answer.code < 600 or (final and 200 <= answer.code < 300):
            if answer.code == 421:
                client.close()
            return attempt(answer.code, answer.message, self._relay.name)
        client.close()
        return self.broken(f"odd answer {answer.code}")


def _objection(parcel: Parcel) -> tuple[str, str] | None:
    """What no relay could take: an address that is none, or octets that SMTP would have to alter."""
    if not _ADDRESS.match(parcel.recipient) or not (
        parcel.mail_from == "" or _ADDRESS.match(parcel.mail_from)
    ):
        return "5.1.3", "address is not well formed"
    pairs = parcel.octets.count(b"\r\n")
    if not parcel.octets.endswith(b"\r\n") or not pairs == parcel.octets.count(b"\r") == parcel.octets.count(
        b"\n"
    ):
        return "5.6.0", "lines do not all end with CR LF"
    return None


def _options(client: aiosmtplib.SMTP, relay: Relay, parcel: Parcel) -> tuple[list[str], list[str]]:
    """Parameters of MAIL and RCPT that the relay offers and the mail needs. Raises _Unfit.

    SIZE (RFC 1870), 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531), REQUIRETLS (RFC 8689). DSN (RFC 3461) with RET=HDRS, so
    that a bounce does not carry what people wrote through the world again.
    """
    offers = client.supports_extension
    header = parcel.octets.partition(_HEADER_END)[0]
    mail, rcpt = [], []
    if offers("size"):
        mail.append(f"SIZE={len(parcel.octets)}")
        limit = client.esmtp_extensions.get("size", "").strip()
        if limit.isdigit() and 0 < int(limit) < len(parcel.octets):
            raise _Unfit("5.3.4", f"mail of {len(parcel.octets)} octets is over the relay's limit of {limit}")
    if not parcel.octets.isascii():
        mail.append(_needed(offers("8bitmime"), "BODY=8BITMIME", "5.6.3"))
    if not (parcel.mail_from.isascii() and parcel.recipient.isascii() and header.isascii()):
        mail.append(_needed(offers("smtputf8"), "SMTPUTF8", "5.6.7"))
    if relay.requiretls:
        mail.append(_needed(offers("requiretls"), "REQUIRETLS", "4.7.30", retry=True))
    if offers("dsn"):
        mail += ["RET=HDRS", f"ENVID={_xtext(parcel.id)}"]
        rcpt.append("NOTIFY=FAILURE,DELAY")
    return mail, rcpt


def _needed(offered: bool, parameter: str, enhanced: str, *, retry: bool = False) -> str:
    if not offered:
        raise _Unfit(enhanced, f"the relay does not offer {parameter}", retry=retry)
    return parameter


def _xtext(text: str) -> str:
    """RFC 3461 4."""
    return "".join(c if "!" <= c <= "~" and c not in "+=" else f"+{ord(c):02X}" for c in text)
