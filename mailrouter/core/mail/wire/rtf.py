"""RTF bodies, which Outlook hides compressed in winmail.dat (MS-OXRTFCP), often with HTML wrapped inside (MS-OXRTFEX)."""

from __future__ import annotations

import re
import struct

from mailrouter.core.mail.wire.charset import decode

LIMIT = 2_000_000  # octets; a letter is never that long
# MS-OXRTFCP 3.1.2.2: what the dictionary holds before the first octet.
PRIMED = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20"
    b"\\b\\i\\u\\tab\\tx"
)
TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)"
)
UNSEEN = frozenset(
    ("fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "generator")
)
BREAKS = {"par": "\n", "line": "\n", "tab": "\t", "cell": "\t", "row": "\n", "lquote": "‘", "rquote": "’"}
BREAKS |= {"ldblquote": "“", "rdblquote": "”", "bullet": "•", "endash": "–", "emdash": "—"}


def decompressed(content: bytes) -> bytes:
    """The RTF in a compressed RTF stream (MS-OXRTFCP 2.1.3), '' when it is none; never more than LIMIT octets."""
    if len(content) < 16:
        return b""
    _, size, kind, _ = struct.unpack_from("<IIII", content)
    if kind == 0x414C454D:  # MELA: stored
        return content[16 : 16 + min(size, LIMIT)]
    return _lzfu(content[16:], min(size, LIMIT)) if kind == 0x75465A4C else b""


def _lzfu(content: bytes, size: int) -> bytes:
    """Runs of eight tokens after a control octet: a literal, or a reference into the last 4,096 octets."""
    out = bytearray(PRIMED)
    at, end = 0, size + len(PRIMED)
    while at < len(content) and len(out) < end:
        control, at = content[at], at + 1
        for bit in range(8):
            if at + 1 >= len(content) + (not control >> bit & 1) or len(out) >= end:
                break
            if not control >> bit & 1:
                out.append(content[at])
                at += 1
                continue
            reference = content[at] << 8 | content[at + 1]
            at += 2
            back = (len(out) - (reference >> 4)) % 4096
            if back == 0:  # the dictionary's write position: the end (2.1.3.1.5)
                return bytes(out[len(PRIMED) : end])
            for _ in range((reference & 15) + 2):
                out.append(out[-back] if back <= len(out) else 0x20)
    return bytes(out[len(PRIMED) : end])


def rtf_to_text(rtf: bytes) -> tuple[str, bool]:
    """The text of `rtf`, and whether it is HTML (then the HTML that was wrapped in it). Never fails."""
    source = rtf.decode("latin-1")
    html = "\\fromhtml" in source[:2000]
    reader = _Reader(html)
    for token in TOKEN.finditer(source):
        reader.take(token)
    return reader.text(), html


class _Reader:
    """What of an RTF stream people see, group by group."""

    def __init__(self, html: bool) -> None:
        self.html = html
        self.out: list[str] = []
        self.octets = bytearray()  # of \'xx escapes in a row: a multi-byte charset needs them together
        self.skip = False
        self.groups: list[bool] = []
        self.star = False
        self.rtf_only = False  # between \htmlrtf and \htmlrtf0 (MS-OXRTFEX 2.1.3.1.3)
        self.charset = "windows-1252"
        self.swallow = 0  # replacement characters after \u (RTF 1.9.1, \uc: one)

    def take(self, token: re.Match[str]) -> None:
        word, number, octet, symbol, brace, text = token.groups()
        if octet:
            self._octet(int(octet, 16))
            return
        if brace == "{":
            self.groups.append(self.skip)
        elif brace and self.groups:
            self.skip = self.groups.pop()
        elif word:
            self._word(word, number)
        elif symbol == "*":
            self.star = True
        elif symbol:
            self._put({"~": "\u00a0", "_": "-"}.get(symbol, symbol if symbol in "\\{}" else ""))
        elif text:
            self._put(text[self.swallow :])
            self.swallow = 0

    def text(self) -> str:
        self._flush()
        return "".join(self.out)

    def _word(self, word: str, number: str | None) -> None:
        if word == "htmlrtf":
            self.rtf_only = number != "0"
        elif word == "ansicpg" and number:
            self.charset = f"cp{number}"
        elif word == "u" and number:
            self._put(chr(int(number) % 65536) if not 0xD800 <= int(number) % 65536 < 0xE000 else "\ufffd")
            self.swallow = 1
        elif (self.star and word != "htmltag") or word in UNSEEN:
            self.skip = True
        elif word in BREAKS:
            self._put(BREAKS[word])
        self.star = False

    def _octet(self, value: int) -> None:
        if self.swallow:
            self.swallow = 0
        elif not (self.skip or self.rtf_only):
            self.octets.append(value)

    def _put(self, text: str) -> None:
        if not (self.skip or self.rtf_only):
            self._flush()
            self.out.append(text)

    def _flush(self) -> None:
        if self.octets:
            self.out.append(decode(bytes(self.octets), self.charset)[0])
            self.octets.clear()
