"""A case and everything that hangs on it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, text
from sqlmodel import Field, SQLModel

from mailrouter.store.tables.columns import SMALL, instant, sealed


class Case(SQLModel, table=True):
    """A case. `version` grows by one with every record that touches it."""

    __tablename__ = "case"
    __table_args__ = (
        CheckConstraint(
            "state IN ('incomplete','open','done','closed','frozen','withdrawn','wiped')", name="case_state"
        ),
    )
    id: str = Field(primary_key=True)
    number: str = Field(unique=True)
    version: int = 0
    territory: str
    state: str = Field(index=True)
    creator_index: str = Field(index=True)
    creator_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    creator_group: str = ""
    data_key: str
    subject_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    subject_index: str = ""
    fields_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    urgent: bool = False
    careful: bool = False
    opened_at: datetime = Field(sa_column=instant())
    last_human_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    last_creator_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    closed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    useful: str = ""
    wiped_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class CaseParty(SQLModel, table=True):
    """State, owner and answers of one organisation on one case."""

    __tablename__ = "case_party"
    __table_args__ = (
        CheckConstraint(
            "state IN ('new','in-progress','done','irrelevant','not-competent')", name="party_state"
        ),
        CheckConstraint("owner_index = '' OR owner_sealed IS NOT NULL", name="party_owner"),
        Index("ix_case_party_group_asked", "group_id", "asked_at"),
        SMALL,
    )
    case_id: str = Field(primary_key=True)
    organisation: str = Field(primary_key=True)
    group_id: str
    state: str = "new"
    owner_index: str = ""
    owner_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    asked_at: datetime = Field(sa_column=instant())
    first_answer_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    last_answer_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    reason_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))


class CaseParticipant(SQLModel, table=True):
    """A mailbox on a case. `thread_sealed`: the Message-IDs of this recipient's own thread."""

    __tablename__ = "case_participant"
    __table_args__ = (Index("case_participant_of", "address_index"),)
    case_id: str = Field(primary_key=True)
    address_index: str = Field(primary_key=True)
    address_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    name_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    role: str
    group_id: str
    side: str
    since: datetime = Field(sa_column=instant())
    removed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    removed_because: str = ""
    thread_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))


class CaseMessageRow(SQLModel, table=True):
    """A message of a case, as relayed."""

    __tablename__ = "message"
    __table_args__ = (CheckConstraint("audience IN ('everyone','agents')", name="message_audience"),)
    id: str = Field(primary_key=True)
    case_id: str = Field(index=True)
    inbound_id: str = ""
    at: datetime = Field(sa_column=instant())
    position: int = 0
    side: str
    group_id: str = ""
    organisation: str = ""
    audience: str
    author_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    text_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))


class FileRow(SQLModel, table=True):
    """A file of a message. The octets are sealed under their own data key; the name is sealed too."""

    __tablename__ = "file"
    id: str = Field(primary_key=True)
    message_id: str
    case_id: str = Field(index=True)
    position: int = 0
    data_key: str
    name_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    type: str
    size: int
    inline: bool = False
    sha256_index: str
    sha256_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    octets_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))


class HistoryRow(SQLModel, table=True):
    """Every transition, with who, when, why. `seq` orders entries of one instant."""

    __tablename__ = "history"
    seq: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(index=True)
    at: datetime = Field(sa_column=instant())
    act: str
    organisation: str = ""
    before: str = ""
    after: str = ""
    who_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    why_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))


class DueRow(SQLModel, table=True):
    """What is due. The tick only looks here; a row is done once because its key is unique and its claim leased."""

    __tablename__ = "due"
    # Only what is open: what is done stays for as long as its case, and is never looked for.
    __table_args__ = (
        Index(
            "due_claim", "at", sqlite_where=text("done_at IS NULL"), postgresql_where=text("done_at IS NULL")
        ),
    )
    key: str = Field(primary_key=True)
    case_id: str = Field(index=True)
    organisation: str = ""
    kind: str
    address_index: str = ""
    address_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    step: int = 0
    at: datetime = Field(sa_column=instant())
    leased_until: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    done_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    tries: int = 0
    fault: str = ""


class Token(SQLModel, table=True):
    """What a token stands for. Rows outlive the wipe as tombstones without person."""

    __tablename__ = "token"
    __table_args__ = SMALL
    row_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    kind: str
    key_id: int
    case_id: str = Field(default="", index=True)
    address_index: str = ""
    address_sealed: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    audience: str = "everyone"
    outbox_id: str = ""
    inbound_id: str = ""
    question: str = ""
    words: str = ""
    created_at: datetime = Field(sa_column=instant())
    expires_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    used_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    revoked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
