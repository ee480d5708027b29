"""Address fields: the mailboxes they hold, and whether their readers agree. The only file that knows flanker.

flanker is strict (RFC 5322 3.4) and the standard library is lenient; where they differ on who wrote a
mail, nobody did (ARCHITECTURE.md 5). Both are slow beside the one plain form that nearly every field has,
on which they cannot differ; that form is matched first.
"""

from __future__ import annotations

import logging
import re
from email.utils import getaddresses
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from mailrouter.core.mail.words import header_text
from mailrouter.core.model import Mailbox

if TYPE_CHECKING:
    from collections.abc import Callable

ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
SPEC = rf"{ATEXT}+(?:\.{ATEXT}+)*@[A-Za-z0-9](?:[A-Za-z0-9.-]{{0,250}}[A-Za-z0-9])?"
# addr-spec alone, or phrase of atoms, encoded words and one quoted string, then <addr-spec>: both readers agree.
PLAIN = re.compile(
    rf'\s*(?:({SPEC})|((?:"[^"\\@<>]{{0,200}}"|[\w=?!#$%&\'*+/^`{{|}}~ -]{{0,300}})) ?<({SPEC})>)\s*\Z',
    re.ASCII,
)
ITEM = re.compile(r'(?:"(?:[^"\\]+|\\.)*"?|\([^()]*\)|<[^<>]*>|[^,;"(<]+|[(<])+|[,;]')
GROUP = re.compile(r'\s*(?:[\w .\'-]{1,100}|"[^"]{1,100}"):(?=[^@]*(?:@|;|\Z))')
ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
ITEM_LENGTH = 1024  # flanker refuses longer mailboxes; so do we


class AddressField(NamedTuple):
    """What one address field holds: mailboxes in order, and defect codes."""

    mailboxes: tuple[Mailbox, ...]
    defects: tuple[str, ...]


def addresses(value: str) -> tuple[Mailbox, ...]:
    """The mailboxes of an address field value, undecoded (RFC 5322 3.4), in order; unreadable items are left out."""
    return address_field(value).mailboxes


def address_field(value: str) -> AddressField:
    """The mailboxes of a field: item by item, so that a bad one does not spoil the rest (flanker's lists are all or nothing)."""
    if not value:
        return AddressField((), ())
    plain = PLAIN.match(value)
    if plain:
        return AddressField((_plain(plain),), ())
    mailboxes: list[Mailbox] = []
    defects: list[str] = []
    for item in _items(value):
        one, defect = _item(item)
        mailboxes += one
        defects += defect
    return AddressField(tuple(mailboxes), tuple(dict.fromkeys(defects)))


def author_field(value: str) -> AddressField:
    """The mailboxes of From: the union of what either reader finds in the whole value, and why it is not one author.

    Codes: from-none, from-several, from-group, from-unreadable (too long or too deeply nested to be
    honest), display-name-address (the name shows an address other than the author's).
    """
    plain = PLAIN.match(value)
    if plain:
        found: tuple[Mailbox, ...] = (_plain(plain),)
        return AddressField(found, _name_defects(found))
    if len(value) > 4 * ITEM_LENGTH or value.count("(") > 50:
        return AddressField((), ("from-unreadable", "from-none"))
    strict = _strict_list(value)
    lenient = [box for name, address in getaddresses([value]) if (box := _mailbox(name, address))]
    united = {box.address.lower(): box for box in [*lenient, *strict, *address_field(value).mailboxes]}
    mailboxes = tuple(united.values())
    defects = ["from-none"] if not mailboxes else ["from-several"] if len(mailboxes) > 1 else []
    if GROUP.match(value):
        defects.append("from-group")
    return AddressField(mailboxes, (*defects, *_name_defects(mailboxes)))


def _plain(match: re.Match[str]) -> Mailbox:
    if match[1]:
        return Mailbox(address=_lower_domain(match[1]))
    name = match[2].strip()
    return Mailbox(address=_lower_domain(match[3]), name=header_text(name.strip('"')) if name else "")


def _items(value: str) -> list[str]:
    """The items of an address list, split at commas and semicolons outside quotes, comments and brackets."""
    return [item for item in ITEM.findall(value) if item not in (",", ";") and item.strip()]


def _item(item: str) -> tuple[list[Mailbox], list[str]]:
    """One item: plain, else as flanker reads it, else as the standard library does, with a defect."""
    group = GROUP.match(item)
    if group and "<" not in group[0]:
        item = item[group.end() :]
        if not item.strip():
            return [], []
    plain = PLAIN.match(item)
    if plain:
        return [_plain(plain)], []
    if len(item) > ITEM_LENGTH or item.count("(") > 50:
        return [], ["address-unreadable"]
    strict = _strict_list(item)
    if strict:
        return strict, []
    found = [box for name, address in getaddresses([item]) if (box := _mailbox(name, address))]
    return found, ["address-syntax"]


def _mailbox(name: str, address: str) -> Mailbox | None:
    address = address.strip()
    if (
        address.count("@") != 1
        or address.startswith("@")
        or address.endswith("@")
        or not address.isprintable()
    ):
        return None
    return Mailbox(address=_lower_domain(address), name=header_text(name))


def _lower_domain(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def _name_defects(mailboxes: tuple[Mailbox, ...]) -> tuple[str, ...]:
    """An address in a display name that is not the mailbox's own: what a person sees is not who wrote."""
    for box in mailboxes:
        if "@" in box.name and any(
            shown.lower() != box.address.lower() for shown in ADDRESS.findall(box.name)
        ):
            return ("display-name-address",)
    return ()


def _strict_list(value: str) -> list[Mailbox]:
    """The mailboxes that flanker's strict list grammar finds; empty when it refuses the value."""
    found = []
    for one in _flanker()(value):
        address = getattr(one, "address", "")
        box = _mailbox(getattr(one, "display_name", "") or "", address) if "@" in address else None
        if box:
            found.append(box)
    return found


@cache
def _flanker() -> Callable[[str], list[object]]:
    """flanker's `parse_list`, loaded when a field first needs it (0.2 s), its loggers muted before.

    They print grammar tables when it is imported, and addresses when it refuses one.
    """
    for name in ("address", "_parser.lexer", "_parser.parser", "validate", "corrector"):
        logging.getLogger(f"flanker.addresslib.{name}").disabled = True
    from flanker.addresslib.address import parse_list

    def parse(value: str) -> list[object]:
        return list(parse_list(value))

    return parse
