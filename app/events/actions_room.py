"""Letting more people register than there are seats, since some of them never come."""

from __future__ import annotations

from datetime import datetime

from app.audit import record
from app.db import db
from app.errors import Refusal
from app.events.actions_desk import Desk, move_line, open_desk
from app.events.actions_manage import refuse_too_few
from app.events.models import Event, EventStatus
from app.i18n import _l
from app.members.models import Member


def overbook(event: Event, seats: int, registrations: int, by: Member, now: datetime) -> None:
    """Say how many seats are there, and let more people register than that; the line moves at once.

    Raises Refusal: over, fewer (than the seats), capacity (fewer than are promised).
    """
    desk = _open(event, now)
    if registrations < seats:
        text = _l("That is fewer than the seats. Change the event’s seats instead.")
        raise Refusal("fewer", text, field="registrations")
    refuse_too_few(desk.event, registrations, "registrations")
    desk.event.room = seats if registrations > seats else None
    _allow(desk, registrations, by)


def stop_overbooking(event: Event, by: Member, now: datetime) -> int:
    """Let no more people register than there are seats; return how many more are promised a seat already.

    What is promised stays: then the capacity is what is promised, and may be put back further later.
    Raises Refusal("over").
    """
    desk = _open(event, now)
    seats = desk.event.room
    if seats is None:
        return 0
    short = max(0, desk.event.seats_taken - seats)
    if not short:
        desk.event.room = None
    _allow(desk, seats + short, by)
    return short


def _open(event: Event, now: datetime) -> Desk:
    desk = open_desk(event.id, now)
    if desk.event.status == EventStatus.CANCELLED or desk.event.ends_at <= now:
        raise Refusal("over", _l("This event is over or cancelled: its seats stay as they are."))
    return desk


def _allow(desk: Desk, registrations: int, by: Member) -> None:
    event = desk.event
    event.capacity = registrations
    record("event.overbook", f"event:{event.id}", by.id, room=event.room, capacity=registrations)
    db.session.flush()
    move_line(desk)
