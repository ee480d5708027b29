"""What a relay tells of the client it heard: the XFORWARD and XCLIENT extensions of Postfix."""

from __future__ import annotations

import ipaddress
import re

from mailrouter.inbound.wire import Refused

ATTRIBUTES = ("NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE")
XCLIENT_ATTRIBUTES = ("NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN", "DESTADDR", "DESTPORT")
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_UNKNOWN = ("[UNAVAILABLE]", "[TEMPUNAVAIL]")


def attributes(argument: str, allowed: tuple[str, ...]) -> dict[str, str]:
    """The attributes of one command, decoded; what the relay does not know is ''. Raises Refused 501."""
    found: dict[str, str] = {}
    for word in argument.split():
        name, equals, value = word.partition("=")
        if not equals or name.upper() not in allowed:
            raise Refused(501, "5.5.4", "Attributes are not well formed")
        found[name.upper()] = "" if value.upper() in _UNKNOWN else _decoded(value)
    if not found:
        raise Refused(501, "5.5.4", "Attributes are missing")
    if found.get("ADDR"):
        found["ADDR"] = _address(found["ADDR"])
    return found


def _decoded(value: str) -> str:
    """xtext (RFC 3461 4): `+41` is `A`."""
    plain = _XTEXT.sub(lambda pair: chr(int(pair[1], 16)), value)
    if not plain.isprintable() or len(plain) > 255:
        raise Refused(501, "5.5.4", "Attributes are not well formed")
    return plain


def _address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value.removeprefix("IPV6:").removeprefix("ipv6:")))
    except ValueError:
        raise Refused(501, "5.5.4", "ADDR is no network address") from None
