"""Header fields written by hand: RFC 5322 syntax, RFC 2047 encoded words, lines of at most 78 octets where they fold.

Nothing can be injected: a control character in any value is a ValueError, and names of people lose whatever could be
read as an address or end a quoted string.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import datetime
from email.utils import format_datetime
from itertools import groupby
from typing import Final
from urllib.parse import quote

LINE: Final = 76
NAME_CHARACTERS: Final = 70
# RFC 5322 3.6.4 sets no limit on References; long threads meet gateways that do.
REFERENCES: Final = 20

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_MSG_ID: Final = re.compile(r"<[!-;=?-Z\\^-~\[\]]{1,240}>")
_NOT_IN_NAMES: Final = re.compile(r'[<>@"\\,;:\[\]()]+')
# 39 octets are 52 in base64, 64 with =?utf-8?b?…?=: with a field name before it under RFC 2047's 76 for the line.
_ENCODED_WORD_BYTES: Final = 39


def field(name: str, value: str) -> str:
    """One header field, `Name: value`. ValueError for a control character other than our own folds (CRLF SPACE)."""
    if _CONTROL.search(value.replace("\r\n ", "")):
        raise ValueError(f"control character in the {name} field")
    return f"{name}: {value}"


def person_name(name: str) -> str:
    """A person's name as it may stand in a header: no control or format characters, nothing like an address,
    at most 70 characters."""
    kept = "".join(
        c if unicodedata.category(c)[0] != "C" else " " for c in unicodedata.normalize("NFC", name)
    )
    return " ".join(_NOT_IN_NAMES.sub(" ", kept).split())[:NAME_CHARACTERS].strip()


def mailbox(name: str, address: str) -> str:
    """`"name" <address>` (RFC 5322 3.4), the name as phrase()."""
    angle = f"<{checked_address(address)}>"
    if not name:
        return angle
    shown = phrase(name)
    return f"{shown}\r\n {angle}" if len(shown) + len(angle) > LINE - 12 else f"{shown} {angle}"


def phrase(name: str) -> str:
    """A display name (RFC 5322 3.2.5): ASCII words quoted, the others as encoded words (RFC 2047 section 5 (3)).

    Only whole words are encoded: readers disagree about the space between two encoded words of a phrase.
    """
    runs = groupby(name.split(), str.isascii)
    return " ".join(
        _quoted(" ".join(run)) if ascii_ else encoded_words(" ".join(run)) for ascii_, run in runs
    )


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def checked_address(address: str) -> str:
    """`address` if it can stand in a header and an envelope; ValueError otherwise."""
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or re.search(r'[\s<>,;"()\\]', address) or _CONTROL.search(address):
        raise ValueError("not an address that can be written to")
    return address


def text(value: str) -> str:
    """Unstructured text: as it is when ASCII and short, encoded words otherwise (RFC 2047 section 5 (1))."""
    if value.isascii() and len(value) <= LINE - 12 and "=?" not in value:
        return value
    return encoded_words(value)


def encoded_words(value: str) -> str:
    """`value` as base64 encoded words of whole characters (RFC 2047 section 5 (3)), one a line."""
    words = (f"=?utf-8?b?{b64encode(chunk).decode()}?=" for chunk in _chunks(value))
    return "\r\n ".join(words)


def _chunks(value: str) -> Iterator[bytes]:
    chunk = b""
    for character in value:
        octets = character.encode()
        if len(chunk) + len(octets) > _ENCODED_WORD_BYTES:
            yield chunk
            chunk = b""
        chunk += octets
    yield chunk


def date(moment: datetime) -> str:
    """RFC 5322 3.3 date-time of an aware datetime."""
    return format_datetime(moment)


def thread_fields(thread: Iterable[str]) -> list[tuple[str, str]]:
    """In-Reply-To (the newest) and References (oldest first, RFC 5322 3.6.4) of the recipient's own thread.

    The first and the newest are kept when there are more than twenty. What is not a Message-ID is left out:
    ids come from others' mail.
    """
    ids = list(dict.fromkeys(i for i in thread if _MSG_ID.fullmatch(i)))
    if not ids:
        return []
    if len(ids) > REFERENCES:
        ids = [ids[0], *ids[1 - REFERENCES :]]
    return [("In-Reply-To", ids[-1]), ("References", "\r\n ".join(ids))]


def parameter(name: str, value: str) -> str:
    """A MIME parameter: quoted when ASCII, else RFC 2231 section 4, in continuations (section 3) when long."""
    if value.isascii() and len(value) <= 60:
        return f"{name}={_quoted(value)}"
    pieces = list(_percent_pieces("utf-8''", value))
    if len(pieces) == 1:
        return f"{name}*={pieces[0]}"
    return ";\r\n ".join(f"{name}*{n}*={piece}" for n, piece in enumerate(pieces))


def _percent_pieces(start: str, value: str) -> Iterator[str]:
    piece = start
    for character in value:
        octets = quote(character, safe="")
        if len(piece) + len(octets) > 56:
            yield piece
            piece = ""
        piece += octets
    yield piece


def list_id(name: str, identifier: str) -> str:
    """RFC 2919 section 2: a phrase and the list's identifier, which looks like a domain name."""
    return f"{phrase(name)} <{identifier}>"


def file_name(name: str) -> str:
    """A file's name as data: no path, no control or format characters, at most 120 characters, never empty."""
    last = name.replace("\\", "/").rpartition("/")[2]
    # Angle brackets stand for nothing in a name, and readers strip them with the quotes of a parameter.
    kept = " ".join("".join(c for c in last if unicodedata.category(c)[0] != "C" and c not in "<>").split())
    kept = kept.strip(" .")
    if len(kept) > 120:
        stem, dot, suffix = kept.rpartition(".")
        kept = f"{stem[:110]}{dot}{suffix[:9]}" if dot and stem else kept[:120]
    return kept or "document"
