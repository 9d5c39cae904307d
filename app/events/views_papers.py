"""Where a CM has an attendance sheet or badges made, sees how far they are, and takes them."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events import queries_papers as queries
from app.events import rules_papers as rules
from app.events.actions_papers import request_paper
from app.events.forms_papers import PAPER_LABELS, PaperForm
from app.events.models import Event
from app.events.models_papers import Paper, PaperKind
from app.events.queries import get_managed_event
from app.i18n import locale_code
from app.making import UNDER_WAY
from app.web import allow

bp = Blueprint("papers", __name__)


@bp.route("/<slug>/print", methods=["GET", "POST"])
@allow("cm", "admin")
def index(slug: str) -> ResponseReturnValue:
    """Choose what to print, or take what was made today."""
    event = get_managed_event(current_user, slug)
    form = PaperForm()
    if form.validate_on_submit() and (paper_id := _ask(event, form)):
        return redirect(url_for("papers.paper", slug=slug, paper_id=paper_id))
    return render_template(
        "manage/plan_papers.html",
        event=event,
        form=form,
        papers=queries.papers_made(event.id),
        labels=PAPER_LABELS,
        sheets=rules.SHEETS,
    )


def _ask(event: Event, form: PaperForm) -> int | None:
    try:
        paper = request_paper(event, PaperKind(form.kind.data), locale_code(), current_user, now())
    except Refusal as refusal:
        db.session.rollback()
        form.kind.errors = [str(refusal.message)]
        return None
    paper_id = paper.id
    commit()
    return paper_id


@bp.get("/<slug>/print/<int:paper_id>")
@allow("cm", "admin")
def paper(slug: str, paper_id: int) -> ResponseReturnValue:
    """Show how far a paper is, then where to take it."""
    event = get_managed_event(current_user, slug)
    shown = queries.get_paper(event, paper_id)
    over = shown.status not in UNDER_WAY
    if over and request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Refresh": "true"})
    return render_template(
        "manage/plan_paper.html",
        event=event,
        paper=shown,
        label=PAPER_LABELS[shown.kind],
        overdue=shown.is_overdue(now()),
        kept_until=shown.requested_at + rules.KEPT,
        form=PaperForm(kind=shown.kind.value),
    )


@bp.get("/<slug>/print/<int:paper_id>.pdf")
@allow("cm", "admin")
def pdf(slug: str, paper_id: int) -> Response:
    """Hand a paper out; nothing in between keeps it, since it holds names."""
    event = get_managed_event(current_user, slug)
    made, content = queries.get_pdf(event, paper_id)
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{_file_name(event, made)}"'
    response.cache_control.no_store = True
    return response


def _file_name(event: Event, made: Paper) -> str:
    return f"{event.slug}-{made.kind.value}-{made.requested_at:%Y-%m-%d}.pdf"
