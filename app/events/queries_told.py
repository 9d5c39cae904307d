"""What a mail tells of a place at an event, read in plain columns when it leaves.

Thousands of mails leave in a row, each read anew: four models for each would take half as long as writing it.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.db import Base, db
from app.events.models import Chapter, Event, EventStatus, HoldFor, Rsvp, RsvpStatus, Slot, Ticket
from app.members.models import Member


class ToldMember(NamedTuple):
    display_name: str


class ToldSlot(NamedTuple):
    name: str
    starts_at: datetime | None


class ToldTicket(NamedTuple):
    token: str
    issued_at: datetime
    revoked_at: datetime | None


class ToldChapter(NamedTuple):
    city: str
    timezone: str


class ToldEvent(NamedTuple):
    slug: str
    status: EventStatus
    title: str
    starts_at: datetime
    ends_at: datetime
    venue: str
    address: str
    updated_at: datetime
    revision: int
    chapter: ToldChapter

    @property
    def timezone(self) -> str:
        return self.chapter.timezone


class ToldRsvp(NamedTuple):
    """An Rsvp as mails speak of it. Here and above, what a column of the model is called is read from it."""

    id: int
    event_id: int
    status: RsvpStatus
    hold_for: HoldFor | None
    held_until: datetime | None
    token: str
    created_at: datetime
    revision: int
    event: ToldEvent
    member: ToldMember
    slot: ToldSlot | None
    tickets: list[ToldTicket]


PARTS: tuple[tuple[type[Base], type[Any]], ...] = (
    (Rsvp, ToldRsvp),
    (Event, ToldEvent),
    (Chapter, ToldChapter),
    (Member, ToldMember),
    (Slot, ToldSlot),
    (Ticket, ToldTicket),
)


def get_rsvp_to_tell(rsvp_id: int) -> ToldRsvp:
    """Return an Rsvp with all that a mail says of it."""
    statement, (own, event, chapter, member, slot, ticket) = _told()
    rows = db.session.connection().execute(statement, {"rsvp_id": rsvp_id}).all()
    first = rows[0]  # they differ in the ticket alone
    around = (
        ToldEvent._make((*first[event], ToldChapter._make(first[chapter]))),
        ToldMember._make(first[member]),
        ToldSlot._make(first[slot]) if any(first[slot]) else None,
        [ToldTicket._make(row[ticket]) for row in rows if any(row[ticket])],
    )
    return ToldRsvp._make((*first[own], *around))


@cache
def _told() -> tuple[sa.Select[*tuple[Any, ...]], list[slice]]:
    """Make the statement once, and say where the columns of each part are; not at import, before all models are."""
    columns: list[Any] = []
    where = []
    for model, record in PARTS:
        begin, names = len(columns), model.__table__.columns.keys()
        columns += [getattr(model, name) for name in record._fields if name in names]
        where.append(slice(begin, len(columns)))
    statement = (
        sa.select(*columns)
        .join(Rsvp.event)
        .join(Event.chapter)
        .join(Rsvp.member)
        .outerjoin(Rsvp.slot)
        .outerjoin(Rsvp.tickets)
        .where(Rsvp.id == sa.bindparam("rsvp_id"))
        .order_by(Ticket.id)
    )
    return statement, where
