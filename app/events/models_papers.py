"""What is printed for an event: an attendance sheet, badges."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, choice
from app.events.models import Event
from app.making import MadeByWorker


class PaperKind(StrEnum):
    """An attendance sheet, or badges on the sheets of labels that shops sell, or one to a page."""

    ATTENDANCE = "attendance"
    LABELS_21 = "labels-21"
    LABELS_10 = "labels-10"
    LABELS_8 = "labels-8"
    BADGE_A6 = "badge-a6"


class Paper(MadeByWorker, Base):
    """A PDF made for printing, kept for a day: it holds names, and the list changes until the door opens.

    In the database, so that any web process can hand out what any worker made.
    """

    __tablename__ = "papers"
    __table_args__ = (sa.Index("ix_papers_requested_at", "requested_at"),)

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), index=True)
    kind: Mapped[PaperKind] = mapped_column(choice(PaperKind))

    event: Mapped[Event] = relationship(lazy="joined", innerjoin=True)
