"""Reading what a member holds: tickets, places in line, arrivals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager, joinedload

from app.db import db
from app.events.models import Event, Rsvp, RsvpStatus, Ticket
from app.events.models_door import CheckIn
from app.events.queries_questions import tells_whether_it_asks
from app.events.rules_ticket import TicketState, rsvp_of_purpose, ticket_state
from app.members.models import EmailCode
from app.tokens import digest

PAST_SHOWN = 50  # past events on a member's page


@dataclass(frozen=True)
class Place:
    """An Rsvp with the ticket that opened the page or is in force, and the arrival if there was one."""

    rsvp: Rsvp
    ticket: Ticket | None
    arrived_at: datetime | None

    @property
    def event(self) -> Event:
        return self.rsvp.event

    @property
    def token(self) -> str:
        """The secret of the page's address."""
        return self.ticket.token if self.ticket else self.rsvp.token

    def state(self, now: datetime) -> TicketState:
        return ticket_state(
            rsvp_status=self.rsvp.status,
            hold_for=self.rsvp.hold_for,
            revoked_because=self.ticket.revoked_because if self.ticket else "",
            arrived=self.arrived_at is not None,
            event_status=self.event.status,
            ends_at=self.event.ends_at,
            now=now,
        )


def find_place(token: str) -> Place | None:
    """Find what a secret address opens: a ticket, revoked or not, or an Rsvp that may have none."""
    asked = {"token": token}
    row = db.session.execute(_by_ticket(), asked).first() or db.session.execute(_by_rsvp(), asked).first()
    if row is None:
        return None
    place = Place(*row)
    given_back = place.ticket is not None and place.ticket.revoked_because == "cancelled"
    # The address in an old mail keeps showing its holder what holds now, who may have come back since.
    return find_place(place.rsvp.token) if given_back else place


def find_place_of(event_id: int, member_id: int) -> Place | None:
    """Find a member's answer for an event, with the ticket in force or handed on."""
    row = db.session.execute(_by_member(), {"event": event_id, "member": member_id}).first()
    return Place(*row) if row else None


def places_of(member_id: int, now: datetime) -> tuple[list[Place], list[Place]]:
    """Return a member's places in events to come, the soonest first, and in the latest past ones."""
    mine = _places().outerjoin(Ticket, _last_word()).where(Rsvp.member_id == member_id)
    coming = mine.where(Event.ends_at > now).order_by(Event.starts_at, Event.id)
    past = mine.where(Event.ends_at <= now).order_by(Event.starts_at.desc(), Event.id).limit(PAST_SHOWN)
    first, second = ([Place(*row) for row in db.session.execute(query)] for query in (coming, past))
    return first, second


def find_link(token: str) -> EmailCode | None:
    """Find the code of a mailed link that is for an Rsvp, whether it still works or not."""
    code = db.session.scalar(sa.select(EmailCode).where(EmailCode.link_digest == digest(token)))
    return code if code is not None and rsvp_of_purpose(code.purpose) is not None else None


def get_rsvp_of_code(code: EmailCode) -> Rsvp:
    """Return the Rsvp that a mailed code is for. LookupError when the code is for something else."""
    return db.session.get_one(Rsvp, rsvp_id_of_code(code))


def rsvp_id_of_code(code: EmailCode) -> int:
    """Return which Rsvp a mailed code is for. LookupError when the code is for something else."""
    rsvp_id = rsvp_of_purpose(code.purpose)
    if rsvp_id is None:
        raise LookupError(f"code {code.id} is for {code.purpose}")
    return rsvp_id


# Made once: to write these statements costs about as much as to run them.
@cache
def _by_ticket() -> sa.Select[Rsvp, Ticket, datetime]:
    return _places().join(Ticket, Ticket.rsvp_id == Rsvp.id).where(Ticket.token == sa.bindparam("token"))


@cache
def _by_rsvp() -> sa.Select[Rsvp, Ticket, datetime]:
    return _places().outerjoin(Ticket, _last_word()).where(Rsvp.token == sa.bindparam("token"))


@cache
def _by_member() -> sa.Select[Rsvp, Ticket, datetime]:
    theirs = (Rsvp.event_id == sa.bindparam("event")) & (Rsvp.member_id == sa.bindparam("member"))
    return _places().outerjoin(Ticket, _last_word()).where(theirs)


def _places() -> sa.Select[Rsvp, Ticket, datetime]:
    return (
        sa.select(Rsvp, Ticket, CheckIn.arrived_at)
        .select_from(Rsvp)
        .join(Rsvp.event)
        .outerjoin(CheckIn, (CheckIn.rsvp_id == Rsvp.id) & CheckIn.undone_at.is_(None))
        .options(
            contains_eager(Rsvp.event).options(tells_whether_it_asks()),
            joinedload(Rsvp.member),
            joinedload(Rsvp.slot),
        )
    )


def _last_word() -> sa.ColumnElement[bool]:
    """Join the ticket in force, or the one that was handed on where that is how the seat ended."""
    other = aliased(Ticket)
    last = sa.select(sa.func.max(other.id)).where(other.rsvp_id == Rsvp.id).scalar_subquery()
    handed_on = (Ticket.revoked_because == "transferred") & (Rsvp.status == RsvpStatus.CANCELLED)
    return (Ticket.id == last) & (Ticket.revoked_at.is_(None) | handed_on)
