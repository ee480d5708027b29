"""Threads: each recipient's own, by the Message-IDs of what they got and wrote."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam, select, update

from mailrouter.core.model import Facts, OutboundMail
from mailrouter.store.blind import address_index
from mailrouter.store.casebook.people_effects import longer
from mailrouter.store.casebook.unit import Applier
from mailrouter.store.casebook.view import PARTICIPANT
from mailrouter.store.seal import Sealer
from mailrouter.store.types import among

_THREADS = select(PARTICIPANT.c.address_index, PARTICIPANT.c.thread_sealed).where(
    PARTICIPANT.c.case_id == bindparam("of"), among(PARTICIPANT.c.address_index, "indexes")
)
_LENGTHEN = (
    update(PARTICIPANT)
    .where(PARTICIPANT.c.case_id == bindparam("of"), PARTICIPANT.c.address_index == bindparam("index"))
    .values(thread_sealed=bindparam("sealed"))
)


def grown_by(
    sealer: Sealer, facts: Facts, case_id: str, mails: tuple[OutboundMail, ...]
) -> dict[str, dict[str, list[str]]]:
    """By case and address index, the Message-IDs by which threads grow: what is sent, and what the author wrote."""
    grown: dict[str, dict[str, list[str]]] = {}

    def grow(of: str, address: str, message_id: str) -> None:
        ids = grown.setdefault(of, {}).setdefault(address_index(sealer, address), [])
        ids.append(message_id)

    message = facts.message
    if mails and message and message.author and message.message_id and case_id:
        grow(case_id, message.author.address, message.message_id)
    for mail in mails:
        if mail.case_id:
            grow(mail.case_id, mail.recipient, mail.message_id)
    return grown


def lengthen(unit: Applier) -> None:
    """Each recipient's own thread grows; the first Message-ID stays. Those of a case that is opened now grew with
    their rows."""
    for case_id, grown in unit.grown.items():
        if case_id not in unit.opened:
            _grow(unit, case_id, grown)


def _grow(unit: Applier, case_id: str, grown: Mapping[str, list[str]]) -> None:
    unit.write(PARTICIPANT)
    found = unit.conn.execute(_THREADS, {"of": case_id, "indexes": sorted(grown)}).all()
    for one in found:
        box = unit.box(case_id)
        thread = longer(box.thread(one.thread_sealed), grown[one.address_index])
        sealed = box.seal_thread(thread)
        unit.put(_LENGTHEN, {"of": case_id, "index": one.address_index, "sealed": sealed})
