"""What was answered, without who answered it; and the facts that are worth points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.db import db
from app.events.models import Chapter, Event, Rsvp
from app.events.models_door import CheckIn
from app.facts import FactSelect, fact
from app.surveys.models import (
    About,
    Answer,
    Assignment,
    Product,
    Question,
    QuestionKind,
    Questionnaire,
    Response,
    Study,
    study_events,
)
from app.surveys.rules import Value
from app.surveys.rules_answers import AskedQuestion, Given, StudyAnswers, StudyEvent, TestedProduct, Version
from app.surveys.rules_wording import ends_of, step_names

Rows = Sequence[sa.Row[*tuple[Any, ...]]]


@fact("response")
def responses_as_facts() -> FactSelect:
    """Each response is worth points, whatever was answered."""
    source = sa.literal("response:") + sa.cast(Response.id, sa.String)
    columns = (
        Rsvp.member_id.label("member_id"),
        source.label("source"),
        Response.submitted_at.label("at"),
        Study.title.label("label"),
    )
    return sa.select(*columns).select_from(Response).join(Rsvp).join(Study, Study.id == Response.study_id)


def study_answers(study_id: int) -> StudyAnswers:
    """Load a study's answers with all that is needed to report them. Raises LookupError for no such study."""
    study = db.session.get(Study, study_id)
    if study is None:
        raise LookupError(f"study {study_id}")
    versions = _versions(study_id)
    responses = _responses(study_id)
    numbers = {rsvp_id: n for n, rsvp_id in enumerate(dict.fromkeys(row.rsvp_id for row in responses), 1)}
    events = _events(study_id, responses)
    dates = [row.submitted_at for row in responses]
    return StudyAnswers(
        study_id=study.id,
        slug=study.slug,
        title=study.title,
        objective=study.objective,
        design=study.design,
        status=study.status,
        opened_at=study.opened_at,
        closed_at=study.closed_at,
        first_at=min(dates, default=None),
        last_at=max(dates, default=None),
        asked=sum(event.asked for event in events),
        answered=len(numbers),
        products=_products(study_id, responses),
        events=events,
        versions=tuple(versions.values()),
        given=_given(study_id, responses, numbers, versions),
    )


def came() -> sa.Select[int, int, int]:
    """Select study_id, event_id and how many `came`: the people a study asks.

    Who answered came, even when the check-in was undone since: answers are facts, and stay.
    """
    of_study = Response.study_id == study_events.c.study_id
    answered = sa.exists().where(Response.rsvp_id == CheckIn.rsvp_id, of_study)
    return (
        sa.select(study_events.c.study_id, CheckIn.event_id, sa.func.count().label("came"))
        .join(CheckIn, CheckIn.event_id == study_events.c.event_id)
        .where(CheckIn.undone_at.is_(None) | answered)
        .group_by(study_events.c.study_id, CheckIn.event_id)
    )


def as_asked(question: Question) -> AskedQuestion:
    """Return a question with the names of its points, as who answers sees it."""
    return AskedQuestion(
        id=question.id,
        key=question.key,
        kind=question.kind,
        about=question.about,
        label=question.label,
        options=tuple(question.options),
        ends=ends_of(question.kind, question.ends),
        steps=step_names(question.kind, question.ends),
        required=question.required,
    )


def _versions(study_id: int) -> dict[int, Version]:
    published = Questionnaire.published_at.is_not(None)
    rows = db.session.scalars(
        sa.select(Questionnaire)
        .where(Questionnaire.study_id == study_id, published)
        .options(selectinload(Questionnaire.questions))
        .order_by(Questionnaire.version)
    )
    return {
        row.id: Version(
            row.version, row.published_at, tuple(as_asked(question) for question in row.questions)
        )
        for row in rows
        if row.published_at
    }


def _responses(study_id: int) -> Rows:
    columns = (
        Response.id,
        Response.rsvp_id,
        Rsvp.event_id,
        Response.product_id,
        Response.position,
        Response.questionnaire_id,
        Response.locale,
        Response.submitted_at,
    )
    select = sa.select(*columns).join(Rsvp, Rsvp.id == Response.rsvp_id).where(Response.study_id == study_id)
    return db.session.execute(select.order_by(Response.id)).all()


def _products(study_id: int, responses: Rows) -> tuple[TestedProduct, ...]:
    assigned = sa.select(sa.func.count()).where(Assignment.product_id == Product.id).scalar_subquery()
    select = sa.select(Product, assigned).where(Product.study_id == study_id).order_by(Product.position)
    answered = Counter(row.product_id for row in responses)
    return tuple(
        TestedProduct(
            product.id, product.position, product.name, product.sample_code, asked, answered[product.id]
        )
        for product, asked in db.session.execute(select)
    )


def _events(study_id: int, responses: Rows) -> tuple[StudyEvent, ...]:
    arrivals = came().where(study_events.c.study_id == study_id).subquery()
    answered = Counter(event_id for event_id, _rsvp_id in {(row.event_id, row.rsvp_id) for row in responses})
    select = (
        sa.select(Event, sa.func.coalesce(arrivals.c.came, 0))
        .join(study_events, study_events.c.event_id == Event.id)
        .join(Chapter, Chapter.id == Event.chapter_id)
        .outerjoin(arrivals, arrivals.c.event_id == Event.id)
        .where(study_events.c.study_id == study_id)
        .order_by(Event.starts_at, Event.id)
    )
    return tuple(
        StudyEvent(
            event.id,
            event.title,
            event.chapter.city,
            event.starts_at,
            event.timezone,
            asked,
            answered[event.id],
        )
        for event, asked in db.session.execute(select)
    )


def _given(
    study_id: int, responses: Rows, numbers: Mapping[int, int], versions: Mapping[int, Version]
) -> tuple[Given, ...]:
    answers: dict[int, list[Answer]] = {}
    select = sa.select(Answer).join(Response).where(Response.study_id == study_id)
    for answer in db.session.scalars(select.order_by(Answer.id)):
        answers.setdefault(answer.response_id, []).append(answer)
    return tuple(
        Given(
            respondent=numbers[row.rsvp_id],
            event_id=row.event_id,
            product_id=row.product_id,
            position=row.position,
            version=versions[row.questionnaire_id].number,
            locale=row.locale,
            values=_values(versions[row.questionnaire_id], row.product_id, answers.get(row.id, [])),
        )
        for row in responses
    )


def _values(version: Version, product_id: int | None, answers: Sequence[Answer]) -> dict[str, Value | None]:
    about = About.EVENT if product_id is None else About.PRODUCT
    by_question: dict[int, list[Answer]] = {}
    for answer in answers:
        by_question.setdefault(answer.question_id, []).append(answer)
    return {
        question.key: _value(question.kind, by_question.get(question.id, []))
        for question in version.questions
        if question.about is about
    }


def _value(kind: QuestionKind, answers: Sequence[Answer]) -> Value | None:
    if kind is QuestionKind.MULTIPLE:
        return tuple(answer.choice for answer in answers)
    if not answers:
        return None
    answer = answers[0]
    return answer.number if answer.number is not None else answer.text or answer.choice or None
