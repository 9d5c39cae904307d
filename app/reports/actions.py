"""Asking for a report, and the life of one: claimed, under way, done or failed."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from app import audit
from app.db import db
from app.errors import Refusal
from app.i18n import _l
from app.jobs import enqueue
from app.members.models import Member
from app.reports import queries, rules
from app.reports.models import Report, ReportChart, ReportStatus
from app.surveys.models import Study
from app.surveys.rules_privacy import may_show

JOB = "study-report"


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker’s right to make a report; another worker that takes over ends it."""

    report_id: int
    started_at: datetime


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
    enqueue(JOB, report_id=report.id)
    return report


def claim_report(report_id: int, now: datetime) -> Claim | None:
    """Take a report that waits, or whose worker died; None when it is in other hands or over."""
    dead = sa.and_(Report.status == ReportStatus.RUNNING, Report.started_at <= now - rules.STALLED_AFTER)
    update = (
        sa.update(Report)
        .where(Report.id == report_id, (Report.status == ReportStatus.QUEUED) | dead)
        .values(status=ReportStatus.RUNNING, started_at=now, attempts=Report.attempts + 1, steps_done=0)
    )
    return Claim(report_id, now) if _touched(update) else None


def note_progress(claim: Claim, done: int, total: int) -> bool:
    """Note how far a report is; False when another worker took it over."""
    return _touched(_mine(claim).values(steps_done=done, steps_total=total))


def keep_figures(claim: Claim, study_id: int, frozen: str, kept: Kept, minimum: int) -> str:
    """Keep what a report froze and return it; or what an earlier report froze, when too few people answered since.

    Asking is not enough of a gate: people go on answering between the request and this moment, and two reports may be
    made at once. The study’s row lets them through one by one.
    """
    turn = sa.update(Study).where(Study.id == study_id).values(status=Study.status)
    db.session.execute(turn.execution_options(synchronize_session=False))
    last = queries.find_furthest(study_id, besides=claim.report_id)
    if last and last.figures:
        people = queries.people_between(study_id, last.last_response, kept.last_response)
        if last.last_response > kept.last_response or not rules.may_follow(people, minimum):
            frozen, kept = last.figures, Kept(last.responses, last.last_response)
    _touched(_mine(claim).values(figures=frozen, responses=kept.responses, last_response=kept.last_response))
    return frozen


def finish_report(claim: Claim, made: Made, now: datetime) -> bool:
    """Keep what was made; False when another worker took the report over."""
    done = _mine(claim).values(
        status=ReportStatus.DONE,
        finished_at=now,
        steps_done=Report.steps_total,
        content_hash=made.content_hash,
        pdf=made.pdf,
    )
    if not _touched(done):
        return False
    for name, svg in made.charts.items():
        width, height = rules.size_of(svg)
        packed = gzip.compress(svg.encode(), mtime=0)
        chart = ReportChart(report_id=claim.report_id, name=name, width=width, height=height, svg=packed)
        db.session.add(chart)
    db.session.flush()
    return True


def fail_report(claim: Claim, sentence: str, now: datetime) -> bool:
    """Give a report up, with a sentence for the person who asked; False when another worker took it over."""
    return _touched(_mine(claim).values(status=ReportStatus.FAILED, finished_at=now, error=sentence))


def restart_unfinished(sentence: str, now: datetime) -> list[Report]:
    """Hand the reports that were left lying to the workers again, and give up those that were tried too often.

    `sentence` tells the person who asked; returns the reports given up.
    """
    given_up = []
    for report in queries.unfinished(now):
        if report.attempts < rules.MOST_ATTEMPTS:
            enqueue(JOB, report_id=report.id)
        elif report.started_at and fail_report(Claim(report.id, report.started_at), sentence, now):
            given_up.append(report)
    return given_up


def _mine(claim: Claim) -> sa.Update:
    return sa.update(Report).where(
        Report.id == claim.report_id,
        Report.status == ReportStatus.RUNNING,
        Report.started_at == claim.started_at,
    )


def _touched(update: sa.Update) -> bool:
    result = db.session.execute(update.execution_options(synchronize_session=False))
    return cast("sa.CursorResult[Any]", result).rowcount == 1
