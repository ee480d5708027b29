"""The rows, and nothing but the rows. `*_sealed` columns hold AEAD ciphertext, `*_index` keyed blind indexes
(store/seal.py). What cannot be changed later is here from the first migration on."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from mailrouter.store.types import Instant


def _instant(nullable: bool = False, index: bool = False) -> Column[datetime]:
    return Column(Instant, nullable=nullable, index=index)


def _sealed(nullable: bool = False) -> Column[bytes]:
    return Column(LargeBinary, nullable=nullable)


class DataKey(SQLModel, table=True):
    """A data key, wrapped. `wrapped_by` is "master:<id>" or "case:<case id>"; deleting the row erases what it seals."""

    __tablename__ = "data_key"
    id: str = Field(primary_key=True)
    wrapped_by: str = Field(index=True)
    wrapped: bytes = Field(sa_column=_sealed())


class Octets(SQLModel, table=True):
    """Sealed octets of an accepted mail (`id` of its receipt) or of one in the outbox, apart from the rows that change:
    SQLite writes a row that is updated whole, ten megabytes of octets included. Never altered; erased by deletion."""

    __tablename__ = "octets"
    id: str = Field(primary_key=True)
    sealed: bytes = Field(sa_column=_sealed())


class Inbound(SQLModel, table=True):
    """One receipt: an accepted mail and where it stands; its octets are in `Octets`. `unique_key` is the HMAC that makes a resend a duplicate."""

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
    received_at: datetime = Field(sa_column=_instant(index=True))
    door: str
    size: int
    envelope_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))
    data_key: str
    disposition: str = "pending"
    reason: str = ""
    case_id: str = Field(default="", index=True)
    tries: int = 0
    not_before: datetime = Field(sa_column=_instant())
    leased_until: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    leased_by: str = ""
    expires_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    duplicates: int = 0
    fault: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=text("''")))
    released_by: str = ""
    release_word: str = ""


class Decided(SQLModel, table=True):
    """One decision record. `facts` and `effects` hold personal data and are sealed; `trace` never does."""

    __tablename__ = "decision"
    id: str = Field(primary_key=True)
    trigger_key: str = Field(unique=True)
    trigger_kind: str
    inbound_id: str = Field(default="", index=True)
    case_id: str = Field(default="", index=True)
    at: datetime = Field(sa_column=_instant(index=True))
    disposition: str
    rule: str
    trace: str = Field(sa_column=Column(Text, nullable=False))
    policy_digest: str
    generation: str
    data_key: str
    facts_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))
    effects_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))


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
    territory: str = Field(index=True)
    state: str = Field(index=True)
    creator_index: str = Field(index=True)
    creator_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))
    creator_group: str = ""
    data_key: str
    subject_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))
    subject_index: str = Field(default="", index=True)
    fields_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))
    urgent: bool = False
    careful: bool = False
    opened_at: datetime = Field(sa_column=_instant(index=True))
    last_human_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    last_creator_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    closed_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    useful: str = ""
    wiped_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))


class CaseParty(SQLModel, table=True):
    """State, owner and answers of one organisation on one case."""

    __tablename__ = "case_party"
    __table_args__ = (
        CheckConstraint(
            "state IN ('new','in-progress','done','irrelevant','not-competent')", name="party_state"
        ),
        CheckConstraint("owner_index = '' OR owner_sealed IS NOT NULL", name="party_owner"),
    )
    case_id: str = Field(primary_key=True)
    organisation: str = Field(primary_key=True)
    group_id: str = Field(index=True)
    state: str = "new"
    owner_index: str = ""
    owner_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))
    asked_at: datetime = Field(sa_column=_instant())
    first_answer_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    last_answer_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    reason_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))


class CaseParticipant(SQLModel, table=True):
    """A mailbox on a case. `thread_sealed`: the Message-IDs of this recipient's own thread."""

    __tablename__ = "case_participant"
    case_id: str = Field(primary_key=True)
    address_index: str = Field(primary_key=True)
    address_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))
    name_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))
    role: str
    group_id: str = Field(index=True)
    side: str
    since: datetime = Field(sa_column=_instant())
    removed_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    removed_because: str = ""
    thread_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))


class CaseMessageRow(SQLModel, table=True):
    """A message of a case, as relayed."""

    __tablename__ = "message"
    __table_args__ = (CheckConstraint("audience IN ('everyone','agents')", name="message_audience"),)
    id: str = Field(primary_key=True)
    case_id: str = Field(index=True)
    inbound_id: str = Field(default="", index=True)
    at: datetime = Field(sa_column=_instant())
    position: int = 0
    side: str
    group_id: str = ""
    organisation: str = ""
    audience: str
    author_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))
    text_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))


class FileRow(SQLModel, table=True):
    """A file of a message. The octets are sealed under their own data key; the name is sealed too."""

    __tablename__ = "file"
    id: str = Field(primary_key=True)
    message_id: str = Field(index=True)
    case_id: str = Field(index=True)
    position: int = 0
    data_key: str
    name_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))
    type: str
    size: int
    inline: bool = False
    sha256_index: str = Field(index=True)
    sha256_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))
    octets_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))


class HistoryRow(SQLModel, table=True):
    """Every transition, with who, when, why. `seq` orders entries of one instant."""

    __tablename__ = "history"
    seq: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(index=True)
    at: datetime = Field(sa_column=_instant())
    act: str
    organisation: str = ""
    before: str = ""
    after: str = ""
    who_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))
    why_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))


class Token(SQLModel, table=True):
    """What a token stands for. Rows outlive the wipe as tombstones without person."""

    __tablename__ = "token"
    row_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    kind: str
    key_id: int
    case_id: str = Field(default="", index=True)
    address_index: str = Field(default="", index=True)
    address_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))
    audience: str = "everyone"
    outbox_id: str = Field(default="", index=True)
    inbound_id: str = ""
    question: str = ""
    words: str = ""
    created_at: datetime = Field(sa_column=_instant())
    expires_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    used_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    revoked_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))


class DueRow(SQLModel, table=True):
    """What is due. The tick only looks here; a row is done once because its key is unique and its claim leased."""

    __tablename__ = "due"
    __table_args__ = (Index("due_claim", "done_at", "at"),)
    key: str = Field(primary_key=True)
    case_id: str = Field(index=True)
    organisation: str = ""
    kind: str
    address_index: str = ""
    address_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))
    step: int = 0
    at: datetime = Field(sa_column=_instant())
    leased_until: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    done_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    tries: int = 0
    fault: str = ""


class Outbox(SQLModel, table=True):
    """A mail with its final bytes, which are in `Octets`. `seq` keeps the order per recipient and case."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued','leased','sent','failed','unknown','cancelled')", name="outbox_state"
        ),
        Index("outbox_claim", "state", "next_at", "created_at", "seq", "id"),
        Index("outbox_order", "recipient_index", "case_id", "seq"),
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
    recipient_index: str = Field(index=True)
    envelope_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))
    message_index: str = Field(index=True)
    text_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))
    data_key: str
    domain_index: str = ""
    state: str = "queued"
    attempts: int = 0
    next_at: datetime = Field(sa_column=_instant())
    leased_until: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    leased_by: str = ""
    created_at: datetime = Field(sa_column=_instant())
    sent_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    provider_id: str = Field(default="", index=True)
    reason: str = ""
    reported: bool = False


class AttemptRow(SQLModel, table=True):
    """One attempt, written before the wire with its lease, completed after it."""

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("outbox_id", "n", name="attempt_once"),)
    seq: int | None = Field(default=None, primary_key=True)
    outbox_id: str = Field(index=True)
    n: int
    started_at: datetime = Field(sa_column=_instant())
    finished_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    outcome: str = ""
    code: int = 0
    enhanced: str = ""
    text: str = ""
    relay: str = ""


class Person(SQLModel, table=True):
    """What the tables know of a person beyond the files: terms, suspension, absence, suppression, vouching."""

    __tablename__ = "person"
    address_index: str = Field(primary_key=True)
    address_sealed: bytes | None = Field(default=None, sa_column=_sealed(nullable=True))
    data_key: str = ""
    terms_version: str = ""
    terms_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    suspended: bool = False
    absent_until: date | None = None
    suppressed_until: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    suppressed_because: str = ""
    vouched_until: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    last_active_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))


class Counter(SQLModel, table=True):
    """Counters: the ledger's dispositions by shard ("ledger:opened:7"), what was purged of them ("purged:opened:7"),
    case numbers ("number:2026"), the audit log's length, caps with a window (blinded names)."""

    __tablename__ = "counter"
    name: str = Field(primary_key=True)
    value: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
    until: datetime | None = Field(default=None, sa_column=_instant(nullable=True))


class PolicyRow(SQLModel, table=True):
    """Policies that were active; the newest `activated_at` is the pointer every node follows."""

    __tablename__ = "policy"
    digest: str = Field(primary_key=True)
    generation: str = Field(primary_key=True)
    texts_sealed: bytes = Field(sa_column=_sealed())
    data_key: str
    activated_at: datetime = Field(sa_column=_instant(index=True))
    activated_by: str = ""


class Audit(SQLModel, table=True):
    """Append-only, hash-chained, without content: `hash` covers the row and the hash before it."""

    __tablename__ = "audit"
    seq: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=_instant())
    who: str
    act: str
    object: str = ""
    reason: str = ""
    previous: str = Field(unique=True)
    hash: str = Field(unique=True)
