"""The secure page: questions for a code, and sessions. What the browser holds is here as a blind index only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel

from mailrouter.store.tables.columns import instant


class PageAsk(SQLModel, table=True):
    """A question for the code of the secure page. `id` is the blind index of the cookie that only the asking browser has;
    `code_hash` of its code; `address_index` who would read. Used once, for a quarter of an hour, few tries."""

    __tablename__ = "page_ask"
    id: str = Field(primary_key=True)
    row_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    case_id: str = Field(default="", index=True)
    address_index: str
    code_hash: str
    created_at: datetime = Field(sa_column=instant())
    expires_at: datetime = Field(sa_column=instant(index=True))
    tries: int = 0
    used_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class PageSession(SQLModel, table=True):
    """A browser whose reader showed that they read the mailbox of `address_index`. `id` is the blind index of its cookie.
    It gives no right: each request asks again whether that person may read."""

    __tablename__ = "page_session"
    id: str = Field(primary_key=True)
    address_index: str = Field(index=True)
    created_at: datetime = Field(sa_column=instant())
    expires_at: datetime = Field(sa_column=instant(index=True))
    revoked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
