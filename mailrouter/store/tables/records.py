"""What was decided and under which policy, what is known of people, what is counted, what was audited."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Text, text
from sqlmodel import Field, SQLModel

from mailrouter.store.tables.columns import SMALL, instant, sealed


class Decided(SQLModel, table=True):
    """One decision record. `facts` and `effects` hold personal data and are sealed; `trace` never does."""

    __tablename__ = "decision"
    id: str = Field(primary_key=True)
    trigger_key: str = Field(unique=True)
    trigger_kind: str
    inbound_id: str = Field(default="", index=True)
    case_id: str = Field(default="", index=True)
    at: datetime = Field(sa_column=instant(index=True))
    disposition: str
    rule: str
    trace: str = Field(sa_column=Column(Text, nullable=False))
    policy_digest: str
    generation: str
    data_key: str
    facts_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    effects_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))


class Person(SQLModel, table=True):
    """What the tables know of a person beyond the files: terms, suspension, absence, suppression, vouching."""

    __tablename__ = "person"
    address_index: str = Field(primary_key=True)
    address_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    data_key: str = ""
    terms_version: str = ""
    terms_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    terms_asked: str = ""
    suspended: bool = False
    absent_until: date | None = None
    suppressed_until: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    suppressed_because: str = ""
    vouched_until: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    last_active_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class Counter(SQLModel, table=True):
    """Counters: the ledger's dispositions by shard ("ledger:opened:7"), what was purged of them ("purged:opened:7"),
    case numbers ("number:2026"), the audit log's length, caps with a window (blinded names)."""

    __tablename__ = "counter"
    __table_args__ = SMALL
    name: str = Field(primary_key=True)
    value: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
    until: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class PolicyRow(SQLModel, table=True):
    """Policies that were active; the newest `activated_at` is the pointer every node follows."""

    __tablename__ = "policy"
    digest: str = Field(primary_key=True)
    generation: str = Field(primary_key=True)
    texts_sealed: bytes = Field(sa_column=sealed())
    data_key: str
    activated_at: datetime = Field(sa_column=instant(index=True))
    activated_by: str = ""


class Audit(SQLModel, table=True):
    """Append-only, hash-chained, without content: `hash` covers the row and the hash before it."""

    __tablename__ = "audit"
    seq: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=instant())
    who: str
    act: str
    object: str = ""
    reason: str = ""
    previous: str = Field(unique=True)
    hash: str = Field(unique=True)
