"""Paths and parameters of MAIL and RCPT (RFC 5321 4.1.2), read as the standard writes them.

The header parsers of libraries are for RFC 5322 addresses, which allow comments and folding that no path may have.
"""

from __future__ import annotations

import re

from mailrouter.inbound.wire import Refused

# Dots are taken anywhere in a local part: mailboxes such as `a..b@` exist, and nothing is gained by losing their mail.
_LOCAL = r"""(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-\u00a0-\ud7ff\ue000-\U0010ffff]+|"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*")"""
_DOMAIN = r"(?:[A-Za-z0-9_\-\u00a0-\ud7ff\ue000-\U0010ffff]+(?:\.[A-Za-z0-9_\-\u00a0-\ud7ff\ue000-\U0010ffff]+)*\.?|\[[A-Za-z0-9.:]+\])"
_MAILBOX = re.compile(rf"{_LOCAL}@{_DOMAIN}\Z")
_BRACKETED = re.compile(r'<((?:[^<>"]|"(?:[^"\\]|\\.)*")*)>')
_SOURCE_ROUTE = re.compile(r"@[^:]+:")  # RFC 5321 appendix C: to be accepted and ignored
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9\-]*)(?:=([^=\s]+))?\Z")
_LONGEST = 320


def reverse_path(argument: str) -> tuple[str, dict[str, str]]:
    """The reverse-path ('' when null) and the parameters of `MAIL FROM:...`. Raises Refused 501, 553."""
    path, parameters = _split(argument, "FROM:")
    mailbox = "" if path == "" else _mailbox(path, "5.1.7", utf8="SMTPUTF8" in parameters)
    return mailbox, parameters


def forward_path(argument: str, *, utf8: bool) -> tuple[str, dict[str, str]]:
    """The forward-path and the parameters of `RCPT TO:...`. Raises Refused 501, 553."""
    path, parameters = _split(argument, "TO:")
    if path.lower() == "postmaster":  # RFC 5321 4.5.1: without a domain too
        return path, parameters
    return _mailbox(path, "5.1.3", utf8=utf8), parameters


def _split(argument: str, keyword: str) -> tuple[str, dict[str, str]]:
    if argument[: len(keyword)].upper() != keyword:
        raise Refused(501, "5.5.4", f"Say {keyword}<address>")
    rest = argument[len(keyword) :].strip(" ")
    if bracketed := _BRACKETED.match(rest):
        path, tail = bracketed[1], rest[bracketed.end() :]
    else:
        path, _, tail = rest.partition(" ")
        if not path or "<" in path:
            raise Refused(501, "5.5.4", f"Say {keyword}<address>")
    return path, _parameters(tail)


def _parameters(tail: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in tail.split():
        parameter = _PARAMETER.match(word)
        if parameter is None or parameter[1].upper() in found:
            raise Refused(501, "5.5.4", "Parameters are not well formed")
        found[parameter[1].upper()] = parameter[2] or ""
    return found


def _mailbox(path: str, enhanced: str, *, utf8: bool) -> str:
    mailbox = path[route.end() :] if (route := _SOURCE_ROUTE.match(path)) else path
    if len(mailbox.encode("utf-8", "surrogateescape")) > _LONGEST or not _MAILBOX.match(mailbox):
        raise Refused(553, enhanced, "Address is not well formed")
    if not mailbox.isascii() and not utf8:
        raise Refused(553, "5.6.7", "Address needs SMTPUTF8")  # RFC 6531 3.5
    return mailbox
