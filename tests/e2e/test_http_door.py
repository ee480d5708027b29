"""The HTTP door and Postmark's webhooks over real HTTP: who may call, what is answered when, and what a post becomes."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parents[1] / "doors"))
from door_under_test import NOW, Town  # noqa: E402

from mailrouter.inbound.http import HttpDoor, authorized, client_of
from mailrouter.inbound.limits import Limits
from mailrouter.inbound.postmark import PostmarkWebhooks
from mailrouter.inbound.postmark_event import event_of
from mailrouter.inbound.postmark_mail import NoMail, octets_of, recipients_of, reverse_path_of
from mailrouter.metrics import Metrics
from mailrouter.ports import ProviderEvent

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
ELSEWHERE = ipaddress.ip_network("192.0.2.0/24")
AUTH = ("postmark", "s3cret")
RAW = "Return-Path: <zoe@cahors.example>\r\nFrom: Zoé <zoe@cahors.example>\r\nSubject: APL\r\n\r\nBonjour\r\n"


def posted(**more: Any) -> dict[str, Any]:
    """An inbound post as documented."""
    return {
        "FromName": "Zoé Durand",
        "From": "zoe@cahors.example",
        "FromFull": {"Email": "zoe@cahors.example", "Name": "Zoé Durand", "MailboxHash": ""},
        "To": "lot@aplus.example",
        "ToFull": [{"Email": "lot@aplus.example", "Name": "", "MailboxHash": ""}],
        "OriginalRecipient": "lot@aplus.example",
        "Subject": "APL bloquée",
        "MessageID": "73e6d360-66eb-11e1-8e72-a8904824019b",
        "Date": "Thu, 12 Mar 2026 10:00:00 +0100",
        "TextBody": "Bonjour,\nété",
        "HtmlBody": "",
        "Headers": [{"Name": "Message-ID", "Value": "<m1@cahors.example>"}],
        "Attachments": [],
        **more,
    }


class Desk:
    """What the webhooks call."""

    def __init__(self) -> None:
        self.town = Town()
        self.events: list[ProviderEvent] = []
        self.broken = False

    async def reported(self, event: ProviderEvent) -> None:
        if self.broken:
            raise RuntimeError("secret of claire.martin@caf46.example")
        self.events.append(event)

    @asynccontextmanager
    async def open(
        self, allowed: tuple[Any, ...] = (LOOPBACK,), **more: Any
    ) -> AsyncIterator[httpx.AsyncClient]:
        metrics = Metrics()
        proxies = more.pop("proxies", ())
        webhooks = PostmarkWebhooks(
            admit=self.town.admit,
            accept=self.town.accept,
            reported=self.reported,
            now=lambda: NOW,
            user="postmark",
            password="s3cret",
            allowed=allowed,
            proxies=proxies,
            limits=Limits(message_bytes=2_000_000),
            metrics=metrics,
        )
        door = HttpDoor(metrics=metrics, routes=webhooks.routes, proxies=proxies, **more)
        await door.start("127.0.0.1:0")
        async with httpx.AsyncClient(base_url=f"http://{door.addresses[0]}", auth=AUTH) as client:
            yield client
        await door.stop()


def at_desk(tell: Callable[[Desk, httpx.AsyncClient], Awaitable[None]], **more: Any) -> None:
    async def main() -> None:
        desk = Desk()
        async with desk.open(**more) as client:
            await tell(desk, client)

    asyncio.run(main())


def test_a_mail_is_answered_200_after_the_commit_and_only_once_over_its_repetitions() -> None:
    async def tell(desk: Desk, client: httpx.AsyncClient) -> None:
        answers = [await client.post("/postmark/inbound", json=posted(RawEmail=RAW)) for _ in range(11)]
        assert {(a.status_code, a.text) for a in answers} == {(200, "accepted as in-1\n")}
        (mail,) = desk.town.mails
        envelope = mail.envelope
        assert mail.octets == RAW.encode()
        assert (envelope.mail_from, envelope.rcpt_to, envelope.door, envelope.received_at) == (
            "zoe@cahors.example",
            ("lot@aplus.example",),
            "webhook",
            NOW,
        )
        assert envelope.provider_id == "73e6d360-66eb-11e1-8e72-a8904824019b"

    at_desk(tell)


@pytest.mark.parametrize(
    ("post", "status", "words"),
    [
        (posted(RawEmail=RAW + "BROKEN"), 503, "try again later\n"),
        (posted(OriginalRecipient="broken@aplus.example"), 503, "try again later\n"),
        (posted(OriginalRecipient="full@aplus.example"), 503, "Busy, try again later\n"),
        (posted(RawEmail="x" * 2_000_001), 403, "larger than this service takes\n"),
        (posted(OriginalRecipient="", ToFull=[]), 403, "no recipient\n"),
        ({"OriginalRecipient": "lot@aplus.example"}, 403, "no author\n"),
        ([1], 400, "no JSON object\n"),
    ],
)
def test_what_is_not_taken_is_told_so_that_it_comes_again_or_not(post: Any, status: int, words: str) -> None:
    async def tell(desk: Desk, client: httpx.AsyncClient) -> None:
        answer = await client.post("/postmark/inbound", json=post)
        assert (answer.status_code, answer.text, desk.town.mails) == (status, words, [])

    at_desk(tell)


def test_a_mail_to_nobody_we_know_is_200_and_has_a_record() -> None:
    async def tell(desk: Desk, client: httpx.AsyncClient) -> None:
        answer = await client.post("/postmark/inbound", json=posted(OriginalRecipient="nobody@aplus.example"))
        assert answer.status_code == 200
        assert [m.envelope.rcpt_to for m in desk.town.mails] == [("nobody@aplus.example",)]

    at_desk(tell)


def test_a_body_that_is_too_large_or_cut_is_not_taken() -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b'{"RawEmail": "'
        for _ in range(70):
            yield b"x" * 1024 * 1024

    async def tell(desk: Desk, client: httpx.AsyncClient) -> None:
        answer = await client.post("/postmark/inbound", content=endless())
        assert (answer.status_code, answer.text) == (403, "larger than this service takes\n")
        answer = await client.post("/postmark/inbound", content=b'{"RawEmail": "x')
        assert (answer.status_code, answer.text) == (400, "no JSON\n")
        answer = await client.post("/postmark/inbound", content=b"[" * 100_000)
        assert answer.status_code == 400
        assert desk.town.mails == []

    at_desk(tell)


@pytest.mark.parametrize(
    ("auth", "allowed"),
    [
        (None, LOOPBACK),
        (("postmark", "wrong"), LOOPBACK),
        (("other", "s3cret"), LOOPBACK),
        (AUTH, ELSEWHERE),
        (AUTH, None),
    ],
)
def test_nobody_else_may_call_and_all_hear_the_same(auth: Any, allowed: Any) -> None:
    async def tell(desk: Desk, client: httpx.AsyncClient) -> None:
        for path in ("/postmark/inbound", "/postmark/events"):
            answer = await client.post(path, json=posted(), auth=httpx.BasicAuth(*auth) if auth else None)
            assert (answer.status_code, answer.text) == (401, "not known\n")
        assert (desk.town.mails, desk.events) == ([], [])

    async def without_auth(desk: Desk, client: httpx.AsyncClient) -> None:
        client.auth = None
        await tell(desk, client)

    at_desk(tell if auth else without_auth, allowed=(allowed,) if allowed else ())


def test_behind_our_proxy_the_caller_is_the_last_address_it_heard() -> None:
    async def tell(desk: Desk, client: httpx.AsyncClient) -> None:
        said = [
            (
                await client.post("/postmark/inbound", json=posted(), headers={"X-Forwarded-For": forwarded})
            ).status_code
            for forwarded in ("192.0.2.9", "192.0.2.9, 203.0.113.5", "203.0.113.5, 192.0.2.9", "nonsense")
        ]
        assert said == [200, 401, 200, 401]

    at_desk(tell, allowed=(ELSEWHERE,), proxies=(LOOPBACK,))


def test_the_word_of_a_proxy_that_is_not_ours_does_not_count() -> None:
    async def tell(desk: Desk, client: httpx.AsyncClient) -> None:
        answer = await client.post(
            "/postmark/inbound", json=posted(), headers={"X-Forwarded-For": "192.0.2.9"}
        )
        assert answer.status_code == 401

    at_desk(tell, allowed=(ELSEWHERE,))


def test_events_are_reported_and_repeated_when_they_could_not_be() -> None:
    bounce = {
        "RecordType": "Bounce",
        "ID": 42,
        "Type": "HardBounce",
        "TypeCode": 1,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Metadata": {"outbox": "out1"},
        "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
        "Details": "smtp;550 5.1.2 no such domain",
        "Email": "claire.martin@caf46.example",
        "BouncedAt": "2026-03-12T09:33:54.9070259Z",
        "Inactive": True,
    }

    async def tell(desk: Desk, client: httpx.AsyncClient) -> None:
        desk.broken = True
        assert (await client.post("/postmark/events", json=bounce)).status_code == 503
        desk.broken = False
        assert (await client.post("/postmark/events", json=bounce)).status_code == 200
        assert desk.events == [
            ProviderEvent(
                provider_id="883953f4-6105-42a2-a16a-77a8eac79483",
                outbox_id="out1",
                recipient="claire.martin@caf46.example",
                kind="bounced",
                permanent=True,
                status="5.1.2",
                diagnostic="HardBounce The server was unable to deliver your message (ex: unknown user, mailbox not "
                "found). smtp;550 5.1.2 no such domain",
                at=datetime(2026, 3, 12, 9, 33, 54, 907025, tzinfo=UTC),
            )
        ]
        assert (await client.post("/postmark/events", json={"RecordType": "Open"})).text == "nothing to do\n"
        assert len(desk.events) == 1

    at_desk(tell)


@pytest.mark.parametrize(
    ("post", "expected"),
    [
        ({"RecordType": "Delivery", "Details": "250 2.0.0 OK"}, ("delivered", False, "2.0.0")),
        ({"RecordType": "Bounce", "Type": "HardBounce"}, ("bounced", True, "5.1.1")),
        ({"RecordType": "Bounce", "Type": "SoftBounce"}, ("bounced", False, "4.2.2")),
        (
            {"RecordType": "Bounce", "Type": "SoftBounce", "Details": "552 5.2.2 full"},
            ("bounced", False, "5.2.2"),
        ),
        ({"RecordType": "Bounce", "Type": "SoftBounce", "Inactive": True}, ("bounced", True, "4.2.2")),
        ({"RecordType": "Bounce", "Type": "Transient"}, ("deferred", False, "4.0.0")),
        ({"RecordType": "Bounce", "Type": "AutoResponder"}, None),
        ({"RecordType": "Bounce", "Type": "SpamComplaint"}, ("complained", True, "5.7.1")),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, ("complained", True, "5.7.1")),
        ({"RecordType": "SubscriptionChange", "SuppressSending": True}, ("complained", True, "5.7.1")),
        ({"RecordType": "SubscriptionChange", "SuppressSending": False}, None),
        ({"RecordType": "Click"}, None),
        ({}, None),
    ],
)
def test_what_an_event_says(post: dict[str, Any], expected: tuple[str, bool, str] | None) -> None:
    event = event_of(post)
    assert (event and (event.kind, event.permanent, event.status)) == expected


def test_a_mail_without_raw_octets_is_built_anew_from_its_fields() -> None:
    html = "<p>Bonjour, été</p>"
    octets = octets_of(
        posted(
            Cc="a@cahors.example",
            HtmlBody=html,
            Headers=[
                {"Name": "Received", "Value": "from a\r\n by b"},
                {"Name": "Message-ID", "Value": "<m1@cahors.example>"},
                {"Name": "In-Reply-To", "Value": "<k1@aplus.example>"},
                {"Name": "Auto-Submitted", "Value": "auto-replied"},
                {"Name": "MIME-Version", "Value": "1.0"},
                {"Name": "Content-Type", "Value": "text/evil"},
                {"Name": "Bad Name", "Value": "x"},
            ],
            Attachments=[
                {
                    "Name": "pièce.pdf",
                    "Content": base64.b64encode(b"%PDF \xff").decode(),
                    "ContentType": "application/pdf",
                },
                {
                    "Name": "l.png",
                    "Content": base64.b64encode(b"PNG").decode(),
                    "ContentType": "image/png",
                    "ContentID": "i1@x",
                },
                {
                    "Name": "m.eml",
                    "Content": base64.b64encode(b"Subject: x\r\n\r\ny").decode(),
                    "ContentType": "message/rfc822",
                },
            ],
        )
    )
    assert (octets.count(b"\n"), octets.isascii()) == (octets.count(b"\r\n"), True)
    mail = message_from_bytes(octets, policy=policy.default)
    assert [(k, str(v)) for k, v in mail.items() if not k.startswith(("Content-", "MIME"))] == [
        ("Received", "from a by b"),
        ("Message-ID", "<m1@cahors.example>"),
        ("In-Reply-To", "<k1@aplus.example>"),
        ("Auto-Submitted", "auto-replied"),
        ("From", "Zoé Durand <zoe@cahors.example>"),
        ("To", "lot@aplus.example"),
        ("Cc", "a@cahors.example"),
        ("Subject", "APL bloquée"),
        ("Date", "Thu, 12 Mar 2026 10:00:00 +0100"),
    ]
    text, rich = mail.get_body(("plain",)), mail.get_body(("html",))
    assert (text and text.get_content().split(), rich and rich.get_content().strip()) == (
        ["Bonjour,", "été"],
        html,
    )
    files = [
        (p.get_filename(), p.get_content_type(), p.get_content(), p["Content-ID"])
        for p in mail.iter_attachments()
    ]
    assert files == [
        ("pièce.pdf", "application/pdf", b"%PDF \xff", None),
        ("l.png", "image/png", b"PNG", "<i1@x>"),
        ("m.eml", "application/octet-stream", b"Subject: x\r\n\r\ny", None),
    ]


@pytest.mark.parametrize(
    ("post", "path"),
    [
        (posted(Headers=[{"Name": "Return-Path", "Value": "<r@x.example>"}]), "r@x.example"),
        (posted(Headers=[{"Name": "Return-Path", "Value": "<>"}]), ""),
        (posted(RawEmail="Return-Path: <>\r\n\r\n"), ""),
        (posted(RawEmail=RAW), "zoe@cahors.example"),
        (posted(), "zoe@cahors.example"),
    ],
)
def test_the_reverse_path(post: dict[str, Any], path: str) -> None:
    assert reverse_path_of(post, octets_of(post)) == path


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(), max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Name", "Value", "Email", "Content", "ContentType", "ContentID"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
FIELDS = [
    "From",
    "FromFull",
    "ToFull",
    "OriginalRecipient",
    "Subject",
    "TextBody",
    "HtmlBody",
    "Headers",
    "Attachments",
    "RawEmail",
    "Cc",
]


@given(st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=8))
def test_no_post_breaks_the_reading(odd: dict[str, Any]) -> None:
    post = posted(**odd)
    try:
        octets = octets_of(post)
        recipients = recipients_of(post)
    except NoMail:
        return
    assert isinstance(octets, bytes) and recipients
    assert isinstance(reverse_path_of(post, octets), str)
    json.dumps(post)


def test_health_is_ready_while_everything_holds() -> None:
    state = {"database": True, "outbox": True}

    async def holds(name: str) -> bool:
        if name == "outbox" and not state[name]:
            raise RuntimeError("secret")
        return state[name]

    async def tell(desk: Desk, client: httpx.AsyncClient) -> None:
        seen = []
        for database, outbox in ((True, True), (False, True), (True, False)):
            state.update(database=database, outbox=outbox)
            answer = await client.get("/healthz")
            seen.append((answer.status_code, answer.json()))
        assert seen == [
            (200, {"ready": True, "missing": []}),
            (503, {"ready": False, "missing": ["database"]}),
            (503, {"ready": False, "missing": ["outbox"]}),
        ]

    at_desk(tell, ready={"database": lambda: holds("database"), "outbox": lambda: holds("outbox")})


@pytest.mark.parametrize(("networks", "status"), [((LOOPBACK,), 200), ((ELSEWHERE,), 404)])
def test_metrics_are_for_those_who_may_read_them(networks: tuple[Any, ...], status: int) -> None:
    async def tell(desk: Desk, client: httpx.AsyncClient) -> None:
        await client.post("/postmark/inbound", json=posted())
        answer = await client.get("/metrics")
        line = 'mailrouter_accepted_total{door="webhook",duplicate="false"} 1.0'
        assert (answer.status_code, line in answer.text.splitlines()) == (status, status == 200)

    at_desk(tell, metrics_for=networks)


def test_only_the_routes_that_are_meant_exist() -> None:
    async def tell(desk: Desk, client: httpx.AsyncClient) -> None:
        said = [
            (await client.get(path)).status_code for path in ("/", "/docs", "/postmark/inbound", "/healthz/")
        ]
        assert said == [404, 404, 405, 307]

    at_desk(tell)


@pytest.mark.parametrize(
    ("header", "password", "expected"),
    [
        ("Basic " + base64.b64encode(b"u:p").decode(), "p", True),
        ("basic " + base64.b64encode(b"u:p").decode(), "p", True),
        ("Basic " + base64.b64encode(b"u:").decode(), "", False),
        ("Basic %%%", "p", False),
        ("Bearer " + base64.b64encode(b"u:p").decode(), "p", False),
        ("", "p", False),
    ],
)
def test_basic_authentication(header: str, password: str, expected: bool) -> None:
    assert authorized(header, "u", password) is expected


def test_an_address_is_told_plainly() -> None:
    from starlette.requests import Request

    scope = {"type": "http", "client": ("::ffff:192.0.2.1", 1), "headers": []}
    assert client_of(Request(scope), ()) == "192.0.2.1"
