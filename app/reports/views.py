"""Reports to read, to ask for, to download."""

from __future__ import annotations

import gzip

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from app import slugs
from app.brand.queries import get_brand
from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.i18n import NAMES, force_locale, locale_code
from app.making import Making
from app.reports import actions, jobs, queries, rules  # jobs: the worker must know them
from app.reports.forms import MakeReportForm
from app.reports.models import Report
from app.reports.rules_frozen import thaw
from app.reports.rules_page import page_of
from app.surveys.models import Study
from app.web import allow

__all__ = ["bp", "jobs"]

bp = Blueprint("reports", __name__)

LATEST = 30  # reports in a list
YEAR = 31_536_000


def get_study(slug: str) -> Study:
    """Return a study that fans could answer, or answer 404."""
    return queries.find_study(slug) or abort(404)


def get_report(report_id: int) -> Report:
    """Return a report, or answer 404."""
    return queries.find_report(report_id) or abort(404)


@bp.get("/")
@allow("marketing", "admin")
def index() -> ResponseReturnValue:
    return render_template(
        "reports/index.html",
        studies=queries.studies_to_report(),
        reports=queries.reports_made(LATEST),
        minimum=current_app.config["MIN_GROUP"],
        names=NAMES,
    )


@bp.get("/studies/<slug>")
@allow("marketing", "admin")
def study(slug: str) -> ResponseReturnValue:
    """Show the last finished report of a study, in the reader's language if there is one in it."""
    found = get_study(slug)
    latest = queries.find_latest(found.id, locale_code())
    return _show(found, latest, MakeReportForm(locale=locale_code()))


@bp.post("/studies/<slug>")
@allow("marketing", "admin")
def make(slug: str) -> ResponseReturnValue:
    """Ask for a report; asking twice while it is made leads to the same one."""
    found = get_study(slug)
    form = MakeReportForm()
    if not form.validate_on_submit():
        abort(400)
    minimum = current_app.config["MIN_GROUP"]
    try:
        report = actions.request_report(found, str(form.locale.data), current_user, minimum, now())
    except Refusal as refusal:
        db.session.rollback()
        flash(str(refusal.message), "error")
        return redirect(url_for("reports.study", slug=slug))
    commit()
    return redirect(url_for("reports.report", report_id=report.id))


@bp.get("/<int:report_id>")
@allow("marketing", "admin")
def report(report_id: int) -> ResponseReturnValue:
    """Show how far a report is, then the report itself."""
    shown = get_report(report_id)
    form = MakeReportForm(locale=shown.locale)
    if shown.status is Making.DONE:
        if request.headers.get("HX-Request"):
            return Response(status=204, headers={"HX-Refresh": "true"})
        return _show(shown.study, shown, form)
    return render_template("reports/progress.html", report=shown, form=form, overdue=shown.is_overdue(now()))


def _show(of: Study, shown: Report | None, form: MakeReportForm) -> str:
    """Show a finished report, or how to get the first one."""
    under_way = queries.find_under_way(of.id, locale_code())
    if shown is None or shown.figures is None:
        enough = queries.cut_off(of.id).answered >= current_app.config["MIN_GROUP"]
        return render_template("reports/none.html", study=of, form=form, enough=enough, under_way=under_way)
    with force_locale(shown.locale):
        # In the report’s own language, whoever reads it: like its charts, a report is one document.
        page = page_of(thaw(shown.figures), shown.locale)
        sizes = queries.chart_sizes(shown.id)
        body = render_template("reports/_report.html", page=page, report=shown, sizes=sizes)
    return render_template(
        "reports/report.html",
        study=of,
        report=shown,
        body=body,
        form=form,
        under_way=under_way,
        news=queries.news_since(shown),
        minimum=current_app.config["MIN_GROUP"],
        names=NAMES,
    )


@bp.get("/<int:report_id>.pdf")
@allow("marketing", "admin")
def pdf(report_id: int) -> ResponseReturnValue:
    """Download a report; a browser that has it already is told so."""
    shown, content = queries.find_pdf(report_id) or abort(404)
    day = thaw(shown.figures).last_day if shown.figures else None
    name = rules.file_name(slugs.slug(get_brand().name, 40), shown.study.slug, day or "", shown.locale)
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.set_etag(rules.etag(content))
    _keep_private(response, 0)
    return response.make_conditional(request)


@bp.get("/<int:report_id>/charts/<name>.svg")
@allow("marketing", "admin")
def chart(report_id: int, name: str) -> ResponseReturnValue:
    packed = queries.find_chart(report_id, name) or abort(404)
    taken = request.accept_encodings.quality("gzip") > 0
    response = Response(packed if taken else gzip.decompress(packed), mimetype="image/svg+xml")
    if taken:
        response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    _keep_private(response, YEAR)
    response.cache_control.immutable = True
    return response


def _keep_private(response: Response, seconds: int) -> None:
    """Let this reader's browser keep an answer, and no cache in between."""
    response.cache_control.private = True
    response.cache_control.max_age = seconds
