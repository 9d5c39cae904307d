"""The mails that a seat causes, queued in the transaction that changes it."""

from __future__ import annotations

from datetime import datetime

from app.events.models import Rsvp, RsvpStatus, Ticket
from app.members.actions_codes import IssuedCode, issue_code
from app.members.rules_codes import LINK_LIFETIME
from app.outbox import queue_mail
from app.web import absolute_url


def mail_code(rsvp: Rsvp, now: datetime, promoted: bool = False) -> IssuedCode | None:
    """Mail a link and six digits that prove the address, and say what the Rsvp is and until when it is held.

    Returns None for a member without address, who was erased.
    """
    member = rsvp.member
    if member.email is None:
        return None
    lifetime = max(rsvp.held_until - now, LINK_LIFETIME) if rsvp.held_until else LINK_LIFETIME
    code = issue_code(member, f"rsvp:{rsvp.id}", "", now, lifetime)
    queue_mail(
        "events/confirm_seat",
        to=member.email,
        key=f"confirm-seat:{code.row.id}",
        locale=rsvp.locale,
        member_id=member.id,
        rsvp=rsvp,
        event=rsvp.event,
        name=member.display_name,
        held=rsvp.status == RsvpStatus.HELD,
        waitlisted=rsvp.status == RsvpStatus.WAITLISTED,
        promoted=promoted,
        digits=code.digits,
        link=absolute_url("registration.confirm", token=code.link_token),
        expires_at=code.row.expires_at,
    )
    return code


def mail_ticket(ticket: Ticket, promoted: bool = False) -> None:
    """Mail the address of a ticket's page."""
    rsvp = ticket.rsvp
    if rsvp.member.email is None:
        return
    queue_mail(
        "events/ticket",
        to=rsvp.member.email,
        key=f"ticket:{ticket.id}",
        locale=rsvp.locale,
        member_id=rsvp.member_id,
        rsvp=rsvp,
        event=rsvp.event,
        name=rsvp.member.display_name,
        promoted=promoted,
        link=absolute_url("tickets.ticket", token=ticket.token),
    )
