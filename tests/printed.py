"""What a reader of one of our PDFs sees: the shown glyphs, by each font's own table back to letters."""

from __future__ import annotations

import re
import zlib


def words_in(pdf: bytes) -> str:
    """What a reader sees: the shown glyphs of every page, by each font's own table back to letters."""
    streams = streams_of(pdf)
    regular, bold = (table_of(s) for s in streams if b"beginbfchar" in s)
    shown = []
    for page in (s for s in streams if b"BDC" in s):
        font = regular
        for name, text in re.findall(rb"/F(\d) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj", page, re.DOTALL):
            if name:
                font = regular if name == b"1" else bold
            else:
                shown.append(letters(text, font))
    return "\n".join(shown)


def streams_of(pdf: bytes) -> list[bytes]:
    found = re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL)
    return [zlib.decompress(s) if s[:1] == b"\x78" else s for s in found]


def table_of(stream: bytes) -> dict[int, str]:
    pairs = re.findall(rb"<([0-9A-F]+)> <([0-9A-F]+)>", stream)
    return {
        int(a, 16): bytes.fromhex(b.decode()).decode("utf-16-be")
        for a, b in pairs
        if len(a) == 4 and len(b) >= 4
    }


def letters(shown: bytes, table: dict[int, str]) -> str:
    plain = re.sub(rb"\\(\d{3}|.)", lambda m: ESCAPES.get(m[1], m[1]), shown, flags=re.DOTALL)
    return "".join(table.get(int.from_bytes(plain[n : n + 2]), "?") for n in range(0, len(plain), 2))


ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
