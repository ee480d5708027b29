"""Delivery status notifications: the fields of RFC 3464 and RFC 6533, wherever they stand.

Their proper place is a message/delivery-status part; programs also put them into plain text, into one block for all,
under a wrong type or behind a missing boundary. `deliveries` reads any text that holds such fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailrouter.core.mail.kinds import status
from mailrouter.core.model.mail import Delivery, Frozen

TYPES = ("message/delivery-status", "message/global-delivery-status")
DELIVERED = frozenset(("delivered", "relayed", "expanded", "deliverable"))
"""Actions that say a mail arrived or went on (RFC 3464 2.3.3; "deliverable" is Postfix's probe)."""

_FIELD = re.compile(r"^[ \t]{0,4}([A-Za-z][A-Za-z0-9\-]{2,40})[ \t]?:[ \t]*(.*)$")
_PER_RECIPIENT = frozenset(("final-recipient", "original-recipient", "action", "status", "diagnostic-code"))
_TOLD = frozenset(("action", "status", "diagnostic-code"))
_SAYS_FIELDS = re.compile(r"^[ \t]{0,4}(?:final|original)-recipient[ \t]?:", re.I | re.M)
_MAX_RECIPIENTS = 500
_MAX_FIELD = 2000
_XTEXT = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}|\+([0-9A-F]{2})")
# Chinese and Japanese words stand right before and behind an address, without a space: none is a part of it.
NOT_IN_ADDRESS = r"\s<>\"',;:()\[\]\u3000-\u9fff\uac00-\ud7af\uff00-\uffef"
_LOCAL = re.compile(rf"(?:\"[^\"\r\n]{{1,64}}\"|[^{NOT_IN_ADDRESS}]{{1,128}})$")
_DOMAIN = re.compile(rf"[^{NOT_IN_ADDRESS}@]{{1,255}}")
_ROUTE = re.compile(r"@[^\s:,<>]{1,255}(?:,@[^\s:,<>]{1,255}){0,8}:(?=[^\s@]{1,128}@)")


class Block(Frozen, frozen=True, kw_only=True):
    """The fields of one recipient, names lower case, first value of each."""

    fields: dict[str, str]

    def get(self, name: str) -> str:
        """Value of the field `name` (lower case) or ''."""
        return self.fields.get(name, "")


def has_fields(text: str) -> bool:
    """Whether per-recipient fields of a delivery report stand in `text`, at the start of a line."""
    return _SAYS_FIELDS.search(text) is not None


def blocks(text: str) -> tuple[Block, ...]:
    """The per-recipient blocks of `text`, in order. A blank line or a second recipient field starts another."""
    found: list[dict[str, str]] = []
    current: dict[str, str] = {}
    for name, value in _fields(text):
        if name == "" or (name in ("final-recipient", "action") and name in current):
            _keep(current, found)
            current = {}
        if name:
            current.setdefault(name, value)
    _keep(current, found)
    return tuple(Block(fields=fields) for fields in _joined(found)[:_MAX_RECIPIENTS])


def _joined(found: list[dict[str, str]]) -> list[dict[str, str]]:
    """Blocks with a recipient; one that says only what happened is joined to the one before it, and so is one about
    the recipient that a block before it only named (programs that repeat it among the fields of the message)."""
    whole: list[dict[str, str]] = []
    for fields in found:
        named = "final-recipient" in fields or "original-recipient" in fields
        if whole and not whole[-1].keys() & _TOLD and _same_recipient(whole[-1], fields):
            whole[-1] |= fields
        elif named or not whole:
            whole.append(fields)
        elif not {"action", "status"} <= whole[-1].keys():
            whole[-1] = {**fields, **whole[-1]}
    return whole


def _same_recipient(one: dict[str, str], other: dict[str, str]) -> bool:
    return any(
        name in one and one[name] == other.get(name) for name in ("final-recipient", "original-recipient")
    )


def deliveries(text: str, context: str = "") -> tuple[Delivery, ...]:
    """What the fields in `text` say of each recipient; `context` is the human part, asked when they name no cause."""
    found = blocks(text)
    alone = context if len(found) == 1 else ""
    return tuple(_delivery(block, alone) for block in found)


def recipient(value: str, *others: str) -> str:
    """The address in a recipient field ("rfc822; a@b", "utf-8; …", RFC 6533 escapes undone), the first that has one."""
    for candidate in (value, *others):
        _, typed, rest = candidate.partition(";")
        address = address_in(_unescaped(rest if typed else candidate))
        if address:
            return address
    return (value.partition(";")[2] or value).strip(" <>\"'")


def address_in(text: str) -> str:
    """The first mail address in `text`, without a source route, or ''."""
    return next((address for _, _, address in addresses_in(_ROUTE.sub("", text[:_MAX_FIELD]))), "")


def addresses_in(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, address) of the mail addresses in `text`, in order. Begins at each "@", so that a long run of
    other characters costs nothing."""
    place = text.find("@")
    for _ in range(_MAX_RECIPIENTS):
        if place < 0:
            return
        before = _LOCAL.search(text[max(0, place - 130) : place])
        after = _DOMAIN.match(text, place + 1)
        if before and after:
            start, end = place - len(before[0]), after.end() - (after[0][-1] == ".")
            yield start, end, text[start:end]
        place = text.find("@", after.end() if after else place + 1)


def original_message_id(text: str) -> str:
    """The Message-ID of the original when a field of the report gives it, with its angle brackets, or ''."""
    match = re.search(r"^x?-?original-message-id[ \t]?:\s*(<[^<>\s]{1,998}>)", text, re.I | re.M)
    return match[1] if match else ""


def _delivery(block: Block, context: str) -> Delivery:
    diagnostic = block.get("diagnostic-code")
    kind, typed, words = diagnostic.partition(";")
    said = " ".join((words if typed and len(kind) < 40 else diagnostic).split())
    action = _action(block.get("action"))
    field = block.get("status")
    return Delivery(
        recipient=recipient(block.get("final-recipient"), block.get("original-recipient")),
        action=action,
        status=field.split()[0]
        if action in DELIVERED and field
        else status.status(field, said or field, action == "delayed", context),
        diagnostic=said,
    )


def _action(value: str) -> str:
    word = (value.split() or [""])[0].strip(";,.()").lower()
    if word in DELIVERED or word in ("failed", "delayed"):
        return word
    return "failed"


def _fields(text: str) -> list[tuple[str, str]]:
    """(name, value) pairs with folding undone; a blank line gives ("", "")."""
    out: list[tuple[str, str]] = []
    for line in text.splitlines():
        match = _FIELD.match(line)
        if not line.strip():
            out.append(("", ""))
        elif match and (line[0] not in " \t" or match[1].lower() in _PER_RECIPIENT):
            out.append((match[1].lower(), match[2].strip()))
        elif out and out[-1][0]:
            out[-1] = (out[-1][0], f"{out[-1][1]} {line.strip()}")
    return out


def _keep(fields: dict[str, str], found: list[dict[str, str]]) -> None:
    if fields.keys() & _PER_RECIPIENT:
        found.append(fields)


def _unescaped(value: str) -> str:
    """RFC 6533 3: utf-8-addr-xtext (\\x{E9}) and xtext (+2B) decoded."""

    def character(match: re.Match[str]) -> str:
        code = int(match[1] or match[2], 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]

    return _XTEXT.sub(character, value) if "\\x{" in value else value
