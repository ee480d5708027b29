"""The rows, and nothing but the rows. `*_sealed` columns hold AEAD ciphertext, `*_index` keyed blind indexes
(store/seal.py). What cannot be changed later is here from the first migration on."""

from mailrouter.store.tables.cases import (
    Case,
    CaseMessageRow,
    CaseParticipant,
    CaseParty,
    DueRow,
    FileRow,
    HistoryRow,
    Token,
)
from mailrouter.store.tables.mail import (
    UNSETTLED,
    AttemptRow,
    DataKey,
    Inbound,
    Octets,
    Outbox,
)
from mailrouter.store.tables.page import PageAsk, PageSession
from mailrouter.store.tables.records import (
    Audit,
    Counter,
    Decided,
    Person,
    PolicyRow,
)

__all__ = [
    "UNSETTLED",
    "AttemptRow",
    "Audit",
    "Case",
    "CaseMessageRow",
    "CaseParticipant",
    "CaseParty",
    "Counter",
    "DataKey",
    "Decided",
    "DueRow",
    "FileRow",
    "HistoryRow",
    "Inbound",
    "Octets",
    "Outbox",
    "PageAsk",
    "PageSession",
    "Person",
    "PolicyRow",
    "Token",
]
