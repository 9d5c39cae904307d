"""What the door and loyalty ask about arrivals."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import abort

from app.db import db
from app.events.models import Event, EventStatus, Rsvp, RsvpStatus, Ticket
from app.events.models_door import CheckIn, Scan
from app.events.rules_door import (
    DOORS_CLOSE_AFTER,
    ROSTER_DIGEST_LENGTH,
    Arrival,
    DoorStatus,
    RosterEntry,
)
from app.facts import FactSelect, fact
from app.members.models import Member

_STATUS = {
    RsvpStatus.CONFIRMED: DoorStatus.CONFIRMED,
    RsvpStatus.HELD: DoorStatus.UNCONFIRMED,
    RsvpStatus.WAITLISTED: DoorStatus.WAITLISTED,
}


class DoorRow(NamedTuple):
    """A ticket, or an Rsvp that has none, with what the door needs of it."""

    rsvp_id: int
    rsvp_status: RsvpStatus
    party_size: int
    name: str
    ticket_id: int | None
    digest: str | None
    revoked_because: str | None  # None: in force
    check_in_id: int | None
    arrived_at: datetime | None
    undone_at: datetime | None
    device: str | None

    @property
    def entry(self) -> RosterEntry | None:
        """The line of the roster; None for an Rsvp that was given back and a ticket that is none."""
        key = self.digest[:ROSTER_DIGEST_LENGTH] if self.digest else None
        if self.revoked_because is not None:
            transferred = self.revoked_because == "transferred"
            status = DoorStatus.TRANSFERRED if transferred else DoorStatus.CANCELLED
            return RosterEntry(key, self.name, status, self.party_size)
        if self.rsvp_status not in _STATUS:
            return None
        return RosterEntry(key, self.name, _STATUS[self.rsvp_status], self.party_size, self.arrival)

    @property
    def arrival(self) -> Arrival | None:
        """The arrival that stands."""
        if self.arrived_at is None or self.undone_at is not None:
            return None
        return Arrival(self.arrived_at, self.device or "")


def door_rows(
    join_tickets: sa.ColumnElement[bool], *where: sa.ColumnElement[bool]
) -> sa.Select[*tuple[Any, ...]]:
    """Select what a DoorRow is made of."""
    return (
        sa.select(
            Rsvp.id,
            Rsvp.status,
            Rsvp.party_size,
            Member.display_name,
            Ticket.id,
            Ticket.digest,
            sa.case((Ticket.revoked_at.is_not(None), Ticket.revoked_because)),
            CheckIn.id,
            CheckIn.arrived_at,
            CheckIn.undone_at,
            Scan.device,
        )
        .join(Member, Member.id == Rsvp.member_id)
        .outerjoin(Ticket, sa.and_(Ticket.rsvp_id == Rsvp.id, join_tickets))
        .outerjoin(CheckIn, CheckIn.rsvp_id == Rsvp.id)
        .outerjoin(Scan, Scan.id == CheckIn.scan_id)
        .where(*where)
    )


# How a digest is looked for, by how much of it is known. Only what is asked for goes into a query: with an "or" of
# both, PostgreSQL reads every ticket of an event instead of one from the index; and a list of any length is written
# out again each time, which is too much for the one scan that most calls bring.
_FOUND_BY = {
    "one": Ticket.digest == sa.bindparam("one"),
    "whole": Ticket.digest.in_(sa.bindparam("whole", expanding=True)),
    "start": sa.func.substr(Ticket.digest, 1, ROSTER_DIGEST_LENGTH).in_(
        sa.bindparam("start", expanding=True)
    ),
}
Digests = dict[str, str | list[str]]


def sorted_out(digests: Collection[str]) -> Digests:
    """Return digests by how much of each is known, as the parameters of `among`."""
    starts = [digest for digest in digests if len(digest) == ROSTER_DIGEST_LENGTH]
    whole = [digest for digest in digests if len(digest) != ROSTER_DIGEST_LENGTH]
    found: Digests = {"start": starts} if starts else {}
    if whole:
        found |= {"one": whole[0]} if len(whole) == 1 else {"whole": whole}
    return found


def among(kinds: Collection[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a ticket has one of the digests that were sorted out to these kinds."""
    return sa.or_(*[_FOUND_BY[kind] for kind in sorted(kinds)])


@cache  # making a statement takes longer than running it
def _by_digest(kinds: frozenset[str]) -> sa.Select[*tuple[Any, ...]]:
    in_event = Rsvp.event_id == sa.bindparam("event_id")
    return door_rows(among(kinds), in_event, Ticket.id.is_not(None))


_BY_ID = door_rows(Ticket.id.in_(sa.bindparam("ids", expanding=True)), Ticket.id.is_not(None))


def _rows(query: sa.Select[*tuple[Any, ...]], **values: Any) -> list[DoorRow]:
    db.session.flush()
    return [DoorRow._make(row) for row in db.session.connection().execute(query, values)]


def roster(event_id: int) -> list[RosterEntry]:
    """Return the lines of an event's roster, by name.

    Each Rsvp that stands has one, with its ticket if it has one; each ticket that was revoked has another, so that a
    phone without network can tell why it lets nobody in.
    """
    in_force = Ticket.revoked_at.is_(None)
    rows = _rows(door_rows(in_force, Rsvp.event_id == event_id))
    rows += _rows(door_rows(~in_force, Rsvp.event_id == event_id, Ticket.id.is_not(None)))
    lines = [line for row in rows if (line := row.entry)]
    return sorted(lines, key=lambda line: (line.name.casefold(), line.digest or ""))


def rows_of_digests(event_id: int, digests: Collection[str]) -> dict[str, DoorRow]:
    """Return an event's tickets by digest, whole or as long as the roster's, as it was asked."""
    wanted = sorted_out(digests)
    if not wanted:
        return {}
    return by_digest(_rows(_by_digest(frozenset(wanted)), event_id=event_id, **wanted))


def by_digest(rows: Iterable[DoorRow]) -> dict[str, DoorRow]:
    """Return tickets by their digest and by the roster's part of it."""
    found: dict[str, DoorRow] = {}
    for row in rows:
        if row.digest:
            found[row.digest] = found[row.digest[:ROSTER_DIGEST_LENGTH]] = row
    return found


def rows_of_tickets(ticket_ids: Collection[int]) -> dict[int, DoorRow]:
    """Return tickets by id."""
    rows = _rows(_BY_ID, ids=list(ticket_ids))
    return {row.ticket_id: row for row in rows if row.ticket_id is not None}


def get_event_code(slug: str) -> str:
    """Return the code that an event's tickets begin with. Aborts with 404."""
    return db.session.scalar(sa.select(Event.code).where(Event.slug == slug)) or abort(404)


@dataclass(frozen=True)
class Counters:
    """People, not tickets: a party of three counts three."""

    arrived: int
    expected: int


def counters(event_ids: Sequence[int]) -> dict[int, Counters]:
    """Return how many people of each event have arrived, and how many have a seat for certain."""
    expected = _people(Rsvp.event_id, Rsvp.party_size, Rsvp.status == RsvpStatus.CONFIRMED, event_ids)
    arrived = _people(CheckIn.event_id, CheckIn.party_size, CheckIn.undone_at.is_(None), event_ids)
    return {key: Counters(arrived.get(key, 0), expected.get(key, 0)) for key in event_ids}


def _people(
    event_id: Any, size: Any, condition: sa.ColumnElement[bool], ids: Sequence[int]
) -> dict[int, int]:
    query = sa.select(event_id, sa.func.sum(size)).where(condition, event_id.in_(ids)).group_by(event_id)
    return {key: int(people) for key, people in db.session.execute(query)}


def door_events(chapter_ids: Sequence[int], now: datetime, limit: int = 20) -> list[Event]:
    """Return the published events of these chapters whose doors have not closed, soonest first."""
    query = (
        sa.select(Event)
        .where(Event.chapter_id.in_(chapter_ids), Event.status == EventStatus.PUBLISHED)
        .where(Event.ends_at > now - DOORS_CLOSE_AFTER)
        .order_by(Event.starts_at, Event.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


@fact("check-in")
def check_in_facts() -> FactSelect:
    """Return the arrivals that stand. An undo takes one away, and a redo is another: its revision is higher."""
    source = (
        sa.literal("check-in:") + sa.cast(CheckIn.id, sa.String) + ":" + sa.cast(CheckIn.revision, sa.String)
    )
    return (
        sa.select(
            Rsvp.member_id.label("member_id"),
            source.label("source"),
            CheckIn.arrived_at.label("at"),
            Event.title.label("label"),
        )
        .join(Rsvp, Rsvp.id == CheckIn.rsvp_id)
        .join(Event, Event.id == CheckIn.event_id)
        .where(CheckIn.undone_at.is_(None))
    )
