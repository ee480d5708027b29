"""Where the header block ends, which fields it has, and what the parameters of MIME fields say."""

from __future__ import annotations

import pytest

from mailrouter.core.mail.wire.budget import Budget, OverBudget
from mailrouter.core.mail.wire.headers import block, parameters

BUDGET = Budget()


@pytest.mark.parametrize(
    ("octets", "fields", "body", "defects"),
    [
        (b"From: a\nTo: b\n\nx", [("from", "a"), ("to", "b")], b"x", []),
        (b"From: a\r\nTo: b\r\n\r\nx", [("from", "a"), ("to", "b")], b"x", []),
        (b"From: a\r\n\r\n\nx", [("from", "a")], b"\nx", []),  # a gateway's CRLF, the author's LF
        (b"From: a\n\n\r\nx", [("from", "a")], b"\r\nx", []),
        (b"Subject: un\n  deux\n\ttrois\n\nx", [("subject", "un deux trois")], b"x", []),
        (b"Subject : un\n\nx", [("subject", "un")], b"x", []),  # RFC 5322 4.5.3
        (b"Subject:\n\nx", [("subject", "")], b"x", []),
        (b"\nx", [], b"x", []),
        (b"\r\nx", [], b"x", []),
        (b"From: a", [("from", "a")], b"", []),
        (b"", [], b"", []),
        (b"Bonjour\nNom: x\n", [], b"Bonjour\nNom: x\n", ["header-separator"]),
        (
            b"Subject: a\nBonjour\nNom: x\n\ny",
            [("subject", "a")],
            b"Bonjour\nNom: x\n\ny",
            ["header-separator"],
        ),
        (b"Subject: a\nbris\nTo: b\n\ny", [("subject", "a"), ("to", "b")], b"y", ["header-garbage"]),
        (b"Subject: a\n \nNom: x\n\ny", [("subject", "a")], b"Nom: x\n\ny", ["header-separator"]),
        (b"Subject: a\n \nTo: b\n\ny", [("subject", "a"), ("to", "b")], b"y", []),
        (b"Subject: \xe9t\xe9\n\ny", [("subject", "été")], b"y", ["header-8bit"]),
        (b"Subject: \xc3\xa9\n\ny", [("subject", "é")], b"y", ["header-8bit"]),
        (b"Subject: \xc3\xa9\nFrom: \xe9\n\ny", [("subject", "é"), ("from", "é")], b"y", ["header-8bit"]),
        (
            b"To: a\nlongue ligne\n" + b"x" * 70_000,
            [("to", "a")],
            b"longue ligne\n" + b"x" * 70_000,
            ["header-separator"],
        ),
        (b"x" * 70_000, [], b"x" * 70_000, ["header-separator"]),
    ],
)
def test_a_block_is_taken_apart(
    octets: bytes, fields: list[tuple[str, str]], body: bytes, defects: list[str]
) -> None:
    found = block(octets, BUDGET)
    assert (found.fields, octets[found.body :], found.defects) == (fields, body, defects)


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"a: b\n" * 14_000 + b"\n", "header_block"),
        (b"a: b\n" * 1_001 + b"\n", "header_count"),
        (b"Subject: " + b"x" * 33_000 + b"\n\n", "header_length"),
    ],
)
def test_a_block_over_budget_is_not_read(octets: bytes, reason: str) -> None:
    with pytest.raises(OverBudget) as caught:
        block(octets, BUDGET)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("value", "main", "params"),
    [
        ("", "", {}),
        ("text/plain", "text/plain", {}),
        ("Text/HTML; Charset=UTF-8", "text/html", {"charset": "UTF-8"}),
        ('text/plain; charset="us-ascii" (Plain text)', "text/plain", {"charset": "us-ascii"}),
        ("text/plain (simple); charset=us-ascii (x)", "text/plain", {"charset": "us-ascii"}),
        ('multipart/mixed; boundary="a;b=\\"c\\""', "multipart/mixed", {"boundary": 'a;b="c"'}),
        ("multipart/mixed; boundary=a b", "multipart/mixed", {"boundary": "a b"}),
        ('x/y; name="sans fin', "x/y", {"name": "sans fin"}),
        ("x/y; ;; = ; a = 1 ;b", "x/y", {"a": "1"}),
        ("x/y; name=a.pdf; name=b.pdf", "x/y", {"name": "a.pdf"}),
        ('x/y; name="=?utf-8?q?=C3=A9t=C3=A9?="', "x/y", {"name": "été"}),
        ("x/y; name*=utf-8''%C3%A9t%C3%A9", "x/y", {"name": "été"}),
        ("x/y; name*=iso-8859-1'fr'%E9t%E9; name=ete", "x/y", {"name": "été"}),
        ('x/y; n*1="deux"; n*0="un-"', "x/y", {"n": "un-deux"}),
        ("x/y; n*0*=utf-8''%C3; n*1*=%A9; n*2=t", "x/y", {"n": "ét"}),  # a character split between pieces
        ("x/y; n*=%E9t%E9", "x/y", {"n": "été"}),
    ],
)
def test_parameters_are_read(value: str, main: str, params: dict[str, str]) -> None:
    assert parameters(value) == (main, params)
