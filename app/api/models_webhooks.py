"""Who wants to hear what happens, and what is to be told them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.db import Base, choice
from app.members.models import Member


class Webhook(Base):
    """An address that is told of what happens in the chapters of the member of staff who made it."""

    __tablename__ = "webhooks"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("members.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    url: Mapped[str] = mapped_column(sa.String(500))
    secret: Mapped[str] = mapped_column(sa.String(60))  # signs what is sent, so it cannot be kept hashed
    kinds: Mapped[str] = mapped_column(sa.String(200))  # names of Happening, a space between them
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]  # nothing is told it any more

    member: Mapped[Member] = relationship()


class DeliveryStatus(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"  # claimed by a worker until `claimed_until`
    DELIVERED = "delivered"
    FAILED = "failed"  # given up
    DROPPED = "dropped"  # the webhook ended, or its owner may not hear of this any more


class Delivery(Base):
    """One thing that one webhook is told, written in the transaction in which it happened; `body` never changes."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        sa.Index("ix_webhook_deliveries_status_due_at", "status", "due_at"),
        sa.Index("ix_webhook_deliveries_webhook_id", "webhook_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(sa.ForeignKey("webhooks.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(sa.String(40), unique=True)  # the same at each try: receivers tell by it
    kind: Mapped[str] = mapped_column(sa.String(20))
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id"))
    body: Mapped[str] = mapped_column(sa.Text)
    status: Mapped[DeliveryStatus] = mapped_column(choice(DeliveryStatus), default=DeliveryStatus.QUEUED)
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(default=now)
    claimed_until: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(sa.String(200), default="")  # what the last try came to

    webhook: Mapped[Webhook] = relationship()
