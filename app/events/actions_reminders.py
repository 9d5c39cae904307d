"""Reminders, “still coming?”, and seats that nobody answers for: each told or asked once for an event."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.db import db
from app.events.actions_desk import leave, move_line, open_desk
from app.events.actions_mails import mail_about
from app.events.actions_notices import claim_notice
from app.events.models import CancelReason, EventNotice, Rsvp, RsvpStatus
from app.events.rules_reminders import Notice

JUST_CONFIRMED = timedelta(days=1)  # who has just said that they come is not asked whether they still do
TEMPLATES = {
    Notice.WEEK: "events/reminder",
    Notice.DAY: "events/reminder",
    Notice.STILL_COMING: "events/still_coming",
    Notice.LAST_CALL: "events/last_call",
}


def give_notice(event_id: int, notice: Notice, now: datetime) -> int:
    """Tell or ask everybody concerned, unless it was done; return how many. Its row keeps it from happening twice."""
    if not claim_notice(event_id, notice.value, now):
        return 0
    if notice is Notice.RELEASE:
        return _release(event_id, now)
    rsvps = _concerned(event_id, notice, now)
    for rsvp in rsvps:
        mail_about(rsvp, TEMPLATES[notice], f"{notice.value}:{rsvp.id}")
    return len(rsvps)


def _release(event_id: int, now: datetime) -> int:
    desk = open_desk(event_id, now)
    rsvps = _concerned(event_id, Notice.RELEASE, now)
    for rsvp in rsvps:
        leave(desk, rsvp, CancelReason.LAPSED)
        mail_about(rsvp, "events/released", f"released:{rsvp.id}:{desk.number}")
    move_line(desk)
    return len(rsvps)


def _concerned(event_id: int, notice: Notice, now: datetime) -> list[Rsvp]:
    """Return who is reminded: all who are confirmed; or who was asked whether they come and has not said so."""
    query = (
        sa.select(Rsvp)
        .where(Rsvp.event_id == event_id, Rsvp.status == RsvpStatus.CONFIRMED)
        .options(joinedload(Rsvp.member))
        .order_by(Rsvp.id)
    )
    if notice in (Notice.STILL_COMING, Notice.LAST_CALL, Notice.RELEASE):
        asked_at = now if notice is Notice.STILL_COMING else _asked_at(event_id)
        if asked_at is None:  # nobody was asked, so that nobody owes an answer
            return []
        query = query.where(Rsvp.still_coming_at.is_(None), Rsvp.confirmed_at < asked_at - JUST_CONFIRMED)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _asked_at(event_id: int) -> datetime | None:
    asked = sa.select(EventNotice.at).where(
        EventNotice.event_id == event_id, EventNotice.kind == Notice.STILL_COMING.value
    )
    return db.session.scalar(asked)
