"""Encoded words are read as people meant them, and never let a line break into a value."""

from __future__ import annotations

import pytest

from mailrouter.core.mail.wire.words import base64_octets, decode_words, header_text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("sans mot encodé", "sans mot encodé"),
        ("=?utf-8?q?d=C3=A9cision?=", "décision"),
        ("=?UTF-8?Q?d=C3=A9cision_de_la_CAF?= suite", "décision de la CAF suite"),
        ("=?iso-8859-1*fr?q?d=E9j=E0?=", "déjà"),  # RFC 2231 5: a language after the charset
        ("=?utf-8?b?w6k=?= =?utf-8?b?dMOp?=", "été"),  # RFC 2047 6.2: the space between words is dropped
        ("=?utf-8?b?w6k=?=   =?iso-8859-1?q?t=E9?=", "été"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A9t=C3=A9?=", "été"),  # a character split between words
        ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        ("a=?utf-8?q?b?=c", "abc"),  # glued to atoms, against 5(1)
        ("=?utf-8?q?O=C3=B9 =3F vraiment ??=", "Où ? vraiment ?"),  # spaces and a question mark inside
        ("=?utf-8?b?w6l0w6?=", "ét\ufffd"),  # cut inside a character
        ("=?utf-8?q?coup=C3=A9_par_la_passerel", "coupé par la passerel"),
        ("=?utf-8?q?pas_un mot", "=?utf-8?q?pas_un mot"),  # no end, and more words after it: left as it is
        ("=?inconnu?q?r=E9ponse?=", "réponse"),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("=?utf-8?q??=", ""),
        ("=??q?a?=", "=??q?a?="),
    ],
)
def test_encoded_words_are_decoded_as_they_are_met(raw: str, text: str) -> None:
    assert decode_words(raw) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("=?utf-8?q?a=0D=0ABcc:_b=40c.example?=", "a  Bcc: b@c.example"),
        ("a\x00b\x1bc", "a b c"),
        ("  a\t", "a"),
        ("=?utf-8?q?a=E2=80=A8b?=", "a b"),
    ],
)
def test_a_header_value_stays_one_line(raw: str, text: str) -> None:
    assert header_text(raw) == text


@pytest.mark.parametrize(
    ("encoded", "octets"),
    [
        (b"YWJj", b"abc"),
        (b"YW Jj\r\n", b"abc"),
        (b"YWI", b"ab"),
        (b"YWI==", b"ab"),
        (b"YWJjZ", b"abc"),
        (b"Y=", b""),
        (b"", b""),
        (b"!!!", b""),
    ],
)
def test_base64_is_read_whatever_its_padding(encoded: bytes, octets: bytes) -> None:
    assert base64_octets(encoded) == octets
