"""Reports asked for, their progress, and the frozen snapshot that each one is."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.db import Base, choice
from app.surveys.models import Study


class ReportStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Report(Base):
    """A report of a study: the figures frozen as canonical JSON, their SHA-256, and the PDF made from them."""

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(sa.ForeignKey("studies.id"), index=True)
    locale: Mapped[str] = mapped_column(sa.String(5))
    requested_by_id: Mapped[int] = mapped_column(sa.ForeignKey("members.id"))
    requested_at: Mapped[datetime] = mapped_column(default=now)
    status: Mapped[ReportStatus] = mapped_column(choice(ReportStatus), default=ReportStatus.QUEUED)
    steps_done: Mapped[int] = mapped_column(default=0)
    steps_total: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(sa.Text, default="")
    figures: Mapped[str | None] = mapped_column(sa.Text)  # canonical JSON
    content_hash: Mapped[str | None] = mapped_column(sa.String(64))
    pdf: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)

    study: Mapped[Study] = relationship(lazy="joined", innerjoin=True)
