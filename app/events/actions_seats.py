"""Taking, confirming and giving back seats. Each function is one seat transaction (see actions_desk)."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, TypedDict

import sqlalchemy as sa

from app import audit
from app.db import db
from app.events.actions_desk import Desk, confirm, leave, move_line, open_desk, seat
from app.events.actions_refusals import refusal
from app.events.models import CancelReason, Rsvp, RsvpStatus
from app.events.models_door import CheckIn
from app.events.rules import is_open
from app.events.rules_seats import SeatRefusal, refuse_request
from app.members.actions import create_member, name_member
from app.members.models import Member
from app.members.rules_people import normalise_email


class Along(TypedDict, total=False):
    """What is kept with a new answer: where who asks came from, and consents that wait for their proof."""

    arrived_from: dict[str, Any] | None
    consent_answers: dict[str, bool] | None


def take_seats(
    event_id: int,
    member: Member,
    party_size: int,
    slot_id: int | None,
    proven: bool,
    locale: str,
    now: datetime,
    along: Along | None = None,
    desk: Desk | None = None,
) -> Rsvp:
    """Seat a party, or put it in line. A second tap answers with the Rsvp that is there.

    `proven` says that who asks reads the member's mail: the seat is confirmed with a ticket and its mail;
    otherwise it is held, and the caller sends a code. Refusals: not-open, party-too-big, slot-required,
    unknown-slot, erased. `desk` is the event's, when this transaction has opened it.
    """
    desk = desk or open_desk(event_id, now)
    rsvp = desk.held[member.id] if member.id in desk.held else hold_answer(event_id, member)
    if member.erased_at is not None:
        raise refusal(SeatRefusal.ERASED)
    if rsvp is not None and rsvp.status == RsvpStatus.CONFIRMED:
        return rsvp
    check_request(desk, party_size, slot_id)
    if rsvp is None:
        rsvp = Rsvp(event_id=event_id, member_id=member.id, created_at=now)
    elif rsvp.status in (RsvpStatus.HELD, RsvpStatus.WAITLISTED):
        return _answer_again(desk, rsvp, party_size, slot_id, proven)
    rsvp.party_size, rsvp.slot_id = party_size, slot_id
    rsvp.email_proven, rsvp.locale = proven, locale
    said = along or {}
    rsvp.arrived_from, rsvp.consent_answers = said.get("arrived_from"), said.get("consent_answers")
    begin_anew(rsvp)
    if desk.room.fits(party_size, slot_id):
        seat(desk, rsvp)
    else:
        rsvp.status, rsvp.queued_at, rsvp.queue_number = RsvpStatus.WAITLISTED, now, desk.number
    desk.write(rsvp)
    return rsvp


def confirm_held(desk: Desk, rsvp: Rsvp) -> None:
    """Confirm a held Rsvp, read at this desk, whose address is proven now; one in line keeps its place.

    Confirming twice is harmless. Refusals: hold-expired, given-back, not-open. The caller commits after a
    refusal too: holds have lapsed.
    """
    if rsvp.status == RsvpStatus.CANCELLED:
        lapsed = rsvp.cancelled_because == CancelReason.LAPSED
        raise refusal(SeatRefusal.HOLD_EXPIRED if lapsed else SeatRefusal.GIVEN_BACK)
    rsvp.email_proven = True
    if rsvp.status == RsvpStatus.HELD:
        check_open(desk)
        confirm(desk, rsvp)
    else:
        desk.write(rsvp)


def cancel_rsvp(rsvp_id: int, now: datetime, by: Member | None = None) -> Rsvp:
    """Give a seat or a place in line back and seat who is next.

    `by` is a member of staff, or None for the holder. Cancelling twice is harmless. Refusals: arrived, over.
    """
    desk, rsvp = open_at(rsvp_id, now)
    if rsvp.status in (RsvpStatus.CANCELLED, RsvpStatus.DECLINED):
        return rsvp
    if now >= desk.event.ends_at:
        raise refusal(SeatRefusal.OVER)
    check_not_arrived(rsvp_id)
    by_staff = by is not None and by.id != rsvp.member_id
    leave(desk, rsvp, CancelReason.STAFF if by_staff else CancelReason.LEFT)
    if by is not None and by_staff:
        audit.record("rsvp.cancel", f"rsvp:{rsvp.id}", by.id)
    move_line(desk)
    return rsvp


def lapse_holds(event_id: int, now: datetime) -> int:
    """Free the seats of an event's holds that ran out and move its line; return how many lapsed."""
    return open_desk(event_id, now).lapsed


def open_at(rsvp_id: int, now: datetime) -> tuple[Desk, Rsvp]:
    """Begin a seat transaction for one Rsvp, and read it again."""
    desk = open_desk(db.session.scalars(sa.select(Rsvp.event_id).where(Rsvp.id == rsvp_id)).one(), now)
    return desk, db.session.get_one(Rsvp, rsvp_id, populate_existing=True)


def begin_anew(rsvp: Rsvp) -> None:
    """Forget how an earlier answer ended, for a member who answers again."""
    rsvp.cancelled_at = rsvp.cancelled_because = rsvp.confirmed_at = rsvp.still_coming_at = rsvp.hold_for = (
        None
    )
    rsvp.cancel_note = rsvp.declined_because = ""


def check_open(desk: Desk) -> None:
    """Raise the refusal `not-open` when nobody may register any more."""
    if not is_open(desk.event.status, desk.event.ends_at, desk.now):
        raise refusal(SeatRefusal.NOT_OPEN)


def check_not_arrived(rsvp_id: int) -> None:
    """Raise the refusal `arrived` for a party that was let in: what it has is used."""
    arrived = sa.select(CheckIn.id).where(CheckIn.rsvp_id == rsvp_id, CheckIn.undone_at.is_(None))
    if db.session.scalar(arrived):
        raise refusal(SeatRefusal.ARRIVED)


def hold_answer(event_id: int, member: Member) -> Rsvp | None:
    """Find a member's answer for an event as it is now, and keep the member from being erased meanwhile.

    They may have been by now: see `erased_at`. The transaction has written before, so that on SQLite nobody else
    can; PostgreSQL locks the member's row.
    """
    return db.session.execute(_held_by_id(), {"event": event_id, "member": member.id}).one()[1]


def hold_address(desk: Desk, email: str, name: str, locale: str, now: datetime) -> Member:
    """Make who has an address, or find them, and hold them and their answer as `hold_answer` does."""
    member = create_member(email, name, locale, now)  # first, for in a rush most are new
    if member is not None:
        desk.held[member.id] = None
        return member
    asked = {"event": desk.event.id, "email": normalise_email(email)}
    known = db.session.execute(_held_by_address(), asked).one_or_none()
    if known is None:  # erased in between
        return hold_address(desk, email, name, locale, now)
    member, desk.held[known[0].id] = known
    name_member(member, name)
    return member


@cache
def _held_by_id() -> sa.Select[Member, Rsvp]:
    return _answers().where(Member.id == sa.bindparam("member")).with_for_update(read=True, of=Member)


@cache
def _held_by_address() -> sa.Select[Member, Rsvp]:
    whose = _answers().where(Member.email == sa.bindparam("email"))
    # For update, since a name may be written: two who shared the row would both wait for the other to let go.
    return whose.with_for_update(key_share=True, of=Member)


def _answers() -> sa.Select[Member, Rsvp]:
    theirs = (Rsvp.member_id == Member.id) & (Rsvp.event_id == sa.bindparam("event"))
    return sa.select(Member, Rsvp).outerjoin(Rsvp, theirs).execution_options(populate_existing=True)


def find_rsvp(event_id: int, member_id: int) -> Rsvp | None:
    """Find a member's answer for an event as it is now."""
    query = sa.select(Rsvp).where(Rsvp.event_id == event_id, Rsvp.member_id == member_id)
    return db.session.scalar(query, execution_options={"populate_existing": True})


def check_request(desk: Desk, party_size: int, slot_id: int | None) -> None:
    """Raise what refuse_request finds wrong."""
    event = desk.event
    reason = refuse_request(
        is_open=is_open(event.status, event.ends_at, desk.now),
        party_size=party_size,
        party_max=event.party_max,
        slot_id=slot_id,
        slot_ids={slot.id for slot in event.slots},
    )
    if reason:
        raise refusal(reason, party_max=event.party_max)


def _answer_again(desk: Desk, rsvp: Rsvp, party_size: int, slot_id: int | None, proven: bool) -> Rsvp:
    """Let people correct what they asked for until their address is proven, as far as there is room."""
    was_proven = rsvp.email_proven
    rsvp.email_proven = was_proven or proven
    if not was_proven:
        _correct(desk, rsvp, party_size, slot_id)
    if rsvp.status == RsvpStatus.HELD and rsvp.email_proven:
        confirm(desk, rsvp)
    desk.write(rsvp)
    return rsvp


def _correct(desk: Desk, rsvp: Rsvp, party_size: int, slot_id: int | None) -> None:
    if rsvp.status == RsvpStatus.HELD:
        if not desk.room.changed(rsvp.party_size, rsvp.slot_id).fits(party_size, slot_id):
            return  # the seats that are held stay held
        desk.count(-rsvp.party_size, rsvp.slot_id)
        desk.count(party_size, slot_id)
    rsvp.party_size, rsvp.slot_id = party_size, slot_id
    desk.write(rsvp)
    move_line(desk)
