"""SMTP out, against a real server with moods: down, tempfails, rejects, hangs, cuts the line. Nothing is lost, nothing
is sent twice but for the one window that SMTP cannot close, and that one is told as `unknown`."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "doors"))
from sink import Moods, SinkRelay  # noqa: E402

from mailrouter.core.model import Attempt
from mailrouter.outbound.answer import attempt
from mailrouter.outbound.relay import Patience, Relay
from mailrouter.outbound.smtp import SmtpTransport
from mailrouter.ports import Parcel

OCTETS = b"From: a@aplus.example\r\nMessage-ID: <1@aplus.example>\r\n\r\n.dot\r\n..two\r\n\r\n.\r\nend\r\n"
SHORT = Patience(connect=2, command=2, final=0.15, idle=30)


def parcel(n: int = 1, octets: bytes = OCTETS, recipient: str = "claire.martin@caf46.example") -> Parcel:
    return Parcel(
        id=f"out={n}",
        mail_from="r-abc@aplus.example",
        recipient=recipient,
        message_id=f"<{n}@x>",
        octets=octets,
    )


def transport(*ports: int, **more: object) -> SmtpTransport:
    relays = [Relay(host="127.0.0.1", port=port, priority=n, **more) for n, port in enumerate(ports)]  # type: ignore[arg-type]
    return SmtpTransport(relays, hostname="aplus.example", patience=SHORT)


def outcome(a: Attempt) -> tuple[str, int, str]:
    return (a.outcome, a.code, a.enhanced)


def with_sink(
    story: Callable[[SinkRelay, SmtpTransport], Awaitable[None]], moods: Moods | None = None
) -> None:
    async def main() -> None:
        async with SinkRelay(moods).running() as sink:
            sender = transport(sink.port)
            await story(sink, sender)
            await sender.close()

    asyncio.run(main())


def test_octets_reverse_path_and_options_arrive_as_they_are() -> None:
    async def story(sink: SinkRelay, sender: SmtpTransport) -> None:
        (got,) = await sender.deliver([parcel()])
        assert outcome(got) == ("sent", 250, "2.0.0")
        assert (got.text, got.relay) == ("Ok: queued as 1", f"127.0.0.1:{sink.port}")
        (mail,) = sink.taken
        assert (mail.mail_from, mail.recipients) == ("r-abc@aplus.example", ["claire.martin@caf46.example"])
        assert mail.octets == OCTETS
        assert mail.options == [f"SIZE={len(OCTETS)}", "RET=HDRS", "ENVID=out+3D1", "NOTIFY=FAILURE,DELAY"]

    with_sink(story, Moods(keywords=["DSN"]))


def test_the_null_reverse_path_and_eight_bit_and_utf8_are_said_when_needed() -> None:
    async def story(sink: SinkRelay, sender: SmtpTransport) -> None:
        octets = "Subject: été\r\n\r\né\r\n".encode()
        mails = [
            Parcel(
                id="1",
                mail_from="",
                recipient="a@x.example",
                message_id="",
                octets=b"Subject: x\r\n\r\n\xe9\r\n",
            ),
            Parcel(id="2", mail_from="", recipient="zoé@x.example", message_id="", octets=octets),
        ]
        assert [(await sender.deliver([mail]))[0].outcome for mail in mails] == ["sent", "sent"]
        assert [(t.mail_from, t.recipients, t.octets) for t in sink.taken] == [
            ("", [m.recipient], m.octets) for m in mails
        ]
        assert [t.options[1:] for t in sink.taken] == [["BODY=8BITMIME"], ["BODY=8BITMIME", "SMTPUTF8"]]

    with_sink(story)


def test_connections_are_kept_and_a_stale_one_is_replaced_unheard() -> None:
    async def story(sink: SinkRelay, sender: SmtpTransport) -> None:
        for n in range(3):
            await sender.deliver([parcel(n)])
        assert sink.connections == 1
        client = sender._pools[0]._free[0][0]
        client.transport.abort()  # type: ignore[union-attr]
        await asyncio.sleep(0)
        assert outcome((await sender.deliver([parcel(4)]))[0]) == ("sent", 250, "2.0.0")
        assert (sink.connections, len(sink.taken)) == (2, 4)

    with_sink(story)


def test_many_parcels_go_out_side_by_side_and_attempts_are_in_order() -> None:
    async def story(sink: SinkRelay, sender: SmtpTransport) -> None:
        parcels = [parcel(n, recipient=f"p{n}@x.example") for n in range(30)]
        assert [a.outcome for a in await sender.deliver(parcels)] == ["sent"] * 30
        assert sorted(t.recipients[0] for t in sink.taken) == sorted(p.recipient for p in parcels)
        assert sink.connections == 8

    with_sink(story)


@pytest.mark.parametrize(
    ("place", "answer", "expected"),
    [
        ("greeting", "554 5.3.2 not today", ("retry", 554, "5.3.2")),
        ("greeting", "421 4.3.2 busy", ("retry", 421, "4.3.2")),
        ("MAIL", "451 4.7.1 greylisted", ("retry", 451, "4.7.1")),
        ("MAIL", "550 5.7.1 sender refused", ("failed", 550, "5.7.1")),
        ("RCPT", "450 4.2.1 later", ("retry", 450, "4.2.1")),
        ("RCPT", "550 5.1.1 unknown", ("failed", 550, "5.1.1")),
        ("RCPT", "552 5.2.2 mailbox full", ("retry", 552, "5.2.2")),
        ("RCPT", "452-4.2.2 mailbox\r\n452 4.2.2 full", ("retry", 452, "4.2.2")),
        ("RCPT", "552 too many recipients", ("retry", 552, "")),
        ("RCPT", "550 no enhanced code", ("failed", 550, "")),
        ("RCPT", "421 4.3.2 closing", ("retry", 421, "4.3.2")),
        ("DATA", "451 4.3.0 no", ("retry", 451, "4.3.0")),
        ("DATA", "554 5.7.1 no", ("failed", 554, "5.7.1")),
        ("DATA", "250 what", ("retry", 0, "4.4.1")),
        ("content", "451 4.3.0 disk", ("retry", 451, "4.3.0")),
        ("content", "554 5.6.0 spam", ("failed", 554, "5.6.0")),
        ("content", "354 what", ("unknown", 0, "4.4.2")),
        ("content", "nonsense", ("unknown", 0, "4.4.2")),
    ],
)
def test_what_a_relay_answers(place: str, answer: str, expected: tuple[str, int, str]) -> None:
    async def story(sink: SinkRelay, sender: SmtpTransport) -> None:
        assert outcome((await sender.deliver([parcel()]))[0]) == expected
        assert sink.taken == []
        sink.moods.answers.clear()
        assert outcome((await sender.deliver([parcel()]))[0]) == ("sent", 250, "2.0.0")
        assert [t.octets for t in sink.taken] == [OCTETS]

    with_sink(story, Moods(answers={place: answer}))


@pytest.mark.parametrize(
    ("moods", "expected", "taken"),
    [
        (Moods(drop="greeting"), "retry", 0),
        (Moods(drop="MAIL"), "retry", 0),
        (Moods(drop="DATA"), "retry", 0),
        (Moods(hang="content"), "unknown", 0),
        (Moods(drop="content"), "unknown", 0),
        (Moods(hang="taken"), "unknown", 1),
        (Moods(drop="taken"), "unknown", 1),
    ],
    ids=lambda value: (
        (value.hang and f"hang-{value.hang}" or f"drop-{value.drop}") if isinstance(value, Moods) else None
    ),
)
def test_silence_and_cut_lines_are_unknown_only_once_the_content_was_on_its_way(
    moods: Moods, expected: str, taken: int
) -> None:
    async def story(sink: SinkRelay, sender: SmtpTransport) -> None:
        (got,) = await sender.deliver([parcel()])
        assert (got.outcome, len(sink.taken)) == (expected, taken)
        assert (await sender.look_up(parcel())).outcome == "retry"
        sink.moods.hang = sink.moods.drop = ""
        assert (await sender.deliver([parcel()]))[0].outcome == "sent"
        assert {t.octets for t in sink.taken} == {OCTETS}

    with_sink(story, moods)


@pytest.mark.parametrize(
    "moods",
    [
        Moods(answers={"greeting": "554 no"}),
        Moods(answers={"MAIL": "451 4.3.0 no"}),
        Moods(answers={"RCPT": "451 4.3.0 no"}),
        Moods(answers={"content": "452 4.3.1 no"}),
        Moods(drop="DATA"),
        Moods(size=10),
        None,
    ],
    ids=["refuses", "tempfails-mail", "tempfails-rcpt", "tempfails-content", "cuts", "too-small", "down"],
)
def test_the_next_relay_takes_what_the_first_does_not(moods: Moods | None) -> None:
    async def main() -> None:
        async with SinkRelay(moods).running() as first, SinkRelay().running() as second:
            port = first.port if moods else 1
            sender = transport(port, second.port)
            (got,) = await sender.deliver([parcel()])
            assert (got.outcome, got.relay) == ("sent", f"127.0.0.1:{second.port}")
            assert (len(first.taken), [t.octets for t in second.taken]) == (0, [OCTETS])
            await sender.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("moods", "expected"),
    [(Moods(answers={"RCPT": "550 5.1.1 unknown"}), "failed"), (Moods(hang="taken"), "unknown")],
)
def test_a_final_or_unknown_outcome_is_not_tried_on_the_next_relay(moods: Moods, expected: str) -> None:
    async def main() -> None:
        async with SinkRelay(moods).running() as first, SinkRelay().running() as second:
            sender = transport(first.port, second.port)
            assert (await sender.deliver([parcel()]))[0].outcome == expected
            assert second.connections == 0
            await sender.close()

    asyncio.run(main())


def test_all_relays_down_is_a_retry() -> None:
    (got,) = asyncio.run(transport(1, 2).deliver([parcel()]))
    assert outcome(got) == ("retry", 0, "4.4.1")


@pytest.mark.parametrize(
    ("mail", "enhanced"),
    [
        (parcel(octets=b"a\nb\r\n"), "5.6.0"),
        (parcel(octets=b"no end"), "5.6.0"),
        (parcel(recipient="a@x.example> SIZE=1"), "5.1.3"),
        (parcel(recipient="a b@x.example"), "5.1.3"),
    ],
)
def test_what_smtp_would_have_to_alter_is_not_sent(mail: Parcel, enhanced: str) -> None:
    (got,) = asyncio.run(transport(1).deliver([mail]))
    assert outcome(got) == ("failed", 0, enhanced)


@pytest.mark.parametrize(
    ("without", "octets", "enhanced"),
    [("8BITMIME", b"\r\n\xe9\r\n", "5.6.3"), ("SMTPUTF8", b"X: \xc3\xa9\r\n\r\n", "5.6.7")],
)
def test_a_relay_without_the_extension_gets_no_mail_that_needs_it(
    without: str, octets: bytes, enhanced: str
) -> None:
    async def story(sink: SinkRelay, sender: SmtpTransport) -> None:
        assert outcome((await sender.deliver([parcel(octets=octets)]))[0]) == ("failed", 0, enhanced)
        assert sink.taken == []

    with_sink(story, Moods(without=[without]))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One certificate for 127.0.0.1, one for another name, each signed by itself."""
    made = tmp_path_factory.mktemp("relay-tls")
    for name, alternative in (("good", "IP:127.0.0.1"), ("other", "DNS:other.example")):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
            + [
                "-addext",
                f"subjectAltName={alternative}",
                "-keyout",
                made / f"{name}.key",
                "-out",
                made / f"{name}.pem",
            ],
            check=True,
            capture_output=True,
        )
    return made


@pytest.mark.parametrize(
    ("served", "trusted", "tls", "expected"),
    [
        ("good", "good", "starttls", "sent"),
        ("good", None, "starttls", "retry"),
        ("good", "other", "starttls", "retry"),
        ("other", "other", "starttls", "retry"),
        (None, "good", "starttls", "retry"),
    ],
    ids=["good", "unknown-authority", "other-authority", "other-name", "no-starttls"],
)
def test_tls_is_required_and_checked(
    certificates: Path, served: str | None, trusted: str | None, tls: str, expected: str
) -> None:
    async def main() -> None:
        context = None
        if served:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificates / f"{served}.pem", certificates / f"{served}.key")
        async with SinkRelay(tls=context).running() as sink:
            sender = transport(
                sink.port, tls=tls, ca_file=certificates / f"{trusted}.pem" if trusted else None
            )
            assert (await sender.deliver([parcel()]))[0].outcome == expected
            assert [t.over_tls for t in sink.taken] == ([True] if expected == "sent" else [])
            await sender.close()

    asyncio.run(main())


@pytest.mark.parametrize(("password", "expected"), [("right\n", ("sent", 250)), ("wrong\n", ("retry", 535))])
def test_logging_in_with_the_password_of_a_file(
    tmp_path: Path, password: str, expected: tuple[str, int]
) -> None:
    async def main() -> None:
        file = tmp_path / "password"
        file.write_text(password)
        async with SinkRelay(Moods(login=("aplus", "right"))).running() as sink:
            sender = transport(sink.port, username="aplus", password_file=file)
            (got,) = await sender.deliver([parcel()])
            assert (got.outcome, got.code) == expected
            assert [t.login for t in sink.taken] == (["aplus"] if expected[0] == "sent" else [])
            await sender.close()

    asyncio.run(main())


def test_a_password_may_be_given_and_is_never_shown() -> None:
    relay = Relay(host="relay.example", username="aplus", password="right")
    assert (relay.secret(), "right" in repr(relay)) == ("right", False)


def test_a_missing_password_file_is_a_retry_not_a_lost_mail(tmp_path: Path) -> None:
    async def story(sink: SinkRelay, _: SmtpTransport) -> None:
        sender = transport(sink.port, username="aplus", password_file=tmp_path / "absent")
        assert (await sender.deliver([parcel()]))[0].outcome == "retry"

    with_sink(story)


@pytest.mark.parametrize(("offered", "expected"), [(True, "sent"), (False, "retry")])
def test_requiretls_is_asked_for_when_configured(offered: bool, expected: str) -> None:
    async def main() -> None:
        async with SinkRelay(Moods(keywords=["REQUIRETLS"] if offered else [])).running() as sink:
            sender = transport(sink.port, requiretls=True)
            assert (await sender.deliver([parcel()]))[0].outcome == expected
            assert [("REQUIRETLS" in t.options) for t in sink.taken] == ([True] if offered else [])
            await sender.close()

    asyncio.run(main())


def test_mail_may_not_leave_the_machine_without_tls() -> None:
    assert [
        Relay(host=h).starttls for h in ("localhost", "127.0.0.1", "::1", "relay.example", "192.0.2.1")
    ] == [
        False,
        False,
        False,
        True,
        True,
    ]
    with pytest.raises(ValueError, match="may not leave this machine without TLS"):
        Relay(host="relay.example", tls="none")
    with pytest.raises(ValueError, match="belong together"):
        Relay(host="relay.example", username="x")


def test_an_answers_text_is_bounded_and_on_one_line() -> None:
    got = attempt(550, "5.1.1 <x>: no\n5.1.1 such\x07 user " + "y" * 2000, "r:25")
    assert (got.enhanced, got.text[:20], len(got.text)) == ("5.1.1", "<x>: no such user yy", 500)
