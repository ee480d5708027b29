"""Guarantee: a mail is 7-bit, has short lines, reads back as it was written, and is the same bytes every time."""

from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.compose import mime

HEAD = (("Subject", "x"), ("From", "<lot@aplus.example>"))
MARK = "0f54355d03de34961b317deda3163455"

TEXTS = [
    "Bonjour,\n\nune ligne.\n",
    "From the start\nFrom here\n.\n..\n.hidden\n",
    "trailing \ntab\t\n  leading\n",
    "é" * 2000 + "\n",
    "x" * 5000,
    "=_a and --=_a0f54355d03de34961b317deda3163455--\n",
    "emoji 👩‍👩‍👧 and \u00a0 spaces\n",
    "\n\n\n",
    "",
]


def parts_of(octets: bytes):
    return [p for p in message_from_bytes(octets, policy=default).walk() if not p.is_multipart()]


def same(text: str) -> str:
    return text.replace("\r\n", "\n")


@pytest.mark.parametrize("text", TEXTS)
def test_texts_that_break_mail_come_back_whole(text):
    octets = mime.message(HEAD, text, f"<p>{text}</p>", [], MARK)
    plain, html = parts_of(octets)
    assert same(plain.get_content()) == text
    assert same(html.get_content()) == f"<p>{text}</p>"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=400))
def test_any_text_comes_back_in_seven_bits_and_short_lines(text):
    octets = mime.message(HEAD, text, text, [], MARK)
    assert octets.isascii()
    assert max(map(len, octets.split(b"\r\n"))) <= 78
    assert b"\n" not in octets.replace(b"\r\n", b"") and b"\r" not in octets.replace(b"\r\n", b"")
    assert not any(line.startswith(b"From ") for line in octets.split(b"\r\n\r\n", 1)[1].split(b"\r\n"))
    assert [same(p.get_content()) for p in parts_of(octets)] == [text, text]


def test_the_same_mail_is_the_same_bytes_and_another_mark_only_moves_the_boundaries():
    files = [mime.File("a.pdf", "application/pdf", b"\x00\xff" * 500)]
    one = mime.message(HEAD, "a\n", "<p>a</p>", files, MARK)
    assert one == mime.message(HEAD, "a\n", "<p>a</p>", files, MARK)
    other = mime.message(HEAD, "a\n", "<p>a</p>", files, "ffff")
    assert other == one.replace(MARK.encode(), b"ffff")


@given(st.binary(max_size=3000))
def test_files_come_back_octet_for_octet_beside_one_text_in_two_forms(octets):
    files = [mime.File("relevé de mars.pdf", "application/pdf", octets), mime.File("b.bin", "no type", b"b")]
    mail = message_from_bytes(mime.message(HEAD, "t\n", "<p>t</p>", files, MARK), policy=default)
    assert mail.get_content_type() == "multipart/mixed"
    assert [p.get_content_type() for p in mail.walk() if not p.is_multipart()] == [
        "text/plain",
        "text/html",
        "application/pdf",
        "application/octet-stream",
    ]
    first, second = mail.iter_attachments()
    assert (first.get_filename(), first.get_payload(decode=True)) == ("relevé de mars.pdf", octets)
    assert (second.get_filename(), second.get_payload(decode=True)) == ("b.bin", b"b")


@pytest.mark.parametrize(
    "kind", ["message/rfc822", "multipart/mixed", "text/html\r\nX: y", "", "application"]
)
def test_a_file_never_becomes_part_of_the_structure(kind):
    octets = mime.message(HEAD, "t\n", "t", [mime.File("a", kind, b"Content-Type: text/html\r\n\r\nx")], MARK)
    (attached,) = message_from_bytes(octets, policy=default).iter_attachments()
    assert attached.get_content_type() == "application/octet-stream"
    assert attached.get_payload(decode=True) == b"Content-Type: text/html\r\n\r\nx"
