"""SPF macros (RFC 7208 7): a domain-spec to the name that is asked for."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple
from urllib.parse import quote

from mailrouter.checks.spf_record import MACRO
from mailrouter.checks.trace import Address

_ESCAPES = {"%": "%", "_": " ", "-": "%20"}
_NAME_OCTETS = 253


class Identity(NamedTuple):
    """What the macros speak of: the client, the sender (local part and domain), the HELO name."""

    client: Address
    local_part: str
    sender_domain: str
    helo: str


async def expand(spec: str, domain: str, who: Identity, validated: Callable[[], Awaitable[str]]) -> str:
    """`spec` expanded for `domain`; `validated` gives the client's validated name, asked for only if %{p} stands there.

    Names over 253 octets lose labels on the left (7.3); a final dot is dropped.
    """
    parts, at = [], 0
    for macro in MACRO.finditer(spec):
        letter, digits, reverse, delimiters, escape = macro.groups()
        parts.append(spec[at : macro.start()])
        at = macro.end()
        if escape:
            parts.append(_ESCAPES[escape])
            continue
        value = await validated() if letter in "pP" else _value(letter.lower(), domain, who)
        value = _transformed(value, digits, bool(reverse), delimiters or ".")
        parts.append(quote(value, safe="-._~") if letter.isupper() else value)
    return _shortened("".join((*parts, spec[at:])).removesuffix("."))


def _value(letter: str, domain: str, who: Identity) -> str:
    match letter:
        case "s":
            return f"{who.local_part}@{who.sender_domain}"
        case "l":
            return who.local_part
        case "o":
            return who.sender_domain
        case "d":
            return domain
        case "i":
            return dotted(who.client)
        case "v":
            return "in-addr" if who.client.version == 4 else "ip6"
        case _:
            return who.helo


def dotted(client: Address) -> str:
    """The address in dot format: IPv6 as 32 nibbles (RFC 7208 7.3)."""
    return str(client) if client.version == 4 else ".".join(client.exploded.replace(":", ""))


def _transformed(value: str, digits: str, reverse: bool, delimiters: str) -> str:
    labels = re.split(f"[{re.escape(delimiters)}]", value)
    if reverse:
        labels.reverse()
    return ".".join(labels[-int(digits) :] if digits else labels)


def _shortened(name: str) -> str:
    """The longest whole labels on the right that fit (7.3); cut once, for a name may have come out at megabytes."""
    if len(name) <= _NAME_OCTETS:
        return name
    whole = name[-_NAME_OCTETS - 1] == "."
    return name[-_NAME_OCTETS:] if whole else name[-_NAME_OCTETS:].partition(".")[2]
