"""What a person changes about themselves: profile, consents, privacy."""

from __future__ import annotations

import json

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_security import logout_user

from app.clock import now
from app.db import commit
from app.errors import Refusal
from app.i18n import _, locale_code
from app.members.actions import hold_member
from app.members.actions_consents import record_consents
from app.members.actions_privacy import erase_member
from app.members.forms import ConsentsForm, EraseForm, ProfileForm
from app.members.models import Member
from app.members.queries import consent_history, consents_of
from app.members.queries_export import personal_data
from app.web import signed_in, strong_session

bp = Blueprint("profile", __name__)


def _me() -> Member:
    member = current_user._get_current_object()
    assert isinstance(member, Member)  # noqa: S101 - the gate let nobody else in
    return member


@bp.route("/profile", methods=["GET", "POST"])
@signed_in
def profile() -> ResponseReturnValue:
    """Change name, city and language."""
    member = _me()
    form = ProfileForm(obj=member)
    if form.validate_on_submit():
        try:
            hold_member(member)
        except Refusal as refusal:
            flash(refusal.message, "error")
            return redirect(url_for("events.home"))
        form.populate_obj(member)
        commit()
        flash(_("Your profile is saved."), "success")
        return redirect(url_for("members.me", lang=member.locale))
    return render_template("members/profile.html", form=form, member=member)


@bp.route("/consents", methods=["GET", "POST"])
@signed_in
def consents() -> ResponseReturnValue:
    """Answer each question of consent with yes or no, and read what was answered when."""
    member = _me()
    form = ConsentsForm()
    if form.validate_on_submit():
        record_consents(member, form.consent_answers(), "profile", locale_code(), now())
        commit()
        flash(_("Your answers are saved. They count from now on."), "success")
        return redirect(url_for(".consents"))
    if not form.is_submitted():
        form.show_consents(consents_of(member.id))
    return render_template("members/consents.html", form=form, history=consent_history(member.id))


@bp.get("/privacy")
@signed_in
def privacy() -> str:
    """Offer a copy of what is known, and the way out."""
    return render_template("members/privacy.html", form=EraseForm())


@bp.get("/privacy/export")
@signed_in
def export() -> Response:
    """Give a person what Terrain knows of them, as a JSON file."""
    text = json.dumps(personal_data(_me()), ensure_ascii=False, indent=2)
    name = f"terrain-{now():%Y-%m-%d}.json"
    return Response(
        text, mimetype="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@bp.post("/privacy/erase")
@signed_in
def erase() -> ResponseReturnValue:
    """Erase the person who asks, once they have said that they mean it."""
    form, member = EraseForm(), _me()
    if member.roles and not strong_session():
        return redirect(url_for("security.login", next=url_for(".privacy")))
    if not form.validate_on_submit():
        return render_template("members/privacy.html", form=form)
    try:
        erase_member(member, now())
    except Refusal as refusal:
        form.sure.errors = [refusal.message]
        return render_template("members/privacy.html", form=form)
    logout_user()
    commit()
    flash(_("Your account is erased. Thank you for the time you spent with us."), "success")
    return redirect(url_for("events.home"))
