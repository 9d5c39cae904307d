"""Coming to an event's door: what is locked there while scans are judged, and for how long others wait.

Scans of an event do not wait for one another, unless they are of the same ticket. On PostgreSQL they take the event's
turn together, which a seat transaction or an undo takes alone, and each keeps the rows of its own tickets from the
others. Locks are taken in this order everywhere: the event's turn, then its tickets, by id: one that is issued later
has a higher id, so who looks again for those takes them in that order too. On SQLite one transaction writes at a time,
so a write to the event's row keeps everybody else away, whoever they are.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.db import db
from app.events.actions_turn import Alone, Together
from app.events.models import Event, Rsvp, Ticket, chapter_managers
from app.events.queries_door import among, sorted_out


@dataclass(frozen=True)
class Doorway:
    """An event's door, held until the transaction ends. `tickets` are those kept from others; None: all are."""

    connection: (
        sa.Connection
    )  # whose transaction it is: asking the session for it again and again costs as a query does
    id: int
    code: str
    starts_at: datetime
    ends_at: datetime
    tickets: frozenset[int] | None


_TOLD = (Event.id, Event.code, Event.starts_at, Event.ends_at)
_WHICH = {
    "id": Event.id == sa.bindparam("event_id"),
    "slug": Event.slug == sa.bindparam("event_slug"),
    "slug, run by": sa.and_(
        Event.slug == sa.bindparam("event_slug"),
        sa.exists().where(
            chapter_managers.c.chapter_id == Event.chapter_id,
            chapter_managers.c.member_id == sa.bindparam("by_id"),
        ),
    ),
}


def hold_door(event_id: int, digests: Collection[str]) -> Doorway:
    """Come to the door of an event with the digests of codes, whole or as long as the roster's."""
    doorway = _hold("id", {"event_id": event_id}, digests)
    assert doorway is not None  # noqa: S101 - events are never deleted
    return doorway


def hold_door_at(slug: str, by_id: int, runs_all: bool, digests: Collection[str]) -> Doorway | None:
    """Come to the door of an event whose chapter a member runs, or None; `runs_all` is an administrator."""
    if runs_all:
        return _hold("slug", {"event_slug": slug}, digests)
    return _hold("slug, run by", {"event_slug": slug, "by_id": by_id}, digests)


def take_turn(event_id: int) -> None:
    """Wait until nobody else is at the door, nor gives seats, with a write that changes nothing."""
    db.session.flush()
    db.session.connection().execute(_turn("id"), {"event_id": event_id})


def _hold(which: str, values: dict[str, Any], digests: Collection[str]) -> Doorway | None:
    session = db.session()
    session.flush()
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        row = connection.execute(_turn(which), values).one_or_none()
        if row is None:
            return None
        return Doorway(connection, row.id, row.code, row.starts_at, row.ends_at, None)
    wanted = sorted_out(digests)
    rows = connection.execute(_sharing(which, frozenset(wanted)), values | wanted).all()
    if not rows:
        return None
    tickets = frozenset(row.ticket for row in rows if row.ticket is not None)
    event = rows[0]
    return Doorway(connection, event.id, event.code, event.starts_at, event.ends_at, tickets)


@cache  # making a statement takes longer than running it
def _turn(which: str) -> sa.Executable:
    alone = sa.update(Event).where(_WHICH[which], Alone(Event.id))
    return alone.values(seat_sequence=Event.seat_sequence).returning(*_TOLD)


@cache
def _sharing(which: str, kinds: frozenset[str]) -> sa.Executable:
    """Take an event's turn together and then, by id, the tickets for update: a row for each of these.

    What is locked was found as it was before the wait: who needs the truth reads it in the next statement.
    """
    event = sa.select(*_TOLD, Together(Event.id).label("ours")).where(_WHICH[which]).subquery("event")
    if not kinds:
        return sa.select(event, sa.null().label("ticket"))
    tickets = (
        sa.select(Ticket.id)
        .join(Rsvp, Rsvp.id == Ticket.rsvp_id)
        .where(Rsvp.event_id == event.c.id, among(kinds))
        .order_by(Ticket.id)
        .with_for_update(key_share=True, of=Ticket)
        .lateral("held")
    )
    return sa.select(event, tickets.c.id.label("ticket")).select_from(event.outerjoin(tickets, sa.true()))
