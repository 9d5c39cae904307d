"""Making what is printed in the worker, starting again what was left lying, dropping what is a day old."""

from __future__ import annotations

import logging

from app import making
from app.clock import now
from app.db import commit, db
from app.events.actions_papers import JOB, drop_old_papers, hand_over
from app.events.models_papers import Paper
from app.jobs import job

log = logging.getLogger(__name__)


@job(JOB, apart=True)
def make_event_paper(paper_id: int) -> None:
    """Make a paper once, however often it is asked for; a failure is logged."""
    claim = making.claim(Paper, paper_id, now())
    commit()
    if claim is None:
        return
    try:
        # Imports WeasyPrint, which the web process that registers this job must not load.
        from app.events.jobs_badges import make_paper

        make_paper(claim)
    except Exception:
        log.exception("paper %s failed", paper_id)
        db.session.rollback()
        making.fail(claim, now())
        commit()


@job("tend-papers", every_minute=True)
def tend_papers() -> None:
    """Start again the papers that no worker finished, and drop the old ones."""
    drop_old_papers(now())
    for paper in making.restart(Paper, hand_over, now()):
        log.error("paper %s was given up after %s attempts", paper.id, paper.attempts)
    commit()
