"""What staff see of product tests: the list, the loader that is the gate, live counts. Never a name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import selectinload

from app.db import db
from app.events.models import Event, EventStatus
from app.events.queries import managed_chapters
from app.members.models import Member
from app.surveys.models import Assignment, Product, Response, Study, study_events
from app.surveys.queries import came

LINKABLE_FOR = timedelta(days=120)  # after an event: late answers, tests written down afterwards


@dataclass(frozen=True)
class StudyLine:
    """A study in the list, with how many people it asked and how many of them answered."""

    study: Study
    cities: tuple[str, ...]
    asked: int
    answered: int


@dataclass(frozen=True)
class Cell:
    """A product: how many people were given it, and how many answered about it."""

    product: Product
    asked: int
    answered: int


@dataclass(frozen=True)
class Follow:
    """How far a study is. `about_event` counts those who answered about the event."""

    asked: int
    answered: int
    about_event: int
    cells: tuple[Cell, ...]


def sees_all_studies(member: Member) -> bool:
    """Marketing and administrators see and write every study; a CM those of their chapters."""
    return bool(member.has_role("marketing") or member.has_role("admin"))


def list_studies(member: Member) -> list[StudyLine]:
    """Return the studies that a member of staff may see, the newest first."""
    select = sa.select(Study).options(selectinload(Study.events)).order_by(Study.id.desc())
    if not sees_all_studies(member):
        mine = Study.events.any(Event.chapter_id.in_(_chapter_ids(member)))
        select = select.where(mine | (Study.created_by_id == member.id))
    studies = db.session.scalars(select).all()
    arrivals = came().subquery()
    asked = _by_study(
        sa.select(arrivals.c.study_id, sa.func.sum(arrivals.c.came)).group_by(arrivals.c.study_id)
    )
    people = sa.func.count(Response.rsvp_id.distinct())
    answered = _by_study(sa.select(Response.study_id, people).group_by(Response.study_id))
    return [
        StudyLine(
            study,
            tuple(dict.fromkeys(event.chapter.city for event in study.events)),
            asked.get(study.id, 0),
            answered.get(study.id, 0),
        )
        for study in studies
    ]


def get_managed_study(member: Member, slug: str) -> Study:
    """Return a study that a member of staff may see. Aborts with 404 or 403."""
    select = sa.select(Study).where(Study.slug == slug)
    select = select.options(selectinload(Study.events), selectinload(Study.products))
    study = db.session.scalar(select) or abort(404)
    if not sees_all_studies(member) and study.created_by_id != member.id:
        chapters = _chapter_ids(member)
        if not any(event.chapter_id in chapters for event in study.events):
            abort(403)
    return study


def get_editable_study(member: Member, slug: str) -> Study:
    """Return a study that a member of staff may change. Aborts with 404 or 403."""
    study = get_managed_study(member, slug)
    return study if may_edit(member, study) else abort(403)


def may_edit(member: Member, study: Study) -> bool:
    """Tell whether a member of staff may change a study: a CM, when it is run in their chapters alone."""
    if sees_all_studies(member):
        return True
    if not study.events:
        return study.created_by_id == member.id
    chapters = _chapter_ids(member)
    return all(event.chapter_id in chapters for event in study.events)


def linkable_events(member: Member, study: Study | None, now: datetime) -> list[Event]:
    """Return the events where a member of staff may run a study, the latest first, those it has included."""
    recent = sa.and_(Event.status != EventStatus.CANCELLED, Event.ends_at > now - LINKABLE_FOR)
    if not sees_all_studies(member):
        recent = sa.and_(recent, Event.chapter_id.in_(_chapter_ids(member)))
    linked = Event.id.in_([event.id for event in study.events] if study else [])
    select = sa.select(Event).where(recent | linked).order_by(Event.starts_at.desc(), Event.id)
    return list(db.session.scalars(select))


def follow(study: Study) -> Follow:
    """Count, now, who was asked and who answered."""
    arrivals = came().where(study_events.c.study_id == study.id).subquery()
    asked = db.session.scalar(sa.select(sa.func.sum(arrivals.c.came))) or 0
    of_study = Response.study_id == study.id
    answered = db.session.scalar(sa.select(sa.func.count(Response.rsvp_id.distinct())).where(of_study)) or 0
    responses = _counts(
        sa.select(Response.product_id, sa.func.count()).where(of_study).group_by(Response.product_id)
    )
    given = sa.select(Assignment.product_id, sa.func.count()).where(Assignment.study_id == study.id)
    assigned = _counts(given.group_by(Assignment.product_id))
    cells = (Cell(one, assigned.get(one.id, 0), responses.get(one.id, 0)) for one in study.products)
    return Follow(asked, answered, responses.get(None, 0), tuple(cells))


def _chapter_ids(member: Member) -> Collection[int]:
    return {chapter.id for chapter in managed_chapters(member)}


def _by_study(select: sa.Select[int, int]) -> dict[int, int]:
    return {study_id: int(count) for study_id, count in db.session.execute(select)}


def _counts(select: sa.Select[int | None, int] | sa.Select[int, int]) -> dict[int | None, int]:
    return {row[0]: row[1] for row in db.session.execute(select)}
