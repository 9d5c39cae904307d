"""How far a fan is with a product test: what was tried, what comes next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.db import db
from app.events.models import Rsvp, Ticket
from app.events.models_door import CheckIn
from app.surveys.models import (
    About,
    Assignment,
    Design,
    Product,
    Question,
    Questionnaire,
    Response,
    Study,
    StudyStatus,
    study_events,
)

EVENT_PART = "event"


@dataclass(frozen=True)
class Progress:
    """What one fan answered of one study. A part is the sample code of a product, or "event"."""

    study: Study
    rsvp_id: int
    questionnaire: Questionnaire | None  # the one in force
    assignments: Sequence[Assignment]
    answered: Collection[int | None]  # product ids, None for the event
    products: int  # how many the study has

    @property
    def started(self) -> bool:
        """Whether there is a next part already: products to be tried were assigned, or there are none."""
        return bool(self.assignments) or not self._to_try

    @property
    def products_left(self) -> int:
        """How many products this fan has still to answer about, assigned or not."""
        return max(self._to_try - len([one for one in self.answered if one is not None]), 0)

    @property
    def parts_left(self) -> int:
        return self.products_left + self._event_left

    @property
    def parts_done(self) -> int:
        return len(self.answered)

    @property
    def next_part(self) -> str | None:
        """Return the part to answer now, or None when all is answered."""
        if self._to_try:
            for one in self.assignments:
                if one.product_id not in self.answered:
                    return one.product.sample_code
        return EVENT_PART if self._event_left else None

    def product_of(self, part: str) -> Product | None:
        """Return the product behind a sample code, if it is one of this fan's."""
        return next((one.product for one in self.assignments if one.product.sample_code == part), None)

    def questions_about(self, about: About) -> list[Question]:
        questions = self.questionnaire.questions if self.questionnaire else []
        return [question for question in questions if question.about is about]

    @property
    def _to_try(self) -> int:
        if not self.questions_about(About.PRODUCT):
            return 0
        return len(self.assignments) or (self.products if self.study.design is Design.SEQUENTIAL else 1)

    @property
    def _event_left(self) -> int:
        return int(bool(self.questions_about(About.EVENT)) and None not in self.answered)


def find_study_of(rsvp: Rsvp, slug: str) -> Study | None:
    """Find a study that runs, or ran, at the event of an Rsvp. Drafts stay unseen."""
    select = sa.select(Study).join(study_events).where(study_events.c.event_id == rsvp.event_id)
    return db.session.scalar(select.where(Study.slug == slug, Study.status != StudyStatus.DRAFT))


def find_version(study: Study, version: int) -> Questionnaire | None:
    """Find a published version of a study's questions."""
    select = sa.select(Questionnaire).where(
        Questionnaire.study_id == study.id,
        Questionnaire.version == version,
        Questionnaire.published_at.is_not(None),
    )
    return db.session.scalar(select.options(selectinload(Questionnaire.questions)))


def is_here(rsvp_id: int) -> bool:
    """Tell whether a fan was checked in."""
    arrived = sa.select(CheckIn.id).where(CheckIn.rsvp_id == rsvp_id, CheckIn.undone_at.is_(None))
    return db.session.scalar(arrived) is not None


def ticket_tokens(member_id: int) -> dict[int, str]:
    """Return the secret addresses of a member's tickets in force, by Rsvp."""
    select = sa.select(Ticket.rsvp_id, Ticket.token).join(Rsvp, Rsvp.id == Ticket.rsvp_id)
    rows = db.session.execute(select.where(Rsvp.member_id == member_id, Ticket.revoked_at.is_(None)))
    return {row.rsvp_id: row.token for row in rows}


def open_surveys(rsvp_ids: Collection[int]) -> list[Progress]:
    """Return the open studies that people who were checked in may answer, finished or not."""
    found = db.session.execute(_open_of(), {"rsvps": list(rsvp_ids)})
    return _progress([(study, rsvp_id) for study, rsvp_id in found])


@cache
def _open_of() -> sa.Select[Study, int]:
    theirs = Rsvp.id.in_(sa.bindparam("rsvps", expanding=True))
    return (
        sa.select(Study, Rsvp.id)
        .join(study_events, study_events.c.study_id == Study.id)
        .join(Rsvp, Rsvp.event_id == study_events.c.event_id)
        .join(CheckIn, CheckIn.rsvp_id == Rsvp.id)
        .where(theirs, CheckIn.undone_at.is_(None), Study.status == StudyStatus.OPEN)
        .order_by(Study.opened_at, Study.id, Rsvp.id)
    )


def progress_of(study: Study, rsvp: Rsvp) -> Progress:
    """Return how far one fan is with one study."""
    return _progress([(study, rsvp.id)])[0]


def _progress(pairs: Sequence[tuple[Study, int]]) -> list[Progress]:
    if not pairs:
        return []
    studies = {study.id for study, _rsvp_id in pairs}
    rsvps = {rsvp_id for _study, rsvp_id in pairs}
    in_force = _in_force(studies)
    products = _count_products(studies)
    assigned: dict[tuple[int, int], list[Assignment]] = {}
    select = sa.select(Assignment).where(Assignment.study_id.in_(studies), Assignment.rsvp_id.in_(rsvps))
    for one in db.session.scalars(select.order_by(Assignment.position)):
        assigned.setdefault((one.study_id, one.rsvp_id), []).append(one)
    answered: dict[tuple[int, int], set[int | None]] = {}
    columns = sa.select(Response.study_id, Response.rsvp_id, Response.product_id)
    given = columns.where(Response.study_id.in_(studies), Response.rsvp_id.in_(rsvps))
    for study_id, rsvp_id, product_id in db.session.execute(given):
        answered.setdefault((study_id, rsvp_id), set()).add(product_id)
    return [
        Progress(
            study=study,
            rsvp_id=rsvp_id,
            questionnaire=in_force.get(study.id),
            assignments=assigned.get((study.id, rsvp_id), []),
            answered=answered.get((study.id, rsvp_id), set()),
            products=products.get(study.id, 0),
        )
        for study, rsvp_id in pairs
    ]


def _in_force(study_ids: Collection[int]) -> dict[int, Questionnaire]:
    rows = db.session.scalars(
        sa.select(Questionnaire)
        .where(Questionnaire.study_id.in_(study_ids), Questionnaire.published_at.is_not(None))
        .options(selectinload(Questionnaire.questions))
        .order_by(Questionnaire.version)
    )
    return {row.study_id: row for row in rows}


def _count_products(study_ids: Collection[int]) -> dict[int, int]:
    select = sa.select(Product.study_id, sa.func.count()).where(Product.study_id.in_(study_ids))
    return {row[0]: row[1] for row in db.session.execute(select.group_by(Product.study_id))}
