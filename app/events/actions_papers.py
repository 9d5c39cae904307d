"""Asking for a printed sheet or badges, and dropping those that nobody may take any more."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.audit import record
from app.db import db
from app.errors import Refusal
from app.events import queries_papers as queries
from app.events import rules_papers as rules
from app.events.models import Event, Rsvp
from app.events.models_papers import Paper, PaperKind
from app.i18n import _l
from app.jobs import enqueue
from app.members.models import Member
from app.privacy import erases

JOB = "event-paper"


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
    hand_over(paper.id)
    return paper


def hand_over(paper_id: int) -> None:
    """Have the worker make a paper."""
    enqueue(JOB, paper_id=paper_id)


def drop_old_papers(now: datetime) -> None:
    """Drop the papers that were asked for more than a day ago."""
    db.session.execute(sa.delete(Paper).where(Paper.requested_at <= now - rules.KEPT))


@erases
def drop_papers_with(member_id: int, _now: datetime) -> None:
    """Drop the papers that a member's name may be on, those under way included."""
    events = sa.select(Rsvp.event_id).where(Rsvp.member_id == member_id)
    db.session.execute(sa.delete(Paper).where(Paper.event_id.in_(events)))
