"""From a decision to final bytes. Pure: the same decision, facts, directory and kit give the same octets, so that
`simulate` shows what live handling sends, and a retry cannot differ."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from mailrouter.core.compose import mime
from mailrouter.core.compose.context import CONTEXT
from mailrouter.core.compose.envelope import fields_of
from mailrouter.core.compose.frame import Frame, frame_of
from mailrouter.core.compose.headers import file_name
from mailrouter.core.compose.kit import Kit, page_code
from mailrouter.core.compose.template import Letter
from mailrouter.core.compose.tokens import Addresses, Identity, Mint, identity_of
from mailrouter.core.compose.values import body_values, subject_values
from mailrouter.core.mail.enclosed.readable import readable
from mailrouter.core.model import Attachment, Decision, Facts, OutboundMail, Send
from mailrouter.core.policy.directory import Directory

PAGE_CODE: Final = "page-code"
"""The one mail that says what no record holds: the code is made here, of the key and the question's id."""

OF_CONTENT: Final = frozenset({"mandate", "mandate_form", "members", "withheld", "earlier"})
"""Values that tell of people or of what was said, and that a template can do without: nothing under `notice`."""


def compose(decision: Decision, facts: Facts, directory: Directory, kit: Kit) -> tuple[OutboundMail, ...]:
    """One mail per Send of the decision, in order.

    Faults of ours raise and say which send: KeyError (unknown template, missing value, file without octets),
    ValueError (unknown value, an address that cannot be written to, two sends that are the same mail),
    jinja2.UndefinedError (a template names what it is not given).
    """
    sends = [effect for effect in decision.effects if isinstance(effect, Send)]
    mails = tuple(_mail(as_disclosed(send), decision, facts, directory, kit) for send in sends)
    _all_different(mails)
    return mails


def as_disclosed(send: Send) -> Send:
    """The send under `notice`: number and organisation only, whatever else it was given."""
    if send.disclosure != "notice":
        return send
    dropped = OF_CONTENT.difference(CONTEXT[send.template].needs)
    values = {k: v for k, v in send.values.items() if k not in dropped}
    return replace(send, text="", fields=(), files=(), author_name="", values=values)


def _all_different(mails: Iterable[OutboundMail]) -> None:
    seen: set[str] = set()
    for mail in mails:
        if mail.id in seen:
            raise ValueError(f"two sends of {mail.template} to one recipient with the same key")
        seen.add(mail.id)


def _mail(send: Send, decision: Decision, facts: Facts, directory: Directory, kit: Kit) -> OutboundMail:
    policy = directory.policy
    frame = frame_of(send, decision, facts, directory)
    identity = identity_of(send, facts.seed, policy.domain)
    mint = Mint(keys=kit.address_keys, id_key=kit.id_key, domain=policy.domain, page_url=policy.page_url)
    at = mint.addresses(send, identity.outbox_id, frame.on_agents_side, frame.territory)
    letter = _letter(send, frame, at, directory, kit)
    headers = fields_of(send, frame, identity, at, letter.subject, facts, policy, kit.id_key)
    files = [_file(file, kit) for file in send.files]
    octets = mime.message(headers, letter.text, letter.html, files, identity.outbox_id)
    return _outbound(send, identity, at, letter, octets)


def _letter(send: Send, frame: Frame, at: Addresses, directory: Directory, kit: Kit) -> Letter:
    organisation = directory.organisations.get(send.organisation)
    book = kit.templates.book(send.language, organisation.slug if organisation else "")
    subject = kit.templates.subject(book, send.template, subject_values(frame, directory.policy.label))
    values = body_values(send, frame, at, subject, directory, book.words)
    if send.template == PAGE_CODE:
        values["code"] = page_code(kit.id_key, send.key)
    return kit.templates.letter(book, send.template, send.language, subject, values)


def _file(file: Attachment, kit: Kit) -> mime.File:
    return mime.File(name=file_name(file.name), type=file.type, octets=readable(kit.files[file.sha256], file))


def _outbound(send: Send, identity: Identity, at: Addresses, letter: Letter, octets: bytes) -> OutboundMail:
    return OutboundMail(
        id=identity.outbox_id,
        key=identity.outbox_id,
        recipient=send.recipient,
        mail_from=at.mail_from,
        message_id=identity.message_id,
        octets=octets,
        template=send.template,
        case_id=send.case_id,
        organisation=send.organisation,
        group=send.group,
        audience=send.audience,
        disclosure=send.disclosure,
        text=letter.text,
        tokens=at.tokens,
    )
