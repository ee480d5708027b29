"""How much one mail may cost before it is held instead of parsed."""

from __future__ import annotations

from mailrouter.core.model import Frozen


class Budget(Frozen, frozen=True, kw_only=True):
    """Limits of one reading, counted before or while it is parsed; the code of the first one exceeded is `held`.

    Octets unless said otherwise. Defaults: the largest mail the doors accept, and several times
    what honest mail was seen to hold (an Office 365 mail carries up to 40 KB of header fields).
    """

    octets: int = 26_214_400
    header_block: int = 65_536
    header_count: int = 1_000  # fields
    header_length: int = 32_768  # one field, unfolded
    parts: int = 1_000  # leaves and inner nodes of the MIME tree
    nesting: int = 50  # levels, message/rfc822 included
    decoded: int = 100_000_000  # all parts after transfer decoding, nested mails counted at each level
    text: int = 1_500_000  # the parts that people read; a letter is never that long
    tags: int = 60_000  # "<" in HTML bodies: a page of 1 MB by Outlook has half of that
    addresses: int = 1_000  # mailboxes over all address fields


DEFAULT = Budget()


class OverBudget(Exception):
    """Raised inside core/mail only, and always turned into `Parsed.held`; `reason` is a Budget field's name."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
