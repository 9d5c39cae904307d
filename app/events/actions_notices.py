"""Telling everyone who has a seat, or waits for one, what became of an event."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.db import db, insert_or
from app.events.actions_mails import mail_about, tell
from app.events.models import LIVE, Event, EventNotice, Rsvp
from app.events.queries_told import get_rsvp_to_tell
from app.outbox import writes


def claim_notice(event_id: int, kind: str, now: datetime) -> bool:
    """Note that everybody concerned is told something; False when they were, which another transaction may be doing.

    Its row is the first write, so that whoever comes second waits for it, and then sees it.
    """
    made = insert_or(EventNotice).values(event_id=event_id, kind=kind, at=now).on_conflict_do_nothing()
    return db.session.scalar(made.returning(EventNotice.kind)) is not None


def concerned(event_id: int) -> list[Rsvp]:
    """Return the Rsvps that a change of an event matters to, of members with an address."""
    query = (
        sa.select(Rsvp)
        .where(Rsvp.event_id == event_id, Rsvp.status.in_(LIVE))
        .options(joinedload(Rsvp.member))
        .order_by(Rsvp.id)
    )
    return [rsvp for rsvp in db.session.scalars(query) if rsvp.member.email]


def mail_change(event: Event) -> int:
    """Say that time or place have changed, once for each revision; return how many are told."""
    return _queue(event, "events/event_changed")


def mail_cancellation(event: Event) -> int:
    """Say that an event does not take place; return how many are told."""
    return _queue(event, "events/event_cancelled")


def _queue(event: Event, template: str) -> int:
    rsvps = concerned(event.id)
    for rsvp in rsvps:
        mail_about(rsvp, template, f"{template.removeprefix('events/')}:{rsvp.id}:{event.revision}")
    return len(rsvps)


@writes("events/event_changed")
@writes("events/event_cancelled")
def write_notice(rsvp_id: int) -> dict[str, Any] | None:
    """Tell what the event is now; nothing to who gave the seat back meanwhile."""
    rsvp = get_rsvp_to_tell(rsvp_id)
    return tell(rsvp) if rsvp.status in LIVE else None
