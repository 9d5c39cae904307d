"""Reading all that an event's pages show a stranger, in one plain row: mostly the page is there already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import contains_eager

from app.brand.queries import WIDTH, keep_brand, with_brand
from app.db import db, read_alone, written_out
from app.events.models import Chapter, Event, EventStatus, Invitee, Rsvp, RsvpStatus, Slot
from app.events.models_questions import EventQuestion
from app.events.rules import EXACT_BELOW
from app.media import Picture

EVENT, CHAPTER, SLOT, PICTURE = (model.__table__ for model in (Event, Chapter, Slot, Picture))
MOMENTS = (EVENT.c.ends_at, EVENT.c.opens_at, EVENT.c.closes_at, EVENT.c.early_opens_at)
SEATS = {"seats_taken", "seat_sequence"}  # shown as they are told, or each seat would make another page

# Written out: to send a value along with each question takes longer than to read a column.
DRAFT, WAITING = written_out(EventStatus.DRAFT), written_out(RsvpStatus.WAITLISTED)
NOBODY, PLENTY = sa.literal_column("0", sa.Integer), sa.literal_column(str(EXACT_BELOW), sa.Integer)


class Shown(NamedTuple):
    """What an event's pages show a stranger: where two are equal, so are the pages of one address.

    `waiting` counts the parties in line where seats may be missing, `has_list` tells of a list that opens registration
    sooner, `passed` says which of the event's moments are over; `rows` hold all the rest, one a slot.
    """

    event_id: int
    asks: bool
    waiting: int
    picture: str | None  # its digest
    has_list: bool
    passed: tuple[bool, ...]
    rows: tuple[tuple[Any, ...], ...]


def get_shown(slug: str, now: datetime) -> Shown:
    """Return what an event shows. Aborts with 404; a draft is as good as unknown."""
    # Not by a session, which would be made for one statement: most often the page is there.
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        rows = connection.execute(_select(), {"slug": slug}).all()
    return _shown(rows, now)


def get_event_as_shown(slug: str, now: datetime) -> tuple[Event, Shown]:
    """Return an event with its slots, and what it shows as the same statement read it. Aborts with 404."""
    read_alone()
    rows = db.session.execute(_select_with_event(), {"slug": slug}).unique().all()
    shown = _shown([row[1:] for row in rows], now)
    return cast(Event, rows[0][0]), shown


def _shown(rows: Sequence[Sequence[Any]], now: datetime) -> Shown:
    if not rows:
        abort(404)
    keep_brand(rows[0])
    plain = tuple(tuple(row[:-WIDTH]) for row in rows)
    event_id, asks, waiting, picture, has_list, *rest = plain[0]
    passed = tuple(moment is not None and now >= moment for moment in rest[: len(MOMENTS)])
    return Shown(event_id, asks, waiting, picture, has_list, passed, plain)


@cache
def _select() -> sa.Select[*tuple[Any, ...]]:
    return _of_event()


@cache
def _select_with_event() -> sa.Select[*tuple[Any, ...]]:
    return _of_event(Event).options(contains_eager(Event.chapter), contains_eager(Event.slots))


def _of_event(*entities: Any) -> sa.Select[*tuple[Any, ...]]:
    left = EVENT.c.capacity - EVENT.c.seats_taken
    in_slot = SLOT.c.capacity - SLOT.c.seats_taken
    facts = (EVENT.c.id, _asks(), _waiting(left), PICTURE.c.digest, _has_list())
    told = _told(left), _told(sa.case((in_slot < left, in_slot), else_=left))
    rest = [column for table in (EVENT, CHAPTER, SLOT) for column in table.c if column.name not in SEATS]
    query = (
        sa.select(*entities, *facts, *MOMENTS, *told, *rest)
        .select_from(EVENT)
        .join(CHAPTER, CHAPTER.c.id == EVENT.c.chapter_id)
        .outerjoin(SLOT, SLOT.c.event_id == EVENT.c.id)
        .outerjoin(PICTURE, PICTURE.c.id == EVENT.c.picture_id)
        .where(EVENT.c.slug == sa.bindparam("slug"), EVENT.c.status != DRAFT)
        .order_by(SLOT.c.starts_at, SLOT.c.id)
    )
    return with_brand(query, EVENT)


def _told(left: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """Count seats as far as they are told one by one."""
    return sa.case((left < PLENTY, left), else_=PLENTY)


def _asks() -> sa.ColumnElement[bool]:
    return sa.exists().where(EventQuestion.event_id == EVENT.c.id)


def _waiting(left: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """Count who waits, where there may be no seat for each party: once, and not for each slot."""
    event_id = sa.select(Event.id).where(Event.slug == sa.bindparam("slug")).scalar_subquery()
    line = sa.select(sa.func.count(Rsvp.id)).where(Rsvp.event_id == event_id, Rsvp.status == WAITING)
    scarce = sa.or_(left < EVENT.c.party_max, SLOT.c.id.is_not(None))
    return sa.case((scarce, line.scalar_subquery()), else_=NOBODY)


def _has_list() -> sa.ColumnElement[bool]:
    listed = sa.exists().where(Invitee.event_id == EVENT.c.id)
    return sa.case((EVENT.c.early_opens_at.is_not(None), listed), else_=sa.false())
