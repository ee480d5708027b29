"""Evidence of what a mail belongs to: the rows behind its addresses, the mails it answers, numbers in its subject."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace
from sqlalchemy import Connection, select

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
from mailrouter.store.outbox import open_text
from mailrouter.store.rows import AnyRow, rows
from mailrouter.store.seal import Erased, Sealer
from mailrouter.store.tables import Inbound, Outbox, Token

TOKEN, OUTBOX, INBOUND = rows(Token), rows(Outbox), rows(Inbound)
# Mails of ours to one person that a quote is compared with.
MOST_QUOTED = 12


class EvidenceReader:
    """Reads evidence within one transaction."""

    def __init__(self, sealer: Sealer, keys: AddressKeys, directory: Directory) -> None:
        self.sealer, self.keys, self.directory = sealer, keys, directory

    def target(self, conn: Connection, address: str) -> Target:
        """What a forward-path stands for; a token of ours with its row."""
        text = token_of(local_of(address))
        if text is None:
            return self.directory.target_of(address)
        decoded = decode(self.keys, text)
        row = self._token(conn, decoded.row_id) if decoded and decoded.kind != "page" else None
        return Target(address=address, kind="token" if row else "unknown", token=row)

    def _token(self, conn: Connection, row_id: int) -> TokenRow | None:
        row = conn.execute(select(TOKEN).where(TOKEN.c.row_id == row_id)).first()
        if row is None:
            return None
        return TokenRow(
            row_id=row.row_id,
            kind=row.kind,
            key_id=row.key_id,
            case_id=row.case_id,
            address=self._token_address(conn, row.case_id, row.inbound_id, row.address_sealed),
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

    def _token_address(self, conn: Connection, case_id: str, inbound_id: str, sealed: bytes | None) -> str:
        """Sealed under the case's key, or under the mail's a question is about."""
        if sealed is None:
            return ""
        try:
            key = self.sealer.case_key(conn, case_id) if case_id else self._mail_key(conn, inbound_id)
        except Erased:
            return ""
        return self.sealer.open(key, sealed, "token.address").decode()

    def _mail_key(self, conn: Connection, inbound_id: str) -> bytes:
        key_id = conn.execute(select(INBOUND.c.data_key).where(INBOUND.c.id == inbound_id)).scalar()
        if key_id is None:
            raise Erased(inbound_id)
        return self.sealer.load_key(conn, key_id)

    def case_of(self, conn: Connection, inbound_id: str) -> str:
        """The case that a mail is part of. One that is held names a case too, and is no part of it: a second copy of a
        stranger's held mail must prove itself like the first."""
        part = INBOUND.c.disposition.in_(("opened", "attached", "handled"))
        return str(
            conn.execute(select(INBOUND.c.case_id).where(INBOUND.c.id == inbound_id, part)).scalar() or ""
        )

    def found(
        self, conn: Connection, message: Message, targets: Sequence[Target]
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
        wanted = [i for i in (*referred, reported) if i]
        for row in self._sent(conn, wanted, paths):
            ours.append(self._our_mail(conn, row, answered=row.message_index in answered))
            if row.case_id and row.message_index in referred:
                evidence = referred[row.message_index]
                found.append(Candidate(case_id=row.case_id, evidence=evidence, audience=row.audience))
        accepted = select(INBOUND.c.case_id).where(
            INBOUND.c.message_index.in_([i for i in referred if i]), INBOUND.c.case_id != ""
        )
        for case_id in conn.execute(accepted).scalars().all() if any(referred) else ():
            # To a mail that we only accepted, the base subject must agree: hence no more than `references`.
            found.append(Candidate(case_id=case_id, evidence="references"))
        for number in find_numbers(message.subject):
            row_id = conn.execute(select(CASE.c.id).where(CASE.c.number == number)).scalar()
            if row_id:
                found.append(Candidate(case_id=row_id, evidence="number"))
        return list({(c.case_id, c.evidence): c for c in found}.values()), tuple(ours)

    def _sent(self, conn: Connection, indexes: list[str], outbox_ids: list[str]) -> Sequence[AnyRow]:
        if not indexes and not outbox_ids:
            return ()
        here = OUTBOX.c
        query = select(
            here.id,
            here.case_id,
            here.message_index,
            here.audience,
            here.template,
            here.data_key,
            here.envelope_sealed,
            here.text_sealed,
        )
        return conn.execute(
            query.where(here.message_index.in_(indexes) | here.id.in_(outbox_ids)).order_by(here.seq)
        ).all()

    def quotable(
        self,
        conn: Connection,
        message: Message,
        ours: tuple[OurMail, ...],
        cases: tuple[CaseView, ...],
        author: str,
    ) -> tuple[str, ...]:
        """What a quote below this mail may be of: the mails it answers, others that its author got on the case, and
        what was written there. A note quoted under another mail is ours too, and no new text."""
        answered = tuple(m.text for m in ours)
        if not message.folded or not any(answered):
            return ()
        here = OUTBOX.c
        ids = [c.id for c in cases]
        query = select(here.id, here.data_key, here.envelope_sealed, here.text_sealed).where(
            here.case_id.in_(ids), here.recipient_index == address_index(self.sealer, author)
        )
        rows_found = conn.execute(query.order_by(here.seq.desc()).limit(MOST_QUOTED)).all()
        others = tuple(open_text(conn, self.sealer, row)[1] for row in rows_found)
        written = tuple(m.text for c in cases for m in c.messages)
        return tuple(dict.fromkeys((*answered, *others, *written)))

    def _our_mail(self, conn: Connection, row: AnyRow, *, answered: bool) -> OurMail:
        recipient, text = open_text(conn, self.sealer, row)
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
