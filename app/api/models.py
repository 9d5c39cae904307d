"""What other programs have from us: tokens, and answers kept so that a call made twice is done once."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base


class ApiToken(Base):
    """What a program proves itself with. It acts for a member of staff, and may never do more than they."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("members.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)  # SHA-256; the token is shown once
    ending: Mapped[str] = mapped_column(sa.String(4))  # by which its owner tells it from others
    scopes: Mapped[str] = mapped_column(sa.String(200))  # names of Scope, a space between them
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]  # to the minute
    revoked_at: Mapped[datetime | None]


class KeptAnswer(Base):
    """The first answer to a call with an Idempotency-Key, to be given again for a day.

    It is written in the transaction that did what was asked: both are there, or neither.
    """

    __tablename__ = "idempotency_keys"

    token_id: Mapped[int] = mapped_column(
        sa.ForeignKey("api_tokens.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    request_digest: Mapped[str] = mapped_column(sa.String(64))  # of the method, path and body
    status: Mapped[int | None]
    location: Mapped[str] = mapped_column(sa.String(300), default="")
    body: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
