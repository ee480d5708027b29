"""A person's open cases, and the tallies of the groups that somebody answers for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select

from mailrouter.core.decide.words.command import said
from mailrouter.core.decide.words.identity import Person, one_person
from mailrouter.core.model import (
    CaseLine,
    CaseView,
    Followed,
    Message,
    Target,
)
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.schema import Group
from mailrouter.store.blind import address_index
from mailrouter.store.casebook.secrets import CaseBox, CaseSecrets
from mailrouter.store.casebook.view import CASE, PARTICIPANT, PARTY
from mailrouter.store.keyring import Keyring
from mailrouter.store.rows import AnyRow
from mailrouter.store.types import among

_LISTED = (
    select(CASE, PARTICIPANT.c.group_id, PARTICIPANT.c.side, PARTICIPANT.c.role)
    .join(PARTICIPANT, PARTICIPANT.c.case_id == CASE.c.id)
    .where(
        PARTICIPANT.c.address_index == bindparam("index"),
        PARTICIPANT.c.removed_at.is_(None),
        CASE.c.state.in_(("incomplete", "open", "done")),
    )
    .order_by(CASE.c.opened_at.desc())
    .limit(100)
)
MOST_OPENED = 200
_FOLLOWED = (
    select(CASE, *(PARTICIPANT.c[n] for n in ("group_id", "side", "role", "address_index")))
    .join(PARTICIPANT, PARTICIPANT.c.case_id == CASE.c.id)
    .where(
        among(PARTICIPANT.c.address_index, "indexes"),
        PARTICIPANT.c.removed_at.is_(None),
        PARTICIPANT.c.side == "operator",
        PARTICIPANT.c.role != "expert",
        CASE.c.state.in_(("open", "done")),
    )
    .order_by(CASE.c.opened_at.desc(), CASE.c.id)
    .limit(8 * MOST_OPENED)
)
_PARTIES = select(PARTY).where(among(PARTY.c.case_id, "cases")).order_by(PARTY.c.organisation)


class ListReader:
    """Reads lists within one transaction, whose connection and keys are `keys`; no personal data but the reader's own
    marker."""

    def __init__(self, keys: Keyring, directory: Directory) -> None:
        self.keys, self.conn, self.sealer = keys, keys.conn, keys.sealer
        self.directory = directory

    def wants_list(
        self, message: Message, targets: Sequence[Target], cases: Iterable[CaseView], author: str
    ) -> bool:
        """Whether the decision may list the author's cases: asked for by address or word, or a mail of an agent that is
        proven to belong to none (an unrelated subject above an old thread, somebody else's number). Forty open cases
        are forty keys to unwrap, too much to do for every mail."""
        if any(t.service == "liste" for t in targets):
            return True
        command = said(message.visible)
        if command is not None and command.act == "list":
            return True
        named = any(t.token for t in targets) or any(case.participant(author) for case in cases)
        return not named and "agent" in self.directory.roles(author)

    def listed(self, author: str) -> tuple[CaseLine, ...]:
        """The open cases of a person, newest first, without personal data but the own marker."""
        index = address_index(self.sealer, author)
        return self._lines(self.conn.execute(_LISTED, {"index": index}).all(), index, author)

    def namesakes(self, author: str, person: Person) -> tuple[CaseLine, ...]:
        """Those of an aidant's open cases that are about `person`, newest first. Names have no index, on purpose: the
        author's own cases are opened one by one, for a mail that says whom it is about."""
        if not author or not person:
            return ()
        index = address_index(self.sealer, author)
        found = self.conn.execute(_LISTED, {"index": index}).all()
        same = [r for r in found if r.side == "helper" and one_person(person, self._person(r))]
        return self._lines(same, index, author)

    def followed(self, readers: Iterable[str], person: Person) -> tuple[Followed, ...]:
        """The open cases of `person` that each of `readers`, of the operators' side, takes part in, newest first. Each case
        is opened once, the newest `MOST_OPENED` that they have; for a mail that may ask an organisation."""
        by_index = {address_index(self.sealer, a): a for a in readers if a}
        if not person or not by_index:
            return ()
        rows = self.conn.execute(_FOLLOWED, {"indexes": list(by_index)}).all()
        newest = list({r.id: r for r in rows}.values())[:MOST_OPENED]
        same = {r.id for r in newest if one_person(person, self._person(r))}
        found: list[Followed] = []
        for index, reader in by_index.items():
            own = [r for r in rows if r.id in same and r.address_index == index]
            found += (Followed(reader=reader, line=line) for line in self._lines(own, index, reader))
        return tuple(found)

    def _person(self, row: AnyRow) -> Person:
        return {f.name: f.value for f in self._secrets(row.id, row.fields_sealed).fields}

    def _lines(self, found: Sequence[AnyRow], index: str, author: str) -> tuple[CaseLine, ...]:
        parties: dict[str, list[AnyRow]] = {}
        wanted = {"cases": [r.id for r in found]}
        for party in self.conn.execute(_PARTIES, wanted) if found else ():
            parties.setdefault(party.case_id, []).append(party)
        return tuple(self._line(r, parties.get(r.id, []), index, author) for r in found)

    def _line(self, row: AnyRow, parties: list[AnyRow], index: str, author: str) -> CaseLine:
        # An expert helps an organisation, and owes no answer for it.
        own = next((p for p in parties if p.group_id == row.group_id and row.role != "expert"), None)
        answered = [own] if own else parties
        return CaseLine(
            case_id=row.id,
            number=row.number,
            state=row.state,
            organisations=tuple((p.organisation, p.state) for p in parties),
            opened_at=row.opened_at,
            repere=dict(self._secrets(row.id, row.fields_sealed).markers).get(author, ""),
            side=row.side,
            own=own.state if own else "",
            own_organisation=own.organisation if own else "",
            territory=row.territory,
            urgent=row.urgent,
            owner=""
            if own is None or not own.owner_index
            else ("me" if own.owner_index == index else "other"),
            since=own.asked_at if own else row.opened_at,
            answered=bool(answered) and all(p.last_answer_at is not None for p in answered),
            careful=row.careful,
        )

    def tallies(self, groups: tuple[Group, ...], now: datetime) -> tuple[tuple[str, int, int], ...]:
        """(organisation, open parts, late ones) of these groups; late are those without an answer on the day it was
        due."""
        if not groups:
            return ()
        waiting = (PARTY.c.state.in_(("new", "in-progress"))) & CASE.c.state.in_(("open", "done"))
        found = self.conn.execute(
            select(
                PARTY.c.organisation,
                PARTY.c.asked_at,
                PARTY.c.last_answer_at,
                CASE.c.territory,
                CASE.c.urgent,
            )
            .join(CASE, CASE.c.id == PARTY.c.case_id)
            .where(waiting, PARTY.c.group_id.in_([g.id for g in groups]))
            .order_by(PARTY.c.organisation)
        )
        counted: dict[str, list[bool]] = {}
        for row in found:
            due = self.directory.answer_by(row.territory, row.organisation, row.asked_at, urgent=row.urgent)
            counted.setdefault(row.organisation, []).append(row.last_answer_at is None and due <= now)
        return tuple((organisation, len(late), sum(late)) for organisation, late in counted.items())

    def _secrets(self, case_id: str, sealed: bytes | None) -> CaseSecrets:
        return CaseBox(self.sealer, case_id, self.keys.case(case_id)).secrets(sealed)
