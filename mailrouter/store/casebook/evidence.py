"""Evidence of what a mail belongs to: the rows behind its addresses, the mails it answers, numbers in its subject."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace
from sqlalchemy import bindparam, select

from mailrouter.core.casenumber import find_numbers
from mailrouter.core.mail.address import AddressKeys, decode, token_of
from mailrouter.core.mail.basesubject import base_subject
from mailrouter.core.model import (
    Candidate,
    CaseView,
    Evidence,
    Message,
    OurMail,
    Target,
    TokenRow,
)
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.localpart import local_of
from mailrouter.store.blind import address_index, message_index
from mailrouter.store.casebook.view import CASE
from mailrouter.store.keyring import Keyring
from mailrouter.store.outbox import SEALED_TEXT, WITH_KEY, opened_text
from mailrouter.store.rows import AnyRow, rows
from mailrouter.store.seal import Erased
from mailrouter.store.tables import Inbound, Outbox, Token
from mailrouter.store.types import among

TOKEN, OUTBOX, INBOUND = rows(Token), rows(Outbox), rows(Inbound)
# Mails of ours to one person that a quote is compared with.
MOST_QUOTED = 12
_TOKEN = select(TOKEN).where(TOKEN.c.row_id == bindparam("row_id"))
_MAIL_KEY = select(INBOUND.c.data_key).where(INBOUND.c.id == bindparam("inbound_id"))
_PART_OF = select(INBOUND.c.case_id).where(
    INBOUND.c.id == bindparam("inbound_id"), INBOUND.c.disposition.in_(("opened", "attached", "handled"))
)
_ACCEPTED = select(INBOUND.c.case_id).where(
    among(INBOUND.c.message_index, "indexes"), INBOUND.c.case_id != ""
)
_NUMBERED = select(CASE.c.id).where(CASE.c.number == bindparam("number"))
_OURS = select(
    *(OUTBOX.c[n] for n in ("case_id", "message_index", "audience", "template", "seq")), *SEALED_TEXT
).select_from(WITH_KEY)
_BY_MESSAGE = _OURS.where(among(OUTBOX.c.message_index, "indexes"))
_BY_ID = _OURS.where(among(OUTBOX.c.id, "ids"))
_GOT = (
    select(*SEALED_TEXT)
    .select_from(WITH_KEY)
    .where(among(OUTBOX.c.case_id, "cases"), OUTBOX.c.recipient_index == bindparam("index"))
    .order_by(OUTBOX.c.seq.desc())
    .limit(MOST_QUOTED)
)


class EvidenceReader:
    """Reads evidence within one transaction, whose connection and keys are `keys`."""

    def __init__(self, keys: Keyring, address_keys: AddressKeys, directory: Directory) -> None:
        self.keys, self.conn, self.sealer = keys, keys.conn, keys.sealer
        self.address_keys, self.directory = address_keys, directory

    def target(self, address: str) -> Target:
        """What a forward-path stands for; a token of ours with its row."""
        text = token_of(local_of(address))
        if text is None:
            return self.directory.target_of(address)
        decoded = decode(self.address_keys, text)
        row = self._token(decoded.row_id) if decoded and decoded.kind != "page" else None
        return Target(address=address, kind="token" if row else "unknown", token=row)

    def _token(self, row_id: int) -> TokenRow | None:
        row = self.conn.execute(_TOKEN, {"row_id": row_id}).first()
        if row is None:
            return None
        return TokenRow(
            row_id=row.row_id,
            kind=row.kind,
            key_id=row.key_id,
            case_id=row.case_id,
            address=self._token_address(row.case_id, row.inbound_id, row.address_sealed),
            audience=row.audience,
            outbox_id=row.outbox_id,
            inbound_id=row.inbound_id,
            question=row.question,
            words=tuple(row.words.split()) if row.words else (),
            created_at=row.created_at,
            expires_at=row.expires_at,
            used_at=row.used_at,
            revoked_at=row.revoked_at,
        )

    def _token_address(self, case_id: str, inbound_id: str, sealed: bytes | None) -> str:
        """Sealed under the case's key, or under the mail's a question is about."""
        if sealed is None:
            return ""
        try:
            key = self.keys.case(case_id) if case_id else self._mail_key(inbound_id)
        except Erased:
            return ""
        return self.sealer.open(key, sealed, "token.address").decode()

    def _mail_key(self, inbound_id: str) -> bytes:
        key_id = self.conn.execute(_MAIL_KEY, {"inbound_id": inbound_id}).scalar()
        if key_id is None:
            raise Erased(inbound_id)
        return self.keys.load(key_id)

    def case_of(self, inbound_id: str) -> str:
        """The case that a mail is part of. One that is held names a case too, and is no part of it: a second copy of a
        stranger's held mail must prove itself like the first."""
        return str(self.conn.execute(_PART_OF, {"inbound_id": inbound_id}).scalar() or "")

    def found(
        self, message: Message, targets: Sequence[Target]
    ) -> tuple[list[Candidate], tuple[OurMail, ...]]:
        """Candidates by Message-IDs and numbers, and the mails of ours that this one answers or reports on."""
        referred: dict[str, Evidence] = dict.fromkeys(
            (message_index(self.sealer, m) for m in message.references[-20:]), "references"
        )
        referred |= dict.fromkeys(
            (message_index(self.sealer, m) for m in message.in_reply_to[:5]), "in-reply-to"
        )
        replied_to = message.in_reply_to[:5] or message.references[-1:]
        answered = {message_index(self.sealer, m) for m in replied_to}
        reported = message_index(self.sealer, message.original_message_id)
        paths = [t.token.outbox_id for t in targets if t.token and t.token.outbox_id]
        found: list[Candidate] = []
        ours: list[OurMail] = []
        for row in self._sent([i for i in (*referred, reported) if i], paths):
            ours.append(self._our_mail(row, answered=row.message_index in answered))
            if row.case_id and row.message_index in referred:
                evidence = referred[row.message_index]
                found.append(Candidate(case_id=row.case_id, evidence=evidence, audience=row.audience))
        known = [i for i in referred if i]
        for case_id in self.conn.execute(_ACCEPTED, {"indexes": known}).scalars().all() if known else ():
            # To a mail that we only accepted, the base subject must agree: hence no more than `references`.
            found.append(Candidate(case_id=case_id, evidence="references"))
        for number in find_numbers(message.subject):
            row_id = self.conn.execute(_NUMBERED, {"number": number}).scalar()
            if row_id:
                found.append(Candidate(case_id=row_id, evidence="number"))
        return list({(c.case_id, c.evidence): c for c in found}.values()), tuple(ours)

    def _sent(self, indexes: list[str], outbox_ids: list[str]) -> list[AnyRow]:
        """Mails of ours by Message-ID or id, in their order; each way asked for by itself, since one search over two
        indexes is a scan in a bad hour."""
        found = {r.id: r for r in self.conn.execute(_BY_MESSAGE, {"indexes": indexes})} if indexes else {}
        if outbox_ids:
            found |= {r.id: r for r in self.conn.execute(_BY_ID, {"ids": outbox_ids})}
        return sorted(found.values(), key=lambda r: r.seq)

    def quotable(self, cases: tuple[CaseView, ...], author: str) -> tuple[str, ...]:
        """What a quote may be of beside the mails it answers: others that its author got on the cases, and what was
        written there. A note quoted under another mail is ours too, and no new text."""
        here = {"cases": [c.id for c in cases], "index": address_index(self.sealer, author)}
        others = tuple(opened_text(self.keys, row)[1] for row in self.conn.execute(_GOT, here).all())
        return (*others, *(m.text for c in cases for m in c.messages))

    def _our_mail(self, row: AnyRow, *, answered: bool) -> OurMail:
        recipient, text = opened_text(self.keys, row)
        return OurMail(
            outbox_id=row.id,
            case_id=row.case_id,
            recipient=recipient,
            text=text,
            template=row.template,
            audience=row.audience,
            answered=answered,
        )

    def agreeing(
        self, candidates: Iterable[Candidate], cases: tuple[CaseView, ...], message: Message
    ) -> tuple[Candidate, ...]:
        """Whether the base subject is the case's own, or ours with its number in it."""
        by_id = {c.id: c for c in cases}
        numbers = find_numbers(message.subject)
        base = base_subject(message.subject)
        return tuple(
            replace(
                c,
                subject_agrees=by_id[c.case_id].number in numbers
                or base == base_subject(by_id[c.case_id].subject),
            )
            for c in candidates
            if c.case_id in by_id
        )
