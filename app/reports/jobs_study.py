"""Make a study’s report: freeze the figures, draw the charts, lay the PDF out.

Imported inside the job alone: scipy, matplotlib and WeasyPrint take seconds to load.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from flask import current_app, render_template

from app.brand.models import Brand
from app.brand.queries import get_brand, get_logo, palette_of
from app.clock import now
from app.db import commit, db
from app.i18n import force_locale
from app.jobs import DRAWING
from app.making import Claim, note_progress
from app.pdf import PICTURES, render_pdf, static_base_url
from app.reports import queries
from app.reports.actions import Kept, Made, finish_report, keep_figures
from app.reports.jobs_charts import chart_names, draw
from app.reports.models import Report
from app.reports.rules_collect import collect
from app.reports.rules_frozen import content_hash, freeze, thaw
from app.reports.rules_page import page_of
from app.reports.rules_snapshot import StudyFigures
from app.reports.rules_words import Names
from app.surveys.queries import study_answers

LOGO = "logo.webp"


def make_report(claim: Claim) -> None:
    """Make a report and keep it, noting progress step by step; stops when another worker took it over."""
    report = db.session.get_one(Report, claim.id)
    study_id, locale = report.study_id, report.locale
    commit()
    minimum = current_app.config["MIN_GROUP"]
    frozen = freeze_study(study_id, minimum)
    far = thaw(frozen)
    frozen = keep_figures(claim, study_id, frozen, Kept(far.responses, far.last_response), minimum)
    commit()
    # All that follows is made from what was frozen, so that page, charts and PDF cannot say anything else.
    study, digest = thaw(frozen), content_hash(frozen)
    with force_locale(locale):
        names = chart_names(study)
        total = len(names) + 2
        charts: dict[str, str] = {}
        for done, name in enumerate(names, 1):
            if not _note(claim, done, total):
                return
            charts |= draw(study, name, get_brand(), locale)
        if not _note(claim, total - 1, total):
            return
        pdf = lay_out(study, digest, charts, get_brand(), locale)
    made = Made(digest, charts, pdf)
    finish_report(claim, made, now())
    commit()


def freeze_study(study_id: int, minimum: int) -> str:
    """Return a study’s figures of this moment as canonical JSON; leaves no transaction open."""
    db.session.rollback()
    queries.hold_still()
    try:
        answers = study_answers(study_id)
        names = Names(queries.names_of_guests(study_id))
        last_response = queries.cut_off(study_id).last_response
    finally:
        # A transaction that has read may not write on SQLite once somebody else has.
        db.session.rollback()
    return freeze(collect(answers, names, minimum, last_response))


def lay_out(study: StudyFigures, digest: str, charts: dict[str, str], brand: Brand, locale: str) -> bytes:
    """Return the PDF: the same bytes for the same figures, brand and language, whenever it is made."""
    logo = get_logo(brand)
    html = render_template(
        "pdf/study.html",
        page=page_of(study, locale),
        content_hash=digest,
        palette=palette_of(brand),
        logo=f"asset:{LOGO}" if logo else "",
    )
    assets = {f"{name}.svg": svg.encode() for name, svg in charts.items()}
    if logo:
        assets[LOGO] = logo
    last_day = date.fromisoformat(study.last_day) if study.last_day else date(1970, 1, 1)
    made_at = datetime.combine(last_day, time(), UTC)
    with DRAWING:
        return render_pdf(
            PICTURES.sub("", html), static_base_url(), identifier=digest, made_at=made_at, assets=assets
        )


def _note(claim: Claim, done: int, total: int) -> bool:
    mine = note_progress(claim, done, total)
    commit()
    return mine
