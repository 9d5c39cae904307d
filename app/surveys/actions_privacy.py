"""A fan's rights over their answers: to read them, and to have what could name them removed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.db import db
from app.events.models import Rsvp
from app.privacy import erases, exports
from app.surveys.models import Answer, Product, Question, Response, Study
from app.surveys.rules_wording import step_names


@exports("answers")
def answers_of(member_id: int) -> list[dict[str, Any]]:
    """Return all that a member answered in product tests, in the words that they were shown."""
    select = (
        sa.select(Response, Study.title, Product.sample_code)
        .join(Rsvp, Rsvp.id == Response.rsvp_id)
        .join(Study, Study.id == Response.study_id)
        .outerjoin(Product, Product.id == Response.product_id)
        .where(Rsvp.member_id == member_id)
        .options(selectinload(Response.answers).options(joinedload(Answer.question)))
        .order_by(Response.id)
    )
    return [
        {
            "test": title,
            "sample": sample,
            "at": response.submitted_at.isoformat(),
            "answers": [
                {
                    "question": answer.question.label[response.locale],
                    "answer": _shown(answer, response.locale),
                }
                for answer in response.answers
            ],
        }
        for response, title, sample in db.session.execute(select)
    ]


@erases
def forget_words(member_id: int, now: datetime) -> None:  # noqa: ARG001 - every eraser is told the time
    """Remove a member's own words, which may say who they are; their ticks and points stay, as nobody's."""
    theirs = sa.select(Response.id).join(Rsvp, Rsvp.id == Response.rsvp_id).where(Rsvp.member_id == member_id)
    db.session.execute(sa.delete(Answer).where(Answer.response_id.in_(theirs), Answer.text.is_not(None)))
    db.session.flush()


def _shown(answer: Answer, locale: str) -> str:
    question: Question = answer.question
    if answer.text is not None:
        return answer.text
    if answer.number is not None:
        names = step_names(question.kind, question.ends)
        return names[answer.number][locale] if answer.number in names else str(answer.number)
    options = {option["key"]: option[locale] for option in question.options}
    return options.get(answer.choice, answer.choice)
