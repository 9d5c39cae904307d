"""The desk at which an event's seats are given out, one transaction at a time.

The first statement of a seat transaction writes to the event's row, so that the database lets one through at
a time: on PostgreSQL it takes the event's turn (actions_turn), which the door's scans wait for too, and on SQLite
the file. Only then is anything read, from the database and not from what the session remembers, and counted.
Expired holds lapse and the line moves before anybody new is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.db import db, write, written_out
from app.events.actions_mails import mail_about, mail_ticket
from app.events.actions_tickets import issue_ticket, revoke_ticket
from app.events.actions_turn import Alone
from app.events.models import SEATED, CancelReason, Event, EventStatus, HoldFor, Rsvp, RsvpStatus, Ticket
from app.events.rules_offers import LineMove, line_move, offer_until
from app.events.rules_seats import Room, Waiting, next_in_line, room_of
from app.happenings import Happening, anybody_listens, tell


@dataclass
class Desk:
    """An event whose seats this transaction alone may change. `number` follows the order of transactions."""

    event: Event
    number: int
    now: datetime
    listened: bool  # whether anybody wants to be told what happens
    lapsed: int = 0
    issued: list[Ticket] = field(default_factory=list)
    held: dict[int, Rsvp | None] = field(default_factory=dict)  # answers that are read and kept so, by member

    @property
    def room(self) -> Room:
        return room_of(self.event)

    def tell(self, kind: Happening, rsvp: Rsvp) -> None:
        if self.listened:
            tell(kind, rsvp.id)

    def count(self, seats: int, slot_id: int | None) -> None:
        """Take seats (negative: give back) of the event and of a slot, in memory: `write` stores them."""
        self.event.seats_taken += seats
        for slot in self.event.slots:
            if slot.id == slot_id:
                slot.seats_taken += seats

    def write(self, rsvp: Rsvp) -> None:
        """Write an Rsvp, after the seats that were counted for it: a CHECK refuses more than there are."""
        write(self.event, *self.event.slots, rsvp)


def open_desk(event_id: int, now: datetime) -> Desk:
    """Begin a seat transaction: wait for the event's turn, let expired holds go, move the line.

    Whoever raises an event's capacity calls this afterwards, so that the line moves.
    """
    asked = {"asked_id": event_id, "asked_at": now}
    number = db.session.connection().execute(_next_turn(), {"asked_id": event_id}).scalar_one()
    event, to_lapse, to_move, listened = db.session.execute(_read_anew(), asked).unique().one()
    desk = Desk(event, number, now, listened)
    if to_lapse:
        _lapse(desk)
    if to_move:
        move_line(desk)
    return desk


@cache
def _next_turn() -> Any:
    events = cast(sa.Table, Event.__table__)
    mine, number = events.c.id == sa.bindparam("asked_id"), events.c.seat_sequence
    return (
        sa.update(events).where(mine, Alone(events.c.id)).values(seat_sequence=number + 1).returning(number)
    )


@cache
def _read_anew() -> sa.Select[Event, bool, bool, bool]:
    """Select the event with its slots, whether holds ran out, whether anybody waits, and whether anybody listens."""
    theirs = Rsvp.event_id == Event.id
    # Else PostgreSQL could not tell that few are held, and would read all rows while others wait for the turn.
    held, waiting = written_out(RsvpStatus.HELD), written_out(RsvpStatus.WAITLISTED)
    ran_out = sa.exists().where(theirs, Rsvp.status == held, Rsvp.held_until <= sa.bindparam("asked_at"))
    waits = sa.exists().where(theirs, Rsvp.status == waiting)
    return (
        sa.select(Event, ran_out, waits, anybody_listens())
        .where(Event.id == sa.bindparam("asked_id"))
        .options(joinedload(Event.slots))
        .execution_options(populate_existing=True)
    )


def move_line(desk: Desk) -> None:
    """Give what is free to those in line who fit, in order: a seat while there is time, then an offer of one."""
    room, event = desk.room, desk.event
    if room.seats <= 0:
        return
    move, until = what_moves(event, desk.now)
    if move is LineMove.NOTHING:
        return
    open_slots = [slot_id for slot_id, free in room.slots.items() if free > 0]
    in_open_slot = Rsvp.slot_id.is_(None) | Rsvp.slot_id.in_(open_slots)
    candidates = (
        sa.select(Rsvp.id, Rsvp.party_size, Rsvp.slot_id)
        .where(Rsvp.event_id == event.id, Rsvp.status == RsvpStatus.WAITLISTED)
        .where(Rsvp.party_size <= room.seats, in_open_slot)
        .order_by(Rsvp.queue_number)
    )
    for party in next_in_line([Waiting(*row) for row in db.session.execute(candidates)], room):
        rsvp = db.session.get_one(Rsvp, party.rsvp_id, populate_existing=True)
        if until is None and rsvp.email_proven:
            seat(desk, rsvp, promoted=True)
        else:
            offer(desk, rsvp, until)


def what_moves(event: Event, now: datetime) -> tuple[LineMove, datetime | None]:
    """Return what a seat of this event that is free now means for its line, and until when an offer stands."""
    return line_move(
        status=event.status,
        starts_at=event.starts_at,
        cutoff=timedelta(minutes=event.cutoff_minutes),
        timezone=event.timezone,
        now=now,
    )


def seat(desk: Desk, rsvp: Rsvp, promoted: bool = False) -> None:
    """Give a party its seats: confirmed if the address is proven, else held until it is."""
    desk.count(rsvp.party_size, rsvp.slot_id)
    rsvp.queued_at = rsvp.queue_number = None
    if rsvp.email_proven:
        confirm(desk, rsvp, promoted)
        return
    rsvp.status, rsvp.hold_for = RsvpStatus.HELD, HoldFor.ADDRESS
    rsvp.held_until = desk.now + timedelta(minutes=desk.event.hold_minutes)


def offer(desk: Desk, rsvp: Rsvp, until: datetime | None = None) -> None:
    """Hold a party's seats until it accepts them, by the mail that says so; nothing when it is too late for that."""
    event = desk.event
    cutoff = event.starts_at - timedelta(minutes=event.cutoff_minutes)
    until = until or offer_until(desk.now, cutoff, event.timezone)
    if until is None:
        return
    desk.count(rsvp.party_size, rsvp.slot_id)
    rsvp.status, rsvp.hold_for, rsvp.held_until = RsvpStatus.HELD, HoldFor.OFFER, until
    rsvp.queued_at = rsvp.queue_number = None
    desk.write(rsvp)
    mail_about(rsvp, "events/offer", f"offer:{rsvp.id}:{desk.number}")
    desk.tell(Happening.RSVP_PROMOTED, rsvp)


def confirm(desk: Desk, rsvp: Rsvp, promoted: bool = False, given_by: str = "") -> None:
    """Make a seat certain: its ticket is issued and mailed. `given_by` names who handed theirs on."""
    rsvp.status, rsvp.held_until, rsvp.hold_for = RsvpStatus.CONFIRMED, None, None
    rsvp.confirmed_at = desk.now
    desk.write(rsvp)
    ticket = issue_ticket(rsvp, desk.now)
    desk.issued.append(ticket)
    mail_ticket(ticket, promoted, given_by)
    desk.tell(Happening.RSVP_CONFIRMED, rsvp)
    if promoted:
        desk.tell(Happening.RSVP_PROMOTED, rsvp)


def leave(desk: Desk, rsvp: Rsvp, because: CancelReason) -> None:
    """Give back what an Rsvp has, without moving the line yet."""
    if rsvp.status in SEATED:
        desk.count(-rsvp.party_size, rsvp.slot_id)
    rsvp.status, rsvp.cancelled_at, rsvp.cancelled_because = RsvpStatus.CANCELLED, desk.now, because
    rsvp.held_until = rsvp.queued_at = rsvp.queue_number = None
    if because is not CancelReason.LAPSED:  # what it waited for in vain is told
        rsvp.hold_for = None
    desk.write(rsvp)
    revoke_ticket(rsvp, "cancelled", desk.now)
    desk.tell(Happening.RSVP_CANCELLED, rsvp)


def _lapse(desk: Desk) -> None:
    expired = (
        sa.select(Rsvp)
        .where(Rsvp.event_id == desk.event.id, Rsvp.status == RsvpStatus.HELD, Rsvp.held_until <= desk.now)
        .order_by(Rsvp.id)
        .execution_options(populate_existing=True)
    )
    for rsvp in db.session.scalars(expired).all():
        leave(desk, rsvp, CancelReason.LAPSED)
        if rsvp.hold_for is HoldFor.OFFER and desk.event.status is EventStatus.PUBLISHED:
            mail_about(rsvp, "events/offer_lapsed", f"offer_lapsed:{rsvp.id}:{desk.number}")
        desk.lapsed += 1
