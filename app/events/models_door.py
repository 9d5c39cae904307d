"""What happens at the door: scans as facts, and the arrivals that they amount to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.db import Base, choice
from app.events.models import Event, Rsvp, Ticket
from app.members.models import Member


class Verdict(StrEnum):
    """What the door says of a code. A refusal is a normal answer, so this is a value and no exception."""

    WELCOME = "welcome"
    ALREADY_IN = "already-in"
    CANCELLED = "cancelled"
    TRANSFERRED = "transferred"
    WAITLISTED = "waitlisted"
    UNCONFIRMED = "unconfirmed"  # held, the address never confirmed
    WRONG_EVENT = "wrong-event"
    OUTSIDE_TIME = "outside-time"
    UNKNOWN = "unknown"


class ScanMethod(StrEnum):
    CAMERA = "camera"
    TYPED = "typed"
    BY_NAME = "by-name"


class Scan(Base):
    """A fact that a device recorded: append-only, never refused. `nonce` is made by the device."""

    __tablename__ = "scans"
    __table_args__ = (sa.Index("ix_scans_event_id", "event_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    nonce: Mapped[str] = mapped_column(sa.String(40), unique=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id"))
    ticket_id: Mapped[int | None] = mapped_column(sa.ForeignKey("tickets.id"), index=True)
    code_digest: Mapped[str] = mapped_column(sa.String(64))  # of what was read, even when unknown to us
    method: Mapped[ScanMethod] = mapped_column(choice(ScanMethod))
    device: Mapped[str] = mapped_column(sa.String(40))  # a name the device made up, nobody's own
    scanned_at: Mapped[datetime]  # by the device's clock, corrected by clock_skew_ms
    clock_skew_ms: Mapped[int] = mapped_column(sa.BigInteger, default=0)  # server minus device
    received_at: Mapped[datetime] = mapped_column(default=now)
    verdict: Mapped[Verdict] = mapped_column(choice(Verdict))
    scanned_by_id: Mapped[int] = mapped_column(sa.ForeignKey("members.id"))

    event: Mapped[Event] = relationship()
    ticket: Mapped[Ticket | None] = relationship()
    scanned_by: Mapped[Member] = relationship()


class CheckIn(Base):
    """The arrival of an Rsvp, at most one: that of its earliest scan. Undone, it keeps its row."""

    __tablename__ = "check_ins"
    __table_args__ = (sa.Index("ix_check_ins_event_id", "event_id", "arrived_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rsvp_id: Mapped[int] = mapped_column(sa.ForeignKey("rsvps.id"), unique=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id"))
    scan_id: Mapped[int] = mapped_column(sa.ForeignKey("scans.id"), unique=True)
    arrived_at: Mapped[datetime]
    party_size: Mapped[int]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("members.id"))
    revision: Mapped[int] = mapped_column(default=1)  # raised when an undone arrival happens again

    rsvp: Mapped[Rsvp] = relationship()
    scan: Mapped[Scan] = relationship()
