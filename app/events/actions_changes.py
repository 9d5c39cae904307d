"""Changing one’s mind: accepting an offer, another party or slot, handing a ticket on, declining, still coming.

Each function is one seat transaction (see actions_desk).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from app.db import db
from app.events.actions_desk import Desk, confirm, leave, move_line, open_desk, seat
from app.events.actions_mails import mail_about
from app.events.actions_refusals import refusal
from app.events.actions_seats import (
    begin_anew,
    check_not_arrived,
    check_open,
    check_request,
    hold_answer,
    open_at,
)
from app.events.actions_tickets import revoke_ticket
from app.events.models import LIVE, CancelReason, HoldFor, Rsvp, RsvpStatus
from app.events.rules_seats import DECLINE_REASONS, SeatRefusal
from app.events.rules_ticket import HANDED_ON
from app.members.actions import find_or_create_member
from app.members.models import Member


def accept_offer(rsvp_id: int, now: datetime) -> Rsvp:
    """Take the seat that was offered; who does reads the mail that the offer was in. Twice is harmless.

    Refusals: offer-expired, given-back, not-open. The caller commits after a refusal too: offers have lapsed.
    """
    desk, rsvp = open_at(rsvp_id, now)
    if rsvp.status is RsvpStatus.HELD and rsvp.hold_for is HoldFor.OFFER:
        check_open(desk)
        rsvp.email_proven = True
        confirm(desk, rsvp)
    elif rsvp.status is not RsvpStatus.CONFIRMED:
        lapsed = rsvp.cancelled_because is CancelReason.LAPSED
        raise refusal(SeatRefusal.OFFER_EXPIRED if lapsed else SeatRefusal.GIVEN_BACK)
    return rsvp


def take_free_seat(rsvp_id: int, now: datetime) -> Rsvp:
    """Let who stands in line take a seat that is free now and too late to be offered. Refusals: no-room, not-open."""
    desk, rsvp = open_at(rsvp_id, now)
    if rsvp.status is RsvpStatus.WAITLISTED:
        check_open(desk)
        if not desk.room.fits(rsvp.party_size, rsvp.slot_id):
            raise refusal(SeatRefusal.NO_ROOM)
        rsvp.email_proven = True  # only a mail shows the address of the page
        seat(desk, rsvp)
    return rsvp


def change_place(
    rsvp_id: int, party_size: int, slot_id: int | None, now: datetime, new_guests: Sequence[str] = ()
) -> Rsvp:
    """Change a party or its slot; what it has is kept unless the new one is certain. In line, the place is kept.

    `new_guests` are the names of those who were not in the party before, where the event asks for names. Refusals:
    given-back, not-open, arrived, party-too-big, slot-required, unknown-slot, no-room.
    """
    desk, rsvp = open_at(rsvp_id, now)
    if rsvp.status not in LIVE:
        raise refusal(SeatRefusal.GIVEN_BACK)
    check_not_arrived(rsvp.id)
    check_request(desk, party_size, slot_id)
    if (party_size, slot_id) == (rsvp.party_size, rsvp.slot_id):
        return rsvp
    if rsvp.status is not RsvpStatus.WAITLISTED:
        if not desk.room.changed(rsvp.party_size, rsvp.slot_id).fits(party_size, slot_id):
            raise refusal(SeatRefusal.NO_ROOM)
        desk.count(-rsvp.party_size, rsvp.slot_id)
        desk.count(party_size, slot_id)
    named = (rsvp.guest_names or [])[: rsvp.party_size - 1]
    rsvp.guest_names = [*named, *new_guests][: party_size - 1] or None
    rsvp.party_size, rsvp.slot_id = party_size, slot_id
    rsvp.revision += 1
    desk.write(rsvp)
    move_line(desk)
    return rsvp


def hand_on(rsvp_id: int, email: str, name: str, now: datetime) -> Rsvp:
    """Give a ticket to a friend, who gets a new one by mail; the old code says so at the door. Return the friend’s.

    Refusals: given-back, not-open, arrived, has-seat.
    """
    desk, rsvp = open_at(rsvp_id, now)
    if rsvp.status is not RsvpStatus.CONFIRMED:
        raise refusal(SeatRefusal.GIVEN_BACK)
    check_open(desk)
    check_not_arrived(rsvp.id)
    friend = find_or_create_member(email, name, rsvp.locale, now)
    theirs = hold_answer(desk.event.id, friend)
    if friend.erased_at is not None or (theirs is not None and theirs.status in LIVE):
        raise refusal(SeatRefusal.HAS_SEAT)
    given = _swap(desk, rsvp, theirs, friend)
    revoke_ticket(rsvp, "transferred", now)
    leave(desk, rsvp, CancelReason.LEFT)
    desk.count(given.party_size, given.slot_id)
    confirm(desk, given, given_by=rsvp.member.display_name)
    mail_about(rsvp, "events/handed_on", f"handed_on:{rsvp.id}:{desk.number}")
    return given


def _swap(desk: Desk, rsvp: Rsvp, theirs: Rsvp | None, friend: Member) -> Rsvp:
    if theirs is None:
        of = {"event_id": desk.event.id, "member_id": friend.id}
        theirs = Rsvp(**of, created_at=desk.now, status=RsvpStatus.CANCELLED)
    theirs.party_size, theirs.slot_id, theirs.locale = rsvp.party_size, rsvp.slot_id, rsvp.locale
    begin_anew(theirs)
    theirs.guest_names, theirs.arrived_from = rsvp.guest_names, dict(HANDED_ON)
    theirs.email_proven = True  # only who reads the mail has the ticket, so nothing else is to be proven
    desk.write(theirs)
    return theirs


def decline(event_id: int, member: Member, locale: str, now: datetime) -> Rsvp:
    """Answer “not this time”, giving back what the member had. Refusals: not-open, arrived, erased."""
    desk = open_desk(event_id, now)
    check_open(desk)
    rsvp = hold_answer(event_id, member)
    if member.erased_at is not None:
        raise refusal(SeatRefusal.ERASED)
    if rsvp is None:
        of = {"event_id": event_id, "member_id": member.id}
        rsvp = Rsvp(**of, created_at=now, locale=locale, email_proven=True)
    elif rsvp.status in LIVE:
        check_not_arrived(rsvp.id)
        leave(desk, rsvp, CancelReason.LEFT)
    rsvp.status = RsvpStatus.DECLINED
    desk.write(rsvp)
    move_line(desk)
    return rsvp


def say_why(rsvp: Rsvp, reason: str) -> None:
    """Note why somebody does not come, if it is one of the reasons that are offered."""
    if reason in DECLINE_REASONS and rsvp.status in (RsvpStatus.DECLINED, RsvpStatus.CANCELLED):
        rsvp.declined_because = reason
        db.session.flush()


def still_coming(rsvp_id: int, now: datetime) -> Rsvp:
    """Note that a member still comes. Refusals: given-back, for a seat that was released or given back meanwhile."""
    keeps = sa.update(Rsvp).where(Rsvp.id == rsvp_id, Rsvp.status == RsvpStatus.CONFIRMED)
    noted = db.session.execute(keeps.values(still_coming_at=now).returning(Rsvp.id)).first()
    if noted is None:
        raise refusal(SeatRefusal.GIVEN_BACK)
    return db.session.get_one(Rsvp, rsvp_id, populate_existing=True)
