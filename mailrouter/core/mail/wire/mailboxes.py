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
from typing import TYPE_CHECKING

import msgspec

from mailrouter.core.mail.wire.words import header_text
from mailrouter.core.model import Mailbox

if TYPE_CHECKING:
    from collections.abc import Callable

ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
LABEL = r"[A-Za-z0-9][A-Za-z0-9-]{0,62}"
SPEC = rf"{ATEXT}+(?:\.{ATEXT}+)*@{LABEL}(?:\.{LABEL})*"
# addr-spec, perhaps with a comment behind; or a phrase (atoms, encoded words, comments, or one quoted string) before
# <addr-spec>. With one "@", and nothing that lists or groups, two readers cannot see different mailboxes.
PHRASE = r"""(?:"[^"\\@<>]*+"\s?|(?:[^"\\@<>(),;:\x00-\x1f\x7f]++|\([^()"\\@<>,;:\x00-\x1f]*+\))*+)"""
PLAIN = re.compile(rf"\s*+(?:({PHRASE})<({SPEC})>|({SPEC})(?:\s?\(([^()\"\\@<>,;:]*)\))?)\s*\Z")
# The same with unquoted commas, as in "Durand, Zoé <z@x.example>": refused by the standard, common in the mail of offices.
COMMAS = re.compile(rf"\s*([^\"\\@<>();:\x00-\x1f\x7f]{{1,200}}) ?<({SPEC})>\s*\Z")
BESIDE = re.compile(rf"\s*{SPEC}\s*<({SPEC})>\s*\Z")  # an address where the name should stand, unquoted
ITEM = re.compile(r'(?:"(?:[^"\\]+|\\.)*"?|\([^()]*\)|<[^<>]*>|[^,;"(<]+|[(<])+|[,;]')
GROUP = re.compile(r"""\s*(?:[\w .'-]{1,100}|"[^"]{1,100}"):""")
ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
NEEDLESS = re.compile(rf"{ATEXT}+(?:\.{ATEXT}+)*")
LITERAL = re.compile(r"\[[0-9A-Za-z.:-]{1,60}\]\Z")
NESTING = 50  # parentheses; the standard library recurses at each
ITEM_LENGTH = 1024  # flanker refuses longer mailboxes; so do we


class AddressField(msgspec.Struct, frozen=True):
    """What one address field holds: mailboxes in order, and defect codes."""

    mailboxes: tuple[Mailbox, ...]
    defects: tuple[str, ...]


def addresses(value: str) -> tuple[Mailbox, ...]:
    """The mailboxes of an address field value, undecoded (RFC 5322 3.4), in order; unreadable items are left out."""
    return address_field(value).mailboxes


def address_field(value: str, shown: str = "") -> AddressField:
    """The mailboxes of a field: item by item, so that a bad one does not spoil the rest (flanker's lists are all or nothing).

    `shown` is the same value with its encoded words decoded, when the caller has it: names are not decoded twice.
    """
    if not value:
        return AddressField((), ())
    plain = PLAIN.match(value) if len(value) <= ITEM_LENGTH else None
    if plain:
        return AddressField((_plain(plain, shown),), ())
    mailboxes: list[Mailbox] = []
    defects: list[str] = []
    for item in _items(value):
        one, defect = _item(item)
        mailboxes += one
        defects += defect
    return AddressField(tuple(mailboxes), tuple(dict.fromkeys(defects)))


def author_field(value: str, shown: str = "") -> AddressField:
    """The mailboxes of From: the union of what either reader finds in the whole value, and why it is not one author.
    `shown` as in `address_field`.

    Codes: from-none, from-several, from-group, from-unreadable (too long or too deeply nested to be
    honest), from-syntax (no reader finds a mailbox, but an address stands there), display-name-address
    (the name shows an address other than the author's).
    """
    plain = (PLAIN.match(value) or COMMAS.match(value)) if len(value) <= ITEM_LENGTH else None
    if plain:
        found: tuple[Mailbox, ...] = (_plain(plain, shown),)
        return AddressField(found, _name_defects(found))
    if "@" not in value:
        return AddressField(
            (), ("from-none", "from-group") if GROUP.match(value) and ";" in value else ("from-none",)
        )
    if len(value) > 4 * ITEM_LENGTH or value.count("(") > NESTING:
        return AddressField((), ("from-unreadable", "from-none"))
    united = {box.address.lower(): box for box in [*_strict_list(value), *address_field(value).mailboxes]}
    for box in _lenient_list(value):
        united.setdefault(box.address.lower(), box)
    defects = []
    if not united:
        united = {shown.lower(): Mailbox(address=_lower_domain(shown)) for shown in ADDRESS.findall(value)}
        defects.append("from-syntax" if united else "from-none")
    if len(united) > 1:
        defects.append("from-several")
        if beside := BESIDE.match(value):  # both readers count it; the brackets hold who wrote (RFC 5322 3.4)
            united = {beside[1].lower(): united.pop(beside[1].lower(), Mailbox(address=beside[1])), **united}
    if ";" in value and GROUP.match(value):
        defects.append("from-group")
    mailboxes = tuple(united.values())
    return AddressField(mailboxes, (*defects, *_name_defects(mailboxes)))


def _plain(match: re.Match[str], shown: str = "") -> Mailbox:
    phrase, address, *alone = match.groups()
    if not address:
        address, phrase = alone
    elif "=?" in phrase and '"' not in phrase and "=?" not in shown and shown.endswith(f"<{address}>"):
        return Mailbox(address=_lower_domain(address), name=shown[: -len(address) - 2].strip())
    name = (phrase or "").strip().strip('"')
    return Mailbox(address=_lower_domain(address), name=header_text(name) if name else "")


def _items(value: str) -> list[str]:
    """The items of an address list, split at commas and semicolons outside quotes, comments and brackets.

    A piece without an address before one with brackets is the family name of "Durand, Zoé <...>".
    """
    items: list[str] = []
    for item in ITEM.findall(value):
        if item in (",", ";") or not item.strip():
            continue
        if items and "@" not in items[-1] and ":" not in items[-1] and "<" in item:
            items[-1] = f"{items[-1]},{item}"
        else:
            items.append(item)
    return items


def _item(item: str) -> tuple[list[Mailbox], list[str]]:
    """One item: plain, else as flanker reads it, else as the standard library does, with a defect."""
    group = GROUP.match(item)
    if group:
        item = item[group.end() :]
        if not item.strip():
            return [], []
    plain = (PLAIN.match(item) or COMMAS.match(item)) if len(item) <= ITEM_LENGTH else None
    if plain:
        return [_plain(plain)], []
    if len(item) > ITEM_LENGTH or item.count("(") > NESTING:
        return [], ["address-unreadable"]
    if "@" not in item:
        return [], ["address-syntax"]
    strict = _strict_list(item)
    lenient = _lenient_list(item)
    if not strict:
        return lenient, ["address-syntax"]
    if not strict[0].name and lenient and strict[0].address == lenient[0].address:
        return lenient[:1], []  # the name stands in a comment, which flanker drops
    return strict, []


def _lenient_list(value: str) -> list[Mailbox]:
    """The mailboxes that the standard library finds, each once."""
    found = [box for name, address in getaddresses([value]) if (box := _mailbox(name, address))]
    return list({box.address: box for box in reversed(found)}.values())[::-1]


def _mailbox(name: str, address: str) -> Mailbox | None:
    """A mailbox, or None when `address` is no addr-spec: one "@" with text around it, no spaces but in quotes."""
    local, at, domain = address.strip().rpartition("@")
    quoted = len(local) > 1 and local[0] == local[-1] == '"'
    if not at or not local or not domain or not address.isprintable():
        return None
    if any(mark in domain for mark in ' "<>(),;:@') or (
        not quoted and any(mark in local for mark in ' "<>(),;@')
    ):
        return None if not domain.startswith("[") else _literal(name, local, domain)
    if quoted and NEEDLESS.fullmatch(bare := re.sub(r"\\(.)", r"\1", local[1:-1])):
        local = bare  # the same mailbox (RFC 5321 4.1.2): quotes say nothing where a dot-atom would do
    return Mailbox(address=f"{local}@{domain.lower()}", name=header_text(name))


def _literal(name: str, local: str, domain: str) -> Mailbox | None:
    """A mailbox at an address literal (RFC 5321 4.1.3), which may hold colons."""
    return Mailbox(address=f"{local}@{domain}", name=header_text(name)) if LITERAL.match(domain) else None


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


def preload() -> None:
    """Load flanker now, rather than when a mail waits for it."""
    _flanker()


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
