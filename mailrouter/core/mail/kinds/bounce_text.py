"""Recipients and diagnostics of a report that is only text: qmail, Exim, Gmail, Yahoo, Exchange 5.5, Notes and kin.

However they differ, they put each failed address at the start of a line, alone or before a colon, or right after a
word for recipient or delivery; what is said about it follows until the next one.
"""

from __future__ import annotations

import re
from itertools import islice

from mailrouter.core.mail.kinds import dsn, status
from mailrouter.core.model.mail import Delivery, Frozen

_ADDRESS = rf"((?:\"[^\"\r\n]{{1,64}}\"|[^{dsn.NOT_IN_ADDRESS}]{{1,128}})@[^{dsn.NOT_IN_ADDRESS}]{{1,255}})"
_HEADING = re.compile(
    r"^[ \t>*•\-]{0,40}(?:\d{3}[ -](?:\d\.\d+\.\d+ )?)?[<\"'\[(]{0,2}" + _ADDRESS + r"[>\"'\])]{0,2}"
    r"(?=[ \t]*(?:$|:|\.\.\.|[(\[<]|;|,| (?:on|le|am|el|il|op|em) (?:\w{3},|\d)|[ \t]{1,4}[A-Z]| -|\r))",
    re.M,
)
_NAMED = re.compile(
    r"\b(?:recipient|address|user|unknown|attempts|to|for|rcpt to|destinataires?|adresse|utilisateur|[àa]|empf[äa]nger|an|destinatario)\b"
    r"(?: \w{1,12}(?=[ \t:])){0,3}[ \t]{0,3}:?\s{0,3}[<\"'\[(]{0,2}(?<![\w.\-])" + _ADDRESS,
    re.I,
)
_FIELD_LINE = re.compile(
    r"^[ \t>]{0,8}(?:from|mail from|sender|de|subject|objet|reply-to|cc|return-path|message-id|date|sent|envoy[ée])[ \t]?:.*$",
    re.I | re.M,
)
_CONTACT = re.compile(r"contact|please|send mail|assistance|questions?|support|e-?mail us|postmaster", re.I)
_MAX = 200
_MAX_HEADER = 10_000
_DIAGNOSTIC = 700


class Place(Frozen, frozen=True, kw_only=True):
    """One address found in a report: where it stands and where what is said about it begins."""

    address: str
    start: int
    end: int


def deliveries(
    head: str, failed: tuple[str, ...], notown: frozenset[str], delayed: bool
) -> tuple[Delivery, ...]:
    """One Delivery per recipient that the report's own words `head` name.

    `failed` are the addresses of X-Failed-Recipients (they decide when given); `notown` the addresses of the report's
    own author and addressee, lower case, which count only when no other is there. A report that names nobody gives
    one Delivery without recipient, so that its status is not lost.
    """
    places = _listed(head, failed) if failed else _found(head, notown)
    if not places:
        return (_delivery("", head, head, delayed),)
    merged = _merged(places, head)
    alone = len(merged) == 1
    return tuple(_delivery(address, words, head if alone else "", delayed) for address, words in merged)


def _listed(head: str, failed: tuple[str, ...]) -> list[Place]:
    low = head.lower()
    places = []
    for address in dict.fromkeys(failed):
        for match in re.finditer(re.escape(address.lower()), low):
            places.append(Place(address=address, start=match.start(), end=match.end()))
            break
        else:
            places.append(Place(address=address, start=len(head), end=len(head)))
    return sorted(places, key=lambda place: place.start)


def _found(head: str, notown: frozenset[str]) -> list[Place]:
    """The strongest way of naming recipients that finds any."""
    blanked = _FIELD_LINE.sub(lambda match: " " * len(match[0]), head)
    if "@" not in blanked:
        return []
    for pattern in (_HEADING, _NAMED):
        places = [_place(match) for match in islice(pattern.finditer(blanked), _MAX)]
        strangers = [place for place in places if place.address.lower() not in notown]
        if strangers:
            return strangers
    for start, end, address in dsn.addresses_in(blanked):
        if address.lower() not in notown and not _CONTACT.search(head[max(0, start - 40) : start]):
            return [Place(address=address, start=start, end=end)]
    return [_place(match) for match in islice(_HEADING.finditer(blanked), 1)]


def _place(match: re.Match[str]) -> Place:
    return Place(address=match[1].rstrip("."), start=match.start(1), end=match.end(1))


def _merged(places: list[Place], head: str) -> list[tuple[str, str]]:
    """(address, what is said about it), each address once; what is said of its second mention is added."""
    said: dict[str, tuple[str, str]] = {}
    bounds = [place.start for place in places[1:]] + [len(head)]
    for place, bound in zip(places, bounds, strict=True):
        line = head.rfind("\n", 0, place.start) + 1
        lead = head[line : place.start].strip(" \t<\"'([>*")
        words = head[line if lead else place.end : max(bound, place.end)][:_DIAGNOSTIC]
        if place.start == len(head):
            words = head  # named in the header alone
        key = place.address.lower()
        if key in said:
            said[key] = (said[key][0], f"{said[key][1]} {words}")
        else:
            said[key] = (place.address, words)
    return list(said.values())


def _delivery(address: str, words: str, context: str, delayed: bool) -> Delivery:
    told = words if status.tells(words) else context or words
    diagnostic = " ".join(told.split()).strip(" <>:;,\"'")[:_DIAGNOSTIC]
    return Delivery(
        recipient=address,
        action="delayed" if delayed else "failed",
        status=status.status("", words, delayed, context),
        diagnostic=diagnostic,
    )


def failed_recipients(header: str) -> tuple[str, ...]:
    """The addresses of an X-Failed-Recipients header (Exim, Gmail)."""
    return tuple(address for item in header[:_MAX_HEADER].split(",") if (address := dsn.address_in(item)))
