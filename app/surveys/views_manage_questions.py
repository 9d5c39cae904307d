"""The question builder: one question a form, both languages, and what it looks like on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.i18n import LOCALES, _, force_locale
from app.members.forms import show_refusal
from app.members.models import Member
from app.surveys import actions
from app.surveys.actions_questions import drafts_of, latest_questionnaire
from app.surveys.forms import answer_form
from app.surveys.forms_questions import KINDS, QuestionForm
from app.surveys.models import About, QuestionKind, Study
from app.surveys.queries_manage import get_editable_study, get_managed_study, may_edit
from app.surveys.rules import moved
from app.surveys.rules_questions import QuestionDraft
from app.surveys.rules_templates import HEDONIC
from app.web import allow

bp = Blueprint("questions", __name__)  # within that of studies

me = cast(Member, current_user)  # who asks, in each request


@bp.get("/<slug>/questions")
@allow("cm", "admin", "marketing")
def index(slug: str) -> ResponseReturnValue:
    study = get_managed_study(me, slug)
    return render_template(
        "studies/questions.html",
        study=study,
        latest=latest_questionnaire(study),
        editable=may_edit(me, study),
        kinds=KINDS,
        parts=(About.PRODUCT, About.EVENT),
    )


@bp.get("/<slug>/questions/kinds")
@allow("cm", "admin", "marketing")
def kinds(slug: str) -> ResponseReturnValue:
    return render_template("studies/kinds.html", study=get_editable_study(me, slug), kinds=KINDS)


@bp.route("/<slug>/questions/new/<kind>", methods=["GET", "POST"])
@allow("cm", "admin", "marketing")
def new(slug: str, kind: str) -> ResponseReturnValue:
    study = get_editable_study(me, slug)
    if kind not in set(QuestionKind):
        abort(404)
    return _edit(study, QuestionForm(QuestionKind(kind)))


@bp.route("/<slug>/questions/<key>", methods=["GET", "POST"])
@allow("cm", "admin", "marketing")
def edit(slug: str, key: str) -> ResponseReturnValue:
    study = get_editable_study(me, slug)
    draft = _question(_drafts(study), key)
    return _edit(study, QuestionForm(draft.kind, draft))


@bp.post("/<slug>/questions/<key>/move")
@allow("cm", "admin", "marketing")
def move(slug: str, key: str) -> ResponseReturnValue:
    """Move a question up or down among those about the same thing."""
    study = get_editable_study(me, slug)
    drafts = {draft.key: draft for draft in _drafts(study)}
    about = _question(list(drafts.values()), key).about
    keys = [draft.key for draft in drafts.values() if draft.about is about]
    order = moved(keys, key, -1 if request.form.get("to") == "up" else 1)
    others = [draft for draft in drafts.values() if draft.about is not about]
    return _save(study, [*others, *(drafts[one] for one in order)], key)


@bp.post("/<slug>/questions/<key>/remove")
@allow("cm", "admin", "marketing")
def remove(slug: str, key: str) -> ResponseReturnValue:
    study = get_editable_study(me, slug)
    drafts = _drafts(study)
    gone = _question(drafts, key)
    return _save(study, [draft for draft in drafts if draft is not gone])


@bp.post("/<slug>/questions/standard")
@allow("cm", "admin", "marketing")
def standard(slug: str) -> ResponseReturnValue:
    """Add the questions of a standard hedonic test after those that are there."""
    study = get_editable_study(me, slug)
    return _save(study, [*_drafts(study), *HEDONIC])


@bp.post("/<slug>/questions/publish")
@allow("cm", "admin", "marketing")
def publish(slug: str) -> ResponseReturnValue:
    study = get_editable_study(me, slug)
    try:
        published = actions.publish_questionnaire(study, now(), me)
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "error")
        return redirect(url_for("studies.questions.index", slug=slug))
    commit()
    flash(_("Version %(number)d is published.", number=published.version), "success")
    return redirect(url_for("studies.show", slug=slug))


@bp.get("/<slug>/questions/preview")
@allow("cm", "admin", "marketing")
def preview(slug: str) -> ResponseReturnValue:
    """Show the pages as a fan sees them on a phone, in both languages."""
    study = get_managed_study(me, slug)
    latest = latest_questionnaire(study)
    questions = latest.questions if latest else []
    phones = {}
    for locale in LOCALES:
        with force_locale(locale):
            form = answer_form(questions, prefix=f"{locale}-")
            phones[locale] = render_template(
                "studies/_phone.html", study=study, form=form, questions=questions
            )
    return render_template("studies/preview.html", study=study, latest=latest, phones=phones)


def _drafts(study: Study) -> list[QuestionDraft]:
    return drafts_of(latest_questionnaire(study))


def _question(drafts: Sequence[QuestionDraft], key: str) -> QuestionDraft:
    return next((draft for draft in drafts if draft.key == key), None) or abort(404)


def _edit(study: Study, form: QuestionForm) -> ResponseReturnValue:
    if form.validate_on_submit():
        written = form.draft()
        drafts = _drafts(study)
        if form.key:
            drafts = [written if draft.key == form.key else draft for draft in drafts]
        else:
            drafts.append(written)
        try:
            actions.save_questions(study, drafts)
        except Refusal as refusal:
            db.session.rollback()
            show_refusal(form, refusal)
        else:
            commit()
            return redirect(url_for("studies.questions.index", slug=study.slug, _anchor=form.key or None))
    return render_template("studies/question.html", study=study, form=form, words=KINDS[form.kind])


def _save(study: Study, drafts: Sequence[QuestionDraft], anchor: str | None = None) -> ResponseReturnValue:
    slug = study.slug
    try:
        actions.save_questions(study, drafts)
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "error")
    else:
        commit()
    return redirect(url_for("studies.questions.index", slug=slug, _anchor=anchor))
