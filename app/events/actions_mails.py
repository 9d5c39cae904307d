"""The mails that a seat causes, queued in the transaction that changes it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.events.models import LIVE, EventStatus, HoldFor, Rsvp, RsvpStatus, Ticket
from app.events.queries_calendar import place_entry
from app.events.queries_questions import questions_of
from app.events.queries_told import ToldRsvp, ToldTicket, get_rsvp_to_tell
from app.events.rules_calendar import calendar_file
from app.events.rules_reminders import Notice, notice_at
from app.events.rules_ticket import code_purpose
from app.members.actions_codes import issue_code, open_codes
from app.members.models import EmailCode
from app.members.rules_codes import LINK_LIFETIME
from app.outbox import queue_mail, writes
from app.web import absolute_url

JUST_SENT = timedelta(minutes=1)


def mail_code(rsvp: Rsvp, now: datetime, is_new: bool = False) -> EmailCode | None:
    """Mail a link and six digits that prove the address, and say what the Rsvp is and until when it is held.

    Within a minute the same code stands and nothing is sent, so that a double tap does not void what the first one
    sent; one that `is_new` has no code yet. Returns None for a member without address, who was erased.
    """
    if rsvp.member.email is None:
        return None
    purpose = code_purpose(rsvp.id)
    open_ones = [] if is_new else open_codes(rsvp.member, purpose, now)
    if open_ones and open_ones[0].created_at > now - JUST_SENT:
        return open_ones[0]
    lifetime = max(rsvp.held_until - now, LINK_LIFETIME) if rsvp.held_until else LINK_LIFETIME
    code = issue_code(rsvp.member, purpose, "", now, lifetime, open_ones)
    link = absolute_url("proof.confirm", token=code.link_token)
    # Not by its id, which SQLite gives again once the code is forgotten: the next one's mail would never leave.
    key = f"confirm-seat:{code.row.link_digest}"
    mail_about(rsvp, "events/confirm_seat", key, digits=code.digits, link=link)
    return code.row


@writes("events/confirm_seat")
def write_code(rsvp_id: int, digits: str, link: str) -> dict[str, Any] | None:
    """Say what the Rsvp is now; nothing when it was given back meanwhile."""
    rsvp = get_rsvp_to_tell(rsvp_id)
    if rsvp.status not in LIVE:
        return None
    told = tell(rsvp)
    own = {"digits": digits, "link": link, "ticket_link": told["link"] if ticket_in_force(rsvp) else None}
    return told | own


def mail_ticket(ticket: Ticket, promoted: bool = False, given_by: str = "") -> None:
    """Mail the address of a ticket's page, with the event as a calendar file; `given_by` names who handed it on."""
    own = {"promoted": promoted, "given_by": given_by}
    mail_about(ticket.rsvp, "events/ticket", f"ticket:{ticket.id}", **own)


@writes("events/ticket")
def write_ticket(rsvp_id: int, promoted: bool, given_by: str = "") -> dict[str, Any] | None:
    """Give the ticket that is in force; nothing when it was given back meanwhile."""
    rsvp = get_rsvp_to_tell(rsvp_id)
    ticket = ticket_in_force(rsvp)
    if ticket is None:
        return None
    file = calendar_file([place_entry(rsvp, ticket.token)])
    attachment = {"name": f"{rsvp.event.slug}.ics", "type": "text/calendar", "text": file}
    asks = bool(given_by) and bool(questions_of(rsvp.event_id))  # of who came another way it was asked
    own = {"promoted": promoted, "given_by": given_by, "asks": asks}
    return tell(rsvp) | own | {"attachments": [attachment]}


def mail_about(rsvp: Rsvp, template: str, key: str, **values: Any) -> None:
    """Mail a member something about their Rsvp, once for each key; nobody without an address is written to."""
    if rsvp.member.email is None:
        return
    queue_mail(
        template,
        to=rsvp.member.email,
        key=key,
        locale=rsvp.locale,
        member_id=rsvp.member_id,
        rsvp_id=rsvp.id,
        **values,
    )


def mail_place_in_line(rsvp: Rsvp) -> None:
    """Mail that a place in line is kept, once for each place: who leaves and comes back has another."""
    mail_about(rsvp, "events/in_line", f"in_line:{rsvp.id}:{rsvp.queue_number}")


@writes("events/in_line")
def write_place_in_line(rsvp_id: int) -> dict[str, Any] | None:
    """Say by which rule the line moves; nothing to who has left it or was seated, nor when the event is off."""
    rsvp = get_rsvp_to_tell(rsvp_id)
    if rsvp.status is not RsvpStatus.WAITLISTED or rsvp.event.status is not EventStatus.PUBLISHED:
        return None
    return tell(rsvp)


@writes("events/offer")
def write_offer(rsvp_id: int) -> dict[str, Any] | None:
    """Offer the seat; nothing when it was taken or lapsed meanwhile."""
    rsvp = get_rsvp_to_tell(rsvp_id)
    if rsvp.hold_for is not HoldFor.OFFER or rsvp.status is not RsvpStatus.HELD:
        return None
    return tell(rsvp)


@writes("events/offer_lapsed")
@writes("events/released")
@writes("events/handed_on")
def write_end(rsvp_id: int) -> dict[str, Any] | None:
    """Say that a seat is gone; nothing when the member has one again."""
    rsvp = get_rsvp_to_tell(rsvp_id)
    return tell(rsvp) if rsvp.status is RsvpStatus.CANCELLED else None


@writes("events/reminder")
@writes("events/still_coming")
@writes("events/last_call")
def write_reminder(rsvp_id: int) -> dict[str, Any] | None:
    """Remind who has a ticket, and say until when an answer keeps it."""
    rsvp = get_rsvp_to_tell(rsvp_id)
    if rsvp.status is not RsvpStatus.CONFIRMED:
        return None
    event = rsvp.event
    return tell(rsvp) | {"release_at": notice_at(Notice.RELEASE, event.starts_at, event.timezone)}


def tell(rsvp: Rsvp | ToldRsvp) -> dict[str, Any]:
    """Return what every mail about a seat says: who, what, and the address of its page."""
    if rsvp.status is RsvpStatus.CONFIRMED and (ticket := ticket_in_force(rsvp)):
        link = absolute_url("tickets.ticket", token=ticket.token)
    elif rsvp.status in LIVE:
        link = absolute_url("tickets.ticket", token=rsvp.token)
    else:
        link = absolute_url("events.event", slug=rsvp.event.slug)
    return {"rsvp": rsvp, "event": rsvp.event, "name": rsvp.member.display_name, "link": link}


def ticket_in_force(rsvp: Rsvp | ToldRsvp) -> Ticket | ToldTicket | None:
    """Return the ticket that the door lets in, if there is one."""
    return next((ticket for ticket in rsvp.tickets if ticket.revoked_at is None), None)
