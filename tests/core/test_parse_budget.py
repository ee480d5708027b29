"""A hostile mail is held with a reason, or read at an honest cost; it never raises."""

from __future__ import annotations

import base64
import re

import pytest

from mailrouter.core.mail.read import read
from mailrouter.core.mail.wire.budget import Budget
from mailrouter.core.mail.wire.parse import parse, parse_files

HEAD = b"From: z@x.example\nSubject: =?utf-8?q?=C3=89t=C3=A9?=\nMessage-ID: <1@x.example>\n"
NESTED = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3_000))
LAYERS = b"Content-Type: message/rfc822\n\n"


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (HEAD + b"Content-Type: text/plain" + b";" * 70_000 + b"\n\nx", "header_block"),
        (HEAD + b"Content-Type: text/plain" + b";" * 60_000 + b"\n\nx", "header_length"),
        (HEAD + b"A: b\n" * 2_000 + b"\nx", "header_count"),
        (HEAD + NESTED, "nesting"),
        (HEAD + LAYERS * 60 + b"x", "nesting"),
        (HEAD + b"Content-Transfer-Encoding: base64\n" + LAYERS + base64.encodebytes(LAYERS * 60), "nesting"),
        (HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 30_000, "parts"),
        (HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--bx\n" * 30_000, "parts"),
        (HEAD + b"To: " + b", ".join(b"a%d@b.example" % n for n in range(20_000)) + b"\n\nx", "header_block"),
        (HEAD + b"To: " + b",".join(b"a%d@b" % n for n in range(3_000)) + b"\n\nx", "addresses"),
        (HEAD + b"To: " + b"a@b\nTo: " * 900 + b"a@b,a@b\nCc: " + b"a@b," * 200 + b"\n\nx", "addresses"),
        (HEAD + b"Subject: " + b"=?" * 500_000 + b"\n\nx", "header_block"),
        (HEAD + b"\n" + b"begin 644 a\nM\nend\n" * 3_000, "parts"),
        (HEAD + b"\n" + b"x" * 1_500_001, "text"),
        (HEAD + b"Content-Type: text/html\n\n" + b"<" * 60_001, "tags"),
    ],
)
def test_over_budget_gives_the_reason_and_the_cheap_fields(octets: bytes, reason: str) -> None:
    parsed, files = parse_files(octets)
    assert (parsed.held, parsed.text, parsed.parts, files) == (reason, "", (), {})
    assert [author.address for author in parsed.authors] == ["z@x.example"]
    message = read(octets).message
    assert (message.held, message.subject, message.message_id) == (reason, "Été", "<1@x.example>")


@pytest.mark.parametrize(
    ("budget", "reason"),
    [
        (Budget(octets=100), "octets"),
        (Budget(decoded=100), "decoded"),
        (Budget(text=100), "text"),
        (Budget(tags=2), "tags"),
        (Budget(parts=1), "parts"),
        (Budget(nesting=0), "nesting"),
        (Budget(addresses=0), "addresses"),
        (Budget(header_block=50), "header_block"),
        (Budget(header_length=3), "header_length"),
        (Budget(header_count=2), "header_count"),
    ],
)
def test_each_budget_holds_on_its_own(budget: Budget, reason: str) -> None:
    octets = (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n"
        + b"x" * 200
        + b"\n--b\nContent-Type: text/html\n\n<p>y</p><p>z\n--b--\n"
    )
    assert parse(octets).held is None
    assert parse(octets, budget).held == reason


def test_every_budget_has_its_test() -> None:
    source = re.findall(r'"([a-z_]+)"\)', "".join(open(__file__, encoding="utf-8")))
    assert set(Budget.__struct_fields__) <= set(source)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\r" * 100_000,
        b"\r\r\n" * 50_000,
        b"\n" * 100_000,
        b":" * 50_000,
        b"\x00" * 1_000,
        bytes(range(256)) * 50,
        b"To: " + b'"' * 30_000 + b"\n\nx",
        b"From: " + b'"\\' * 15_000 + b"\n\nx",
        b"To: " + b"(" * 30_000 + b"\n\nx",
        b"Subject: " + b"=?u?q?" * 5_000 + b"\n\nx",
        b"Content-Type: text/plain; a=" + b'"\\' * 15_000 + b"\n\nx",
        b"Content-Type: text/plain;" + b"".join(b" n*%d=x;" % n for n in range(2_000)) + b"\n\nx",
        b"Content-Type: application/ms-tnef\n\n" + b"\x78\x9f\x3e\x22\x00\x00" + b"\x01" * 10_000,
        b"Content-Type: text/html\n\n" + b"<" * 50_000,
        b"Content-Type: text/html\n\n" + b"<a '\"<!--" * 10_000,
        b"Content-Type: text/plain; charset=utf-7\n\n" + b"+2AA-" * 10_000,
    ],
)
def test_nothing_raises_and_what_is_read_can_be_written(octets: bytes) -> None:
    message = read(octets).message
    message.text.encode("utf-8")
    message.subject.encode("utf-8")
    assert message.held is None
