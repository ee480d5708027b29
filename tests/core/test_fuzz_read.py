"""Whatever the octets: no exception, nothing that cannot be written as JSON, never a second of CPU."""

from __future__ import annotations

import json
import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailrouter.cli.read import as_json
from mailrouter.core.mail.read import read

SEEDS = [path.read_bytes() for path in sorted((Path(__file__).parents[1] / "corpus").glob("*.eml"))]
# What mail is made of, hostile and honest: spliced anywhere.
TOKENS = [
    b"\n", b"\r\n", b"\r", b"\n\n", b"\x00", b"\xff", b"\xc3", b" ", b"\t", b";", b":", b"--", b"--b\n", b"--b--\n", b"=?utf-8?q?",
    b"=?utf-8?b?w6k=?=", b"?=", b"<a@b.example>", b'"', b"\\", b"(", b")", b"<", b">", b"&", b"&#x110000;", b"<!--", b"<style>",
    b"<blockquote>", b"<table><tr><td>", b"<div style='display:none'>", b"<a href='", b"begin 644 a\n", b"`\nend\n", b"From: z@x.example\n",
    b"From ", b"Content-Type: multipart/mixed; boundary=b\n", b"Content-Type: message/rfc822\n\n", b"Content-Type: text/html\n",
    b"Content-Type: message/delivery-status\n\n", b"Content-Type: application/ms-tnef\n", b"Content-Transfer-Encoding: base64\n",
    b"Content-Transfer-Encoding: quoted-printable\n", b"Content-Type: text/plain; charset=utf-16; format=flowed; delsp=yes\n",
    b"Content-Disposition: attachment; filename*0*=utf-8''%C3; filename*1*=%A9\n", b"Auto-Submitted: auto-replied\n", b"> ", b">> ",
    b"Le 3 mars 2026 \xc3\xa0 10:00, Zo\xc3\xa9 <z@x.example> a \xc3\xa9crit :\n", b"De : Zo\xc3\xa9\nEnvoy\xc3\xa9 : lundi 3 mars 2026\n\xc3\x80 : lot\nObjet : a\n",
    b"-----Message d'origine-----\n", b"-- \n", b"Nom : Martin\n", b"Date de naissance : 31/02/1961\n", b"NIR : 2 61 03 46 042 001 12\n",
    b"Mandat : oui, le 12/03/2026\n", b"550 5.1.1 <a@b.example>: unknown\n", b"Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n",
    b"absent jusqu'au 31 f\xc3\xa9vrier 99999 inclus\n", b"de retour le lundi 0/0/0\n",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A mail of the corpus, cut, spliced with another and with tokens."""
    octets = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 6))):
        at, to = sorted((draw(st.integers(0, len(octets))), draw(st.integers(0, len(octets)))))
        token = draw(st.sampled_from(TOKENS)) * draw(st.sampled_from([1, 1, 1, 2, 50]))
        other = draw(st.sampled_from(SEEDS))
        octets = draw(
            st.sampled_from(
                [
                    octets[:at] + token + octets[at:],
                    octets[:at] + token + octets[to:],
                    octets[:at] + octets[to:],
                    octets[:at] + other + octets[at:],
                    octets[:at] + octets[at:to] * 3 + octets[to:],
                ]
            )
        )
    return octets[:60_000]


def spliced() -> st.SearchStrategy[bytes]:
    """Nothing but tokens and a few random octets."""
    return st.lists(st.one_of(st.sampled_from(TOKENS), st.binary(max_size=4)), max_size=60).map(b"".join)


def check(octets: bytes) -> None:
    begin = time.process_time()
    reading = read(octets)
    spent = time.process_time() - begin
    line = json.loads(as_json("f", reading))
    assert line["held"] is None or line["held"] in {
        "nesting",
        "parts",
        "header_block",
        "header_length",
        "header_count",
        "addresses",
    }
    assert {file.sha256 for file in reading.message.attachments} == set(reading.files)
    assert reading.message.date is None or reading.message.date.tzinfo is not None
    assert spent < 1


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_a_mutilated_mail_is_read_all_the_same(octets: bytes) -> None:
    check(octets)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(spliced())
def test_tokens_in_any_order_are_read_all_the_same(octets: bytes) -> None:
    check(octets)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(spliced(), st.text().map(str.encode)), st.sampled_from(["text", "html"]))
def test_a_bare_body_is_read_all_the_same(octets: bytes, body: str) -> None:
    message = read(octets, body=body).message  # type: ignore[arg-type]
    assert message.held is None
    assert json.loads(as_json("f", read(octets, body=body)))["kind"] == "human"  # type: ignore[arg-type]
