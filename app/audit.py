"""Who did what: an append-only log of what staff changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, db


class AuditEntry(Base):
    """One act of a member of staff, or of the system when `actor_id` is null. Holds no personal data but ids."""

    __tablename__ = "audit_entries"
    __table_args__ = (sa.Index("ix_audit_entries_subject", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("members.id"))
    action: Mapped[str] = mapped_column(sa.String(60))  # "event.publish"
    subject: Mapped[str] = mapped_column(sa.String(60))  # "event:12"
    details: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)


def record(action: str, subject: str, actor_id: int | None, **details: Any) -> None:
    """Add an entry to the current transaction. `details` are JSON values without personal data."""
    db.session.add(AuditEntry(action=action, subject=subject, actor_id=actor_id, details=details))
