"""What CMs see of their chapters and events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_sqlalchemy.pagination import Pagination

from app.db import db
from app.events.models import Chapter, Event, EventStatus, Rsvp, RsvpStatus
from app.events.models_door import CheckIn
from app.events.rules_schedule import quarter_bounds, to_local
from app.members.models import Member, Role

EVENTS_A_PAGE = 50


@dataclass(frozen=True)
class Attendance:
    """People of an event, by what their Rsvp is; a party of three counts three."""

    confirmed: int = 0
    held: int = 0
    waitlisted: int = 0
    arrived: int = 0


def attendance(event_ids: Sequence[int]) -> dict[int, Attendance]:
    """Count the people of each event, in two statements however many events there are."""
    size = sa.func.sum(Rsvp.party_size)
    by_status = sa.select(Rsvp.event_id, Rsvp.status, size).where(Rsvp.event_id.in_(event_ids))
    arrived = sa.select(CheckIn.event_id, sa.func.sum(CheckIn.party_size)).where(
        CheckIn.event_id.in_(event_ids), CheckIn.undone_at.is_(None)
    )
    counts: dict[int, dict[str, int]] = {event_id: {} for event_id in event_ids}
    for event_id, status, people in db.session.execute(by_status.group_by(Rsvp.event_id, Rsvp.status)):
        if status in (RsvpStatus.CONFIRMED, RsvpStatus.HELD, RsvpStatus.WAITLISTED):
            counts[event_id][status.value] = int(people)
    for event_id, people in db.session.execute(arrived.group_by(CheckIn.event_id)):
        counts[event_id]["arrived"] = int(people)
    return {event_id: Attendance(**row) for event_id, row in counts.items()}


def coming_events(chapter_ids: Sequence[int], now: datetime, limit: int) -> list[Event]:
    """Return the soonest events to come of these chapters, drafts included."""
    return list(db.session.scalars(_events(chapter_ids, now, past=False).limit(limit)))


def events_page(chapter_ids: Sequence[int], now: datetime, *, past: bool) -> Pagination:
    """Return the page that the address asks for of the events to come (soonest first) or over (latest first).

    Drafts are among them. Aborts with 404.
    """
    query = _events(chapter_ids, now, past=past)
    return db.paginate(query, per_page=EVENTS_A_PAGE, max_per_page=EVENTS_A_PAGE)


def _events(chapter_ids: Sequence[int], now: datetime, *, past: bool) -> sa.Select[Event]:
    query = sa.select(Event).where(Event.chapter_id.in_(chapter_ids))
    if past:
        return query.where(Event.ends_at <= now).order_by(Event.starts_at.desc(), Event.id)
    return query.where(Event.ends_at > now).order_by(Event.starts_at, Event.id)


def without_event_this_quarter(chapters: Sequence[Chapter], now: datetime) -> list[Chapter]:
    """Return the chapters that have no published event in the quarter that is running there."""
    missing = []
    spans = {c.id: quarter_bounds(to_local(now, c.timezone).date(), c.timezone) for c in chapters}
    if not spans:
        return []
    rows = db.session.execute(
        sa.select(Event.chapter_id, Event.starts_at).where(
            Event.chapter_id.in_(spans),
            Event.status == EventStatus.PUBLISHED,
            Event.starts_at >= min(begin for begin, _ in spans.values()),
            Event.starts_at < max(end for _, end in spans.values()),
        )
    ).all()
    for chapter in chapters:
        begin, end = spans[chapter.id]
        if not any(row.chapter_id == chapter.id and begin <= row.starts_at < end for row in rows):
            missing.append(chapter)
    return missing


def community_managers() -> list[Member]:
    """Return the members of staff who may run chapters, by name."""
    query = sa.select(Member).where(Member.roles.any(Role.name == "cm")).order_by(Member.display_name)
    return list(db.session.scalars(query))


def waiting_by_slot(event_id: int) -> dict[int | None, int]:
    """Count the people who wait in line for each slot of an event; None is for those who chose none."""
    query = (
        sa.select(Rsvp.slot_id, sa.func.sum(Rsvp.party_size))
        .where(Rsvp.event_id == event_id, Rsvp.status == RsvpStatus.WAITLISTED)
        .group_by(Rsvp.slot_id)
    )
    return {slot_id: int(people) for slot_id, people in db.session.execute(query)}
