"""Chapters, for administrators: where they are and who runs them."""

from __future__ import annotations

from zoneinfo import available_timezones

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy.orm import selectinload
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events import actions_manage as actions
from app.events.forms_manage import ChapterForm
from app.events.models import Chapter
from app.events.queries_manage import community_managers
from app.i18n import _
from app.members.forms import show_refusal
from app.places import find_timezone
from app.web import allow

bp = Blueprint("chapters", __name__)


@bp.get("/")
@allow("admin")
def index() -> ResponseReturnValue:
    query = sa.select(Chapter).options(selectinload(Chapter.managers)).order_by(Chapter.name)
    return render_template("manage/chapters.html", chapters=db.session.scalars(query).all())


@bp.route("/new", methods=["GET", "POST"])
@allow("admin")
def new() -> ResponseReturnValue:
    form = ChapterForm()
    staff = community_managers()
    form.managers.choices = [SelectChoice(member.id, member.display_name) for member in staff]
    if form.validate_on_submit() and (zone := _zone(form)):
        try:
            chapter = actions.create_chapter(
                str(form.name.data),
                str(form.city.data),
                str(form.country.data).upper(),
                zone,
                current_user,
                now(),
            )
            chosen = [member for member in staff if member.id in (form.managers.data or [])]
            actions.update_chapter(chapter, chapter.name, chosen, current_user)
        except Refusal as refusal:
            db.session.rollback()
            show_refusal(form, refusal, "name")
        else:
            commit()
            flash(_("The chapter is there."), "success")
            return redirect(url_for("chapters.index"))
    return render_template("manage/chapter.html", form=form, chapter=None)


def _zone(form: ChapterForm) -> str | None:
    given = (form.timezone.data or "").strip()
    if given and given not in available_timezones():
        form.timezone.errors = [_("There is no such time zone. One looks like Europe/Paris.")]
        return None
    zone = given or find_timezone(str(form.city.data), str(form.country.data))
    if zone is None:
        form.timezone.errors = [_("This city is not in our list: enter its time zone, like Europe/Paris.")]
    return zone


@bp.route("/<slug>", methods=["GET", "POST"])
@allow("admin")
def edit(slug: str) -> ResponseReturnValue:
    chapter = db.first_or_404(sa.select(Chapter).where(Chapter.slug == slug))
    form = ChapterForm(data={"name": chapter.name, "managers": [member.id for member in chapter.managers]})
    for fixed in ("city", "country", "timezone"):
        del form[fixed]
    staff = community_managers()
    form.managers.choices = [SelectChoice(member.id, member.display_name) for member in staff]
    if form.validate_on_submit():
        chosen = [member for member in staff if member.id in (form.managers.data or [])]
        try:
            actions.update_chapter(chapter, str(form.name.data), chosen, current_user)
        except Refusal as refusal:
            db.session.rollback()
            show_refusal(form, refusal, "name")
        else:
            commit()
            flash(_("Saved."), "success")
            return redirect(url_for("chapters.index"))
    return render_template("manage/chapter.html", form=form, chapter=chapter)
