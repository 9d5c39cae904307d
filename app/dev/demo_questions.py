"""What some of the demo's coming events ask, and what people answered."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

import sqlalchemy as sa

from app.db import db
from app.events.actions_questions import QuestionDraft, add_question, store_answers
from app.events.models import Event, Rsvp
from app.events.models_questions import AskedKind, EventQuestion
from app.events.rules_questions import YES, Answer, read_answers
from app.members.models import Member


def ask_questions(event: Event, rows: list[dict[str, Any]], by: Member, at: datetime) -> None:
    """Write an event's questions; one with `only_if` is asked of who answers yes to the one before it."""
    before: EventQuestion | None = None
    for row in rows:
        own: dict[str, Any] = {
            name: row[name] for name in ("required", "sensitive", "choices") if name in row
        }
        if before and row.get("only_if"):
            own |= {"only_if_id": before.id, "only_if_value": YES}
        draft = QuestionDraft(AskedKind(row["kind"]), row["label"], **own)
        before = add_question(event, draft, by, at)


def answer_questions(event: Event, rows: list[dict[str, Any]], random: Random) -> None:
    """Let each party that registered answer by chance, from what the demo says of each question."""
    if not rows:
        return
    asked = sa.select(EventQuestion).where(EventQuestion.event_id == event.id)
    questions = list(db.session.scalars(asked.order_by(EventQuestion.position)))
    own = sa.select(Rsvp).where(Rsvp.event_id == event.id).order_by(Rsvp.id)
    for rsvp in db.session.scalars(own).all():
        given: dict[int, Answer] = {
            question.id: random.choice(row["said"]) for question, row in zip(questions, rows, strict=True)
        }
        store_answers(rsvp, read_answers(questions, given).answers)
