"""Where CMs write, publish and follow their chapters' events."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_wtf import FlaskForm

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events import actions_manage as actions
from app.events import queries_manage as queries
from app.events.actions_access import set_invitees
from app.events.forms_manage import EventForm
from app.events.models import Event
from app.events.queries import get_managed_event, managed_chapters, picture_digests
from app.events.queries_plan import show_up
from app.events.rules_room import best_outlook
from app.events.views_tell import ask_first, picture_shown
from app.i18n import _, ngettext
from app.intake import takes_files
from app.media import store_picture
from app.members.forms import show_refusal
from app.web import allow

bp = Blueprint("manage", __name__)

ON_HOME = 9  # cards, of the soonest events


@bp.get("/")
@allow("cm", "admin")
def home() -> ResponseReturnValue:
    """Show what comes next in each chapter, and which chapters have nothing this quarter."""
    chapters = managed_chapters(current_user)
    upcoming = queries.coming_events([chapter.id for chapter in chapters], now(), ON_HOME + 1)
    return render_template(
        "manage/home.html",
        chapters=chapters,
        upcoming=upcoming[:ON_HOME],
        more=len(upcoming) > ON_HOME,
        counts_by_id=queries.attendance([event.id for event in upcoming]),
        without=queries.without_event_this_quarter(chapters, now()),
    )


@bp.get("/events")
@allow("cm", "admin")
def events() -> ResponseReturnValue:
    chapters = managed_chapters(current_user)
    chosen = [c.id for c in chapters if c.slug == request.args.get("chapter")] or [c.id for c in chapters]
    past = request.args.get("when") == "past"
    shown = queries.events_page(chosen, now(), past=past)
    counts = queries.attendance([event.id for event in shown.items])
    return render_template(
        "manage/events.html", chapters=chapters, events=shown, counts_by_id=counts, past=past
    )


@bp.route("/events/new", methods=["GET", "POST"])
@allow("cm", "admin")
@takes_files("picture")
def new_event() -> ResponseReturnValue:
    form = EventForm.of(None, managed_chapters(current_user))
    if form.validate_on_submit() and isinstance(event := _save(form, None), Event):
        flash(_("Written. Nobody sees it until you publish it."), "success")
        return redirect(url_for("manage.event", slug=event.slug))
    return render_template("manage/edit.html", form=form, event=None)


@bp.get("/events/<slug>")
@allow("cm", "admin")
def event(slug: str) -> ResponseReturnValue:
    """Show an event as its CM follows it: seats, people, what to do next."""
    event = get_managed_event(current_user, slug)
    seats, known = event.room or event.capacity, show_up(event.chapter_id, now())
    return render_template(
        "manage/event.html",
        event=event,
        counts=queries.attendance([event.id])[event.id],
        picture=picture_digests([event]).get(event.picture_id or 0),
        over=event.ends_at <= now(),
        known=known,
        outlook=best_outlook(seats, known),
        seats=seats,
        form=FlaskForm(),
    )


@bp.route("/events/<slug>/edit", methods=["GET", "POST"])
@allow("cm", "admin")
@takes_files("picture")
def edit_event(slug: str) -> ResponseReturnValue:
    event = get_managed_event(current_user, slug)
    form = EventForm.of(event, managed_chapters(current_user))
    if "again" not in request.form and form.validate_on_submit() and (saved := _save(form, event)):
        return saved if isinstance(saved, str) else redirect(url_for("manage.event", slug=slug))
    return render_template("manage/edit.html", form=form, event=event)


def _save(form: EventForm, event: Event | None) -> Event | str | None:
    """Write what is valid; or return the page that asks before people are told of it, or None for a refusal."""
    try:
        picture_id = _keep_picture(form) or (picture_shown(event) if event else None)
        if event is None:
            event = actions.create_event(form.draft(picture_id), current_user, now())
        elif page := ask_first(event, form.draft(picture_id)):
            return page
        else:
            told = actions.update_event(event, form.draft(picture_id), current_user, now())
            words = (
                ngettext("One person is told by mail.", "%(num)d people are told by mail.", told)
                if told
                else ""
            )
            flash(" ".join([_("Saved."), words]).strip(), "success")
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal, "title")
        return None
    set_invitees(event, form.listed.good, now())
    commit()
    return event


def _keep_picture(form: EventForm) -> int | None:
    """Keep a picture that was sent, for good: it is there when a page that asks first is answered."""
    if not form.picture.data:
        return None
    picture_id = store_picture(form.picture.data.stream).id
    commit()
    return picture_id


@bp.post("/events/<slug>/publish")
@allow("cm", "admin")
def publish(slug: str) -> ResponseReturnValue:
    event = get_managed_event(current_user, slug)
    try:
        actions.publish_event(event, current_user, now())
    except Refusal as refusal:
        db.session.rollback()
        flash(str(refusal.message), "error")
    else:
        commit()
        flash(_("Published: people can register from now on."), "success")
    return redirect(url_for("manage.event", slug=slug))
