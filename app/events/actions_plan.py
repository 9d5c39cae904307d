"""Writing drafts from an event that was: a copy, or next quarter's meetups of several chapters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime

import sqlalchemy as sa

from app.db import db
from app.events.actions_desk import open_desk
from app.events.actions_manage import EventDraft, create_event
from app.events.models import Chapter, Event, EventStatus, Slot
from app.events.models_questions import EventQuestion
from app.events.rules_plan import Move
from app.members.models import Member

OPENINGS = ("opens_at", "closes_at", "early_opens_at")


@dataclass(frozen=True)
class Plan:
    """Where and when, on the chapter's clocks, an event takes place again."""

    chapter: Chapter
    title: str
    local: datetime
    venue: str
    address: str


def write_drafts(
    source: Event, plans: Iterable[Plan], by: Member, now: datetime
) -> tuple[list[Event], list[Event]]:
    """Write a draft for each plan; return those written and those that were there already.

    One is there already when its chapter has an event of that title at that time, so that a form sent twice writes
    nothing twice: the event they are made from lets one sender through at a time.
    """
    source = open_desk(source.id, now).event
    questions = list(
        db.session.scalars(
            sa.select(EventQuestion)
            .where(EventQuestion.event_id == source.id)
            .order_by(EventQuestion.position)
        )
    )
    written, there = [], []
    for plan in plans:
        move = Move(source.starts_at, source.timezone, plan.local, plan.chapter.timezone)
        if event := _find_same(plan, move.moved(source.starts_at)):
            there.append(event)
        else:
            written.append(_write(source, questions, plan, move, by, now))
    return written, there


def _find_same(plan: Plan, starts_at: datetime) -> Event | None:
    query = sa.select(Event).where(
        Event.chapter_id == plan.chapter.id,
        Event.title == plan.title,
        Event.starts_at == starts_at,
        Event.status != EventStatus.CANCELLED,
    )
    return db.session.scalar(query.order_by(Event.id).limit(1))


def _write(
    source: Event, questions: list[EventQuestion], plan: Plan, move: Move, by: Member, now: datetime
) -> Event:
    """Write a draft of all that a CM writes of an event; its list of invited people and its link are its own."""
    same = {field.name: getattr(source, field.name) for field in fields(EventDraft)}
    own = {
        "chapter_id": plan.chapter.id,
        "title": plan.title,
        "venue": plan.venue,
        "address": plan.address,
        "starts_at": move.moved(source.starts_at),
        "ends_at": move.end(source.ends_at),
        # More than the room holds were registered because of who did not come: the next time is another matter.
        "capacity": min(source.capacity, source.room or source.capacity),
    }
    times = {name: moment and move.moved(moment) for name in OPENINGS for moment in [same[name]]}
    event = create_event(EventDraft(**same | own | times), by, now)
    for slot in source.slots:
        at = slot.starts_at and move.moved(slot.starts_at)
        db.session.add(Slot(event_id=event.id, name=slot.name, capacity=slot.capacity, starts_at=at))
    _copy_questions(questions, event)
    return event


def _copy_questions(questions: list[EventQuestion], event: Event) -> None:
    copies: dict[int, EventQuestion] = {}
    for question in questions:  # by position: what one is asked after comes before it
        parent = copies.get(question.only_if_id) if question.only_if_id else None
        copy = EventQuestion(
            event_id=event.id,
            position=question.position,
            kind=question.kind,
            label=question.label,
            choices=list(question.choices),
            required=question.required,
            sensitive=question.sensitive,
            only_if_id=parent.id if parent else None,
            only_if_value=question.only_if_value if parent else "",
        )
        db.session.add(copy)
        db.session.flush()
        copies[question.id] = copy
