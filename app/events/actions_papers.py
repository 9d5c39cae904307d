"""Asking for a printed sheet or badges, and the life of one: claimed, under way, done or failed, and dropped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from app.audit import record
from app.db import db
from app.errors import Refusal
from app.events import queries_papers as queries
from app.events import rules_papers as rules
from app.events.models import Event, Rsvp
from app.events.models_papers import Paper, PaperKind, PaperStatus
from app.i18n import _l
from app.jobs import enqueue
from app.members.models import Member
from app.privacy import erases

JOB = "event-paper"


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's right to make a paper; another worker that takes over ends it."""

    paper_id: int
    started_at: datetime


def request_paper(event: Event, kind: PaperKind, locale: str, by: Member, now: datetime) -> Paper:
    """Ask for a paper, or return the same one that is being made. Raises Refusal("nobody") without anybody to print."""
    if under_way := queries.find_under_way(event.id, kind, locale):
        return under_way
    if not queries.has_seats(event.id):
        raise Refusal("nobody", _l("Nobody has a seat yet: there is nothing to print."), field="kind")
    paper = Paper(event=event, kind=kind, locale=locale, requested_at=now)
    db.session.add(paper)
    db.session.flush()
    record("people.export", f"event:{event.id}", by.id, kind=kind.value)
    enqueue(JOB, paper_id=paper.id)
    return paper


def claim_paper(paper_id: int, now: datetime) -> Claim | None:
    """Take a paper that waits, or whose worker died; None when it is in other hands or over."""
    dead = sa.and_(Paper.status == PaperStatus.RUNNING, Paper.started_at <= now - rules.STALLED_AFTER)
    update = (
        sa.update(Paper)
        .where(Paper.id == paper_id, (Paper.status == PaperStatus.QUEUED) | dead)
        .values(status=PaperStatus.RUNNING, started_at=now, attempts=Paper.attempts + 1, steps_done=0)
    )
    return Claim(paper_id, now) if _touched(update) else None


def note_progress(claim: Claim, done: int, total: int) -> bool:
    """Note how far a paper is; False when another worker took it over, or nobody wants it any more."""
    return _touched(_mine(claim).values(steps_done=done, steps_total=total))


def finish_paper(claim: Claim, pdf: bytes, now: datetime) -> bool:
    """Keep what was made; False when another worker took the paper over, or somebody on it was forgotten."""
    done = {"status": PaperStatus.DONE, "finished_at": now, "steps_done": Paper.steps_total, "pdf": pdf}
    return _touched(_mine(claim).values(done))


def fail_paper(claim: Claim, now: datetime) -> bool:
    """Give a paper up; False when another worker took it over."""
    return _touched(_mine(claim).values(status=PaperStatus.FAILED, finished_at=now))


def restart_unfinished(now: datetime) -> list[Paper]:
    """Hand the papers that were left lying to the workers again; return those given up, tried too often."""
    given_up = []
    for paper in queries.unfinished(now):
        if paper.attempts < rules.MOST_ATTEMPTS:
            enqueue(JOB, paper_id=paper.id)
        elif paper.started_at and fail_paper(Claim(paper.id, paper.started_at), now):
            given_up.append(paper)
    return given_up


def drop_old_papers(now: datetime) -> None:
    """Drop the papers that were asked for more than a day ago."""
    db.session.execute(sa.delete(Paper).where(Paper.requested_at <= now - rules.KEPT))


@erases
def drop_papers_with(member_id: int, _now: datetime) -> None:
    """Drop the papers that a member's name may be on, those under way included."""
    events = sa.select(Rsvp.event_id).where(Rsvp.member_id == member_id)
    db.session.execute(sa.delete(Paper).where(Paper.event_id.in_(events)))


def _mine(claim: Claim) -> sa.Update:
    return sa.update(Paper).where(
        Paper.id == claim.paper_id,
        Paper.status == PaperStatus.RUNNING,
        Paper.started_at == claim.started_at,
    )


def _touched(update: sa.Update) -> bool:
    result = db.session.execute(update.execution_options(synchronize_session=False))
    return cast("sa.CursorResult[Any]", result).rowcount == 1
