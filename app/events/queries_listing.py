"""What is on, for whoever looks: pages of it, and the soonest or newest of it for other sites and programs.

No list is without an end: a brand may have thousands of events to come.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy.orm import joinedload, load_only

from app.db import db
from app.events.models import Audience, Chapter, Event, EventStatus

EVENTS_A_PAGE = 24
IN_ATOM = 50
IN_SITEMAP = 50_000  # addresses that sitemaps.org allows in a file

# What a card shows; the description, which may be long, stays in the database.
_CARD = (
    Event.slug,
    Event.chapter_id,
    Event.kind,
    Event.title,
    Event.starts_at,
    Event.picture_id,
    Event.capacity,
    Event.seats_taken,
)


class EventsPage(Pagination):
    """Twenty-four of the events to come, the soonest first."""

    def _query_items(self) -> list[Event]:
        page = _on(self._query_args["now"], self._query_args["chapter_id"])
        return _soonest(page.limit(self.per_page).offset(self._query_offset))

    def _query_count(self) -> int:
        on = _on(self._query_args["now"], self._query_args["chapter_id"])
        return db.session.scalar(on.with_only_columns(sa.func.count(Event.id))) or 0


def upcoming_page(now: datetime, chapter_id: int | None, page: int | None = None) -> EventsPage:
    """Return the page of the events to come that is asked for, or that the address names. Aborts with 404."""
    return EventsPage(page=page, per_page=EVENTS_A_PAGE, now=now, chapter_id=chapter_id)


def soonest_events(now: datetime, chapter_id: int | None, limit: int = EVENTS_A_PAGE) -> list[Event]:
    """Return the soonest events to come, with what a card shows."""
    return _soonest(_on(now, chapter_id).limit(limit))


def newest_events(now: datetime, limit: int = IN_ATOM) -> list[Event]:
    """Return those events to come that were published last, the newest first, whole."""
    query = (
        sa.select(Event).where(*_is_on(now)).order_by(Event.published_at.desc().nulls_last(), Event.id.desc())
    )
    return list(db.session.scalars(query.limit(limit)))


def event_addresses(now: datetime, limit: int = IN_SITEMAP) -> Sequence[sa.Row[str, datetime]]:
    """Return what an address is made of, and when the page last changed, of the soonest events to come."""
    query = sa.select(Event.slug, Event.updated_at).where(*_is_on(now))
    return db.session.execute(query.order_by(Event.starts_at, Event.id).limit(limit)).all()


def _is_on(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Say what is on: published, not over, and not for who has the private link."""
    return Event.status == EventStatus.PUBLISHED, Event.ends_at > now, Event.audience != Audience.LINK


def _on(now: datetime, chapter_id: int | None) -> sa.Select[Any]:
    query = sa.select(Event.id).where(*_is_on(now))
    return query if chapter_id is None else query.where(Event.chapter_id == chapter_id)


def _soonest(ids: sa.Select[Any]) -> list[Event]:
    # Sorted by their keys first: of a thousand rows, only those that are shown are read whole, with their chapter.
    shown = ids.order_by(Event.starts_at, Event.id).subquery()
    chapter = joinedload(Event.chapter).load_only(Chapter.slug, Chapter.city, Chapter.timezone)
    query = (
        sa.select(Event)
        .join(shown, shown.c.id == Event.id)
        .options(load_only(*_CARD, raiseload=True), chapter)
    )
    return list(db.session.scalars(query.order_by(Event.starts_at, Event.id)))
