"""SPF records (RFC 7208 4.5, 4.6, 12): text to terms. Every syntax error is found before anything is evaluated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final, Literal

Qualifier = Literal["+", "-", "~", "?"]

# RFC 7208 7.1. The letters c, r and t are for explanations alone.
MACRO: Final = re.compile(r"%(?:\{([slodipvhcrt])(\d*)(r?)([.\-+,/_=]*)\}|([%_-]))", re.IGNORECASE)
_LITERALS = re.compile(r"[!-$&-~]*")
_DIRECTIVE = re.compile(
    r"([+\-?~]?)(all|include|a|mx|ptr|ip4|ip6|exists)((?:[:/].*)?)", re.IGNORECASE | re.DOTALL
)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9._-]*)=(.*)", re.DOTALL)
_ARGUMENT = re.compile(r"(?::(.*?))?(?:/(\d+))?(?://(\d+))?", re.DOTALL)
_TOP_LABEL = re.compile(r"\.(?=[^.]*[A-Za-z-])[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?\Z")
_VERSION: Final = "v=spf1"


class SyntaxFault(Exception):
    """The record is not one; becomes permerror (RFC 7208 2.6.7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """One mechanism with its qualifier. `target` is the domain-spec, macros and all, '' when left out; `network` of
    ip4 and ip6; `prefix4`, `prefix6` the dual-cidr-length of a and mx."""

    qualifier: Qualifier
    mechanism: str
    target: str = ""
    network: IPv4Network | IPv6Network | None = None
    prefix4: int = 32
    prefix6: int = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record: its directives in order, and the domain-spec of redirect. Explanations are checked and not kept."""

    directives: tuple[Directive, ...]
    redirect: str = ""


def is_spf(text: str) -> bool:
    """Whether a TXT record is an SPF record (RFC 7208 4.5): the version, alone or followed by a space."""
    return text.lower() == _VERSION or text.lower().startswith(f"{_VERSION} ")


def parse_record(text: str) -> Record:
    """The terms of an SPF record; raises SyntaxFault."""
    directives: list[Directive] = []
    modifiers: dict[str, str] = {}
    for term in text[len(_VERSION) :].split(" "):
        directive = _DIRECTIVE.fullmatch(term)
        modifier = _MODIFIER.fullmatch(term)
        if directive:
            directives.append(_directive(*directive.groups()))
        elif modifier:
            _modifier(modifiers, modifier[1].lower(), modifier[2])
        elif term:
            raise SyntaxFault(f"unknown term in the record of {len(text)} octets")
    return Record(directives=tuple(directives), redirect=modifiers.get("redirect", ""))


def _modifier(seen: dict[str, str], name: str, value: str) -> None:
    """redirect and exp at most once, each with a domain-spec; others with any macro-string (RFC 7208 6)."""
    if name in ("redirect", "exp"):
        if name in seen:
            raise SyntaxFault(f"{name} twice")
        seen[name] = _domain_spec(value)
    else:
        _macro_string(value, letters="slodipvhcrt")


def _directive(sign: str, name: str, argument: str) -> Directive:
    qualifier: Qualifier = sign or "+"  # type: ignore[assignment]  # the pattern matches nothing else
    mechanism = name.lower()
    if mechanism in ("ip4", "ip6"):
        return Directive(qualifier=qualifier, mechanism=mechanism, network=_network(mechanism, argument))
    if mechanism in ("a", "mx"):
        parts = _ARGUMENT.fullmatch(argument)
        if not parts:
            raise SyntaxFault(f"argument of {mechanism}")
        target, prefix4, prefix6 = parts.groups()
        return Directive(
            qualifier=qualifier,
            mechanism=mechanism,
            target="" if target is None else _domain_spec(target),
            prefix4=_prefix(prefix4, 32),
            prefix6=_prefix(prefix6, 128),
        )
    return Directive(qualifier=qualifier, mechanism=mechanism, target=_plain_target(mechanism, argument))


def _plain_target(mechanism: str, argument: str) -> str:
    """The domain-spec of include and exists (compulsory), ptr (may be left out); `all` takes none."""
    if not argument and mechanism in ("all", "ptr"):
        return ""
    if mechanism == "all" or not argument.startswith(":"):
        raise SyntaxFault(f"argument of {mechanism}")
    return _domain_spec(argument[1:])


def _network(mechanism: str, argument: str) -> IPv4Network | IPv6Network:
    """ip4-network [ ip4-cidr-length ], or the same of ip6 (RFC 7208 5.6)."""
    address, slash, prefix = argument.removeprefix(":").partition("/")
    size = _prefix(prefix if slash else None, 32 if mechanism == "ip4" else 128)
    try:
        network = ip_network(f"{address}/{size}", strict=False)
    except ValueError as fault:
        raise SyntaxFault(f"network of {mechanism}") from fault
    if not argument.startswith(":") or network.version != int(mechanism[-1]):
        raise SyntaxFault(f"network of {mechanism}")
    return network


def _prefix(digits: str | None, size: int) -> int:
    """A prefix length up to `size`, without leading zeros; `size` when left out."""
    if digits is None:
        return size
    if (
        not digits.isascii()
        or not digits.isdigit()
        or len(digits) > 3
        or str(int(digits)) != digits
        or int(digits) > size
    ):
        raise SyntaxFault("prefix length")
    return int(digits)


def _domain_spec(text: str) -> str:
    """macro-string domain-end: the end is a macro, or "." and a top label that is not all digits."""
    _macro_string(text, letters="slodipvh")
    macros = list(MACRO.finditer(text))
    ends_in_macro = bool(macros) and macros[-1].end() == len(text) and bool(macros[-1][1])
    if not ends_in_macro and not _TOP_LABEL.search(text[macros[-1].end() :] if macros else text):
        raise SyntaxFault("domain-spec")
    return text


def _macro_string(text: str, *, letters: str) -> None:
    at = 0
    for macro in MACRO.finditer(text):
        if not _LITERALS.fullmatch(text, at, macro.start()):
            raise SyntaxFault("macro-string")
        if macro[1] and (macro[1].lower() not in letters or (macro[2] and int(macro[2]) == 0)):
            raise SyntaxFault("macro letter or transformer")
        at = macro.end()
    if not _LITERALS.fullmatch(text, at):
        raise SyntaxFault("macro-string")
