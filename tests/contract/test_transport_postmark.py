"""Postmark out, against a stand-in that speaks its interface: results per mail, our Message-ID, and no second sending of
what may have been taken."""

from __future__ import annotations

import asyncio
import base64
import sys
from collections.abc import Awaitable, Callable
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "doors"))
from postmark_stand_in import PostmarkStandIn  # noqa: E402

from mailrouter.core.model import Attempt
from mailrouter.outbound import postmark as module
from mailrouter.outbound.postmark import PostmarkTransport
from mailrouter.ports import Parcel


def octets() -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("Zoé (CAF du Lot) via Administration+", addr_spec="lot@aplus.example")
    message["To"] = "claire.martin@caf46.example"
    message["Subject"] = "[Administration+] Demande n° 2026-004217-K"
    message["Message-ID"] = "<k1@aplus.example>"
    message["Reply-To"] = "cas-abc@aplus.example"
    message["References"] = "<k0@aplus.example>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("Bonjour,\nété\n")
    message.add_alternative("<p>Bonjour, été</p>", subtype="html")
    message.add_attachment(b"%PDF-1.4 \xff", maintype="application", subtype="pdf", filename="pièce.pdf")
    return message.as_bytes()


def parcel(n: int = 1, recipient: str = "claire.martin@caf46.example") -> Parcel:
    return Parcel(
        id=f"out{n}",
        mail_from="r-x@aplus.example",
        recipient=recipient,
        message_id="<k1@aplus.example>",
        octets=octets(),
    )


def story(
    tell: Callable[[PostmarkStandIn, PostmarkTransport], Awaitable[None]], token: str = PostmarkStandIn.token
) -> None:
    async def main() -> None:
        async with PostmarkStandIn().running() as stand_in:
            sender = PostmarkTransport(token, api_url=stand_in.url, seconds=0.4)
            await tell(stand_in, sender)
            await sender.close()

    asyncio.run(main())


def outcome(a: Attempt) -> tuple[str, str]:
    return (a.outcome, a.enhanced)


def test_a_mail_keeps_what_it_says_and_its_message_id() -> None:
    async def tell(stand_in: PostmarkStandIn, sender: PostmarkTransport) -> None:
        (got,) = await sender.deliver([parcel()])
        (mail,) = stand_in.taken
        assert (outcome(got), got.provider_id) == (("sent", "2.0.0"), mail.pop("MessageID"))
        headers = {h["Name"]: h["Value"] for h in mail.pop("Headers")}
        (file,) = mail.pop("Attachments")
        assert headers == {
            "Message-ID": "<k1@aplus.example>",
            "References": "<k0@aplus.example>",
            "Auto-Submitted": "auto-generated",
            "X-PM-KeepID": "true",
        }
        assert (file["Name"], file["ContentType"], base64.b64decode(file["Content"])) == (
            "pièce.pdf",
            "application/pdf",
            b"%PDF-1.4 \xff",
        )
        assert mail == {
            "From": '"Zoé (CAF du Lot) via Administration+" <lot@aplus.example>',
            "To": "claire.martin@caf46.example",
            "Subject": "[Administration+] Demande n° 2026-004217-K",
            "ReplyTo": "cas-abc@aplus.example",
            "TextBody": "Bonjour,\nété\n",
            "HtmlBody": "<p>Bonjour, été</p>\n",
            "Metadata": {"outbox": "out1"},
            "MessageStream": "outbound",
            "TrackOpens": False,
            "TrackLinks": "None",
        }

    story(tell)


def test_a_batch_has_a_result_per_mail_although_it_is_answered_200() -> None:
    async def tell(stand_in: PostmarkStandIn, sender: PostmarkTransport) -> None:
        to = ["a@x.example", "inactive@x.example", "bad@x.example", "forbidden@x.example", "b@x.example"]
        got = await sender.deliver([parcel(n, recipient) for n, recipient in enumerate(to)])
        assert [outcome(a) for a in got] == [
            ("sent", "2.0.0"),
            ("failed", "5.2.1"),
            ("failed", "5.6.0"),
            ("failed", "5.6.1"),
            ("sent", "2.0.0"),
        ]
        assert [m["To"] for m in stand_in.taken] == ["a@x.example", "b@x.example"]
        assert stand_in.requests == [("batch", 5)]

    story(tell)


def test_one_mail_that_refuses_the_whole_batch_does_not_hold_up_the_others() -> None:
    async def tell(stand_in: PostmarkStandIn, sender: PostmarkTransport) -> None:
        got = await sender.deliver(
            [parcel(1, "a@x.example"), parcel(2, "poison@x.example"), parcel(3, "b@x.example")]
        )
        assert [a.outcome for a in got] == ["sent", "retry", "sent"]
        assert [m["To"] for m in stand_in.taken] == ["a@x.example", "b@x.example"]

    story(tell)


@pytest.mark.parametrize(
    ("mood", "expected", "looked_up", "sent_in_all"),
    [
        ("429", ("retry", "4.7.0"), None, 1),
        ("503", ("retry", "4.7.0"), None, 1),
        ("500", ("unknown", "4.4.2"), "retry", 1),
        ("500-after", ("unknown", "4.4.2"), "sent", 1),
        ("hang-before", ("unknown", "4.4.2"), "retry", 1),
        ("hang-after", ("unknown", "4.4.2"), "sent", 1),
        ("cut-after", ("unknown", "4.4.2"), "sent", 1),
    ],
)
def test_faults_lose_nothing_and_send_nothing_twice(
    mood: str, expected: tuple[str, str], looked_up: str | None, sent_in_all: int
) -> None:
    """As the outbox does it: an unknown mail is looked up, and sent again only when Postmark has not got it."""

    async def tell(stand_in: PostmarkStandIn, sender: PostmarkTransport) -> None:
        stand_in.mood = mood
        (got,) = await sender.deliver([parcel()])
        assert outcome(got) == expected
        stand_in.mood = ""
        if got.outcome == "unknown":
            found = await sender.look_up(parcel())
            assert found.outcome == looked_up
            if found.outcome == "sent":
                assert found.provider_id == stand_in.taken[0]["MessageID"]
        if looked_up != "sent":
            assert (await sender.deliver([parcel()]))[0].outcome == "sent"
        assert [m["Metadata"] for m in stand_in.taken] == [{"outbox": "out1"}] * sent_in_all

    story(tell)


def test_what_cannot_be_looked_up_stays_unknown() -> None:
    async def tell(stand_in: PostmarkStandIn, sender: PostmarkTransport) -> None:
        stand_in.mood = "503"
        assert (await sender.look_up(parcel())).outcome == "unknown"

    story(tell)


def test_a_wrong_token_is_an_operators_matter_and_loses_no_mail() -> None:
    async def tell(stand_in: PostmarkStandIn, sender: PostmarkTransport) -> None:
        (got,) = await sender.deliver([parcel()])
        assert outcome(got) == ("retry", "4.7.0")
        assert stand_in.taken == []

    story(tell, token="wrong")


def test_nobody_listening_is_surely_not_sent() -> None:
    async def main() -> Attempt:
        sender = PostmarkTransport("t", api_url="http://127.0.0.1:9", seconds=2)
        return (await sender.deliver([parcel()]))[0]

    assert outcome(asyncio.run(main())) == ("retry", "4.4.1")


def test_batches_keep_to_the_limits_of_the_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    async def tell(stand_in: PostmarkStandIn, sender: PostmarkTransport) -> None:
        monkeypatch.setattr(module, "BATCH_MAILS", 3)
        got = await sender.deliver([parcel(n) for n in range(7)])
        assert [a.outcome for a in got] == ["sent"] * 7
        assert [m["Metadata"]["outbox"] for m in stand_in.taken] == [f"out{n}" for n in range(7)]
        monkeypatch.setattr(module, "BATCH_BYTES", len(octets()) * 2)
        await sender.deliver([parcel(n) for n in range(5)])
        assert [n for _, n in stand_in.requests] == [3, 3, 1, 2, 2, 1]

    story(tell)


def test_octets_that_are_no_mail_fail_alone() -> None:
    async def tell(stand_in: PostmarkStandIn, sender: PostmarkTransport) -> None:
        odd = Parcel(
            id="odd",
            mail_from="",
            recipient="a@x.example",
            message_id="",
            octets=b"Content-Type: text/plain; charset=klingon\r\n\r\nx\r\n",
        )
        got = await sender.deliver([parcel(1), odd, parcel(2)])
        assert [outcome(a) for a in got] == [("sent", "2.0.0"), ("failed", "5.6.0"), ("sent", "2.0.0")]

    story(tell)
