"""What is printed for an event: an attendance sheet, badges."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.db import Base, choice
from app.events.models import Event


class PaperKind(StrEnum):
    """An attendance sheet, or badges on the sheets of labels that shops sell, or one to a page."""

    ATTENDANCE = "attendance"
    LABELS_21 = "labels-21"
    LABELS_10 = "labels-10"
    LABELS_8 = "labels-8"
    BADGE_A6 = "badge-a6"


class PaperStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Paper(Base):
    """A PDF made for printing, kept for a day: it holds names, and the list changes until the door opens.

    In the database, so that any web process can hand out what any worker made. `started_at` is also the claim of the
    worker that makes it.
    """

    __tablename__ = "papers"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), index=True)
    kind: Mapped[PaperKind] = mapped_column(choice(PaperKind))
    locale: Mapped[str] = mapped_column(sa.String(5))
    requested_at: Mapped[datetime] = mapped_column(default=now, index=True)
    status: Mapped[PaperStatus] = mapped_column(choice(PaperStatus), default=PaperStatus.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    steps_done: Mapped[int] = mapped_column(default=0)
    steps_total: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    pdf: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)

    event: Mapped[Event] = relationship(lazy="joined", innerjoin=True)
