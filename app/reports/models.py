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
    """A report of a study: the figures frozen as canonical JSON, their SHA-256, and the PDF made from them.

    `responses` and `last_response` say how far the study was when the figures were frozen: how many responses
    there were, and the id of the last one. `started_at` is also the claim of the worker that makes the report.
    """

    __tablename__ = "reports"
    __table_args__ = (sa.Index("ix_reports_study_id", "study_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(sa.ForeignKey("studies.id"))
    locale: Mapped[str] = mapped_column(sa.String(5))
    requested_by_id: Mapped[int] = mapped_column(sa.ForeignKey("members.id"))
    requested_at: Mapped[datetime] = mapped_column(default=now)
    status: Mapped[ReportStatus] = mapped_column(
        choice(ReportStatus), default=ReportStatus.QUEUED, index=True
    )
    attempts: Mapped[int] = mapped_column(default=0)
    steps_done: Mapped[int] = mapped_column(default=0)
    steps_total: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(sa.Text, default="")  # a sentence for the person who asked
    responses: Mapped[int] = mapped_column(default=0)
    last_response: Mapped[int] = mapped_column(default=0)
    figures: Mapped[str | None] = mapped_column(sa.Text, deferred=True)  # canonical JSON
    content_hash: Mapped[str | None] = mapped_column(sa.String(64))
    pdf: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)

    study: Mapped[Study] = relationship(lazy="joined", innerjoin=True)


class ReportChart(Base):
    """A chart of a finished report: an SVG document, compressed, since its letters are outlines."""

    __tablename__ = "report_charts"

    report_id: Mapped[int] = mapped_column(sa.ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)  # "liking-2-wide-dark"
    width: Mapped[int]  # pixels, so that a page keeps the chart’s place while it loads
    height: Mapped[int]
    svg: Mapped[bytes] = mapped_column(sa.LargeBinary)  # gzip
