"""Reading who may register for an event."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.db import db
from app.events.models import Audience, Event, Invitee, Rsvp
from app.events.rules_access import Asking, Keys, asks_list
from app.members.models import Member
from app.members.rules_people import normalise_email


def asking_of(event: Event, member: Member | None, email: str | None, keys: Keys, now: datetime) -> Asking:
    """Return what is known of who asks: a member who is signed in, else an address, else nothing yet."""
    address = member.email if member else email
    on_list: bool | None = False
    if address is None and event.audience == Audience.INVITED:
        on_list = None  # even where the list is empty still, which is nobody's business
    elif asks_list(event, now):
        on_list = is_on_list(event.id, address)
    known = event.audience == Audience.MEMBERS and member is not None and is_known(member)
    return Asking(known, on_list, keys)


def asking_of_stranger(event: Event, has_list: bool, keys: Keys, now: datetime) -> Asking:
    """Return what is known of who gave no address yet: nothing, but that it may be on the list where there is one."""
    may_be_on_list = event.audience == Audience.INVITED or (has_list and asks_list(event, now))
    return Asking(on_list=None if may_be_on_list else False, keys=keys)


def is_on_list(event_id: int, email: str | None) -> bool | None:
    """Tell whether an address is on an event's list; without one, False when there is no list, else None."""
    listed = sa.select(Invitee.email).where(Invitee.event_id == event_id)
    if email is not None:
        listed = listed.where(Invitee.email == normalise_email(email))
    found = db.session.scalar(listed.limit(1)) is not None
    return found if email is not None else (None if found else False)


def is_known(member: Member) -> bool:
    """Tell whether a member had a seat before, or was added by staff: no registration made their row.

    A registration that makes a member gives both the same time.
    """
    own = sa.select(Rsvp.id).where(Rsvp.member_id == member.id)
    confirmed = own.where(Rsvp.confirmed_at.is_not(None)).exists()
    made = own.where(Rsvp.created_at == member.created_at).exists()
    return bool(db.session.scalar(sa.select(confirmed | ~made)))


def invitees_of(event_id: int) -> list[str]:
    """Return the addresses of an event's list, in order."""
    query = sa.select(Invitee.email).where(Invitee.event_id == event_id).order_by(Invitee.email)
    return list(db.session.scalars(query))
