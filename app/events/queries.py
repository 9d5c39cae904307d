"""Reading chapters, events and rsvps."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import contains_eager, joinedload

from app.brand.queries import keep_brand, with_brand
from app.db import db
from app.events.models import (
    Chapter,
    Event,
    EventNotice,
    EventStatus,
    Rsvp,
    RsvpStatus,
    Ticket,
    chapter_managers,
)
from app.events.queries_questions import tells_whether_it_asks
from app.events.rules_reminders import Notice, due_notices
from app.media import Picture
from app.members.models import Member
from app.members.queries import Visitor

SOON = timedelta(days=9)  # nothing is told sooner
SHOWN = (EventStatus.PUBLISHED, EventStatus.CANCELLED)  # a cancelled event keeps its page, which says so


def managed_chapters(member: Member) -> list[Chapter]:
    """Return the chapters that a member of staff runs, by name; all of them for an administrator."""
    query = sa.select(Chapter).order_by(Chapter.name)
    if not member.has_role("admin"):
        query = query.join(chapter_managers).where(chapter_managers.c.member_id == member.id)
    return list(db.session.scalars(query))


def get_managed_event(member: Member | Visitor, slug: str) -> Event:
    """Return an event, draft or not, for who runs its chapter. Aborts with 404 or 403."""
    event = db.session.scalar(sa.select(Event).where(Event.slug == slug))
    if event is None:
        abort(404)
    if not member.has_role("admin") and not _runs(member.id, event.chapter_id):
        abort(403)
    return event


def _runs(member_id: int, chapter_id: int) -> bool:
    row = sa.exists().where(
        chapter_managers.c.chapter_id == chapter_id, chapter_managers.c.member_id == member_id
    )
    return bool(db.session.scalar(sa.select(row)))


def get_event(slug: str) -> Event:
    """Return an event that the public may see, with its slots. Aborts with 404; a draft is as good as unknown."""
    row = db.session.execute(_event_by_slug(), {"slug": slug}).unique().one_or_none()
    if row is None:
        abort(404)
    keep_brand(row)
    return cast(Event, row[0])


@cache
def _event_by_slug() -> sa.Select[*tuple[Any, ...]]:
    query = sa.select(Event).where(Event.slug == sa.bindparam("slug"), Event.status.in_(SHOWN))
    # Joined, for events have few slots, if any: a second statement would cost each page more.
    return with_brand(query, Event).options(joinedload(Event.slots), tells_whether_it_asks())


def all_chapters() -> list[Chapter]:
    """Return every chapter, by city."""
    return list(db.session.scalars(sa.select(Chapter).order_by(Chapter.city, Chapter.id)))


def get_chapter(slug: str) -> Chapter:
    """Return a chapter. Aborts with 404."""
    return db.session.scalar(sa.select(Chapter).where(Chapter.slug == slug)) or abort(404)


def picture_digests(events: list[Event]) -> dict[int, str]:
    """Return the digest of each picture that events show, by picture id."""
    ids = {event.picture_id for event in events if event.picture_id is not None}
    if not ids:
        return {}
    rows = db.session.execute(sa.select(Picture.id, Picture.digest).where(Picture.id.in_(ids)))
    return dict(iter(rows))


def waiting_count(event_id: int) -> int:
    """Return how many parties stand in line for an event."""
    query = sa.select(sa.func.count(Rsvp.id)).where(
        Rsvp.event_id == event_id, Rsvp.status == RsvpStatus.WAITLISTED
    )
    return db.session.scalar(query) or 0


def place_in_line(rsvp: Rsvp) -> int:
    """Return a waiting party's place, from 1: among those who want the same slot, where there are slots."""
    ahead = sa.select(sa.func.count(Rsvp.id)).where(
        Rsvp.event_id == rsvp.event_id,
        Rsvp.status == RsvpStatus.WAITLISTED,
        Rsvp.slot_id.is_not_distinct_from(rsvp.slot_id),
        Rsvp.queue_number < rsvp.queue_number,
    )
    return (db.session.scalar(ahead) or 0) + 1


def events_with_lapsed_holds(now: datetime) -> list[int]:
    """Return the ids of the events where a hold ran out that nobody has let go yet."""
    expired = sa.select(Rsvp.event_id).where(Rsvp.status == RsvpStatus.HELD, Rsvp.held_until <= now)
    return list(db.session.scalars(expired.distinct().order_by(Rsvp.event_id)))


def notices_due(now: datetime) -> list[tuple[int, Notice]]:
    """Return the notices of events to come whose time it is, by event, without those that were given."""
    coming = sa.select(Event).where(
        Event.status == EventStatus.PUBLISHED, Event.starts_at > now, Event.starts_at < now + SOON
    )
    events = list(db.session.scalars(coming.order_by(Event.starts_at)))
    given = sa.select(EventNotice.event_id, EventNotice.kind).where(
        EventNotice.event_id.in_([event.id for event in events])
    )
    done = {(event_id, kind) for event_id, kind in db.session.execute(given)} if events else set()
    return [
        (event.id, notice)
        for event in events
        for notice in due_notices(
            event.starts_at, event.timezone, event.unanswered, event.published_at or event.created_at, now
        )
        if (event.id, notice.value) not in done
    ]


def find_ticket_by_token(token: str) -> Ticket | None:
    """Find a ticket by the secret in its page's address, revoked ones included, with its Rsvp, event and member."""
    query = (
        sa.select(Ticket)
        .join(Ticket.rsvp)
        .where(Ticket.token == token)
        .options(contains_eager(Ticket.rsvp).options(joinedload(Rsvp.event), joinedload(Rsvp.member)))
    )
    return db.session.scalar(query)
