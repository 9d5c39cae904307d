"""Events as programs see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import abort

from app.api.queries import Caller
from app.db import db
from app.events.models import Chapter, Event, Slot
from app.events.models_questions import EventQuestion
from app.events.queries import SHOWN
from app.web import absolute_url


def _visible(caller: Caller) -> sa.Select[Event]:
    query = sa.select(Event)
    if caller.chapter_ids is None:
        return query
    return query.where(Event.status.in_(SHOWN) | Event.chapter_id.in_(caller.chapter_ids))


def events(
    caller: Caller, after_id: int, limit: int, chapter: str | None, starts_after: datetime | None
) -> list[Event]:
    """Return the events a caller may see, by id, from after one on."""
    query = _visible(caller).where(Event.id > after_id)
    if chapter is not None:
        query = query.where(Event.chapter.has(Chapter.slug == chapter))
    if starts_after is not None:
        query = query.where(Event.starts_at >= starts_after)
    return list(db.session.scalars(query.order_by(Event.id).limit(limit)))


def get_event(caller: Caller, slug: str) -> Event:
    """Return an event a caller may see. Aborts with 404."""
    event: Event | None = db.session.scalar(_visible(caller).where(Event.slug == slug))
    return event or abort(404)


def get_managed(caller: Caller, slug: str) -> Event:
    """Return an event of a chapter the caller runs. Aborts with 404, or 403 when it may be seen only."""
    event = get_event(caller, slug)
    return event if caller.manages(event.chapter_id) else abort(403)


def shown(event: Event, caller: Caller) -> dict[str, Any]:
    """Return what EventSchema writes."""
    columns = (
        *("id", "slug", "kind", "status", "title", "description", "starts_at", "ends_at", "timezone"),
        *("venue", "address", "capacity", "party_max", "guest_names", "audience", "opens_at", "closes_at"),
        "updated_at",
    )
    return {name: getattr(event, name) for name in columns} | {
        "chapter": event.chapter.slug,
        "seats_taken": event.seats_taken if caller.manages(event.chapter_id) else None,
        "url": absolute_url("events.event", slug=event.slug),
    }


def shown_question(question: EventQuestion) -> dict[str, Any]:
    """Return what QuestionSchema writes."""
    columns = ("id", "kind", "label", "choices", "required", "sensitive")
    condition = {"question_id": question.only_if_id, "value": question.only_if_value}
    return {name: getattr(question, name) for name in columns} | {
        "only_if": condition if question.only_if_id is not None else None
    }


def shown_slot(slot: Slot, manages: bool) -> dict[str, Any]:
    """Return what SlotSchema writes."""
    return {
        "id": slot.id,
        "name": slot.name,
        "starts_at": slot.starts_at,
        "capacity": slot.capacity,
        "seats_taken": slot.seats_taken if manages else None,
    }
