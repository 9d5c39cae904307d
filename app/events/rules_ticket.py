"""What a ticket's QR code says, and what a ticket's page shows."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum

from app.events.models import EventStatus, HoldFor, RsvpStatus

PREFIX = "M"
EVENT_CODE_LENGTH = 5
TICKET_CODE_LENGTH = 26
HANDED_ON = {"via": "handed-on"}  # how somebody came to a place who never registered
# Upper-case letters and digits only: QR codes pack these in 5.5 bits each.
_QR = re.compile(rf"{PREFIX}([A-Z0-9]{{{EVENT_CODE_LENGTH}}})([A-Z2-7]{{{TICKET_CODE_LENGTH}}})")


def qr_text(event_code: str, ticket_code: str) -> str:
    """Return the 32 characters of a ticket's QR code; nothing in them tells of the person."""
    return f"{PREFIX}{event_code}{ticket_code}"


def parse_qr(text: str) -> tuple[str, str] | None:
    """Return (event code, ticket code) of what was read or typed, or None when it is no ticket."""
    match = _QR.fullmatch(re.sub(r"[\s-]+", "", text).upper())
    return (match[1], match[2]) if match else None


def code_purpose(rsvp_id: int) -> str:
    """Return the purpose of the mailed codes that prove the address of an Rsvp."""
    return f"rsvp:{rsvp_id}"


def rsvp_of_purpose(purpose: str) -> int | None:
    """Return the id of the Rsvp that a mailed code is for, or None when it is for something else."""
    kind, _colon, number = purpose.partition(":")
    return int(number) if kind == "rsvp" and number.isdecimal() else None


class TicketState(StrEnum):
    """What the page of a ticket, or of an Rsvp without one, says first."""

    CONFIRMED = "confirmed"
    CHECKED_IN = "checked-in"
    HELD = "held"  # the address is still to be confirmed
    OFFERED = "offered"
    WAITLISTED = "waitlisted"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    TRANSFERRED = "transferred"
    EVENT_CANCELLED = "event-cancelled"
    PAST = "past"


_BY_STATUS = {
    RsvpStatus.CONFIRMED: TicketState.CONFIRMED,
    RsvpStatus.HELD: TicketState.HELD,
    RsvpStatus.WAITLISTED: TicketState.WAITLISTED,
    RsvpStatus.CANCELLED: TicketState.CANCELLED,
    RsvpStatus.DECLINED: TicketState.DECLINED,
}


def ticket_state(
    *,
    rsvp_status: RsvpStatus,
    hold_for: HoldFor | None,
    revoked_because: str,
    arrived: bool,
    event_status: EventStatus,
    ends_at: datetime,
    now: datetime,
) -> TicketState:
    """Return the state to show; `revoked_because` is "" for a ticket in force or an Rsvp without one."""
    if revoked_because == "transferred":
        return TicketState.TRANSFERRED
    state = _BY_STATUS[rsvp_status]
    if state is TicketState.HELD and hold_for is HoldFor.OFFER:
        state = TicketState.OFFERED
    if state is TicketState.CONFIRMED and arrived:
        return TicketState.CHECKED_IN
    if state in (TicketState.CANCELLED, TicketState.DECLINED):
        return state
    if event_status == EventStatus.CANCELLED:
        return TicketState.EVENT_CANCELLED
    return TicketState.PAST if now >= ends_at else state
