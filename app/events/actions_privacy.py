"""A person's rights over their seats: to read what is known of them, and to be forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db import db
from app.events.actions_desk import leave, move_line, open_desk
from app.events.actions_doorway import take_turn
from app.events.actions_questions import erase_answers_of, exported_answers
from app.events.models import LIVE, CancelReason, Event, Invitee, Rsvp, Ticket, chapter_managers
from app.events.models_door import CheckIn
from app.members.models import Member
from app.privacy import TURNS, Turns, exports


@exports("meetups")
def meetups_of(member_id: int) -> list[dict[str, Any]]:
    """Return every answer a member gave for an event, and when they came."""
    query = (
        sa.select(Rsvp, Event.title, Event.starts_at, CheckIn.arrived_at, CheckIn.undone_at)
        .join(Event, Event.id == Rsvp.event_id)
        .outerjoin(CheckIn, CheckIn.rsvp_id == Rsvp.id)
        .where(Rsvp.member_id == member_id)
        .order_by(Event.starts_at)
    )
    said = exported_answers(member_id)
    return [
        {
            "event": title,
            "starts_at": starts_at.isoformat(),
            "answer": rsvp.status.value,
            "party_size": rsvp.party_size,
            "answered_at": rsvp.created_at.isoformat(),
            "came_from": rsvp.arrived_from,
            "answers": said.get(rsvp.id, {}),
            "guest_names": rsvp.guest_names or [],
            "cancelled_with_the_note": rsvp.cancel_note,
            "arrived_at": arrived_at.isoformat() if undone_at is None and arrived_at is not None else None,
        }
        for rsvp, title, starts_at, arrived_at, undone_at in db.session.execute(query)
    ]


def give_seats_away(member_id: int, now: datetime) -> None:
    """Give a member's seats at coming events to the next in line, revoke every ticket, forget where they came from."""
    coming = (
        sa.select(Rsvp.id, Rsvp.event_id)
        .join(Event, Event.id == Rsvp.event_id)
        .where(
            Rsvp.member_id == member_id,
            Rsvp.status.in_(LIVE),
            Event.starts_at > now,
        )
        .order_by(Rsvp.event_id)
    )
    for rsvp_id, event_id in db.session.execute(coming).all():
        desk = open_desk(event_id, now)
        leave(desk, db.session.get_one(Rsvp, rsvp_id, populate_existing=True), CancelReason.LEFT)
        move_line(desk)
    own = sa.select(Rsvp.id).where(Rsvp.member_id == member_id)
    active = sa.and_(Ticket.rsvp_id.in_(own), Ticket.revoked_at.is_(None))
    db.session.execute(sa.update(Ticket).where(active).values(revoked_at=now, revoked_because="cancelled"))
    forgotten = {"arrived_from": sa.null(), "consent_answers": sa.null(), "cancel_note": ""}
    db.session.execute(sa.update(Rsvp).where(Rsvp.member_id == member_id).values(forgotten))
    erase_answers_of(member_id)
    address = sa.select(Member.email).where(Member.id == member_id).scalar_subquery()
    db.session.execute(sa.delete(Invitee).where(Invitee.email == address))
    db.session.execute(sa.delete(chapter_managers).where(chapter_managers.c.member_id == member_id))


def _answered(member_id: int) -> list[int]:
    """Return the events that a member ever answered, by id: a code or an answer of long ago may be looked at now."""
    events = sa.select(Rsvp.event_id).where(Rsvp.member_id == member_id)
    return list(db.session.scalars(events.order_by(Rsvp.event_id)))


TURNS.append(Turns(_answered, take_turn, give_seats_away))
