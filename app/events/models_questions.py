"""What an event asks those who register, and what they answer."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, choice


class AskedKind(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long-text"
    ONE = "one"
    SEVERAL = "several"
    NUMBER = "number"
    YES_NO = "yes-no"
    CONSENT = "consent"


class EventQuestion(Base):
    """A question of an event’s registration form, shown if an earlier one was answered with `only_if_value`.

    Answers to a `sensitive` one (allergies, access needs) are seen by the chapter’s CMs alone and erased 30 days
    after the event.
    """

    __tablename__ = "event_questions"
    __table_args__ = (sa.UniqueConstraint("event_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[AskedKind] = mapped_column(choice(AskedKind))
    label: Mapped[str] = mapped_column(sa.String(300))
    choices: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    required: Mapped[bool] = mapped_column(default=False)
    sensitive: Mapped[bool] = mapped_column(default=False)
    only_if_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event_questions.id"))
    only_if_value: Mapped[str] = mapped_column(sa.String(200), default="")


class RsvpAnswer(Base):
    """What a party answered to a question: a text, a list of texts, a number or a boolean."""

    __tablename__ = "rsvp_answers"

    rsvp_id: Mapped[int] = mapped_column(sa.ForeignKey("rsvps.id", ondelete="CASCADE"), primary_key=True)
    question_id: Mapped[int] = mapped_column(
        sa.ForeignKey("event_questions.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    value: Mapped[Any] = mapped_column(sa.JSON)
