"""What arrives: an envelope with its octets, and what reading them gives."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime
from typing import Final, Literal

import msgspec


class Frozen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Every value of the model: immutable, slotted, keyword-only, JSON by construction."""


Door = Literal["smtp", "lmtp", "webhook", "pipe"]

Kind = Literal[
    "human",
    "auto-generated",
    "auto-replied",
    "absence",
    "failure",
    "delay",
    "delivered",
    "receipt",
    "complaint",
    "bulk",
    "calendar",
    "challenge",
]

REPORTS: Final[frozenset[Kind]] = frozenset(("failure", "delay", "delivered", "receipt", "complaint"))
"""What a mail system says about another mail. Nobody's own words are in it, though a copy of the original may be: all of
its text is shown, nothing in it is stated, and no quote of ours in it was answered. `decide` goes by `Message.delivery`."""


class Mailbox(Frozen, frozen=True, kw_only=True):
    """One mailbox (RFC 5322 3.4): `address` is the addr-spec with a lower-case domain, `name` for display only."""

    address: str
    name: str = ""


class Envelope(Frozen, frozen=True, kw_only=True):
    """What the peer said (RFC 5321): `mail_from` is the reverse-path, empty when null.

    `peer` is the address that connected to us; `client` the original client's, when a
    configured relay told it (XFORWARD, XCLIENT). Both empty for the pipe door.
    """

    mail_from: str
    rcpt_to: tuple[str, ...]
    door: Door
    received_at: datetime
    peer: str = ""
    client: str = ""
    helo: str = ""
    provider_id: str = ""


class PeerInfo(Frozen, frozen=True, kw_only=True):
    """Who speaks at a door while the envelope is still being said. `relay`: the peer is in the configured `relays`."""

    door: Door
    address: str = ""
    client: str = ""
    helo: str = ""
    relay: bool = False
    tls: bool = False


class Mail(Frozen, frozen=True, kw_only=True):
    """One accepted mail: its envelope and its octets, byte for byte as received."""

    envelope: Envelope
    octets: bytes


class Attachment(Frozen, frozen=True, kw_only=True):
    """A file of a mail. `name` is data only, never a path; the octets are found by `sha256` in `Reading.files`.

    `problem` says why it must not go on (core/mail/enclosed/attached.py), '' when it may. `keep`: the kinds of identifiers
    that its reader may find in a readable file; None for who may read all."""

    name: str
    type: str
    size: int
    sha256: str
    inline: bool = False
    content_id: str = ""
    problem: str = ""
    keep: tuple[str, ...] | None = None


class Delivery(Frozen, frozen=True, kw_only=True):
    """What a delivery report says of one recipient (RFC 3464 2.3): action, status (RFC 3463), diagnostic-code."""

    recipient: str = ""
    action: str = ""
    status: str = ""
    diagnostic: str = ""


class Forwarded(Frozen, frozen=True, kw_only=True):
    """The original of a forwarded mail. `date` is as written there, ISO 8601 when it could be read."""

    author: str = ""
    author_name: str = ""
    date: str = ""
    subject: str = ""
    text: str = ""


class Stated(Frozen, frozen=True, kw_only=True):
    """One thing the author stated: by a labelled line, or in prose with a confidence below 1.

    `field` is the canonical name (see core/mail/says/fields.py); `value` normalised (dates ISO,
    NIR without spaces); `raw` as written; `problem` a code such as `nir-key` when it does not
    hold (the value is kept and said back kindly, never refused).
    """

    field: str
    value: str
    raw: str = ""
    source: Literal["label", "prose"] = "label"
    confidence: float = 1.0
    problem: str = ""


class Part(Frozen, frozen=True, kw_only=True):
    """One leaf of the MIME tree, transfer-decoded. `path` is its position ("1.2"); `inside` the path of the
    enclosing message/rfc822, empty for parts of the mail itself."""

    path: str
    type: str
    content: bytes
    charset: str = ""
    disposition: str = ""
    name: str = ""
    content_id: str = ""
    inside: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    params: tuple[tuple[str, str], ...] = ()


class Parsed(Frozen, frozen=True, kw_only=True):
    """What the octets hold, before anything is judged (core/mail/wire/parse.py).

    `headers`: all fields of the top header block in order, names lower-case, values unfolded and
    RFC 2047-decoded. `text` is the whole decoded body as plain text (from HTML when there is no
    text/plain: `text_from_html`). `html` is the decoded HTML body or empty. `defects` are stable codes. `held` is
    the budget that was exceeded: then nothing but the cheap fields is filled.
    """

    headers: tuple[tuple[str, str], ...] = ()
    authors: tuple[Mailbox, ...] = ()
    sender: Mailbox | None = None
    reply_to: tuple[Mailbox, ...] = ()
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    subject: str = ""
    date: datetime | None = None
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    content_type: str = "text/plain"
    text: str = ""
    text_from_html: bool = False
    html: str = ""
    parts: tuple[Part, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    defects: tuple[str, ...] = ()
    held: str | None = None

    def header(self, name: str) -> str:
        """First value of header `name` (lower-case), or ''."""
        return next((v for k, v in self.headers if k == name), "")


class Classified(Frozen, frozen=True, kw_only=True):
    """What kind of mail it is and why. `rule` names the rule that decided."""

    kind: Kind = "human"
    rule: str = ""
    return_date: Date | None = None
    delivery: tuple[Delivery, ...] = ()
    original_message_id: str = ""


class VisibleText(Frozen, frozen=True, kw_only=True):
    """The new text of a reply, what was taken for a signature, and what was folded away (kept, never deleted)."""

    visible: str = ""
    signature: str = ""
    folded: str = ""


class Message(Frozen, frozen=True, kw_only=True):
    """Everything read from one mail; what `decide` sees. Attachments' octets are not in it.

    `author` is None unless there is exactly one author: nothing may be decided from an ambiguous From.
    """

    author: Mailbox | None = None
    authors: tuple[Mailbox, ...] = ()
    sender: Mailbox | None = None
    reply_to: tuple[Mailbox, ...] = ()
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    subject: str = ""
    date: datetime | None = None
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    kind: Kind = "human"
    kind_rule: str = ""
    return_date: Date | None = None
    delivery: tuple[Delivery, ...] = ()
    original_message_id: str = ""
    text: str = ""
    visible: str = ""
    signature: str = ""
    folded: str = ""
    forwarded: Forwarded | None = None
    stated: tuple[Stated, ...] = ()
    language: Literal["fr", "en", ""] = ""
    attachments: tuple[Attachment, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    defects: tuple[str, ...] = ()
    held: str | None = None


class Reading(Frozen, frozen=True, kw_only=True):
    """What `read` gives: the message, and its files' octets by SHA-256."""

    message: Message
    files: dict[str, bytes] = msgspec.field(default_factory=dict)
