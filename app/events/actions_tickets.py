"""Issuing and revoking tickets."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.db import db, write
from app.events.models import Rsvp, Ticket
from app.events.rules_ticket import qr_text
from app.tokens import digest, new_code, new_link_token


def issue_ticket(rsvp: Rsvp, now: datetime) -> Ticket:
    """Give a confirmed Rsvp a ticket with a new secret code. The caller has revoked any earlier one."""
    code = new_code()
    ticket = Ticket(
        rsvp_id=rsvp.id,
        code=code,
        token=new_link_token(),
        digest=digest(qr_text(rsvp.event.code, code)),
        issued_at=now,
    )
    write(ticket)
    return ticket


def revoke_ticket(rsvp: Rsvp, because: str, now: datetime) -> None:
    """Make the code in force, if any, useless at the door. `because`: "cancelled" or "transferred"."""
    in_force = sa.select(Ticket).where(Ticket.rsvp_id == rsvp.id, Ticket.revoked_at.is_(None))
    for ticket in db.session.scalars(in_force):
        ticket.revoked_at, ticket.revoked_because = now, because
    db.session.flush()
