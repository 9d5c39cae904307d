"""Telling everyone who has a seat, or waits for one, what became of an event."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.db import db
from app.events.models import Event, Rsvp, RsvpStatus
from app.outbox import queue_mail
from app.web import absolute_url

CONCERNED = (RsvpStatus.HELD, RsvpStatus.CONFIRMED, RsvpStatus.WAITLISTED)


def concerned(event_id: int) -> list[Rsvp]:
    """Return the Rsvps that a change of an event matters to, of members with an address."""
    query = (
        sa.select(Rsvp)
        .where(Rsvp.event_id == event_id, Rsvp.status.in_(CONCERNED))
        .options(joinedload(Rsvp.member), selectinload(Rsvp.tickets))
        .order_by(Rsvp.id)
    )
    return [rsvp for rsvp in db.session.scalars(query) if rsvp.member.email]


def mail_change(event: Event) -> int:
    """Say that time or place have changed, once for each revision; return how many are told."""
    return _tell(event, "events/event_changed")


def mail_cancellation(event: Event) -> int:
    """Say that an event does not take place; return how many are told."""
    return _tell(event, "events/event_cancelled")


def _tell(event: Event, template: str) -> int:
    rsvps = concerned(event.id)
    for rsvp in rsvps:
        queue_mail(
            template,
            to=str(rsvp.member.email),
            key=f"{template.removeprefix('events/')}:{rsvp.id}:{event.revision}",
            locale=rsvp.locale,
            member_id=rsvp.member_id,
            event=event,
            name=rsvp.member.display_name,
            link=_page_of(rsvp),
        )
    return len(rsvps)


def _page_of(rsvp: Rsvp) -> str:
    in_force = next((ticket for ticket in rsvp.tickets if ticket.revoked_at is None), None)
    if in_force:
        return absolute_url("tickets.ticket", token=in_force.token)
    return absolute_url("events.event", slug=rsvp.event.slug)
