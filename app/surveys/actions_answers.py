"""Giving products to fans, and taking their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import LazyString
from sqlalchemy.orm import aliased

from app.db import db
from app.errors import Refusal
from app.events.models import Rsvp
from app.happenings import Happening, tell
from app.i18n import _l
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
    StudyStatus,
    study_events,
)
from app.surveys.queries_progress import is_here
from app.surveys.rules import LONGEST_TEXT, AnswerProblem, InvalidAnswer, Value, read_answer
from app.surveys.rules_studies import GIVEN_BACK_AFTER, choose_products

LONGEST_NONCE = 40


class AnswersRefused(Refusal):
    """Some answers are wrong: `problems` holds a sentence for each, by question key."""

    def __init__(self, problems: Mapping[str, LazyString]) -> None:
        super().__init__("answers", _l("Some answers need your attention."), field=next(iter(problems)))
        self.problems = problems


def assign_products(study: Study, rsvp: Rsvp, now: datetime) -> list[Assignment]:
    """Give a fan who is here their products, in serving order; asked again, the same ones.

    Raises Refusal: other-event, not-here, not-open.
    """
    if given := _assignments(study, rsvp):
        return given
    _check_place(study, rsvp)
    _let_in(study)
    if given := _assignments(study, rsvp):  # by a second tap that was faster
        return given
    products = list(db.session.scalars(_products(study)))
    order = choose_products(study.design, len(products), _used_orders(study, products, now))
    for position, index in enumerate(order, 1):
        db.session.add(
            Assignment(
                study_id=study.id,
                rsvp_id=rsvp.id,
                product_id=products[index].id,
                position=position,
                assigned_at=now,
            )
        )
    db.session.flush()
    return _assignments(study, rsvp)


def submit_response(
    study: Study,
    rsvp: Rsvp,
    product_id: int | None,
    answers: Mapping[str, object],
    nonce: str,
    locale: str,
    now: datetime,
    version: int | None = None,
) -> Response:
    """Keep a fan's answers about a product, or about the event when `product_id` is None.

    `answers` holds what was answered by question key; `nonce` was made with the form, and sent again it gets the
    first answer; `version` is the questionnaire that the form showed, by default the one in force. Raises
    Refusal: nonce, other-event, not-here, not-open, not-assigned, already-answered, no-questions, and
    AnswersRefused.
    """
    if not 8 <= len(nonce) <= LONGEST_NONCE:
        raise Refusal("nonce", _l("This page is out of date: send your answers again."))
    if known := _find_response(study, rsvp, nonce):
        return known
    _check_place(study, rsvp)
    position = _position(study, rsvp, product_id)
    about = About.EVENT if product_id is None else About.PRODUCT
    questionnaire, questions = _questions(study, version, about)
    rows = _read(questions, answers)
    _let_in(study)
    if known := _find_response(study, rsvp, nonce):  # a double tap: the first one just got in
        return known
    _refuse_twice(study, rsvp, product_id)
    response = Response(
        nonce=nonce,
        study_id=study.id,
        questionnaire_id=questionnaire.id,
        rsvp_id=rsvp.id,
        product_id=product_id,
        position=position,
        locale=locale,
        submitted_at=now,
        answers=rows,
    )
    db.session.add(response)
    db.session.flush()
    tell(Happening.RESPONSE, response.id)
    return response


def _check_place(study: Study, rsvp: Rsvp) -> None:
    """Refuse who has not come to an event of the study."""
    at_event = sa.select(study_events.c.study_id).where(
        study_events.c.study_id == study.id, study_events.c.event_id == rsvp.event_id
    )
    if db.session.scalar(at_event) is None:
        raise Refusal("other-event", _l("This test is not run at this event."))
    if not is_here(rsvp.id):
        raise Refusal("not-here", _l("Have your ticket scanned at the welcome desk first."))


def _let_in(study: Study) -> None:
    """Let this study's writers in one by one, while it is open.

    The UPDATE changes nothing: it takes the row's lock (on SQLite the write lock) and sees whether the study is
    still open, so that what is read next stays true until the commit.
    """
    still_open = sa.update(Study).where(Study.id == study.id, Study.status == StudyStatus.OPEN)
    locked = db.session.execute(
        still_open.values(status=StudyStatus.OPEN), execution_options={"synchronize_session": False}
    )
    if not locked.rowcount:  # type: ignore[attr-defined]
        raise Refusal("not-open", _l("This test takes no answers at the moment."))


def _products(study: Study) -> sa.Select[Product]:
    return sa.select(Product).where(Product.study_id == study.id).order_by(Product.position)


def _assignments(study: Study, rsvp: Rsvp) -> list[Assignment]:
    select = sa.select(Assignment).where(Assignment.study_id == study.id, Assignment.rsvp_id == rsvp.id)
    return list(db.session.scalars(select.order_by(Assignment.position)))


def _used_orders(study: Study, products: Sequence[Product], now: datetime) -> dict[tuple[int, ...], int]:
    """Count the orders given so far by their first two products; those left unanswered for long are given back."""
    index = {product.id: place for place, product in enumerate(products)}
    first, second = aliased(Assignment), aliased(Assignment)
    answered = sa.exists().where(Response.study_id == first.study_id, Response.rsvp_id == first.rsvp_id)
    followed = (
        (second.study_id == first.study_id) & (second.rsvp_id == first.rsvp_id) & (second.position == 2)
    )
    select = (
        sa.select(first.product_id, second.product_id, sa.func.count())
        .outerjoin(second, followed)
        .where(first.study_id == study.id, first.position == 1)
        .where(answered | (first.assigned_at > now - GIVEN_BACK_AFTER))
        .group_by(first.product_id, second.product_id)
    )
    used: dict[tuple[int, ...], int] = {}
    rows: sa.Result[*tuple[Any, ...]] = db.session.execute(select)
    for one, after, count in rows:
        used[(index[one],) if after is None else (index[one], index[after])] = count
    return used


def _find_response(study: Study, rsvp: Rsvp, nonce: str) -> Response | None:
    known = db.session.scalar(sa.select(Response).where(Response.nonce == nonce))
    if known and (known.study_id, known.rsvp_id) != (study.id, rsvp.id):
        raise Refusal("nonce", _l("This page is out of date: send your answers again."))
    return known


def _position(study: Study, rsvp: Rsvp, product_id: int | None) -> int | None:
    if product_id is None:
        return None
    for one in _assignments(study, rsvp):
        if one.product_id == product_id:
            return one.position
    raise Refusal("not-assigned", _l("This sample is not one of yours: ask the team for the right one."))


def _refuse_twice(study: Study, rsvp: Rsvp, product_id: int | None) -> None:
    given = sa.select(Response.id).where(Response.study_id == study.id, Response.rsvp_id == rsvp.id)
    if db.session.scalar(given.where(Response.product_id == product_id)) is not None:
        raise Refusal("already-answered", _l("You have already answered this. Thank you!"))


def _questions(study: Study, version: int | None, about: About) -> tuple[Questionnaire, Sequence[Question]]:
    published = sa.select(Questionnaire).where(
        Questionnaire.study_id == study.id, Questionnaire.published_at.is_not(None)
    )
    if version is not None:
        published = published.where(Questionnaire.version == version)
    questionnaire = db.session.scalar(published.order_by(Questionnaire.version.desc()).limit(1))
    questions = [one for one in questionnaire.questions if one.about is about] if questionnaire else []
    if questionnaire is None or not questions:
        raise Refusal("no-questions", _l("There is nothing to answer here."))
    return questionnaire, questions


def _read(questions: Sequence[Question], answers: Mapping[str, object]) -> list[Answer]:
    rows: list[Answer] = []
    problems: dict[str, LazyString] = {}
    for question in questions:
        options = [option["key"] for option in question.options]
        try:
            value = read_answer(question.kind, options, question.required, answers.get(question.key))
        except InvalidAnswer as invalid:
            problems[question.key] = sentence(question.kind, invalid.problem)
        else:
            rows += _rows(question, value)
    for key in answers.keys() - {question.key for question in questions}:
        problems[key] = _l("This question is not asked here.")
    if problems:
        raise AnswersRefused(problems)
    return rows


def _rows(question: Question, value: Value | None) -> list[Answer]:
    if value is None:
        return []
    if isinstance(value, tuple):
        return [Answer(question_id=question.id, choice=key) for key in value]
    if isinstance(value, int):
        return [Answer(question_id=question.id, number=value)]
    if question.kind is QuestionKind.TEXT:
        return [Answer(question_id=question.id, text=value)]
    return [Answer(question_id=question.id, choice=value)]


def sentence(kind: QuestionKind, problem: AnswerProblem) -> LazyString:
    """Say what to do about a wrong answer."""
    if problem is AnswerProblem.TOO_LONG:
        return _l("Keep it under %(max)d characters.", max=LONGEST_TEXT)
    if problem is AnswerProblem.NOT_OFFERED:
        return _l("Choose among the answers shown.")
    if kind is QuestionKind.TEXT:
        return _l("Write a few words.")
    if kind is QuestionKind.MULTIPLE:
        return _l("Tick at least one answer.")
    return _l("Choose an answer.")
