"""The header fields of one mail, in a fixed order. No address stands in them but the recipient's and ours."""

from __future__ import annotations

from mailrouter.core.compose import headers
from mailrouter.core.compose.frame import Frame
from mailrouter.core.compose.kit import loop_mark
from mailrouter.core.compose.tokens import Addresses, Identity
from mailrouter.core.model import Facts, Send
from mailrouter.core.policy.schema import Policy

VIA = {"fr": "via", "en": "via"}
SHARED = {"fr": "boîte partagée", "en": "shared mailbox"}

# MS-OXCMAIL 2.1.3.2.20. On a case absence mails are wanted: they re-route it; only reports about reading are not.
# Anything else automatic goes to people we do not wait for, and wants no answer from a machine at all.
_ON_CASES = "DR, RN, NRN"
_ELSEWHERE = "All"


def fields_of(
    send: Send,
    frame: Frame,
    identity: Identity,
    at: Addresses,
    subject: str,
    facts: Facts,
    policy: Policy,
    id_key: bytes,
) -> list[tuple[str, str]]:
    """Every header field but MIME's, as (name, value). ValueError when a value cannot stand in a header."""
    ours = f"{frame.territory or 'contact'}@{policy.domain}"
    fields = [
        ("Date", headers.date(facts.now)),
        ("From", headers.mailbox(author_shown(send, frame, policy.label), ours)),
        ("To", headers.mailbox("", send.recipient)),
        ("Subject", headers.text(subject)),
        ("Message-ID", identity.message_id),
    ]
    if at.reply:
        fields.append(("Reply-To", headers.mailbox(stream(policy.label, frame.number), at.reply)))
    fields += headers.thread_fields(_thread(send, facts))
    fields += _automatic(send, frame, policy)
    return [
        *fields,
        ("Content-Language", send.language),
        ("X-Mailrouter-Loop", loop_mark(id_key, policy.domain)),
    ]


def author_shown(send: Send, frame: Frame, label: str) -> str:
    """The display name of From: the person who wrote and for whom, or the service itself."""
    person, group = headers.person_name(send.author_name), headers.person_name(frame.author_group)
    if not person and group and send.message and send.disclosure != "notice":
        # A shared mailbox wrote, and nobody signed.
        return f"{group} ({SHARED[send.language]}) {VIA[send.language]} {label}"
    if not person:
        return f"{label} {frame.place}".strip()
    return f"{person}{f' ({group})' if group else ''} {VIA[send.language]} {label}"


def stream(label: str, number: str) -> str:
    """What a case is called in an address book: "Administration+ 2026-004217-K"."""
    return f"{label} {number}".strip()


def _thread(send: Send, facts: Facts) -> tuple[str, ...]:
    """The recipient's own thread: as decided, else as the case knows it."""
    if send.thread:
        return send.thread
    case = facts.case(send.case_id) if send.case_id else None
    participant = case.participant(send.recipient) if case else None
    return participant.thread if participant else ()


def _automatic(send: Send, frame: Frame, policy: Policy) -> list[tuple[str, str]]:
    """RFC 3834 section 5: what a machine wrote says so; what a person wrote and we carry does not.

    List-Id (RFC 2919) only on the service's own notices: responders keep silent on list mail (RFC 5230 4.6, and
    Exchange rules in the field), and a person's absence has to reach us to re-route the case.
    """
    suppress = ("X-Auto-Response-Suppress", _ON_CASES if send.case_id else _ELSEWHERE)
    if not send.automatic:
        return [suppress] if send.case_id else []
    fields = [("Auto-Submitted", send.automatic), suppress]
    if frame.number:
        identifier = f"{frame.number.lower()}.{policy.domain}"
        fields.append(("List-Id", headers.list_id(stream(policy.label, frame.number), identifier)))
    return fields
