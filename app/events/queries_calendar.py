"""Events and places as entries of a calendar."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.db import db
from app.events.models import Audience, Event, EventStatus, Rsvp, RsvpStatus
from app.events.queries import SHOWN
from app.events.queries_told import ToldRsvp
from app.events.rules_calendar import Entry, event_sequence, stable_uid, ticket_sequence
from app.i18n import _
from app.markdown import markdown_summary
from app.members.models import Member
from app.web import absolute_url

# Past events stay in a feed for a quarter, so that calendars do not lose them at once.
KEPT = timedelta(days=92)
# Programs read all of a feed every few hours: of the events of a large brand, the nearest will do.
TO_COME, PAST = 400, 100


def feed_entries(now: datetime, chapter_id: int | None = None) -> list[Entry]:
    """Return the events to come and those of the last quarter, cancelled ones included, private ones not.

    Where there are many, those nearest to now.
    """
    chosen = [Event.status.in_(SHOWN), Event.audience != Audience.LINK]
    if chapter_id is not None:
        chosen.append(Event.chapter_id == chapter_id)
    ids = sa.select(Event.id).where(*chosen)
    past = ids.where(Event.ends_at > now - KEPT, Event.ends_at <= now).order_by(Event.starts_at.desc())
    to_come = ids.where(Event.ends_at > now).order_by(Event.starts_at, Event.id)
    halves = (past.limit(PAST).subquery(), to_come.limit(TO_COME).subquery())
    in_halves = sa.union_all(*(sa.select(half.c.id) for half in halves))
    query = sa.select(Event).where(Event.id.in_(in_halves)).order_by(Event.starts_at, Event.id)
    return [event_entry(event) for event in db.session.scalars(query)]


def member_of_calendar(token: str) -> Member | None:
    """Find whose own feed a secret address gives."""
    return db.session.scalar(sa.select(Member).where(Member.calendar_token == token))


def own_entries(member_id: int, now: datetime) -> list[Entry]:
    """Return a member's places to come and of the last quarter; one given back is said to be cancelled."""
    had = (RsvpStatus.CONFIRMED, RsvpStatus.CANCELLED, RsvpStatus.DECLINED)
    query = (
        sa.select(Rsvp)
        .join(Rsvp.event)
        .where(Rsvp.member_id == member_id, Rsvp.status.in_(had), Event.ends_at > now - KEPT)
        .where(Rsvp.confirmed_at.is_not(None))
        .options(contains_eager(Rsvp.event), joinedload(Rsvp.slot), selectinload(Rsvp.tickets))
        .order_by(Event.starts_at, Event.id)
    )
    return [place_entry(rsvp, _newest_token(rsvp)) for rsvp in db.session.scalars(query)]


def _newest_token(rsvp: Rsvp) -> str:
    return rsvp.tickets[-1].token if rsvp.tickets else rsvp.token


def event_entry(event: Event) -> Entry:
    """Return an event as anybody may note it."""
    cancelled = event.status == EventStatus.CANCELLED
    return Entry(
        uid=stable_uid("event", event.id, event.created_at),
        title=event.title,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        timezone=event.timezone,
        place=", ".join(filter(None, (event.venue, event.address))),
        description=markdown_summary(event.description, 300),
        url=absolute_url("events.event", slug=event.slug),
        sequence=event_sequence(event.revision, cancelled),
        changed_at=event.updated_at,
        cancelled=cancelled,
    )


def place_entry(rsvp: Rsvp | ToldRsvp, token: str) -> Entry:
    """Return an event as the holder of a place notes it, with the address of the ticket."""
    event, tickets = rsvp.event, rsvp.tickets
    url = absolute_url("tickets.ticket", token=token)
    moments = [
        event.updated_at,
        *(t.issued_at for t in tickets),
        *(t.revoked_at for t in tickets if t.revoked_at),
    ]
    revoked = sum(ticket.revoked_at is not None for ticket in tickets)
    base = event_sequence(event.revision, event.status == EventStatus.CANCELLED)
    slot = rsvp.slot
    return Entry(
        uid=stable_uid("rsvp", rsvp.id, rsvp.created_at),
        title=f"{event.title} – {slot.name}" if slot else event.title,
        starts_at=(slot.starts_at if slot else None) or event.starts_at,
        ends_at=event.ends_at,
        timezone=event.timezone,
        place=", ".join(filter(None, (event.venue, event.address))),
        description=_("Your ticket: %(url)s", url=url),
        url=url,
        sequence=ticket_sequence(base, len(tickets), revoked) + rsvp.revision,
        changed_at=max(moments),
        cancelled=event.status == EventStatus.CANCELLED or rsvp.status != RsvpStatus.CONFIRMED,
    )
