"""Accepted mail, opened again octet for octet; and handed over to its case."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, bindparam, select, update

from mailrouter.core.model import Envelope, Mail
from mailrouter.store.octets import find
from mailrouter.store.rows import rows
from mailrouter.store.seal import Sealer
from mailrouter.store.tables import Inbound

_INBOUND = rows(Inbound)
_SEALED = select(_INBOUND.c.envelope_sealed, _INBOUND.c.data_key).where(_INBOUND.c.id == bindparam("id"))


def load_mail(conn: Connection, sealer: Sealer, inbound_id: str) -> Mail:
    """The mail of a receipt, octet for octet. LookupError for an unknown id, Erased when it is wiped."""
    found = conn.execute(_SEALED, {"id": inbound_id}).first()
    if found is None:
        raise LookupError(inbound_id)
    key = sealer.load_key(conn, found.data_key)
    return open_mail(sealer, key, inbound_id, found.envelope_sealed, find(conn, inbound_id))


def open_mail(sealer: Sealer, key: bytes, inbound_id: str, envelope: bytes, octets: bytes) -> Mail:
    """The mail of what was read of a receipt."""
    opened = sealer.open(key, envelope, f"inbound.envelope:{inbound_id}")
    return Mail(
        envelope=msgspec.json.decode(opened, type=Envelope),
        octets=sealer.open(key, bytes(octets), f"inbound.octets:{inbound_id}"),
    )


def give_to_case(conn: Connection, sealer: Sealer, inbound_id: str, case_id: str) -> None:
    """Wrap a mail's data key by its case's key: from now on it is erased with the case. The case row must be there."""
    key_id = conn.execute(select(_INBOUND.c.data_key).where(_INBOUND.c.id == inbound_id)).scalar_one()
    sealer.rewrap(conn, key_id, f"case:{case_id}")
    conn.execute(update(_INBOUND).where(_INBOUND.c.id == inbound_id).values(case_id=case_id))
