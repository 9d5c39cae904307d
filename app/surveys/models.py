"""Product tests: what is tested, what is asked, and what was answered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.db import Base, choice
from app.events.models import Event, Rsvp

study_events = sa.Table(
    "study_events",
    Base.metadata,
    sa.Column("study_id", sa.ForeignKey("studies.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("event_id", sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Design(StrEnum):
    """How products are given: one to each fan, or all of them one after the other."""

    MONADIC = "monadic"
    SEQUENTIAL = "sequential"


class StudyStatus(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class Study(Base):
    """A product test run at one or several events."""

    __tablename__ = "studies"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(120), unique=True)
    title: Mapped[str] = mapped_column(sa.String(160))
    objective: Mapped[str] = mapped_column(sa.Text, default="")
    design: Mapped[Design] = mapped_column(choice(Design), default=Design.MONADIC)
    status: Mapped[StudyStatus] = mapped_column(choice(StudyStatus), default=StudyStatus.DRAFT)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("members.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    products: Mapped[list[Product]] = relationship(back_populates="study", order_by="Product.position")
    questionnaires: Mapped[list[Questionnaire]] = relationship(
        back_populates="study", order_by="Questionnaire.version"
    )
    events: Mapped[list[Event]] = relationship(secondary=study_events, order_by="Event.starts_at")


class Product(Base):
    """What is tested. Fans see the blind `sample_code` alone."""

    __tablename__ = "products"
    __table_args__ = (
        sa.UniqueConstraint("study_id", "sample_code"),
        sa.UniqueConstraint("study_id", "position"),
        sa.CheckConstraint("length(sample_code) = 3", name="sample_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(sa.ForeignKey("studies.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(120))
    sample_code: Mapped[str] = mapped_column(sa.String(3))

    study: Mapped[Study] = relationship(back_populates="products")


class Questionnaire(Base):
    """One version of a study's questions. Once published, neither it nor its questions change."""

    __tablename__ = "questionnaires"
    __table_args__ = (sa.UniqueConstraint("study_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(sa.ForeignKey("studies.id", ondelete="CASCADE"))
    version: Mapped[int]
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    study: Mapped[Study] = relationship(back_populates="questionnaires")
    questions: Mapped[list[Question]] = relationship(
        back_populates="questionnaire", order_by="Question.position", cascade="all, delete-orphan"
    )


class QuestionKind(StrEnum):
    """How a question is asked, and so which statistics its answers allow."""

    LIKING9 = "liking9"
    JAR5 = "jar5"
    INTENT5 = "intent5"
    SCALE5 = "scale5"
    NPS = "nps"
    SINGLE = "single"
    MULTIPLE = "multiple"
    YESNO = "yesno"
    TEXT = "text"


class About(StrEnum):
    PRODUCT = "product"
    EVENT = "event"


class Question(Base):
    """One question in both languages. `options` is a list of {"key", "fr", "en"} for single and multiple;
    `ends` holds the named ends of a scale, {"low": {"fr", "en"}, "high": {"fr", "en"}}.
    """

    __tablename__ = "questions"
    __table_args__ = (
        sa.UniqueConstraint("questionnaire_id", "position"),
        sa.UniqueConstraint("questionnaire_id", "key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire_id: Mapped[int] = mapped_column(sa.ForeignKey("questionnaires.id", ondelete="CASCADE"))
    position: Mapped[int]
    key: Mapped[str] = mapped_column(sa.String(40))  # stays the same from version to version
    kind: Mapped[QuestionKind] = mapped_column(choice(QuestionKind))
    about: Mapped[About] = mapped_column(choice(About), default=About.PRODUCT)
    label: Mapped[dict[str, str]] = mapped_column(sa.JSON)  # {"fr": …, "en": …}
    options: Mapped[list[dict[str, str]]] = mapped_column(sa.JSON, default=list)
    ends: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    required: Mapped[bool] = mapped_column(default=True)

    questionnaire: Mapped[Questionnaire] = relationship(back_populates="questions")


class Assignment(Base):
    """Which product a fan tries, and in which place of the order."""

    __tablename__ = "assignments"
    __table_args__ = (
        sa.UniqueConstraint("study_id", "rsvp_id", "position"),
        sa.UniqueConstraint("study_id", "rsvp_id", "product_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(sa.ForeignKey("studies.id"))
    rsvp_id: Mapped[int] = mapped_column(sa.ForeignKey("rsvps.id"), index=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id"), index=True)
    position: Mapped[int]
    assigned_at: Mapped[datetime] = mapped_column(default=now)

    product: Mapped[Product] = relationship(lazy="joined", innerjoin=True)


class Response(Base):
    """One fan's answers about one product, or about the event when `product_id` is null."""

    __tablename__ = "responses"
    __table_args__ = (
        sa.Index("ix_responses_study_id", "study_id", "id"),
        sa.Index(
            "uq_responses_study_id_rsvp_id_product_id",
            "study_id",
            "rsvp_id",
            "product_id",
            unique=True,
            sqlite_where=sa.text("product_id IS NOT NULL"),
            postgresql_where=sa.text("product_id IS NOT NULL"),
        ),
        sa.Index(
            "uq_responses_study_id_rsvp_id_event",
            "study_id",
            "rsvp_id",
            unique=True,
            sqlite_where=sa.text("product_id IS NULL"),
            postgresql_where=sa.text("product_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    nonce: Mapped[str] = mapped_column(sa.String(40), unique=True)  # made where it was answered
    study_id: Mapped[int] = mapped_column(sa.ForeignKey("studies.id"))
    questionnaire_id: Mapped[int] = mapped_column(sa.ForeignKey("questionnaires.id"))
    rsvp_id: Mapped[int] = mapped_column(sa.ForeignKey("rsvps.id"), index=True)
    product_id: Mapped[int | None] = mapped_column(sa.ForeignKey("products.id"), index=True)
    position: Mapped[int | None]  # place of the product in this fan's order, from 1
    locale: Mapped[str] = mapped_column(sa.String(5))
    submitted_at: Mapped[datetime] = mapped_column(default=now)

    rsvp: Mapped[Rsvp] = relationship()
    answers: Mapped[list[Answer]] = relationship(back_populates="response", cascade="all, delete-orphan")


class Answer(Base):
    """One answer: `number` for scales and yes/no (0/1), `choice` for options (a row each), `text` for words."""

    __tablename__ = "answers"
    __table_args__ = (sa.UniqueConstraint("response_id", "question_id", "choice"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(sa.ForeignKey("responses.id", ondelete="CASCADE"), index=True)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("questions.id"), index=True)
    number: Mapped[int | None]
    choice: Mapped[str] = mapped_column(sa.String(40), default="")
    text: Mapped[str | None] = mapped_column(sa.Text)

    response: Mapped[Response] = relationship(back_populates="answers")
    question: Mapped[Question] = relationship()
