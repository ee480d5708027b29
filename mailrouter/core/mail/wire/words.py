"""Encoded words of header fields (RFC 2047), as they are met: split characters, bad padding, inside quotes."""

from __future__ import annotations

import binascii
import re

from mailrouter.core.mail.wire.charset import decode

# =?charset[*language]?encoding?text?= ; the text of a good word holds no question mark, so that one pass reads all.
WORD = re.compile(r"=\?([\w.:+-]{1,40})(?:\*[\w-]{0,20})?\?([bBqQ])\?([^?]*)\?=")
# A word that holds one all the same, or that a gateway cut: its end is searched for.
START = re.compile(r"=\?([\w.:+-]{1,40})(?:\*[\w-]{0,20})?\?([bBqQ])\?")
CONTROLS = {**dict.fromkeys(range(32), " "), 0x7F: " ", 0x85: " ", 0x2028: " ", 0x2029: " "}
JUNK = re.compile(rb"[^A-Za-z0-9+/]")

Word = tuple[int, int, str, bytes]  # start, end, charset, octets


def header_text(raw: str) -> str:
    """The text of an unfolded header value: encoded words decoded, controls made spaces, ends trimmed.

    Line breaks hidden in encoded words become spaces: no value can grow into a second field.
    """
    if "=?" in raw:
        raw = decode_words(raw)
    elif "\x1b$" in raw:  # Japanese mailers of old put its escapes into the field as they are (RFC 1468)
        raw = decode(raw.encode("utf-8", "surrogateescape"), "iso-2022-jp")[0]
    return raw.strip() if raw.isprintable() else raw.translate(CONTROLS).strip()


def decode_words(value: str) -> str:
    """`value` with its encoded words decoded; what is not one stays as it is.

    Neighbours in the same charset are joined as octets before decoding (RFC 2047 5(3) forbids to
    split a character between words; many senders do), and the space between two words is dropped (6.2).
    """
    pieces = WORD.split(value)  # text, charset, encoding, word, text ...
    if value.count("=?") == 1 and len(pieces) == 5:
        before, charset, encoding, word, after = pieces
        plain = encoding in "qQ" and word.isascii()
        octets = binascii.a2b_qp(word, header=True) if plain else _content(word, encoding)
        return before + decode(octets, charset)[0] + after
    words = [(m.start(), m.end(), m[1], _content(m[3], m[2])) for m in WORD.finditer(value)]
    return _assembled(value, words if len(words) == len(START.findall(value)) else _odd_words(value))


def _assembled(value: str, words: list[Word]) -> str:
    out: list[str] = []
    at, octets, charset, after_word = 0, b"", "", False
    for start, end, name, content in words:
        gap = value[at:start]
        joined = after_word and not gap.strip()
        if octets and not (joined and name == charset):
            out.append(decode(octets, charset)[0])
            octets = b""
        if not joined:
            out.append(gap)
        octets, charset, at, after_word = octets + content, name, end, True
    if octets:
        out.append(decode(octets, charset)[0])
    out.append(value[at:])
    return "".join(out)


def _odd_words(value: str) -> list[Word]:
    """Encoded words by their start and the next "?=" : those with a question mark inside, and a last one cut short."""
    found = []
    match = START.search(value)
    while match:
        end = value.find("?=", match.end())
        if end < 0:
            if " " in value[match.end() :]:
                break
            end = len(value)
        content = _content(value[match.end() : end], match[2])
        found.append((match.start(), min(end + 2, len(value)), match[1], content))
        match = START.search(value, end + 2)
    return found


def _content(encoded: str, encoding: str) -> bytes:
    raw = encoded.encode("utf-8", "surrogateescape")
    return binascii.a2b_qp(raw, header=True) if encoding in "qQ" else base64_octets(raw)


def base64_octets(raw: bytes) -> bytes:
    """Octets of base64 text whatever its padding and whatever stands between (RFC 2045 6.8: ignore it)."""
    try:
        return binascii.a2b_base64(raw)
    except binascii.Error:
        clean = JUNK.sub(b"", raw)
        return binascii.a2b_base64(clean[: len(clean) - (len(clean) % 4 == 1)] + b"==")
