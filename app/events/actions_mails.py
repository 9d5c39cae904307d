"""The mails that a seat causes, queued in the transaction that changes it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.db import db
from app.events.models import Event, Rsvp, RsvpStatus, Ticket
from app.events.queries_calendar import place_entry
from app.events.rules_calendar import calendar_file
from app.events.rules_ticket import code_purpose
from app.members.actions_codes import issue_code
from app.members.models import EmailCode
from app.members.rules_codes import LINK_LIFETIME
from app.outbox import queue_mail, writes
from app.web import absolute_url

CONCERNED = (RsvpStatus.HELD, RsvpStatus.CONFIRMED, RsvpStatus.WAITLISTED)
JUST_SENT = timedelta(minutes=1)


def mail_code(rsvp: Rsvp, now: datetime, promoted: bool = False) -> EmailCode | None:
    """Mail a link and six digits that prove the address, and say what the Rsvp is and until when it is held.

    Within a minute the same code stands and nothing is sent, so that a double tap does not void what the first one
    sent. Returns None for a member without address, who was erased.
    """
    member = rsvp.member
    if member.email is None:
        return None
    if not promoted and (sent := find_code_just_sent(rsvp, now)):
        return sent
    lifetime = max(rsvp.held_until - now, LINK_LIFETIME) if rsvp.held_until else LINK_LIFETIME
    code = issue_code(member, code_purpose(rsvp.id), "", now, lifetime)
    queue_mail(
        "events/confirm_seat",
        to=member.email,
        key=f"confirm-seat:{code.row.id}",
        locale=rsvp.locale,
        member_id=member.id,
        rsvp_id=rsvp.id,
        promoted=promoted,
        digits=code.digits,
        link=absolute_url("registration.confirm", token=code.link_token),
    )
    return code.row


@writes("events/confirm_seat")
def write_code(rsvp_id: int, promoted: bool, digits: str, link: str) -> dict[str, Any] | None:
    """Say what the Rsvp is now; nothing when it was given back meanwhile."""
    rsvp = get_rsvp_to_tell(rsvp_id)
    if rsvp.status not in CONCERNED:
        return None
    told = tell(rsvp)
    own = {"digits": digits, "link": link, "ticket_link": told["link"] if ticket_in_force(rsvp) else None}
    return told | own | {"promoted": promoted}


def find_code_just_sent(rsvp: Rsvp, now: datetime) -> EmailCode | None:
    """Find the code that was mailed less than a minute ago and still works."""
    return db.session.scalar(
        sa.select(EmailCode)
        .where(EmailCode.member_id == rsvp.member_id, EmailCode.purpose == code_purpose(rsvp.id))
        .where(
            EmailCode.created_at > now - JUST_SENT, EmailCode.expires_at > now, EmailCode.used_at.is_(None)
        )
        .order_by(EmailCode.id.desc())
        .limit(1)
    )


def mail_ticket(ticket: Ticket, promoted: bool = False) -> None:
    """Mail the address of a ticket's page, with the event as a calendar file."""
    rsvp = ticket.rsvp
    if rsvp.member.email is None:
        return
    queue_mail(
        "events/ticket",
        to=rsvp.member.email,
        key=f"ticket:{ticket.id}",
        locale=rsvp.locale,
        member_id=rsvp.member_id,
        rsvp_id=rsvp.id,
        promoted=promoted,
    )


@writes("events/ticket")
def write_ticket(rsvp_id: int, promoted: bool) -> dict[str, Any] | None:
    """Give the ticket that is in force; nothing when it was given back meanwhile."""
    rsvp = get_rsvp_to_tell(rsvp_id)
    ticket = ticket_in_force(rsvp)
    if ticket is None:
        return None
    file = calendar_file([place_entry(rsvp, ticket.token)])
    attachment = {"name": f"{rsvp.event.slug}.ics", "type": "text/calendar", "text": file}
    return tell(rsvp) | {"promoted": promoted, "attachments": [attachment]}


def get_rsvp_to_tell(rsvp_id: int) -> Rsvp:
    """Return an Rsvp with all that a mail says of it."""
    around = (
        joinedload(Rsvp.member),
        joinedload(Rsvp.slot),
        joinedload(Rsvp.event).joinedload(Event.chapter),
        selectinload(Rsvp.tickets),
    )
    return db.session.get_one(Rsvp, rsvp_id, populate_existing=True, options=around)


def tell(rsvp: Rsvp) -> dict[str, Any]:
    """Return what every mail about a seat says: who, what, and the address of its page."""
    if ticket := ticket_in_force(rsvp):
        link = absolute_url("tickets.ticket", token=ticket.token)
    else:
        link = absolute_url("events.event", slug=rsvp.event.slug)
    return {"rsvp": rsvp, "event": rsvp.event, "name": rsvp.member.display_name, "link": link}


def ticket_in_force(rsvp: Rsvp) -> Ticket | None:
    """Return the ticket that the door lets in, if there is one."""
    return next((ticket for ticket in rsvp.tickets if ticket.revoked_at is None), None)
