"""A real Postfix in front of the door (SMTP with XFORWARD, LMTP, address verification) and behind the transport."""

from __future__ import annotations

import asyncio
import ipaddress
import smtplib
import sys
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "doors"))
from door_under_test import NOW, Town  # noqa: E402
from postfix_instance import HERE, Ports, running_postfix  # noqa: E402
from sink import Moods, SinkRelay  # noqa: E402

from mailrouter.core.model import Mail, PeerInfo, Reply
from mailrouter.inbound.smtp import SmtpDoor
from mailrouter.outbound.relay import Relay
from mailrouter.outbound.smtp import SmtpTransport
from mailrouter.ports import Parcel

pytestmark = pytest.mark.postfix
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


class Village(Town):
    """The town, with reverse-paths of ours and a second domain for the LMTP route; it may be broken for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.broken = False

    def admit(self, mail_from: str, rcpt: str, peer: PeerInfo) -> Reply:
        if rcpt.startswith("r-"):
            return Reply(code=250, enhanced="2.1.5", text="Ok")
        return super().admit(mail_from, rcpt, peer)

    async def accept(self, mail: Mail) -> Any:
        if self.broken:
            raise RuntimeError("disk full")
        return await super().accept(mail)


@pytest.fixture(scope="module")
def ports() -> Iterator[Ports]:
    with running_postfix() as found:
        yield found


class House:
    """Our two doors and the world's mailbox, on the ports that Postfix knows."""

    def __init__(self, ports: Ports, moods: Moods | None = None) -> None:
        self.ports = ports
        self.town = Village()
        self.sink = SinkRelay(moods)
        self.sink.port = ports.sink
        self.doors = [self._door("smtp"), self._door("lmtp")]

    def _door(self, protocol: Any) -> SmtpDoor:
        return SmtpDoor(
            hostname="aplus.example",
            admit=self.town.admit,
            accept=self.town.accept,
            now=lambda: NOW,
            protocol=protocol,
            relays=[LOOPBACK],
        )

    async def __aenter__(self) -> House:
        for door, port in zip(self.doors, (self.ports.smtp, self.ports.lmtp), strict=True):
            await door.start(f"127.0.0.1:{port}")
        self._running = self.sink.running()
        await self._running.__aenter__()
        return self

    async def __aexit__(self, *_: Any) -> None:
        for door in self.doors:
            await door.stop(grace_seconds=0)
        await self._running.__aexit__(None, None, None)

    async def hand_in(self, octets: bytes, *rcpt_to: str) -> dict[str, tuple[int, bytes]]:
        """As the world's server would, from 127.0.0.9; the recipients that were refused."""

        def send() -> dict[str, tuple[int, bytes]]:
            with smtplib.SMTP(
                "127.0.0.1", self.ports.front, "mail.cahors.example", 30, ("127.0.0.9", 0)
            ) as client:
                try:
                    return client.sendmail("zoe@cahors.example", list(rcpt_to), octets)
                except smtplib.SMTPRecipientsRefused as refused:
                    return refused.recipients

        return await asyncio.to_thread(send)

    async def until(self, count: int, what: str = "mails") -> list[Any]:
        """Wait until so many mails came in, or went out."""
        for n in range(600):
            if n % 60 == 59:
                await asyncio.to_thread(self.ports.flush)
            found = self.town.mails if what == "mails" else self.sink.taken
            if len(found) >= count:
                return list(found)
            await asyncio.sleep(0.05)
        raise AssertionError(f"{len(found)} {what} after 30 s")


MAIL = b"From: Zo\xc3\xa9 <zoe@cahors.example>\r\nSubject: APL\r\nMessage-ID: <m1@cahors.example>\r\n\r\n.bonjour\r\n.\r\n\r\nfin\r\n"


@pytest.mark.parametrize(("domain", "door"), [("aplus.example", "smtp"), ("lmtp.example", "lmtp")])
def test_postfix_in_front_hands_over_one_mail_and_names_its_client(
    ports: Ports, domain: str, door: str
) -> None:
    async def story() -> None:
        async with House(ports) as house:
            assert await house.hand_in(MAIL, f"lot@{domain}", f"46@{domain}") == {}
            (mail,) = await house.until(1)
            envelope = mail.envelope
            assert (envelope.mail_from, sorted(envelope.rcpt_to), envelope.door) == (
                "zoe@cahors.example",
                [f"46@{domain}", f"lot@{domain}"],
                door,
            )
            assert (envelope.peer, envelope.client, envelope.helo) == (
                "127.0.0.1",
                "127.0.0.9",
                "mail.cahors.example",
            )
            assert mail.octets.endswith(MAIL)
            assert mail.octets.removesuffix(MAIL).startswith(b"Received: from mail.cahors.example")
            await asyncio.sleep(1.5)  # a queue run: nothing comes a second time
            assert len(house.town.mails) == 1

    asyncio.run(story())


def test_an_unknown_address_is_refused_by_postfix_while_the_sender_waits(ports: Ports) -> None:
    async def story() -> None:
        async with House(ports) as house:
            refused = await house.hand_in(MAIL, "lott@aplus.example", "lot@aplus.example")
            assert list(refused) == ["lott@aplus.example"]
            code, words = refused["lott@aplus.example"]
            assert code == 550
            assert b"5.1.1 No such address; did you mean lot@aplus.example?" in words
            (mail,) = await house.until(1)
            assert mail.envelope.rcpt_to == ("lot@aplus.example",)
            assert house.sink.taken == []  # and nobody got a bounce

    asyncio.run(story())


@pytest.mark.parametrize("domain", ["aplus.example", "lmtp.example"])
def test_a_fault_of_ours_leaves_the_mail_with_postfix_which_brings_it_again(
    ports: Ports, domain: str
) -> None:
    async def story() -> None:
        async with House(ports) as house:
            house.town.broken = True
            octets = MAIL.replace(b"<m1@", b"<again-%s@" % domain.encode())
            assert await house.hand_in(octets, f"lot@{domain}", f"46@{domain}") == {}
            await asyncio.sleep(1.5)
            assert house.town.mails == []
            house.town.broken = False
            found = await house.until(1)
            await asyncio.sleep(2.5)
            assert len(house.town.mails) == 1, [m.envelope for m in found]
            assert found[0].octets.endswith(octets)
            assert house.sink.taken == []

    asyncio.run(story())


def parcel(n: int, octets: bytes) -> Parcel:
    return Parcel(
        id=f"out{n}",
        mail_from=f"r-token{n}@aplus.example",
        recipient="claire.martin@caf46.example",
        message_id="<k1@aplus.example>",
        octets=octets,
    )


OURS = b"From: a@aplus.example\r\nDate: Thu, 12 Mar 2026 10:00:00 +0100\r\nMessage-ID: <k1@aplus.example>\r\n\r\n.Personne\r\n\r\n.\r\nfin\r\n"


def test_postfix_behind_carries_our_octets_and_reverse_path(ports: Ports) -> None:
    async def story() -> None:
        async with House(ports) as house:
            sender = SmtpTransport([Relay(host="127.0.0.1", port=ports.behind)], hostname="aplus.example")
            (attempt,) = await sender.deliver([parcel(1, OURS)])
            assert (attempt.outcome, attempt.code, attempt.enhanced) == ("sent", 250, "2.0.0")
            (mail,) = await house.until(1, "taken")
            assert (mail.mail_from, mail.recipients) == (
                "r-token1@aplus.example",
                ["claire.martin@caf46.example"],
            )
            assert mail.octets.endswith(OURS)
            await sender.close()

    asyncio.run(story())


def test_a_bounce_comes_back_to_our_reverse_path_without_what_people_wrote(ports: Ports) -> None:
    async def story() -> None:
        async with House(ports, Moods(answers={"RCPT": "550 5.1.1 unknown here"})) as house:
            sender = SmtpTransport([Relay(host="127.0.0.1", port=ports.behind)], hostname="aplus.example")
            (attempt,) = await sender.deliver([parcel(2, OURS)])
            assert attempt.outcome == "sent"
            (bounce,) = await house.until(1)
            assert (bounce.envelope.mail_from, bounce.envelope.rcpt_to) == ("", ("r-token2@aplus.example",))
            report = message_from_bytes(bounce.octets)
            assert report.get_content_type() == "multipart/report"
            assert b"Original-Envelope-Id: out2" in bounce.octets
            assert b"Status: 5.1.1" in bounce.octets
            assert b"Message-ID: <k1@aplus.example>" in bounce.octets
            assert b"Personne" not in bounce.octets
            await sender.close()

    asyncio.run(story())


def test_the_guide_shows_the_very_settings_that_were_tested() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "operating.md").read_text("utf-8")
    for name in ("main.cf", "master.cf"):
        tested = (
            (HERE / name).read_text("utf-8").partition("# begin: front\n")[2].partition("# end: front\n")[0]
        )
        assert tested and tested in guide, name
