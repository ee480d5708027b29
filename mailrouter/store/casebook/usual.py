"""How long a group usually takes to answer first: what the receipt can say besides the promised delay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select

from mailrouter.core.model import CaseView, Message, Target
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.schema import Calendar, Group
from mailrouter.core.stats import usual_days
from mailrouter.store.casebook.view import PARTY

# "The last months", and as many of the newest requests of each group as tell a habit.
SINCE = timedelta(days=183)
NEWEST = 40
_NEWEST = (
    select(PARTY.c.asked_at, PARTY.c.first_answer_at)
    .where(PARTY.c.group_id == bindparam("group"), PARTY.c.asked_at >= bindparam("since"))
    .where(PARTY.c.first_answer_at.is_not(None))
    .order_by(PARTY.c.asked_at.desc(), PARTY.c.case_id)
    .limit(NEWEST)
)


class UsualReader:
    """Reads the habits of the groups that a mail may be about to ask."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory

    def usual(
        self,
        conn: Connection,
        message: Message,
        targets: Sequence[Target],
        cases: Sequence[CaseView],
        now: datetime,
    ) -> tuple[tuple[str, int], ...]:
        """(group, median of its first answers in business days), for groups with enough answers to tell."""
        places = {t.territory for t in targets if t.territory}
        incomplete = [c for c in cases if c.state == "incomplete"]
        places |= {c.territory for c in incomplete}
        if not places:
            return ()
        codes = dict.fromkeys(self._named(message, targets, incomplete))
        groups = {g.id: g for p in sorted(places) for c in codes for g in self.directory.groups_for(p, c)}
        answered = self._answered(conn, groups, now)
        found = ((g.id, usual_days(self._calendar(g), answered[g.id])) for g in groups.values())
        return tuple((group, days) for group, days in found if days is not None)

    def readers(
        self, message: Message, targets: Sequence[Target], cases: Sequence[CaseView]
    ) -> dict[str, None]:
        """The people and mailboxes of every group that this mail may let into a case."""
        places = {t.territory for t in targets if t.territory} | {c.territory for c in cases}
        codes = dict.fromkeys(self._named(message, targets, cases)) if places else {}
        groups = [g for p in sorted(places) for c in codes for g in self.directory.groups_for(p, c)]
        return dict.fromkeys(a for g in groups for a in (*g.members, g.mailbox, *g.managers) if a)

    def _named(self, message: Message, targets: Iterable[Target], cases: Iterable[CaseView]) -> Iterator[str]:
        """Every organisation that the case may go to now."""
        yield from (t.organisation for t in targets if t.organisation)
        for case in cases:
            yield from (*case.wanted, *case.proposed)
        for mention in self.directory.find_organisations(f"{message.subject}\n{message.visible}"):
            yield mention.key
        for rule in self.directory.policy.rules:
            yield from rule.route

    def _answered(
        self, conn: Connection, groups: Iterable[str], now: datetime
    ) -> dict[str, list[tuple[datetime, datetime]]]:
        found: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
        for group in groups:
            rows = conn.execute(_NEWEST, {"group": group, "since": now - SINCE})
            found[group] = [(asked, answered) for asked, answered in rows]
        return found

    def _calendar(self, group: Group) -> Calendar:
        return self.directory.calendar(next(iter(group.territories), ""))
