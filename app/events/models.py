"""Chapters, events and the seats promised in them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from app.clock import now
from app.db import Base, choice
from app.members.models import Member
from app.tokens import new_link_token

chapter_managers = sa.Table(
    "chapter_managers",
    Base.metadata,
    sa.Column("chapter_id", sa.ForeignKey("chapters.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("member_id", sa.ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Chapter(Base):
    """The community of one city."""

    __tablename__ = "chapters"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    city: Mapped[str] = mapped_column(sa.String(120))
    country: Mapped[str] = mapped_column(sa.String(2), default="FR")  # ISO 3166-1 alpha-2
    timezone: Mapped[str] = mapped_column(sa.String(64))  # IANA
    created_at: Mapped[datetime] = mapped_column(default=now)

    managers: Mapped[list[Member]] = relationship(secondary=chapter_managers)


class EventKind(StrEnum):
    MEETUP = "meetup"
    ROUND_TABLE = "round-table"
    PRODUCT_TEST = "product-test"
    LAUNCH = "launch"
    WORKSHOP = "workshop"


class EventStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class Audience(StrEnum):
    """Who may register."""

    EVERYONE = "everyone"
    MEMBERS = "members"  # whoever came, or registered, before and is signed in
    LINK = "link"  # whoever has the address that holds `link_code`
    INVITED = "invited"  # whose address is on the event's list


class GuestNames(StrEnum):
    """Whether those whom a member brings are named."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Unanswered(StrEnum):
    """What becomes of a seat when "still coming?" is not answered."""

    KEEP = "keep"
    RELEASE = "release"  # after a second mail


class Event(Base):
    """One gathering. `seats_taken` counts held and confirmed seats and can never pass `capacity`."""

    __tablename__ = "events"
    __table_args__ = (
        sa.CheckConstraint("seats_taken >= 0 AND seats_taken <= capacity", name="seats"),
        sa.CheckConstraint("ends_at > starts_at", name="times"),
        sa.CheckConstraint("party_max BETWEEN 1 AND 10", name="party_max"),
        sa.CheckConstraint("hold_minutes BETWEEN 5 AND 1440", name="hold_minutes"),
        sa.Index("ix_events_status_ends_at", "status", "ends_at"),
        sa.Index("ix_events_chapter_id_starts_at", "chapter_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chapter_id: Mapped[int] = mapped_column(sa.ForeignKey("chapters.id"))
    slug: Mapped[str] = mapped_column(sa.String(120), unique=True)
    code: Mapped[str] = mapped_column(sa.String(5), unique=True)  # in every QR code: tells events apart
    kind: Mapped[EventKind] = mapped_column(choice(EventKind))
    status: Mapped[EventStatus] = mapped_column(choice(EventStatus), default=EventStatus.DRAFT)
    title: Mapped[str] = mapped_column(sa.String(160))
    description: Mapped[str] = mapped_column(sa.Text, default="")  # Markdown
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    venue: Mapped[str] = mapped_column(sa.String(160))
    address: Mapped[str] = mapped_column(sa.String(300), default="")
    picture_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pictures.id"))
    capacity: Mapped[int]
    party_max: Mapped[int] = mapped_column(default=1)
    room: Mapped[int | None]  # seats that are there, when more than these may be promised
    hold_minutes: Mapped[int] = mapped_column(default=30)
    cutoff_minutes: Mapped[int] = mapped_column(
        default=120
    )  # before the start: later no seat is offered any more
    unanswered: Mapped[Unanswered] = mapped_column(choice(Unanswered), default=Unanswered.KEEP)
    guest_names: Mapped[GuestNames] = mapped_column(choice(GuestNames), default=GuestNames.NONE)
    audience: Mapped[Audience] = mapped_column(choice(Audience), default=Audience.EVERYONE)
    link_code: Mapped[str] = mapped_column(sa.String(40), default=new_link_token)
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    # Sooner than `opens_at`, for the addresses of the event's list and for whoever has the code.
    early_opens_at: Mapped[datetime | None]
    early_code: Mapped[str] = mapped_column(sa.String(40), default="")
    seats_taken: Mapped[int] = mapped_column(default=0)
    seat_sequence: Mapped[int] = mapped_column(default=0)  # written first by every seat transaction
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("members.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    # Both move with what people are told (update_event, cancel_event), and not with each seat taken.
    updated_at: Mapped[datetime] = mapped_column(default=now)
    revision: Mapped[int] = mapped_column(default=0)  # raised when time or place change: iCalendar's SEQUENCE
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    chapter: Mapped[Chapter] = relationship(lazy="joined", innerjoin=True)
    slots: Mapped[list[Slot]] = relationship(back_populates="event", order_by="Slot.starts_at, Slot.id")

    # Whether it asks those who register anything, where a query said that it wants to know; see queries_questions.
    asks: Mapped[bool | None] = query_expression()

    @property
    def timezone(self) -> str:
        """IANA name of the zone in which the event's times are shown."""
        return self.chapter.timezone


class EventNotice(Base):
    """What everybody concerned was told or asked about an event, once: a row is the promise not to do it again."""

    __tablename__ = "event_notices"

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)


class Invitee(Base):
    """An address on an event's list: who may register when only invited people may, or sooner than others."""

    __tablename__ = "event_invitees"

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), primary_key=True, index=True)  # normalised
    added_at: Mapped[datetime] = mapped_column(default=now)


class Slot(Base):
    """A part of an event with seats of its own: a table, a test session."""

    __tablename__ = "slots"
    __table_args__ = (
        sa.CheckConstraint("seats_taken >= 0 AND seats_taken <= capacity", name="seats"),
        sa.UniqueConstraint("event_id", "name"),
        sa.UniqueConstraint("id", "event_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(120))
    starts_at: Mapped[datetime | None]
    capacity: Mapped[int]
    seats_taken: Mapped[int] = mapped_column(default=0)

    event: Mapped[Event] = relationship(back_populates="slots")


class RsvpStatus(StrEnum):
    HELD = "held"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    CANCELLED = "cancelled"
    DECLINED = "declined"


SEATED = (RsvpStatus.HELD, RsvpStatus.CONFIRMED)
LIVE = (*SEATED, RsvpStatus.WAITLISTED)


class HoldFor(StrEnum):
    """What a held seat waits for."""

    ADDRESS = "address"  # that who asked proves to read the mail
    OFFER = "offer"  # that who stood in line accepts


class CancelReason(StrEnum):
    LEFT = "left"  # by the member
    LAPSED = "lapsed"  # not confirmed, accepted or answered in time
    STAFF = "staff"


class Rsvp(Base):
    """A member's answer for an event, at most one. The waiting line is ordered by `queue_number`.

    `queue_number` is the event's `seat_sequence` when the place in line was given, so it follows the order in
    which the database let the transactions pass, which clocks and ids do not. `token` is in the address of
    the page of an Rsvp without ticket, which only a mail shows.
    """

    __tablename__ = "rsvps"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "member_id"),
        sa.CheckConstraint("party_size BETWEEN 1 AND 10", name="party_size"),
        sa.CheckConstraint("(status = 'held') = (held_until IS NOT NULL)", name="hold"),
        # What a hold that lapsed was for stays: its page tells it. On SQLite a trigger refuses the same (0010).
        sa.CheckConstraint(
            "(status <> 'held' OR hold_for IS NOT NULL)"
            " AND (status NOT IN ('confirmed', 'waitlisted') OR hold_for IS NULL)",
            name="hold_for",
        ),
        sa.CheckConstraint("(status = 'waitlisted') = (queued_at IS NOT NULL)", name="queue"),
        sa.CheckConstraint("(status = 'waitlisted') = (queue_number IS NOT NULL)", name="queue_number"),
        sa.ForeignKeyConstraint(["slot_id", "event_id"], ["slots.id", "slots.event_id"]),
        sa.Index("ix_rsvps_event_id_status_queue_number", "event_id", "status", "queue_number"),
        sa.Index("ix_rsvps_member_id", "member_id"),
        sa.Index("ix_rsvps_held_until", "held_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id"))
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("members.id"))
    slot_id: Mapped[int | None]
    status: Mapped[RsvpStatus] = mapped_column(choice(RsvpStatus))
    party_size: Mapped[int] = mapped_column(default=1)
    held_until: Mapped[datetime | None]
    hold_for: Mapped[HoldFor | None] = mapped_column(choice(HoldFor))
    queued_at: Mapped[datetime | None]
    queue_number: Mapped[int | None]
    token: Mapped[str] = mapped_column(sa.String(40), unique=True, default=new_link_token)
    email_proven: Mapped[bool] = mapped_column(default=False)  # a promoted rsvp is confirmed, or held again
    created_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_because: Mapped[CancelReason | None] = mapped_column(choice(CancelReason))
    cancel_note: Mapped[str] = mapped_column(
        sa.String(300), default=""
    )  # what staff wrote when they cancelled
    declined_because: Mapped[str] = mapped_column(sa.String(20), default="")
    still_coming_at: Mapped[datetime | None]  # when "still coming?" was answered with a yes
    guest_names: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))
    revision: Mapped[int] = mapped_column(default=0)  # raised when party or slot change: iCalendar's SEQUENCE
    locale: Mapped[str] = mapped_column(sa.String(5), default="fr")
    arrived_from: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)  # utm_* and via, as they came
    # What was answered about consents before the address was proven: {purpose: yes?}, recorded once it is.
    consent_answers: Mapped[dict[str, bool] | None] = mapped_column(sa.JSON)

    event: Mapped[Event] = relationship(foreign_keys="Rsvp.event_id")
    slot: Mapped[Slot | None] = relationship(
        primaryjoin="Rsvp.slot_id == Slot.id", foreign_keys="Rsvp.slot_id", viewonly=True
    )
    member: Mapped[Member] = relationship()
    tickets: Mapped[list[Ticket]] = relationship(back_populates="rsvp", order_by="Ticket.id")


class Ticket(Base):
    """The secret code of a confirmed Rsvp. Rotating it revokes this row and makes another.

    `code` is in the QR and opens the door; `token` is in the page's address and lets its owner cancel.
    `digest` is the SHA-256 of the whole QR text, of which the door's roster holds a part.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        sa.Index(
            "uq_tickets_rsvp_id_active",
            "rsvp_id",
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rsvp_id: Mapped[int] = mapped_column(sa.ForeignKey("rsvps.id"), index=True)
    code: Mapped[str] = mapped_column(sa.String(26), unique=True)
    token: Mapped[str] = mapped_column(sa.String(40), unique=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    issued_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str] = mapped_column(sa.String(20), default="")  # cancelled, transferred

    rsvp: Mapped[Rsvp] = relationship(back_populates="tickets")
