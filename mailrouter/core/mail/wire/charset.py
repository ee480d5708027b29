"""Octets to text: the declared charset first, then a ladder that ends in what French mail really holds."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

# Declared name -> the codec that reads what is really sent under it: supersets, as browsers do
# (WHATWG Encoding, section 4.2), because "ISO-8859-1" mail holds the euro sign and "gb2312" mail holds gbk.
SUPERSETS = {
    "ascii": "",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "hz",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "cp950",
    "iso2022_jp": "iso2022_jp_ext",
}
# Names that Python does not know, as senders write them.
ALIASES = {
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "x-euc-jp": "euc_jp",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "ansi": "cp1252",
    "x-ansi": "cp1252",
    "windows-1252http-equivcontent-type": "cp1252",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "koi8": "koi8-r",
    "gb-2312": "gb18030",
    "ms-ansi": "cp1252",
    "iso-latin-1": "cp1252",
    "utf-8-mb4": "utf-8",
    "euc-jp": "euc_jp",
    "euc-kr": "cp949",
}
PAGE = re.compile(
    r"(?:cp|win|windows|ibm|ms|ms-?cp|codepage)?-?(\d{3,5})"
)  # a code page, whatever stands before its number
PAGES = {
    "936": "gb18030",
    "20127": "ascii",
    "28591": "cp1252",
    "65001": "utf-8",
    "51949": "cp949",
    "50220": "iso2022_jp",
}
UNOFFICIAL = re.compile(r"\A(?:x-)+")
LATIN = re.compile(r"(?:iso|latin)?-?8859-?(\d{1,2})")
# Only true charsets: Python also registers punycode (quadratic), unicode_escape, rot13, zip ...
ALLOWED = re.compile(
    r"(?:ascii|utf-(?:7|8|16(?:-[bl]e)?|32(?:-[bl]e)?)|iso8859-\d+|cp\d+|koi8-[rut]|big5(?:hkscs)?|gb2312|gbk|gb18030"
    r"|euc_(?:jp|jis_2004|jisx0213|kr)|shift_jis\w*|iso2022_\w+|hz|johab|mac-[a-z]+|ptcp154|tis-620|hp-roman8)\Z"
)
WESTERN = frozenset(("cp1252", "iso8859-15"))
# Declared Japanese, written in another of the three encodings of Japanese: gateways convert without saying so.
KIN = {"iso2022_jp_ext": ("euc_jp", "cp932"), "euc_jp": ("cp932",), "cp932": ("euc_jp",)}
SHIFTING = ("utf-7", "hz", "iso2022")  # these hide other characters behind ASCII octets
FOREIGN = re.compile("[^\\x00-\u024f\u2000-\u27bf\ufe0f\U0001f000-\U0001faff]")
BEYOND = re.compile(r"[^\x00-\x7f]")
# windows-1252 as browsers read it: its five undefined octets are the C1 controls of the same number.
C1 = {n: bytes([n]).decode("cp1252") for n in range(0x80, 0xA0) if n not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}


@lru_cache(maxsize=256)
def codec_of(declared: str) -> str | None:
    """The Python codec for a declared charset name; '' for ASCII, None for an unknown or unfit name."""
    name = declared.strip().strip("\"'").lower()
    for spelled in (ALIASES.get(name, name), _respelled(name)):
        try:
            found = codecs.lookup(spelled).name
        except (LookupError, ValueError):
            continue
        return SUPERSETS.get(found, found) if ALLOWED.match(found) else None
    return None


def _respelled(name: str) -> str:
    """The name as Python spells it, of one that programs spell in their own way: "cp-1251", "win1252", "x-x-big5"."""
    bare = name.partition(";")[0].strip(" \"'").replace("_", "-")
    bare = UNOFFICIAL.sub("", bare)
    if found := PAGE.fullmatch(bare):
        return PAGES.get(found[1], f"cp{found[1]}")
    if found := LATIN.fullmatch(bare):
        return f"iso8859-{found[1]}"
    return ALIASES.get(bare, bare)


def decode(content: bytes, declared: str = "") -> tuple[str, str]:
    """Text of `content`, and a defect code or ''.

    The declared charset is tried first, strictly. It is overruled in one case: octets outside ASCII
    that are valid UTF-8 under a declared Western single-byte charset, which decodes anything (a French
    text in Latin-1 is practically never valid UTF-8). Never fails: the last rung maps every octet.
    """
    codec = codec_of(declared) if declared else ""
    if codec == "utf-8":
        try:
            return content.decode().removeprefix("\ufeff"), ""
        except UnicodeDecodeError:
            pass  # the ladder below
    if content.isascii() and not _hidden(content, codec):
        return content.decode("ascii"), "charset-unknown" if codec is None else ""
    return (_declared(content, codec) if codec else None) or _ladder(content, codec, declared)


def _hidden(content: bytes, codec: str | None) -> bool:
    """Whether ASCII octets may mean other characters: shift sequences, or UTF-16 and UTF-32 with their NULs."""
    if not codec:
        return b"\x1b$" in content
    return codec.startswith(SHIFTING) or (b"\0" in content and codec.startswith(("utf-16", "utf-32")))


def _declared(content: bytes, codec: str) -> tuple[str, str] | None:
    """`content` by its declared codec when it holds, or None."""
    if codec in WESTERN:
        text = _strict(content, "utf-8")
        if text is not None and _meant(text):
            return text, "charset-wrong"
    text = windows_1252(content) if codec == "cp1252" else _strict(content, codec)
    return None if text is None else (text.removeprefix("\ufeff"), "")


def _meant(text: str) -> bool:
    """Whether Western octets that are valid UTF-8 were meant as it: they give letters of Western mail, punctuation or
    pictures, or are many. ("à" and two no-break spaces are one Samaritan letter.)"""
    return FOREIGN.search(text) is None or len(BEYOND.findall(text)) >= 8


def _ladder(content: bytes, codec: str | None, declared: str) -> tuple[str, str]:
    """No usable declaration: byte order marks, ISO-2022 escapes, UTF-8, then windows-1252."""
    defect = "charset-undeclared" if not declared else "charset-unknown" if codec is None else "charset-wrong"
    for mark, name in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(name, "replace").removeprefix("\ufeff"), defect
    for name in ("iso2022_jp_ext", "utf-8") if b"\x1b$" in content else ("utf-8", *KIN.get(codec or "", ())):
        text = _strict(content, name)
        if text is not None:
            return text, defect
    if codec == "utf-8" and _mostly_utf8(content):
        return content.decode("utf-8", "replace"), defect
    return windows_1252(content), defect


def windows_1252(content: bytes) -> str:
    """Every octet by windows-1252; cannot fail."""
    return content.decode("latin-1").translate(C1)


def _strict(content: bytes, codec: str) -> str | None:
    try:
        text = content.decode(codec)
        # UTF-7 can spell half a surrogate pair, which no output can hold
        return text.encode("utf-8", "replace").decode() if codec == "utf-7" else text
    except (UnicodeError, LookupError):
        return None


def _mostly_utf8(content: bytes) -> bool:
    """Declared UTF-8 with a few broken sequences (a gateway cut a character): keep UTF-8 with U+FFFD."""
    text = content.decode("utf-8", "replace")
    return len(BEYOND.findall(text)) >= 2 * text.count("\ufffd")
