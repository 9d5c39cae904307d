"""Registering people for a program, which speaks for a member of staff and not for who comes."""

from __future__ import annotations

from datetime import datetime

from app import audit
from app.db import db
from app.events.actions_desk import open_desk
from app.events.actions_mails import mail_code
from app.events.actions_seats import take_seats
from app.events.models import Rsvp, RsvpStatus
from app.members.actions import find_or_create_member
from app.members.models import Member


def register_address(event_id: int, email: str, name: str, locale: str, now: datetime) -> Member:
    """Return the member with an address, made if there is none, with the event's turn taken before their row."""
    open_desk(event_id, now)
    return find_or_create_member(email, name, locale, now)


def register_for(
    event_id: int, member: Member, party_size: int, slot_id: int | None, by_id: int, now: datetime
) -> Rsvp:
    """Seat a member, or put them in line. An address that was never proven holds its seat until it is, by a code.

    Refuses as take_seats does.
    """
    proven = member.email is None or member.email_confirmed_at is not None
    rsvp = take_seats(event_id, member, party_size, slot_id, proven, member.locale, now)
    if not rsvp.email_proven and rsvp.status in (RsvpStatus.HELD, RsvpStatus.WAITLISTED):
        mail_code(rsvp, now)
    if rsvp.created_at == now:
        audit.record("rsvp.add", f"rsvp:{rsvp.id}", by_id, status=rsvp.status.value, party=party_size)
    db.session.flush()
    return rsvp
