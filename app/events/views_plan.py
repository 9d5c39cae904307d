"""Where a CM makes drafts of an event: a copy of it, or next quarter's of several chapters."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from app.clock import now
from app.db import commit
from app.events import queries_plan as queries
from app.events.actions_plan import write_drafts
from app.events.forms_plan import ChapterRow, CopyForm, Proposal, QuarterForm
from app.events.models import Event
from app.events.queries import get_managed_event, managed_chapters
from app.events.rules_plan import four_weeks_later, propose, same_week_next_quarter
from app.events.rules_schedule import quarter_bounds, to_local
from app.i18n import _, ngettext
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
