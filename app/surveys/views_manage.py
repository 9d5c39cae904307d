"""Writing a product test and following it."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.i18n import _, _l
from app.members.forms import show_refusal
from app.members.models import Member
from app.surveys import actions, queries_manage, views_manage_questions
from app.surveys.actions_questions import latest_questionnaire
from app.surveys.forms_manage import DESIGN_HINTS, DESIGNS, ProductForm, StudyForm
from app.surveys.models import Study, StudyStatus
from app.surveys.rules_intervals import Reliability, reliability
from app.web import allow

bp = Blueprint("studies", __name__)
bp.register_blueprint(views_manage_questions.bp)

me = cast(Member, current_user)  # who asks, in each request

# (words, tone of the badge)
STATUSES = {
    StudyStatus.DRAFT: (_l("Draft"), ""),
    StudyStatus.OPEN: (_l("Open"), "good"),
    StudyStatus.CLOSED: (_l("Closed"), "info"),
}
TRUST = {
    Reliability.COUNTS_ONLY: (_l("Counts only: under 30"), ""),
    Reliability.WITH_CARE: (_l("With care: under 100"), "warn"),
    Reliability.SOUND: (_l("Sound base"), "good"),
}


@bp.get("/")
@allow("cm", "admin", "marketing")
def index() -> ResponseReturnValue:
    return render_template(
        "studies/index.html", lines=queries_manage.list_studies(me), statuses=STATUSES, designs=DESIGNS
    )


@bp.route("/new", methods=["GET", "POST"])
@allow("cm", "admin", "marketing")
def new() -> ResponseReturnValue:
    form = StudyForm(queries_manage.linkable_events(me, None, now()))
    if form.validate_on_submit():
        study = actions.create_study(**form.values(), by=me, now=now())
        commit()
        flash(_("The test is begun. Add its products, then its questions."), "success")
        return redirect(url_for("studies.show", slug=study.slug))
    return render_template("studies/edit.html", form=form, study=None, hints=DESIGN_HINTS)


@bp.get("/<slug>")
@allow("cm", "admin", "marketing")
def show(slug: str) -> ResponseReturnValue:
    return _page(queries_manage.get_managed_study(me, slug), ProductForm())


@bp.route("/<slug>/edit", methods=["GET", "POST"])
@allow("cm", "admin", "marketing")
def edit(slug: str) -> ResponseReturnValue:
    study = queries_manage.get_editable_study(me, slug)
    form = StudyForm(queries_manage.linkable_events(me, study, now()), study)
    if form.validate_on_submit() and _update(study, form):
        flash(_("Saved."), "success")
        return redirect(url_for("studies.show", slug=slug))
    return render_template("studies/edit.html", form=form, study=study, hints=DESIGN_HINTS)


def _update(study: Study, form: StudyForm) -> bool:
    values = form.values()
    try:
        actions.link_events(study, values.pop("events"))
        actions.update_study(study, **values)
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return False
    commit()
    return True


@bp.post("/<slug>/products")
@allow("cm", "admin", "marketing")
def add_product(slug: str) -> ResponseReturnValue:
    study = queries_manage.get_editable_study(me, slug)
    form = ProductForm()
    if form.validate_on_submit():
        try:
            actions.add_product(study, form.name.data or "")
        except Refusal as refusal:
            db.session.rollback()
            show_refusal(form, refusal)
        else:
            commit()
            return redirect(url_for("studies.show", slug=slug, _anchor="products"))
    return _page(study, form)


@bp.post("/<slug>/products/<int:product_id>/remove")
@allow("cm", "admin", "marketing")
def remove_product(slug: str, product_id: int) -> ResponseReturnValue:
    study = queries_manage.get_editable_study(me, slug)
    product = next((product for product in study.products if product.id == product_id), None) or abort(404)
    return _act(study, lambda: actions.remove_product(study, product))


@bp.post("/<slug>/open")
@allow("cm", "admin", "marketing")
def open_study(slug: str) -> ResponseReturnValue:
    study = queries_manage.get_editable_study(me, slug)
    return _act(
        study,
        lambda: actions.open_study(study, now(), me),
        _("The test is open: fans who have been checked in can answer from their ticket."),
    )


@bp.post("/<slug>/close")
@allow("cm", "admin", "marketing")
def close_study(slug: str) -> ResponseReturnValue:
    study = queries_manage.get_editable_study(me, slug)
    return _act(study, lambda: actions.close_study(study, now(), me), _("The test takes no more answers."))


def _act(study: Study, action: Callable[[], object], done: str = "") -> ResponseReturnValue:
    """Do one thing to a study, say how it went, and show the study again."""
    slug = study.slug
    try:
        action()
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "error")
    else:
        commit()
        if done:
            flash(done, "success")
    return redirect(url_for("studies.show", slug=slug))


def _page(study: Study, product_form: ProductForm) -> str:
    return render_template(
        "studies/show.html",
        study=study,
        form=product_form,
        editable=queries_manage.may_edit(me, study),
        follow=queries_manage.follow(study),
        missing=actions.missing_to_open(study),
        missing_words=actions.MISSING,
        latest=latest_questionnaire(study),
        designs=DESIGNS,
        statuses=STATUSES,
        trust=TRUST,
        reliability=reliability,
    )
