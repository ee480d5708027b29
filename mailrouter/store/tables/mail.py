"""Mail that came in and mail that goes out, their octets, and the keys that seal them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from mailrouter.store.tables.columns import SMALL, instant, sealed

# Mail that is not settled. A query that means the index by it says it in these words.
UNSETTLED: Final = "state IN ('queued', 'leased', 'unknown')"


class DataKey(SQLModel, table=True):
    """A data key, wrapped. `wrapped_by` is "master:<id>" or "case:<case id>"; deleting the row erases what it seals."""

    __tablename__ = "data_key"
    __table_args__ = SMALL
    id: str = Field(primary_key=True)
    wrapped_by: str = Field(index=True)
    wrapped: bytes = Field(sa_column=sealed())


class Octets(SQLModel, table=True):
    """Sealed octets of an accepted mail (`id` of its receipt) or of one in the outbox, apart from the rows that change:
    SQLite writes a row that is updated whole, ten megabytes of octets included. Never altered; erased by deletion."""

    __tablename__ = "octets"
    id: str = Field(primary_key=True)
    sealed: bytes = Field(sa_column=sealed())


class Inbound(SQLModel, table=True):
    """One receipt: an accepted mail and where it stands; its octets are in `Octets`. `unique_key` is the HMAC that makes a resend a duplicate; `waits_for` the blind index of the vouch that lets a held mail go."""

    __tablename__ = "inbound"
    __table_args__ = (
        CheckConstraint(
            "disposition IN ('pending','opened','attached','handled','held','ignored','duplicate')",
            name="inbound_disposition",
        ),
        Index("inbound_claim", "disposition", "received_at", "id"),
    )
    id: str = Field(primary_key=True)
    unique_key: str = Field(unique=True)
    sibling_key: str = Field(default="", index=True)
    message_index: str = Field(default="", index=True)
    received_at: datetime = Field(sa_column=instant(index=True))
    door: str
    size: int
    envelope_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    data_key: str
    disposition: str = "pending"
    reason: str = ""
    case_id: str = Field(default="", index=True)
    tries: int = 0
    not_before: datetime = Field(sa_column=instant())
    leased_until: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    leased_by: str = ""
    expires_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    duplicates: int = 0
    fault: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=text("''")))
    released_by: str = ""
    release_word: str = ""
    waits_for: str = ""


class Outbox(SQLModel, table=True):
    """A mail with its final bytes, which are in `Octets`. `seq` keeps the order per recipient and case."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued','leased','sent','failed','unknown','cancelled')", name="outbox_state"
        ),
        # Only what is on its way: a few rows, however many were sent.
        Index(
            "outbox_claim",
            *("state", "next_at", "created_at", "seq", "id"),
            sqlite_where=text(UNSETTLED),
            postgresql_where=text(UNSETTLED),
        ),
        Index("outbox_order", "recipient_index", "case_id", "seq"),
        Index(
            "outbox_provider",
            "provider_id",
            sqlite_where=text("provider_id <> ''"),
            postgresql_where=text("provider_id <> ''"),
        ),
        Index(
            "outbox_failed",
            *("created_at", "id"),
            sqlite_where=text("state = 'failed' AND NOT reported"),
            postgresql_where=text("state = 'failed' AND NOT reported"),
        ),
    )
    id: str = Field(primary_key=True)
    key: str = Field(unique=True)
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    decision_id: str = Field(index=True)
    case_id: str = Field(default="", index=True)
    organisation: str = ""
    group_id: str = ""
    template: str
    audience: str = "everyone"
    disclosure: str = "full"
    recipient_index: str
    envelope_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    message_index: str = Field(index=True)
    text_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    data_key: str
    domain_index: str = ""
    state: str = "queued"
    attempts: int = 0
    next_at: datetime = Field(sa_column=instant())
    leased_until: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    leased_by: str = ""
    created_at: datetime = Field(sa_column=instant())
    sent_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    provider_id: str = ""
    reason: str = ""
    reported: bool = False


class AttemptRow(SQLModel, table=True):
    """One attempt, written before the wire with its lease, completed after it."""

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("outbox_id", "n", name="attempt_once"),)
    seq: int | None = Field(default=None, primary_key=True)
    outbox_id: str
    n: int
    started_at: datetime = Field(sa_column=instant())
    finished_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    outcome: str = ""
    code: int = 0
    enhanced: str = ""
    text: str = ""
    relay: str = ""
