"""Reports asked for, their progress, and the frozen snapshot that each one is."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base
from app.making import MadeByWorker
from app.surveys.models import Study


class Report(MadeByWorker, Base):
    """A report of a study: the figures frozen as canonical JSON, their SHA-256, and the PDF made from them.

    `responses` and `last_response` say how far the study was when the figures were frozen: how many responses
    there were, and the id of the last one.
    """

    __tablename__ = "reports"
    __table_args__ = (
        sa.Index("ix_reports_study_id", "study_id", "id"),
        sa.Index("ix_reports_status", "status"),
    )

    study_id: Mapped[int] = mapped_column(sa.ForeignKey("studies.id"))
    requested_by_id: Mapped[int] = mapped_column(sa.ForeignKey("members.id"))
    error: Mapped[str] = mapped_column(sa.Text, default="")  # a sentence for the person who asked
    responses: Mapped[int] = mapped_column(default=0)
    last_response: Mapped[int] = mapped_column(default=0)
    figures: Mapped[str | None] = mapped_column(sa.Text, deferred=True)  # canonical JSON
    content_hash: Mapped[str | None] = mapped_column(sa.String(64))

    study: Mapped[Study] = relationship(lazy="joined", innerjoin=True)


class ReportChart(Base):
    """A chart of a finished report: an SVG document, compressed, since its letters are outlines."""

    __tablename__ = "report_charts"

    report_id: Mapped[int] = mapped_column(sa.ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)  # "liking-2-wide-dark"
    width: Mapped[int]  # pixels, so that a page keeps the chart’s place while it loads
    height: Mapped[int]
    svg: Mapped[bytes] = mapped_column(sa.LargeBinary)  # gzip
