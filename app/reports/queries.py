"""Which reports there are, and what was answered since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import undefer

from app.db import db
from app.events.models import Rsvp
from app.making import UNDER_WAY, Making
from app.members.models import Member
from app.reports.models import Report, ReportChart
from app.surveys.models import Response, Study, StudyStatus, study_events
from app.surveys.queries import came


@dataclass(frozen=True, slots=True)
class StudyRow:
    """A study in the list: how many people came to its events, how many answered, and its last report if any."""

    study: Study
    asked: int
    answered: int
    reported_at: datetime | None


@dataclass(frozen=True, slots=True)
class CutOff:
    """How far a study’s answers are: how many responses, the last one’s id, how many people gave them."""

    responses: int
    last_response: int
    answered: int


@dataclass(frozen=True, slots=True)
class News:
    """What happened since a report froze its figures: `people` gave new responses, or some were taken back."""

    changed: bool
    people: int


def studies_to_report() -> list[StudyRow]:
    """Return the studies that fans could answer, the latest first."""
    arrivals = came().subquery()
    asked = (
        sa.select(arrivals.c.study_id, sa.func.sum(arrivals.c.came).label("asked"))
        .group_by(arrivals.c.study_id)
        .subquery()
    )
    answered = (
        sa.select(Response.study_id, sa.func.count(Response.rsvp_id.distinct()).label("answered"))
        .group_by(Response.study_id)
        .subquery()
    )
    reported = (
        sa.select(Report.study_id, sa.func.max(Report.finished_at).label("reported_at"))
        .where(Report.status == Making.DONE)
        .group_by(Report.study_id)
        .subquery()
    )
    counts = (sa.func.coalesce(column, 0) for column in (asked.c.asked, answered.c.answered))
    select = (
        sa.select(Study, *counts, reported.c.reported_at)
        .outerjoin(asked, asked.c.study_id == Study.id)
        .outerjoin(answered, answered.c.study_id == Study.id)
        .outerjoin(reported, reported.c.study_id == Study.id)
        .where(Study.status != StudyStatus.DRAFT)
        .order_by(Study.opened_at.desc(), Study.id.desc())
    )
    return [
        StudyRow(study, int(asked), answered, at) for study, asked, answered, at in db.session.execute(select)
    ]


def reports_made(limit: int, study_id: int | None = None) -> Sequence[Report]:
    """Return the latest reports, of one study or of all, finished or not."""
    select = sa.select(Report).order_by(Report.id.desc()).limit(limit)
    return db.session.scalars(select if study_id is None else select.where(Report.study_id == study_id)).all()


def find_study(slug: str) -> Study | None:
    return db.session.scalar(sa.select(Study).where(Study.slug == slug, Study.status != StudyStatus.DRAFT))


def find_latest(study_id: int, locale: str) -> Report | None:
    """Return the last finished report of a study with its figures, in a language if there is one in it."""
    other_language = sa.case((Report.locale == locale, 0), else_=1)
    select = sa.select(Report).where(Report.study_id == study_id, Report.status == Making.DONE)
    return db.session.scalar(
        select.order_by(other_language, Report.id.desc()).limit(1).options(undefer(Report.figures))
    )


def find_furthest(study_id: int, besides: int | None = None) -> Report | None:
    """Return the report that froze the most answers of a study, with its figures; finished, or about to be."""
    select = sa.select(Report).where(
        Report.study_id == study_id,
        Report.figures.is_not(None),
        Report.status != Making.FAILED,
        Report.id.is_distinct_from(besides),
    )
    furthest = select.order_by(Report.last_response.desc(), Report.id.desc()).limit(1)
    return db.session.scalar(furthest.options(undefer(Report.figures)))


def find_under_way(study_id: int, locale: str) -> Report | None:
    select = sa.select(Report).where(
        Report.study_id == study_id, Report.locale == locale, Report.status.in_(UNDER_WAY)
    )
    return db.session.scalar(select.order_by(Report.id.desc()).limit(1))


def find_report(report_id: int) -> Report | None:
    """Find a report with its figures."""
    return db.session.get(Report, report_id, options=[undefer(Report.figures)])


def find_pdf(report_id: int) -> tuple[Report, bytes] | None:
    """Find a finished report and its PDF."""
    report = db.session.get(Report, report_id, options=[undefer(Report.pdf), undefer(Report.figures)])
    return (report, report.pdf) if report and report.pdf else None


def find_chart(report_id: int, name: str) -> bytes | None:
    """Find a chart of a finished report: an SVG document in gzip."""
    chart = db.session.get(ReportChart, (report_id, name))
    return chart.svg if chart else None


def chart_sizes(report_id: int) -> dict[str, tuple[int, int]]:
    """Return the width and height of each chart of a report, by name."""
    select = sa.select(ReportChart.name, ReportChart.width, ReportChart.height)
    rows = db.session.execute(select.where(ReportChart.report_id == report_id))
    return {name: (width, height) for name, width, height in rows}


def cut_off(study_id: int) -> CutOff:
    """Say how far a study’s answers are."""
    counts = sa.select(
        sa.func.count(),
        sa.func.coalesce(sa.func.max(Response.id), 0),
        sa.func.count(Response.rsvp_id.distinct()),
    )
    row = db.session.execute(counts.where(Response.study_id == study_id)).one()
    return CutOff(*row)


def news_since(report: Report) -> News:
    """Say what was answered since a report froze its figures."""
    counts = sa.select(
        sa.func.count(),
        sa.func.count(sa.case((Response.id > report.last_response, Response.rsvp_id)).distinct()),
    )
    responses, people = db.session.execute(counts.where(Response.study_id == report.study_id)).one()
    return News(responses != report.responses or people > 0, people)


def people_between(study_id: int, after: int, up_to: int) -> int:
    """Count who gave the responses of a study after one of them and up to another, by their ids."""
    people = sa.select(sa.func.count(Response.rsvp_id.distinct())).where(Response.study_id == study_id)
    return db.session.scalar(people.where(Response.id > after, Response.id <= up_to)) or 0


def names_of_guests(study_id: int) -> Sequence[str]:
    """Return the names of all who signed up for a study’s events, to be masked in what was written there."""
    select = (
        sa.select(Member.display_name)
        .join(Rsvp, Rsvp.member_id == Member.id)
        .join(study_events, study_events.c.event_id == Rsvp.event_id)
        .where(study_events.c.study_id == study_id, Member.display_name != "")
        .distinct()
        .order_by(Member.display_name)
    )
    return db.session.scalars(select).all()


def hold_still() -> None:
    """Begin a transaction in which every query sees the same moment, whoever answers meanwhile."""
    if db.engine.dialect.name == "sqlite":
        db.session.execute(sa.text("BEGIN"))  # Python’s driver begins by itself at the first write only
    else:
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
