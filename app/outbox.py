"""The outbox: mail that must leave, committed with the change that caused it and sent by the worker."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.db import Base, choice, db


class MessageStatus(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"  # claimed by a worker until `claimed_until`
    SENT = "sent"
    FAILED = "failed"  # given up
    DROPPED = "dropped"  # not allowed to leave: consent withdrawn, member erased


class Message(Base):
    """A mail, rendered when it was queued. `key` is unique: the same cause never queues two."""

    __tablename__ = "messages"
    __table_args__ = (sa.Index("ix_messages_status_due_at", "status", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(120), unique=True)
    template: Mapped[str] = mapped_column(sa.String(80))
    member_id: Mapped[int | None] = mapped_column(sa.ForeignKey("members.id"), index=True)
    to: Mapped[str] = mapped_column(sa.String(254))
    locale: Mapped[str] = mapped_column(sa.String(5))
    subject: Mapped[str] = mapped_column(sa.String(300))
    text: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text)
    attachments: Mapped[list[dict[str, str]]] = mapped_column(sa.JSON, default=list)  # name, type, text
    needs_consent: Mapped[str | None] = mapped_column(sa.String(20))  # a ConsentPurpose, checked when sent
    message_id: Mapped[str] = mapped_column(sa.String(200), unique=True)  # RFC 5322 Message-ID, same on retry
    status: Mapped[MessageStatus] = mapped_column(choice(MessageStatus), default=MessageStatus.QUEUED)
    created_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(default=now)
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]

    attempts: Mapped[list[MessageAttempt]] = relationship(
        back_populates="message", order_by="MessageAttempt.id"
    )


class MessageAttempt(Base):
    """One try to send a message, and what came of it. An attempt without `finished_at` was cut short."""

    __tablename__ = "message_attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_pk: Mapped[int] = mapped_column(sa.ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(sa.String(500), default="")

    message: Mapped[Message] = relationship(back_populates="attempts")
