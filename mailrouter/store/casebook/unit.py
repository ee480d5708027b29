"""One record transaction: connection, keys once loaded, rows that wait to be written together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    FromClause,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    insert,
    select,
    update,
)

from mailrouter.core.model import CaseView
from mailrouter.store.casebook.secrets import CaseBox
from mailrouter.store.keyring import Keyring
from mailrouter.store.rows import rows
from mailrouter.store.seal import FreshKey, Sealer
from mailrouter.store.tables import Case, HistoryRow, Inbound

_CASE, _INBOUND = rows(Case), rows(Inbound)
_HISTORY = insert(rows(HistoryRow))
_OPENED = insert(_CASE)
_MAIL_KEY = select(_INBOUND.c.data_key).where(_INBOUND.c.id == bindparam("inbound_id"))
_CASE_KEY = select(_CASE.c.data_key).where(_CASE.c.id == bindparam("case_id"))


class Stale(Exception):
    """What was decided on is not so any more; decide again."""


class Applier:
    """What every effect needs while it becomes rows. Lives inside one transaction; keys never outlive it.

    New rows wait (`put`), and so do the changes of a case's own row (`change`): each table is written once at the end
    (`flush`), or before a statement that asks or changes rows that are there (`execute`).
    """

    def __init__(
        self,
        conn: Connection,
        sealer: Sealer,
        now: datetime,
        files: Mapping[str, bytes] | None = None,
        inbound_id: str = "",
    ) -> None:
        self.conn, self.sealer, self.now = conn, sealer, now
        self.files, self.inbound_id = files or {}, inbound_id
        self.keys = Keyring(conn, sealer)
        # The case as it is before the effect at hand, when that is certain: its version was checked in this transaction.
        self.before: CaseView | None = None
        # Message-IDs by which threads grow: case -> address index -> ids. Set by record before any effect.
        self.grown: dict[str, dict[str, list[str]]] = {}
        # People whose row is there.
        self.known: set[str] = set()
        # Cases that this transaction opens: nothing of theirs is there yet.
        self.opened: set[str] = set()
        # Slots of the dues that this transaction schedules.
        self.slots: set[tuple[str, ...]] = set()
        self._boxes: dict[str, CaseBox] = {}
        self._mail_keys: dict[str, tuple[str, bytes]] = {}
        self._opening: dict[str, dict[str, Any]] = {}
        self._changed: dict[str, dict[str, Any]] = {}
        self._key_ids: dict[str, str] = {}
        self._fresh: list[FreshKey] = []
        self._waiting: dict[Insert | Update, list[dict[str, Any]]] = {}

    # Keys

    def box(self, case_id: str) -> CaseBox:
        """The case's box, its key loaded once in this transaction."""
        if case_id not in self._boxes:
            self._boxes[case_id] = CaseBox(self.sealer, case_id, self.keys.case(case_id))
        return self._boxes[case_id]

    def case_key_id(self, case_id: str) -> str:
        """The id of a case's key."""
        if case_id not in self._key_ids:
            found = self.conn.execute(_CASE_KEY, {"case_id": case_id}).scalar_one()
            self._key_ids[case_id] = str(found)
        return self._key_ids[case_id]

    def know_case_key_id(self, case_id: str, key_id: str) -> None:
        """The id of a case's key, read already."""
        self._key_ids[case_id] = key_id

    def mail_key(self, inbound_id: str) -> tuple[str, bytes]:
        """The key of an accepted mail and its id, loaded once."""
        if inbound_id not in self._mail_keys:
            key_id = str(self.conn.execute(_MAIL_KEY, {"inbound_id": inbound_id}).scalar_one())
            self._mail_keys[inbound_id] = key_id, self.keys.load(key_id)
        return self._mail_keys[inbound_id]

    def know_mail_key(self, inbound_id: str, key_id: str, key: bytes) -> None:
        """The key of an accepted mail, read already."""
        self._mail_keys[inbound_id] = key_id, key

    def fresh_key(self, case_id: str = "") -> FreshKey:
        """A new data key, under the case's key if given; its row waits."""
        fresh = self.keys.fresh(case_id)
        self._fresh.append(fresh)
        return fresh

    # Rows

    def open(self, case_id: str) -> tuple[str, CaseBox]:
        """A new case's key, its id and its box; the row comes by `change`."""
        fresh = self.fresh_key()
        self.keys.know(case_id, fresh.key)
        self._key_ids[case_id] = fresh.id
        self.opened.add(case_id)
        self._opening[case_id] = {}
        return fresh.id, self.box(case_id)

    def change(self, case_id: str, **values: Any) -> None:
        """Columns of a case's own row."""
        waiting = self._opening if case_id in self._opening else self._changed
        waiting.setdefault(case_id, {}).update(values)

    def put(self, statement: Insert | Update, values: dict[str, Any]) -> None:
        """A row that waits; `statement` is run once for all that wait with it, in the order of its first use."""
        self._waiting.setdefault(statement, []).append(values)

    def execute(self, statement: Update, values: dict[str, Any]) -> None:
        """A change of rows that are there, after those of its table that wait."""
        self.write(statement.table)
        self.conn.execute(statement, values)

    def ask(self, query: Select[Any], values: dict[str, Any], table: Table) -> Any:
        """One value of `table`, after its rows that wait; None when there is none."""
        self.write(table)
        return self.conn.execute(query, values).scalar()

    def history(
        self,
        case_id: str,
        act: str,
        who: str,
        why: str = "",
        organisation: str = "",
        before: str = "",
        after: str = "",
    ) -> None:
        """A line of the case's history: every transition is stored with who, when, why."""
        box = self.box(case_id)
        line = {
            "case_id": case_id,
            "at": self.now,
            "act": act,
            "organisation": organisation,
            "before": before,
            "after": after,
            "who_sealed": box.seal("history.who", who),
            "why_sealed": box.seal("history.why", why) if why else None,
        }
        self.put(_HISTORY, line)

    def flush(self) -> None:
        """Write everything that waits."""
        self.sealer.store_keys(self.conn, *self._fresh)
        self._fresh.clear()
        self.write()

    def write(self, table: FromClause | None = None) -> None:
        """Write what waits, of one table if given."""
        if table is None or table is _CASE:
            self._write_cases()
        due = [s for s in self._waiting if table is None or s.table is table]
        for statement in due:
            self.conn.execute(statement, self._waiting.pop(statement))

    def _write_cases(self) -> None:
        for values in self._opening.values():
            self.conn.execute(_OPENED, values)
        self._opening.clear()
        for case_id, values in self._changed.items():
            self.conn.execute(_changing(tuple(sorted(values))), {"of": case_id, **values})
        self._changed.clear()


@cache
def _changing(names: tuple[str, ...]) -> Update:
    """One statement for each set of columns that changes together."""
    return (
        update(_CASE).where(_CASE.c.id == bindparam("of")).values({name: bindparam(name) for name in names})
    )
