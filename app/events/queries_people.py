"""The people of an event, for its CM: found, sorted, paged, counted and read in a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy.orm import joinedload, selectinload

from app.db import db
from app.events.models import CancelReason, Event, HoldFor, Rsvp, RsvpStatus
from app.events.models_door import CheckIn
from app.events.rules_people import STATUS_OF, Lapse, Order, Search, Standing, lapse_of
from app.members.models import Member
from app.members.rules_people import folded

PER_PAGE = 50
IN_A_BATCH = 500  # rows of an export that are in memory at once


@dataclass(frozen=True, slots=True)
class Person:
    """A line of an event's people list. `place` is that in line, from 1, among those who want the same slot."""

    rsvp_id: int
    status: RsvpStatus
    hold_for: HoldFor | None
    confirmed_at: datetime | None
    cancelled_because: CancelReason | None
    party_size: int
    slot_id: int | None
    created_at: datetime
    guest_names: list[str] | None
    arrived_from: dict[str, Any] | None
    name: str
    email: str | None
    arrived_at: datetime | None
    place: int | None

    @property
    def lapse(self) -> Lapse | None:
        return lapse_of(self.status, self.cancelled_because, self.hold_for, self.confirmed_at)


class PeoplePage(Pagination):
    """Fifty people of an event."""

    def _query_items(self) -> list[Person]:
        event_id, search = self._query_args["event_id"], self._query_args["search"]
        found = narrowed(sa.select(Rsvp.id), event_id, search).order_by(*ORDERS[search.order], Rsvp.id)
        if (
            search.words
        ):  # who is looked for by name is looked up once: to be counted, sorted and cut into pages
            everybody = list(db.session.scalars(found))
            self._found_by_words = len(everybody)
            ids = everybody[self._query_offset : self._query_offset + self.per_page]
        else:
            ids = list(db.session.scalars(found.limit(self.per_page).offset(self._query_offset)))
        rows = db.session.execute(_people(event_id).where(Rsvp.id.in_(ids)))
        by_id = {row[0]: Person(*row) for row in rows}
        return [by_id[rsvp_id] for rsvp_id in ids]

    def _query_count(self) -> int:
        event_id, search = self._query_args["event_id"], self._query_args["search"]
        if search.words:
            return self._found_by_words
        if search.slot_id is None:  # the page counts them by standing anyway
            counts = self._query_args["counts"]
            return int(counts[search.standing] if search.standing else sum(map(counts.get, STATUS_OF)))
        return db.session.scalar(narrowed(sa.select(sa.func.count(Rsvp.id)), event_id, search)) or 0


def people_page(event_id: int, search: Search, page: int, counts: Mapping[Standing, int]) -> PeoplePage:
    """Return a page of those who are searched, in three statements at most. Aborts with 404 past the last page.

    `counts` are the event's `standings`.
    """
    return PeoplePage(page=page, per_page=PER_PAGE, event_id=event_id, search=search, counts=counts)


def people_in_batches(event_id: int, search: Search) -> Iterator[list[Person]]:
    """Read those who are searched from a cursor of the database, never more than a batch at a time."""
    query = narrowed(_people(event_id), event_id, search).order_by(*ORDERS[search.order], Rsvp.id)
    rows = db.session.execute(query, execution_options={"yield_per": IN_A_BATCH})
    for batch in rows.partitions():
        yield [Person(*row) for row in batch]


def standings(event_id: int) -> dict[Standing, int]:
    """Count an event's registrations by what they are, in one statement; a party counts one."""
    query = (
        sa.select(Rsvp.status, sa.func.count(Rsvp.id), sa.func.count(CheckIn.id))
        .outerjoin(CheckIn, _arrival(event_id))
        .where(Rsvp.event_id == event_id)
        .group_by(Rsvp.status)
    )
    rows = {status: (parties, arrived) for status, parties, arrived in db.session.execute(query)}
    counts = {standing: rows.get(status, (0, 0))[0] for standing, status in STATUS_OF.items()}
    confirmed, came = rows.get(RsvpStatus.CONFIRMED, (0, 0))
    return counts | {
        Standing.ARRIVED: sum(arrived for _parties, arrived in rows.values()),
        Standing.ABSENT: confirmed - came,
    }


def get_rsvp_of(event: Event, rsvp_id: int) -> Rsvp:
    """Return a registration of this event with its member, slot and tickets. Aborts with 404."""
    around = (joinedload(Rsvp.member), joinedload(Rsvp.slot), selectinload(Rsvp.tickets))
    query = sa.select(Rsvp).where(Rsvp.id == rsvp_id, Rsvp.event_id == event.id).options(*around)
    return db.session.scalar(query) or abort(404)


def arrival_of(rsvp_id: int) -> datetime | None:
    """Return when a party came, or None."""
    query = sa.select(CheckIn.arrived_at).where(CheckIn.rsvp_id == rsvp_id, CheckIn.undone_at.is_(None))
    return db.session.scalar(query)


def narrowed(
    query: sa.Select[*tuple[Any, ...]], event_id: int, search: Search
) -> sa.Select[*tuple[Any, ...]]:
    """Narrow a SELECT from Rsvp down to those of an event who are searched."""
    query = query.where(Rsvp.event_id == event_id)
    if words := search.words.split():
        holds = [Member.searched.contains(folded(word), autoescape=True) for word in words]
        query = query.where(_of_member(sa.and_(*holds)))
    if search.slot_id is not None:
        query = query.where(Rsvp.slot_id == search.slot_id)
    came = sa.select(CheckIn.rsvp_id).where(CheckIn.event_id == event_id, CheckIn.undone_at.is_(None))
    if search.standing is Standing.ARRIVED:
        return query.where(Rsvp.id.in_(came))
    if search.standing is Standing.ABSENT:
        return query.where(Rsvp.status == RsvpStatus.CONFIRMED, Rsvp.id.not_in(came))
    return query.where(Rsvp.status == STATUS_OF[search.standing]) if search.standing else query


def _of_member(column: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    """Return something of the member of each Rsvp, looked up by its key.

    This is a subquery, and not a join, which PostgreSQL would answer by reading half a million members, or all whose
    name holds a word, when five thousand are asked about.
    """
    return sa.select(column).where(Member.id == Rsvp.member_id).correlate(Rsvp).scalar_subquery()


# What is searched begins with the name, as people sort it: without accents and capitals. The erased have none.
_BY_NAME = _of_member(sa.func.nullif(Member.searched, "")).nulls_last()

ORDERS: dict[Order, tuple[Any, ...]] = {
    Order.NAME: (_BY_NAME,),
    Order.NEWEST: (Rsvp.created_at.desc(),),
    Order.LINE: (Rsvp.queue_number.nulls_last(), _BY_NAME),
}


def _arrival(event_id: int) -> sa.ColumnElement[bool]:
    return (CheckIn.rsvp_id == Rsvp.id) & (CheckIn.event_id == event_id) & CheckIn.undone_at.is_(None)


def _people(event_id: int) -> sa.Select[*tuple[Any, ...]]:
    place = sa.func.row_number().over(partition_by=Rsvp.slot_id, order_by=Rsvp.queue_number)
    line = (
        sa.select(Rsvp.id, place.label("place"))
        .where(Rsvp.event_id == event_id, Rsvp.status == RsvpStatus.WAITLISTED)
        .subquery()
    )
    columns = (
        Rsvp.id,
        Rsvp.status,
        Rsvp.hold_for,
        Rsvp.confirmed_at,
        Rsvp.cancelled_because,
        Rsvp.party_size,
        Rsvp.slot_id,
        Rsvp.created_at,
        Rsvp.guest_names,
        Rsvp.arrived_from,
        Member.display_name,
        Member.email,
        CheckIn.arrived_at,
        line.c.place,
    )
    query = sa.select(*columns).select_from(Rsvp).join(Member, Member.id == Rsvp.member_id)
    return query.outerjoin(CheckIn, _arrival(event_id)).outerjoin(line, line.c.id == Rsvp.id)
