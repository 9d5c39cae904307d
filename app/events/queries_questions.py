"""Reading what an event asks, and what was answered."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import with_expression

from app.db import db
from app.events.models import Event, Rsvp, chapter_managers
from app.events.models_questions import AskedKind, EventQuestion, RsvpAnswer
from app.events.rules_questions import Answer
from app.members.models import Member


def questions_of(event_id: int) -> list[EventQuestion]:
    """Return an event's questions, in order."""
    return list(db.session.scalars(_questions(), {"event": event_id}))


@cache
def _questions() -> sa.Select[EventQuestion]:
    mine = EventQuestion.event_id == sa.bindparam("event")
    return sa.select(EventQuestion).where(mine).order_by(EventQuestion.position)


def tells_whether_it_asks() -> Any:
    """Let a query of events tell of each whether it asks anything: most ask nothing, and are spared a statement."""
    return with_expression(Event.asks, sa.exists().where(EventQuestion.event_id == Event.id))


def asked_by(event: Event) -> list[EventQuestion]:
    """Return an event's questions, in order, without another statement when it was read as one that has none."""
    return [] if event.asks is False else questions_of(event.id)


def questions_for_staff(event: Event, staff: Member) -> list[EventQuestion]:
    """Return the questions that a member of staff may answer for somebody: no consent, nothing they may not read."""
    sees = sees_sensitive(staff, event)
    return [
        question
        for question in questions_of(event.id)
        if question.kind != AskedKind.CONSENT and (sees or not question.sensitive)
    ]


def asked_of(rsvp: Rsvp) -> dict[EventQuestion, Answer | None]:
    """Return what a party is asked, in order, and what it answered, the sensitive ones too; None: nothing yet."""
    if rsvp.event.asks is False:
        return {}
    return dict(iter(db.session.execute(_asked(), {"event": rsvp.event_id, "rsvp": rsvp.id})))


@cache
def _asked() -> sa.Select[EventQuestion, Any]:
    given = sa.and_(RsvpAnswer.question_id == EventQuestion.id, RsvpAnswer.rsvp_id == sa.bindparam("rsvp"))
    query = sa.select(EventQuestion, RsvpAnswer.value).outerjoin(RsvpAnswer, given)
    return query.where(EventQuestion.event_id == sa.bindparam("event")).order_by(EventQuestion.position)


def get_question(event: Event, question_id: int) -> EventQuestion:
    """Return a question of an event. Aborts with 404."""
    query = sa.select(EventQuestion).where(
        EventQuestion.id == question_id, EventQuestion.event_id == event.id
    )
    return db.session.scalar(query) or abort(404)


def answer_counts(event_id: int) -> dict[int, int]:
    """Return how many parties answered each question of an event; a question without answers is missing."""
    query = (
        sa.select(RsvpAnswer.question_id, sa.func.count())
        .join(EventQuestion, EventQuestion.id == RsvpAnswer.question_id)
        .where(EventQuestion.event_id == event_id)
        .group_by(RsvpAnswer.question_id)
    )
    return dict(iter(db.session.execute(query)))


def answers_of(rsvp_ids: Collection[int], with_sensitive: bool) -> dict[int, dict[int, Answer]]:
    """Return what parties answered: {Rsvp id: {question id: answer}}; who answered nothing is missing.

    Ask for the sensitive ones only for a reader whom `sees_sensitive` lets see them.
    """
    query = sa.select(RsvpAnswer.rsvp_id, RsvpAnswer.question_id, RsvpAnswer.value).where(
        RsvpAnswer.rsvp_id.in_(rsvp_ids)
    )
    if not with_sensitive:
        query = query.join(EventQuestion, EventQuestion.id == RsvpAnswer.question_id).where(
            ~EventQuestion.sensitive
        )
    answers: dict[int, dict[int, Answer]] = {}
    for rsvp_id, question_id, value in db.session.execute(query):
        answers.setdefault(rsvp_id, {})[question_id] = value
    return answers


def sees_sensitive(member: Member, event: Event) -> bool:
    """Tell whether a member of staff may read sensitive answers: who runs the chapter; an administrator as such not."""
    row = sa.exists().where(
        chapter_managers.c.chapter_id == event.chapter_id, chapter_managers.c.member_id == member.id
    )
    return bool(db.session.scalar(sa.select(row)))
