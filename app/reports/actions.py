"""Asking for a report, what it keeps while it is made, and what was made."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app import audit, making
from app.db import db
from app.errors import Refusal
from app.i18n import _l
from app.jobs import enqueue
from app.making import Claim
from app.members.models import Member
from app.reports import queries, rules
from app.reports.models import Report, ReportChart
from app.surveys.models import Study
from app.surveys.rules_privacy import may_show

JOB = "study-report"


@dataclass(frozen=True, slots=True)
class Kept:
    """How far a study was when its figures were frozen."""

    responses: int
    last_response: int


@dataclass(frozen=True, slots=True)
class Made:
    """What the worker made from the figures it kept."""

    content_hash: str
    charts: Mapping[str, str]
    pdf: bytes


def request_report(study: Study, locale: str, by: Member, minimum: int, now: datetime) -> Report:
    """Ask for a report of a study in a language, or return the one that is being made.

    Raises Refusal: too-few, few-since.
    """
    if under_way := queries.find_under_way(study.id, locale):
        return under_way
    if not may_show(queries.cut_off(study.id).answered, minimum=minimum):
        message = _l(
            "A report needs the answers of at least %(few)s people, so that nobody is recognised.",
            few=minimum,
        )
        raise Refusal("too-few", message)
    last = queries.find_furthest(study.id)
    if last and not rules.may_follow(queries.news_since(last).people, minimum):
        message = _l(
            "Fewer than %(few)s people answered since the last report: comparing the two would show what they said.",
            few=minimum,
        )
        raise Refusal("few-since", message)
    report = Report(study=study, locale=locale, requested_by_id=by.id, requested_at=now)
    db.session.add(report)
    db.session.flush()
    audit.record("report.request", f"report:{report.id}", by.id, study=study.id, locale=locale)
    hand_over(report.id)
    return report


def hand_over(report_id: int) -> None:
    """Have the worker make a report."""
    enqueue(JOB, report_id=report_id)


def keep_figures(claim: Claim, study_id: int, frozen: str, kept: Kept, minimum: int) -> str:
    """Keep what a report froze and return it; or what an earlier report froze, when too few people answered since.

    Asking is not enough of a gate: people go on answering between the request and this moment, and two reports may be
    made at once. The study’s row lets them through one by one.
    """
    turn = sa.update(Study).where(Study.id == study_id).values(status=Study.status)
    db.session.execute(turn.execution_options(synchronize_session=False))
    last = queries.find_furthest(study_id, besides=claim.id)
    if last and last.figures:
        people = queries.people_between(study_id, last.last_response, kept.last_response)
        if last.last_response > kept.last_response or not rules.may_follow(people, minimum):
            frozen, kept = last.figures, Kept(last.responses, last.last_response)
    making.note(claim, figures=frozen, responses=kept.responses, last_response=kept.last_response)
    return frozen


def finish_report(claim: Claim, made: Made, now: datetime) -> bool:
    """Keep what was made; False when another worker took the report over."""
    if not making.finish(claim, now, pdf=made.pdf, content_hash=made.content_hash):
        return False
    for name, svg in made.charts.items():
        width, height = rules.size_of(svg)
        packed = gzip.compress(svg.encode(), mtime=0)
        chart = ReportChart(report_id=claim.id, name=name, width=width, height=height, svg=packed)
        db.session.add(chart)
    db.session.flush()
    return True
