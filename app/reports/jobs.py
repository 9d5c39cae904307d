"""Making reports in the worker, and starting again those that were left lying."""

from __future__ import annotations

import logging

from app import making
from app.clock import now
from app.db import commit, db
from app.i18n import _, force_locale
from app.jobs import job
from app.reports.actions import JOB, hand_over
from app.reports.models import Report

log = logging.getLogger(__name__)


@job(JOB, apart=True)
def make_study_report(report_id: int) -> None:
    """Make a report once, however often it is asked for; a failure is logged, and told in the report’s language."""
    claim = making.claim(Report, report_id, now())
    commit()
    if claim is None:
        return
    locale = db.session.get_one(Report, report_id).locale
    try:
        # Imports scipy, matplotlib and WeasyPrint, which the web process that registers this job must not load.
        from app.reports.jobs_study import make_report

        make_report(claim)
    except Exception:
        log.exception("report %s failed", report_id)
        db.session.rollback()
        with force_locale(locale):
            sentence = _(
                "Something went wrong while the report was made. It was noted for the people who run Terrain."
            )
        making.fail(claim, now(), error=sentence)
        commit()


@job("restart-reports", every_minute=True)
def restart_reports() -> None:
    """Start again the reports whose worker died or that no worker took; give up after three times."""
    sentence = _(
        "The report was begun three times and never finished. Ask whoever runs Terrain to look at the log."
    )
    for report in making.restart(Report, hand_over, now(), error=sentence):
        log.error("report %s was given up after %s attempts", report.id, report.attempts)
    commit()
