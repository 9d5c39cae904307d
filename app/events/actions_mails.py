"""The mails that a seat causes, queued in the transaction that changes it."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.db import db
from app.events.models import Rsvp, Ticket
from app.events.queries_calendar import place_entry
from app.events.rules_calendar import calendar_file
from app.events.rules_ticket import code_purpose
from app.i18n import force_locale
from app.members.actions_codes import issue_code
from app.members.models import EmailCode
from app.members.rules_codes import LINK_LIFETIME
from app.outbox import queue_mail
from app.web import absolute_url

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
    in_force = next((ticket for ticket in rsvp.tickets if ticket.revoked_at is None), None)
    queue_mail(
        "events/confirm_seat",
        to=member.email,
        key=f"confirm-seat:{code.row.id}",
        locale=rsvp.locale,
        member_id=member.id,
        rsvp=rsvp,
        event=rsvp.event,
        name=member.display_name,
        promoted=promoted,
        digits=code.digits,
        link=absolute_url("registration.confirm", token=code.link_token),
        ticket_link=absolute_url("tickets.ticket", token=in_force.token) if in_force else None,
    )
    return code.row


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
    db.session.refresh(rsvp, ["tickets"])
    with force_locale(rsvp.locale):
        file = calendar_file([place_entry(rsvp, ticket.token)])
    queue_mail(
        "events/ticket",
        to=rsvp.member.email,
        key=f"ticket:{ticket.id}",
        locale=rsvp.locale,
        member_id=rsvp.member_id,
        attachments=[{"name": f"{rsvp.event.slug}.ics", "type": "text/calendar", "text": file}],
        rsvp=rsvp,
        event=rsvp.event,
        name=rsvp.member.display_name,
        promoted=promoted,
        link=absolute_url("tickets.ticket", token=ticket.token),
    )
