"""What must hold of an event’s seats after every step, each read in one statement so that nothing moves meanwhile."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import db
from app.events.actions_desk import what_moves
from app.events.models import SEATED, Event, Rsvp, RsvpStatus, Slot, Ticket
from app.events.rules_offers import LineMove
from app.events.rules_seats import Room

PEOPLE = sa.func.coalesce(sa.func.sum(Rsvp.party_size), 0)


def check_seats(event_id: int) -> None:
    """Invariant 1: what is counted is what is promised, and never more than there is, in the event and each slot."""
    for model, of_place in ((Event, Rsvp.event_id == Event.id), (Slot, Rsvp.slot_id == Slot.id)):
        promised = sa.select(PEOPLE).where(of_place, Rsvp.status.in_(SEATED)).scalar_subquery()
        mine = model.id == event_id if model is Event else Slot.event_id == event_id
        rows = db.session.execute(sa.select(model.seats_taken, model.capacity, promised).where(mine)).all()
        for taken, capacity, people in rows:
            assert taken == people <= capacity, (
                f"{model.__name__}: {taken} counted, {people} promised of {capacity}"
            )
    db.session.rollback()


def check_answers(event_id: int) -> None:
    """Invariant 2: a member answers once; who is confirmed has one ticket in force, and nobody else has any."""
    in_force = (
        sa.select(sa.func.count(Ticket.id))
        .where(Ticket.rsvp_id == Rsvp.id, Ticket.revoked_at.is_(None))
        .scalar_subquery()
    )
    rows = db.session.execute(
        sa.select(Rsvp.member_id, Rsvp.status, in_force).where(Rsvp.event_id == event_id)
    ).all()
    assert len({row.member_id for row in rows}) == len(rows)
    for _member, status, tickets in rows:
        assert tickets == (status is RsvpStatus.CONFIRMED)
    db.session.rollback()


def check_line(event: Event, now: object) -> None:
    """Nobody waits who would fit, unless it is too late for the line to move."""
    room = Room(event.capacity - event.seats_taken, {s.id: s.capacity - s.seats_taken for s in event.slots})
    if what_moves(event, now)[0] is LineMove.NOTHING:  # type: ignore[arg-type]
        return
    waiting = sa.select(Rsvp).where(Rsvp.event_id == event.id, Rsvp.status == RsvpStatus.WAITLISTED)
    for rsvp in db.session.scalars(waiting):
        assert not room.fits(rsvp.party_size, rsvp.slot_id), f"rsvp {rsvp.id} waits though it fits"
