"""One record transaction: connection, keys once loaded, history lines written together at its end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from mailrouter.store.casebook.secrets import CaseBox
from mailrouter.store.rows import rows
from mailrouter.store.seal import Sealer
from mailrouter.store.tables import HistoryRow, Inbound

_HISTORY, _INBOUND = rows(HistoryRow), rows(Inbound)


class Stale(Exception):
    """What was decided on is not so any more; decide again."""


class Applier:
    """What every effect needs while it becomes rows. Lives inside one transaction; keys never outlive it."""

    def __init__(
        self, conn: Connection, sealer: Sealer, now: datetime, files: Mapping[str, bytes], inbound_id: str
    ) -> None:
        self.conn, self.sealer, self.now, self.files, self.inbound_id = conn, sealer, now, files, inbound_id
        self.boxes: dict[str, CaseBox] = {}
        self._mail_keys: dict[str, bytes] = {}
        self._history: list[dict[str, Any]] = []

    def box(self, case_id: str) -> CaseBox:
        """The case's box, its key loaded once in this transaction."""
        if case_id not in self.boxes:
            self.boxes[case_id] = CaseBox(self.sealer, case_id, self.sealer.case_key(self.conn, case_id))
        return self.boxes[case_id]

    def mail_key(self, inbound_id: str) -> bytes:
        """The key of an accepted mail, loaded once."""
        if inbound_id not in self._mail_keys:
            query = select(_INBOUND.c.data_key).where(_INBOUND.c.id == inbound_id)
            key_id = str(self.conn.execute(query).scalar_one())
            self._mail_keys[inbound_id] = self.sealer.load_key(self.conn, key_id)
        return self._mail_keys[inbound_id]

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
        self._history.append(
            {
                "case_id": case_id,
                "at": self.now,
                "act": act,
                "organisation": organisation,
                "before": before,
                "after": after,
                "who_sealed": box.seal("history.who", who),
                "why_sealed": box.seal("history.why", why) if why else None,
            }
        )

    def flush(self) -> None:
        """Write the history lines, in order."""
        if self._history:
            self.conn.execute(insert(_HISTORY), self._history)
            self._history.clear()
