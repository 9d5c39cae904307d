"""What a CM wants to know before planning or changing an event: what is there, and who would be told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from app.db import db
from app.events.models import Event, EventStatus, Rsvp, RsvpStatus
from app.events.models_door import CheckIn
from app.events.rules_room import ShowUp
from app.members.models import Member

RECENT = 12  # events that say how many come: three years of a meetup a quarter


@dataclass
class Told:
    """How many get a mail about an event, one for each registration, and how many have no address for it."""

    by_status: dict[str, int] = field(default_factory=dict)
    by_locale: dict[str, int] = field(default_factory=dict)
    without_address: int = 0

    @property
    def mails(self) -> int:
        return sum(self.by_status.values())


def who_is_told(event_id: int, statuses: Sequence[RsvpStatus]) -> Told:
    """Count, in one statement, who is told of what becomes of an event."""
    reachable = Member.email.is_not(None)
    query = (
        sa.select(Rsvp.status, Rsvp.locale, reachable, sa.func.count(Rsvp.id))
        .join(Member, Member.id == Rsvp.member_id)
        .where(Rsvp.event_id == event_id, Rsvp.status.in_(statuses))
        .group_by(Rsvp.status, Rsvp.locale, reachable)
    )
    told = Told()
    for status, locale, has_address, count in db.session.execute(query):
        if not has_address:
            told.without_address += count
            continue
        told.by_status[status.value] = told.by_status.get(status.value, 0) + count
        told.by_locale[locale] = told.by_locale.get(locale, 0) + count
    return told


def last_places(chapter_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return the venue and the address of each chapter's latest event, by chapter id."""
    latest = (
        sa.select(Event.chapter_id, sa.func.max(Event.starts_at).label("starts_at"))
        .where(Event.chapter_id.in_(chapter_ids), Event.status != EventStatus.CANCELLED)
        .group_by(Event.chapter_id)
        .subquery()
    )
    query = sa.select(Event.chapter_id, Event.venue, Event.address).join(
        latest, sa.and_(Event.chapter_id == latest.c.chapter_id, Event.starts_at == latest.c.starts_at)
    )
    return {chapter_id: (venue, address) for chapter_id, venue, address in db.session.execute(query)}


def events_between(chapter_ids: Sequence[int], begin: datetime, end: datetime) -> list[Event]:
    """Return the events of chapters, drafts included, that begin in a span; the soonest first."""
    query = sa.select(Event).where(
        Event.chapter_id.in_(chapter_ids),
        Event.status != EventStatus.CANCELLED,
        Event.starts_at >= begin,
        Event.starts_at < end,
    )
    return list(db.session.scalars(query.order_by(Event.starts_at, Event.id)))


def show_up(chapter_id: int, now: datetime) -> ShowUp:
    """Count, in one statement, who had a seat and who came at a chapter's latest events.

    An event where nobody was checked in had no door: it says nothing of who came.
    """
    past = (
        sa.select(Event.id)
        .where(Event.chapter_id == chapter_id, Event.status == EventStatus.PUBLISHED, Event.ends_at <= now)
        .order_by(Event.starts_at.desc(), Event.id)
        .limit(RECENT)
    )
    had_seat = (
        sa.select(Rsvp.event_id, sa.func.sum(Rsvp.party_size).label("people"))
        .where(Rsvp.event_id.in_(past), Rsvp.status == RsvpStatus.CONFIRMED)
        .group_by(Rsvp.event_id)
        .subquery()
    )
    came = (
        sa.select(CheckIn.event_id, sa.func.sum(CheckIn.party_size).label("people"))
        .where(CheckIn.event_id.in_(past), CheckIn.undone_at.is_(None))
        .group_by(CheckIn.event_id)
        .subquery()
    )
    query = sa.select(sa.func.count(), sa.func.sum(had_seat.c.people), sa.func.sum(came.c.people)).join_from(
        had_seat, came, had_seat.c.event_id == came.c.event_id
    )
    events, confirmed, arrived = db.session.execute(query).one()
    return ShowUp(events, int(confirmed or 0), int(arrived or 0))
