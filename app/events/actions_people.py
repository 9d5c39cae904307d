"""What a CM does for one person of an event: add them by hand, give their seat away, let them pass before others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app import audit
from app.db import db, insert_once
from app.errors import Refusal
from app.events.actions_desk import confirm, open_desk, seat
from app.events.actions_mails import mail_about, mail_place_in_line, tell
from app.events.actions_questions import store_answers
from app.events.actions_seats import cancel_rsvp, check_open, open_at, take_seats
from app.events.models import CancelReason, Rsvp, RsvpStatus
from app.events.queries import place_in_line
from app.events.queries_calendar import place_entry
from app.events.queries_told import get_rsvp_to_tell
from app.events.rules_calendar import calendar_file
from app.events.rules_questions import Answer
from app.events.rules_seats import Room, SeatRefusal
from app.i18n import _l
from app.members.actions import find_or_create_member
from app.members.models import Member
from app.members.rules_people import tidy_name
from app.outbox import writes
from app.tokens import digest

THERE_ALREADY = (RsvpStatus.CONFIRMED, RsvpStatus.WAITLISTED)


@dataclass(frozen=True)
class Vouched:
    """Somebody whom a CM adds by hand. `key` comes with the form, so that two taps add one person."""

    name: str
    email: str | None
    party_size: int
    slot_id: int | None
    key: str
    answers: Mapping[int, Answer] = field(default_factory=dict)  # by question id, as far as they are known
    guest_names: Sequence[str] = ()


@dataclass(frozen=True)
class Added:
    """The registration of who was added by hand, and whether it was there before."""

    rsvp: Rsvp
    was_there: bool


def add_by_hand(event_id: int, person: Vouched, by: Member, locale: str, now: datetime) -> Added:
    """Seat somebody whom a CM vouches for, or put them in line; who has an address is mailed a ticket, or told of that.

    Refuses as take_seats does. The name of a member who is known stays as they wrote it.
    """
    desk = open_desk(event_id, now)  # before the member's row, which who confirms writes after the event's
    if person.email:
        member = find_or_create_member(person.email, person.name, locale, now)
    else:
        member = _note_down(event_id, person, locale, now)
    before = db.session.scalar(
        sa.select(Rsvp.status).where(Rsvp.event_id == event_id, Rsvp.member_id == member.id)
    )
    party, slot = person.party_size, person.slot_id
    rsvp = take_seats(event_id, member, party, slot, True, member.locale, now, desk=desk)
    if before in THERE_ALREADY:
        return Added(rsvp, was_there=True)
    store_answers(rsvp, person.answers or None, person.guest_names or None)
    audit.record("rsvp.add", f"rsvp:{rsvp.id}", by.id, status=rsvp.status.value, party=rsvp.party_size)
    if rsvp.status is RsvpStatus.WAITLISTED:
        mail_place_in_line(rsvp)
    return Added(rsvp, was_there=False)


def _note_down(event_id: int, person: Vouched, locale: str, now: datetime) -> Member:
    """Make a member without an address, once for each key."""
    own = digest(f"by hand:{event_id}:{person.key}")
    insert_once(
        Member,
        email=None,
        display_name=tidy_name(person.name),
        locale=locale,
        fs_uniquifier=own,
        created_at=now,
        updated_at=now,
    )
    return db.session.scalars(sa.select(Member).where(Member.fs_uniquifier == own)).one()


_TO_STAFF = {
    SeatRefusal.ARRIVED: _l("This party has been welcomed already. Undo the check-in at the door first."),
    SeatRefusal.OVER: _l("This event is over: there is nothing left to cancel."),
}


def cancel_for(rsvp_id: int, reason: str, tells_reason: bool, by: Member, now: datetime) -> Rsvp:
    """Give somebody's seat, or place in line, away; keep why, and mail it to them if the CM says so.

    What is cancelled already keeps its first reason. Refusals: arrived, over.
    """
    try:
        rsvp = cancel_rsvp(rsvp_id, now, by)
    except Refusal as error:
        raise Refusal(error.code, _TO_STAFF.get(SeatRefusal(error.code), error.message)) from error
    if rsvp.cancelled_because is not CancelReason.STAFF or rsvp.cancel_note:
        return rsvp
    rsvp.cancel_note = reason
    key = f"cancelled-by-staff:{rsvp.id}:{rsvp.event.seat_sequence}"
    mail_about(rsvp, "events/cancelled_by_staff", key, reason=reason if tells_reason else "")
    db.session.flush()
    return rsvp


@writes("events/cancelled_by_staff")
def write_cancelled(rsvp_id: int, reason: str) -> dict[str, Any] | None:
    """Say that the seat is gone, and take it out of the calendar; nothing to who came back meanwhile."""
    rsvp = get_rsvp_to_tell(rsvp_id)
    if rsvp.status != RsvpStatus.CANCELLED:
        return None
    files = []
    if rsvp.tickets:
        entry = calendar_file([place_entry(rsvp, rsvp.tickets[-1].token)])
        files = [{"name": f"{rsvp.event.slug}.ics", "type": "text/calendar", "text": entry}]
    return tell(rsvp) | {"reason": reason, "attachments": files}


def promote(rsvp_id: int, by: Member, now: datetime) -> int:
    """Give somebody in line a seat before those who came first; return how many are passed over.

    The CM vouches for the address and for the coming: a seat that is held, or offered just now because it was their
    turn, is confirmed. Refusals: not-waiting, not-open, no-room. The caller commits after a refusal too: holds have
    lapsed.
    """
    desk, rsvp = open_at(rsvp_id, now)
    if rsvp.status == RsvpStatus.CONFIRMED:
        return 0
    if rsvp.status not in (RsvpStatus.HELD, RsvpStatus.WAITLISTED):
        raise Refusal("not-waiting", _l("This party does not wait in line any more."))
    check_open(desk)
    waits = rsvp.status == RsvpStatus.WAITLISTED
    if waits and not desk.room.fits(rsvp.party_size, rsvp.slot_id):
        raise _no_room(rsvp, desk.room)
    passed_over = place_in_line(rsvp) - 1 if waits else 0
    rsvp.email_proven = True
    if waits:
        seat(desk, rsvp, promoted=True)
    else:
        confirm(desk, rsvp)
    audit.record("rsvp.promote", f"rsvp:{rsvp.id}", by.id, passed_over=passed_over)
    db.session.flush()
    return passed_over


def _no_room(rsvp: Rsvp, room: Room) -> Refusal:
    in_slot = room.seats if rsvp.slot_id is None else room.slots.get(rsvp.slot_id, 0)
    if in_slot < room.seats:
        text = _l(
            "Not enough room: %(free)d free at their table or time, and this party takes %(party)d.",
            party=rsvp.party_size,
            free=in_slot,
        )
    else:
        text = _l(
            "Not enough room: %(free)d free, and this party takes %(party)d. Add seats first.",
            party=rsvp.party_size,
            free=room.seats,
        )
    return Refusal("no-room", text)
