"""Octets become the text that was meant: the declared charset first, then a ladder."""

from __future__ import annotations

import pytest

from mailrouter.core.mail.wire.charset import codec_of, decode

EURO = "450 € à sa sœur…"


@pytest.mark.parametrize(
    ("octets", "declared", "text", "defect"),
    [
        (b"plain", "", "plain", ""),
        (b"plain", "us-ascii", "plain", ""),
        (EURO.encode(), "utf-8", EURO, ""),
        (EURO.encode(), '"UTF-8"', EURO, ""),
        (b"\xef\xbb\xbf" + EURO.encode(), "utf-8", EURO, ""),
        (EURO.encode("cp1252"), "iso-8859-1", EURO, ""),
        (EURO.encode("cp1252"), "windows-1252", EURO, ""),
        ("à l'œil".encode("iso8859-15"), "iso-8859-15", "à l'œil", ""),
        (EURO.encode(), "iso-8859-1", EURO, "charset-wrong"),
        (b"\xe0\xa0\xa0la CAF", "iso-8859-1", "à\xa0\xa0la CAF", ""),
        ("Привет, мир".encode(), "iso-8859-1", "Привет, мир", "charset-wrong"),
        (EURO.encode(), "us-ascii", EURO, "charset-wrong"),
        (EURO.encode(), "", EURO, "charset-undeclared"),
        (EURO.encode("cp1252"), "", EURO, "charset-undeclared"),
        (EURO.encode("cp1252"), "utf-8", EURO, "charset-wrong"),
        (EURO.encode("cp1252"), "x-perso", EURO, "charset-unknown"),
        (b"plain", "x-perso", "plain", "charset-unknown"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет", ""),
        ("日本".encode("iso2022_jp"), "iso-2022-jp", "日本", ""),
        ("日本".encode("iso2022_jp"), "", "日本", "charset-undeclared"),
        ("日本①".encode("cp932"), "shift_jis", "日本①", ""),
        ("한글".encode("cp949"), "ks_c_5601-1987", "한글", ""),
        ("漢字".encode("gb18030"), "gb2312", "漢字", ""),
        ("été".encode("utf-16"), "utf-16", "été", ""),
        ("été".encode("utf-16"), "", "été", "charset-undeclared"),
        (b"plain", "utf-16", "plain", ""),  # declared UTF-16 without a NUL: it is not
        ("配信不能".encode("euc_jp"), "iso-2022-jp", "配信不能", "charset-wrong"),
        (b"+AOk-t+AOk-", "utf-7", "été", ""),
        (b"\x81\x8d caf\xe9", "", "\x81\x8d café", "charset-undeclared"),  # the holes of windows-1252
        (b"", "x", "", "charset-unknown"),
    ],
)
def test_decode_reads_what_was_meant(octets: bytes, declared: str, text: str, defect: str) -> None:
    assert decode(octets, declared) == (text, defect)


def test_a_character_cut_by_a_gateway_leaves_the_rest_readable() -> None:
    octets = "préoccupante, échéance dépassée".encode() + b" f\xc3"
    assert decode(octets, "utf-8") == ("préoccupante, échéance dépassée f\ufffd", "charset-wrong")


@pytest.mark.parametrize(
    "name",
    ["punycode", "idna", "unicode_escape", "zip", "rot13", "hex", "undefined", "mbcs", "a" * 200, "\0"],
)
def test_only_charsets_are_used_as_charsets(name: str) -> None:
    assert codec_of(name) is None


def test_text_never_holds_half_a_character_that_json_refuses() -> None:
    decode(b"+2AA-", "utf-7")[0].encode("utf-8")
