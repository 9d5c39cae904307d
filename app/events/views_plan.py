"""Where a CM plans: a copy of an event, next quarter's of several chapters, more registrations than seats."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_wtf import FlaskForm

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events import queries_plan as queries
from app.events.actions_plan import write_drafts
from app.events.actions_room import overbook, stop_overbooking
from app.events.forms_plan import ChapterRow, CopyForm, Proposal, QuarterForm, RoomForm
from app.events.models import Event
from app.events.queries import get_managed_event, managed_chapters
from app.events.rules_plan import four_weeks_later, propose, same_week_next_quarter
from app.events.rules_room import MOST_RISK, outlooks
from app.events.rules_schedule import quarter_bounds, to_local
from app.i18n import _, ngettext
from app.members.forms import show_refusal
from app.web import allow

bp = Blueprint("plan", __name__)


@bp.route("/<slug>/copy", methods=["GET", "POST"])
@allow("cm", "admin")
def copy(slug: str) -> ResponseReturnValue:
    """Make a draft with the same content on another day."""
    event = get_managed_event(current_user, slug)
    local = propose(to_local(event.starts_at, event.timezone), four_weeks_later, event.timezone, now())
    form = CopyForm(data={"title": event.title, "starts": local})
    if plan := form.plan(event, now()):
        written, there = write_drafts(event, [plan], current_user, now())
        slug = (written + there)[0].slug
        commit()
        if written:
            flash(_("Copied. Nobody sees the draft until you publish it."), "success")
        else:
            flash(_("This one is there already: nothing was written twice."), "info")
        return redirect(url_for("manage.event", slug=slug))
    return render_template("manage/plan_copy.html", event=event, form=form)


@bp.route("/<slug>/next-quarter", methods=["GET", "POST"])
@allow("cm", "admin")
def next_quarter(slug: str) -> ResponseReturnValue:
    """Make drafts of next quarter's meetups after this one, for one or several chapters."""
    event = get_managed_event(current_user, slug)
    form = QuarterForm(data={"title": event.title})
    rows = [ChapterRow.of(proposal) for proposal in _proposals(event)]
    if plans := form.plans(rows, now()):
        written, there = write_drafts(event, plans, current_user, now())
        count, known = len(written), len(there)
        commit()
        words = []
        if count:
            words.append(ngettext("One draft is written.", "%(num)d drafts are written.", count))
        if known:
            words.append(ngettext("One was there already.", "%(num)d were there already.", known))
        flash(" ".join(words), "success" if count else "info")
        return redirect(url_for("manage.events"))
    return render_template("manage/plan_quarter.html", event=event, form=form, rows=rows)


def _proposals(event: Event) -> list[Proposal]:
    """Propose a day to each chapter of who asks, this event's first."""
    chapters = sorted(managed_chapters(current_user), key=lambda chapter: chapter.id != event.chapter_id)
    begins = to_local(event.starts_at, event.timezone)
    locals_ = {c.id: propose(begins, same_week_next_quarter, c.timezone, now()) for c in chapters}
    spans = {c.id: quarter_bounds(locals_[c.id].date(), c.timezone) for c in chapters}
    ids = list(spans)
    planned = queries.events_between(
        ids, min(begin for begin, _end in spans.values()), max(end for _begin, end in spans.values())
    )
    places = queries.last_places(ids) | {event.chapter_id: (event.venue, event.address)}
    proposals = []
    for chapter in chapters:
        begin, end = spans[chapter.id]
        there = [e.title for e in planned if e.chapter_id == chapter.id and begin <= e.starts_at < end]
        venue, address = places.get(chapter.id, ("", ""))
        proposals.append(Proposal(chapter, locals_[chapter.id], venue, address, tuple(there)))
    return proposals


@bp.route("/<slug>/overbooking", methods=["GET", "POST"])
@allow("cm", "admin")
def overbooking(slug: str) -> ResponseReturnValue:
    """Say what more registrations than seats would bring, and allow them."""
    event = get_managed_event(current_user, slug)
    seats, known = event.room or event.capacity, queries.show_up(event.chapter_id, now())
    form = RoomForm(data={"seats": seats, "registrations": event.capacity})
    if form.validate_on_submit() and _overbook(event, form):
        return redirect(url_for("manage.event", slug=slug))
    return render_template(
        "manage/plan_overbooking.html",
        event=event,
        form=form,
        reset=FlaskForm(),
        known=known,
        seats=seats,
        outlooks=outlooks(seats, known.rate) if known.rate is not None else [],
        most_risk=MOST_RISK,
    )


def _overbook(event: Event, form: RoomForm) -> bool:
    try:
        overbook(event, form.seats.data or 0, form.registrations.data or 0, current_user, now())
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal, "seats")
        return False
    commit()
    flash(_("Saved."), "success")
    return True


@bp.post("/<slug>/overbooking/stop")
@allow("cm", "admin")
def one_for_each_seat(slug: str) -> ResponseReturnValue:
    """Let no more people register than there are seats."""
    event = get_managed_event(current_user, slug)
    try:
        short = stop_overbooking(event, current_user, now())
    except Refusal as refusal:
        db.session.rollback()
        flash(str(refusal.message), "error")
        return redirect(url_for("manage.event", slug=slug))
    commit()
    if short:
        words = ngettext(
            "One person more than the seats has a promise, which stands. Nobody else gets one.",
            "%(num)d people more than the seats have a promise, which stands. Nobody else gets one.",
            short,
        )
        flash(words, "info")
    else:
        flash(_("There are as many registrations as seats again."), "success")
    return redirect(url_for("manage.event", slug=slug))
