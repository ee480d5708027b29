"""The commands of one SMTP session (RFC 5321). LMTP differs in its greeting and in its answers to DATA (lmtp.py)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from mailrouter.core.model import Envelope, Mail, PeerInfo, Reply
from mailrouter.inbound.connection import OUR_FAULT, Connection, Keeper
from mailrouter.inbound.limits import Flight
from mailrouter.inbound.path import forward_path, reverse_path
from mailrouter.inbound.wire import Content, Refused, bare_line_ends
from mailrouter.inbound.xforward import ATTRIBUTES, XCLIENT_ATTRIBUTES, attributes

OK = Reply(code=250, enhanced="2.0.0", text="Ok")
BYE = Reply(code=221, enhanced="2.0.0", text="Bye")
TOO_BIG = Reply(code=552, enhanced="5.3.4", text="Message is larger than this service takes")
NO_ROOM = Reply(code=452, enhanced="4.3.1", text="Too much is being received, try again later")
BARE = Reply(code=554, enhanced="5.6.0", text="Message has CR or LF alone; lines end with CR LF")
TOO_MANY_RECIPIENTS = Reply(code=452, enhanced="4.5.3", text="Too many recipients")
NOTHING_AHEAD = Reply(code=554, enhanced="5.5.0", text="Nothing may be sent ahead of TLS")
CANNOT_VERIFY = Reply(code=252, enhanced="2.5.0", text="Not verified; send the mail and see")


@dataclass(slots=True)
class Transaction:
    """What XFORWARD, MAIL and RCPT have said so far. `mail_from` is None before MAIL."""

    mail_from: str | None = None
    utf8: bool = False
    rcpts: list[str] = field(default_factory=list)
    forwarded: dict[str, str] = field(default_factory=dict)


class Session(Connection):
    """The server's side of one SMTP session."""

    def __init__(self, keeper: Keeper, loop: asyncio.AbstractEventLoop) -> None:
        self.tx = Transaction()
        self._xclient: dict[str, str] = {}
        super().__init__(keeper, loop)

    @property
    def in_transaction(self) -> bool:
        """From MAIL to the answer to the content."""
        return self.tx.mail_from is not None

    def peer_info(self) -> PeerInfo:
        """Who speaks, and for whom."""
        assert self.session is not None
        told = self._xclient | self.tx.forwarded
        return PeerInfo(
            door=self.keeper.protocol,
            address=self.peer,
            client=told.get("ADDR", ""),
            helo=told.get("HELO") or self.session.host_name or "",
            relay=self.keeper.crowd.is_relay(self.peer),
            tls=self.over_tls,
        )

    def _set_post_data_state(self) -> None:
        super()._set_post_data_state()  # type: ignore[no-untyped-call]
        self.tx = Transaction()

    # --- greeting, TLS, relays ------------------------------------------------------------------------------------

    async def smtp_HELO(self, arg: str | None) -> None:
        """RFC 5321 4.1.1.1."""
        await self.greet(arg, extended=False)

    async def smtp_EHLO(self, arg: str | None) -> None:
        """RFC 5321 4.1.1.1, with the extensions of this door."""
        await self.greet(arg, extended=True)

    async def greet(self, name: str | None, *, extended: bool) -> None:
        """Begin a session anew; the answer has no enhanced code (RFC 2034 4)."""
        if not name or not name.isascii() or not name.isprintable():
            raise Refused(501, "5.5.4", "Say your host name")
        self.forget()
        assert self.session is not None
        self.session.host_name, self.session.extended_smtp = name, extended
        lines = [self.hostname, *(self._extensions() if extended else ())]
        said = [f"250-{line}\r\n" for line in lines[:-1]] + [f"250 {lines[-1]}\r\n"]
        self._writer.write("".join(said).encode("ascii"))
        await self._writer.drain()

    def _extensions(self) -> list[str]:
        names = [
            "PIPELINING",
            f"SIZE {self.limits.message_bytes}",
            "8BITMIME",
            "SMTPUTF8",
            "ENHANCEDSTATUSCODES",
        ]
        if self.keeper.tls is not None and not self.over_tls:
            names.append("STARTTLS")
        if self.keeper.crowd.is_relay(self.peer):
            names += ["XFORWARD " + " ".join(ATTRIBUTES), "XCLIENT " + " ".join(XCLIENT_ATTRIBUTES)]
        return [*names, "HELP"]

    async def smtp_STARTTLS(self, arg: str | None) -> None:
        """RFC 3207. What was sent ahead in the clear may have been put in by anyone on the way: it ends the
        session."""
        if self.keeper.tls is None or self.over_tls:
            raise Refused(502, "5.5.1", "STARTTLS is not offered now")
        if arg:
            raise Refused(501, "5.5.4", "STARTTLS takes no parameter")
        if self.wire.has_ahead:
            self.close_with(NOTHING_AHEAD)
            return
        await super().smtp_STARTTLS(arg)

    async def smtp_XFORWARD(self, arg: str | None) -> None:
        """The original client of the next mail, told by a relay (Postfix, XFORWARD_README)."""
        self._only_relays()
        self.tx.forwarded |= attributes(arg or "", ATTRIBUTES)
        await self.say(OK)

    async def smtp_XCLIENT(self, arg: str | None) -> None:
        """The original client of this session, told by a relay (Postfix, XCLIENT_README): all begins anew."""
        self._only_relays()
        told = self._xclient | attributes(arg or "", XCLIENT_ATTRIBUTES)
        self.forget()
        self._xclient = told
        assert self.session is not None
        self.session.host_name = None
        await self.push(f"220 {self.hostname} {self.__ident__}")

    def _only_relays(self) -> None:
        if not self.keeper.crowd.is_relay(self.peer):
            raise Refused(550, "5.7.1", "Only for configured relays")
        if self.in_transaction:
            raise Refused(503, "5.5.1", "A mail transaction is in progress")

    # --- the envelope ---------------------------------------------------------------------------------------------

    def _greeted(self) -> None:
        if self.session is None or not self.session.host_name:
            raise Refused(503, "5.5.1", "Greet first")

    async def smtp_MAIL(self, arg: str | None) -> None:
        """RFC 5321 4.1.1.2; SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531)."""
        self._greeted()
        if self.in_transaction:
            raise Refused(503, "5.5.1", "A mail transaction is in progress")
        mail_from, parameters = reverse_path(arg or "")
        size = _declared_size(parameters, self.limits.message_bytes)
        if not self.keeper.crowd.room_for(size):
            await self.say(NO_ROOM)
            return
        self.tx.mail_from, self.tx.utf8 = mail_from, "SMTPUTF8" in parameters
        await self.say(Reply(code=250, enhanced="2.1.0", text="Ok"))

    async def smtp_RCPT(self, arg: str | None) -> None:
        """RFC 5321 4.1.1.3: `admit` answers, while the peer waits."""
        self._greeted()
        if self.tx.mail_from is None:
            raise Refused(503, "5.5.1", "Say MAIL first")
        rcpt, parameters = forward_path(arg or "", utf8=self.tx.utf8)
        if "@" not in rcpt:
            rcpt = f"postmaster@{self.hostname}"
        if parameters:
            raise Refused(555, "5.5.4", "Parameters are not known here")
        if len(self.tx.rcpts) >= self.limits.recipients:
            await self.say(TOO_MANY_RECIPIENTS)
            return
        reply = self.keeper.admit(self.tx.mail_from, rcpt, self.peer_info())
        if reply.code < 300:
            self.tx.rcpts.append(rcpt)
        await self.say(reply)

    # --- the content ----------------------------------------------------------------------------------------------

    async def smtp_DATA(self, arg: str | None) -> None:
        """RFC 5321 4.1.1.4: 250 only after the commit, whatever else happens meanwhile."""
        self._greeted()
        if arg:
            raise Refused(501, "5.5.4", "DATA takes no parameter")
        if not self.tx.rcpts:
            raise Refused(503, "5.5.1", "No valid recipient")
        flight = self.keeper.crowd.flight()
        try:
            self.write_line("354 End with a dot on a line of its own")
            content = await self.wire.content(self.limits.message_bytes, flight.grown)
            reply = await self._settle(content, flight)
        finally:
            flight.landed()
        replies = self.content_replies(reply)
        self.forget()
        await self.say(*replies)
        if content.endless and self.transport is not None:
            self.transport.close()

    def content_replies(self, reply: Reply) -> list[Reply]:
        """SMTP: one answer for all recipients."""
        return [reply]

    async def _settle(self, content: Content, flight: Flight) -> Reply:
        if flight.full:
            return NO_ROOM
        if content.too_big:
            return TOO_BIG
        octets = content.octets()
        return BARE if bare_line_ends(octets) else await self._commit(octets)

    async def _commit(self, octets: bytes) -> Reply:
        """Not cut by the idle limit: the peer waits for us now."""
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()
        try:
            result = await self.keeper.commit(Mail(envelope=self._envelope(), octets=octets))
        except Exception:  # noqa: BLE001  told and counted by the door; whatever it was, the peer keeps its mail
            return OUR_FAULT
        finally:
            if self.transport is not None:
                self._reset_timeout()
        return Reply(code=250, enhanced="2.0.0", text=f"Accepted as {result.id}")

    def _envelope(self) -> Envelope:
        who = self.peer_info()
        return Envelope(
            mail_from=self.tx.mail_from or "",
            rcpt_to=tuple(dict.fromkeys(self.tx.rcpts)),
            door=self.keeper.protocol,
            received_at=self.keeper.now(),
            peer=self.peer,
            client=who.client,
            helo=who.helo,
        )

    # --- the rest -------------------------------------------------------------------------------------------------

    async def smtp_RSET(self, arg: str | None) -> None:
        """RFC 5321 4.1.1.5."""
        self.forget()
        await self.say(OK)

    async def smtp_NOOP(self, arg: str | None) -> None:
        """RFC 5321 4.1.1.9."""
        await self.say(OK)

    async def smtp_VRFY(self, arg: str | None) -> None:
        """RFC 5321 7.3: the same answer whatever is asked, so that nobody learns who exists."""
        await self.say(CANNOT_VERIFY)

    async def smtp_EXPN(self, arg: str | None) -> None:
        """RFC 5321 7.3: no lists are told."""
        raise Refused(502, "5.5.1", "Not offered")

    async def smtp_AUTH(self, arg: str | None) -> None:
        """People do not submit mail here: there is nothing to log in to."""
        raise Refused(502, "5.5.1", "Not offered")

    async def smtp_HELP(self, arg: str | None) -> None:
        """RFC 5321 4.1.1.8."""
        await self.say(Reply(code=214, enhanced="2.0.0", text="RFC 5321; write to postmaster for help"))

    async def smtp_QUIT(self, arg: str | None) -> None:
        """RFC 5321 4.1.1.10."""
        self.close_with(BYE)


def _declared_size(parameters: dict[str, str], limit: int) -> int:
    """The SIZE of MAIL, 0 when not given. Raises Refused for a parameter that is unknown or wrong, or for too much."""
    if unknown := parameters.keys() - {"SIZE", "BODY", "SMTPUTF8"}:
        raise Refused(555, "5.5.4", f"{len(unknown)} parameters are not known here")
    if parameters.get("BODY", "7BIT").upper() not in ("7BIT", "8BITMIME") or parameters.get("SMTPUTF8"):
        raise Refused(501, "5.5.4", "Parameters are not well formed")
    size = parameters.get("SIZE", "0")
    if not (size.isascii() and size.isdigit() and len(size) <= 20):
        raise Refused(501, "5.5.4", "SIZE is a number of octets")
    if int(size) > limit:
        raise Refused(TOO_BIG.code, TOO_BIG.enhanced, TOO_BIG.text)
    return int(size)
