"""Building a study: its products, its events, its life. Questions and answers have files of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import Random, SystemRandom

import sqlalchemy as sa

from app import audit
from app.db import db, read_again
from app.errors import Refusal
from app.events.models import Event, Rsvp
from app.i18n import _l
from app.members.models import Member
from app.slugs import free_name, slug
from app.surveys.actions_answers import AnswersRefused, assign_products, submit_response
from app.surveys.actions_questions import hold_study, publish_questionnaire, save_questions
from app.surveys.models import About, Assignment, Design, Product, Question, Questionnaire, Study, StudyStatus
from app.surveys.rules import sample_code
from app.surveys.rules_questions import QuestionDraft, typeset
from app.surveys.rules_studies import MOST_PRODUCTS, Missing, find_missing

# What other features call stands under this one name.
__all__ = [
    "AnswersRefused",
    "QuestionDraft",
    "add_product",
    "assign_products",
    "close_study",
    "create_study",
    "link_events",
    "open_study",
    "publish_questionnaire",
    "remove_product",
    "save_questions",
    "submit_response",
    "update_study",
]

MISSING = {
    Missing.EVENTS: _l("Choose at least one event where the test is run."),
    Missing.QUESTIONS: _l("Write the questions and publish them."),
    Missing.PRODUCTS: _l("Add the products that are tested."),
    Missing.SECOND_PRODUCT: _l("Add a second product: fans try several, one after the other."),
    Missing.PRODUCT_QUESTIONS: _l("Ask at least one question about the products, and publish it."),
}


def create_study(
    title: str, objective: str, design: Design, events: Sequence[Event], by: Member | None, now: datetime
) -> Study:
    """Begin a study as a draft, run at these events."""
    address = free_name(slug(title) or "study", _slug_is_taken)
    study = Study(
        slug=address,
        title=typeset(title, "fr"),
        objective=objective.strip(),
        design=design,
        created_by_id=by.id if by else None,
        created_at=now,
        events=list(events),
    )
    db.session.add(study)
    db.session.flush()
    audit.record("study.create", f"study:{study.id}", study.created_by_id)
    return study


def update_study(study: Study, title: str, objective: str, design: Design) -> None:
    """Change what a study is called and how it is run; its address stays.

    Raises Refusal("started") when the design would change after fans began.
    """
    hold_study(study)
    if design is not study.design:
        _refuse_once_started(study)
    study.title, study.objective, study.design = typeset(title, "fr"), objective.strip(), design
    db.session.flush()


def link_events(study: Study, events: Sequence[Event]) -> None:
    """Run a study at exactly these events. Raises Refusal("event-started") when fans already began at one left out."""
    hold_study(study)
    dropped = {event.id for event in study.events} - {event.id for event in events}
    began = sa.select(Event.title).join(Rsvp, Rsvp.event_id == Event.id).join(Assignment)
    title = db.session.scalar(began.where(Assignment.study_id == study.id, Event.id.in_(dropped)))
    if title is not None:
        message = _l("Fans already took part at “%(event)s”: it stays in this test.", event=title)
        raise Refusal("event-started", message, field="events")
    study.events = list(events)
    db.session.flush()


def add_product(study: Study, name: str, random: Random | None = None) -> Product:
    """Add a product to a draft under a blind three-digit code; `random` is for repeatable demos.

    Raises Refusal: started, no-name, same-name, many-products.
    """
    hold_study(study)
    _refuse_once_started(study)
    name = name.strip()
    if not name:
        raise Refusal("no-name", _l("Enter the product’s name."), field="name")
    if name.casefold() in {product.name.casefold() for product in study.products}:
        raise Refusal("same-name", _l("This product is already in the test."), field="name")
    if len(study.products) >= MOST_PRODUCTS:
        message = _l("A test holds at most %(max)d products.", max=MOST_PRODUCTS)
        raise Refusal("many-products", message, field="name")
    code = sample_code({product.sample_code for product in study.products}, random or SystemRandom())
    position = max((product.position for product in study.products), default=0) + 1
    product = Product(name=name, sample_code=code, position=position)
    study.products.append(product)
    db.session.flush()
    return product


def remove_product(study: Study, product: Product) -> None:
    """Take a product out of a draft. Raises Refusal("started") later on."""
    hold_study(study)
    _refuse_once_started(study)
    read_again(product)
    study.products.remove(product)
    db.session.delete(product)
    db.session.flush()


def open_study(study: Study, now: datetime, by: Member | None = None) -> None:
    """Let checked-in fans answer; a closed study may open again. Raises Refusal with what is missing first."""
    hold_study(study)
    if missing := missing_to_open(study):
        raise Refusal(missing[0].value, MISSING[missing[0]])
    study.status, study.closed_at = StudyStatus.OPEN, None
    study.opened_at = study.opened_at or now
    db.session.flush()
    audit.record("study.open", f"study:{study.id}", by.id if by else None)


def close_study(study: Study, now: datetime, by: Member | None = None) -> None:
    """Take no more answers. Closing what is not open changes nothing."""
    hold_study(study)
    if study.status is not StudyStatus.OPEN:
        return
    study.status, study.closed_at = StudyStatus.CLOSED, now
    db.session.flush()
    audit.record("study.close", f"study:{study.id}", by.id if by else None)


def missing_to_open(study: Study) -> list[Missing]:
    """List what a study still needs before it can open."""
    in_force = sa.select(sa.func.max(Questionnaire.version)).where(
        Questionnaire.study_id == study.id, Questionnaire.published_at.is_not(None)
    )
    asked = (
        sa.select(Question.about)
        .join(Questionnaire)
        .where(Questionnaire.study_id == study.id, Questionnaire.version == in_force.scalar_subquery())
        .distinct()
    )
    about: set[About] = set(db.session.scalars(asked))
    return find_missing(study.design, len(study.events), len(study.products), about)


def _refuse_once_started(study: Study) -> None:
    if study.status is not StudyStatus.DRAFT:
        message = _l("The test has already been opened: its products and its design stay as they are.")
        raise Refusal("started", message)


def _slug_is_taken(address: str) -> bool:
    return db.session.scalar(sa.select(Study.id).where(Study.slug == address)) is not None
