"""How events reach people elsewhere: their own calendar, Atom, the sitemap, a list on the brand’s site, a picture."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from app.brand.queries import get_brand, palette_of
from app.cards import draw_card
from app.clock import now
from app.db import commit
from app.events.actions_calendar import reset_calendar
from app.events.queries import all_chapters, get_chapter, get_event, picture_digests
from app.events.queries_calendar import member_of_calendar, own_entries
from app.events.queries_listing import (
    EVENTS_A_PAGE,
    IN_SITEMAP,
    event_addresses,
    newest_events,
    soonest_events,
)
from app.events.views import calendar_response
from app.i18n import _, force_locale
from app.limits import limit
from app.members.forms import EmptyForm
from app.members.models import Member
from app.panels import panel
from app.web import absolute_url, public, signed_in

bp = Blueprint("feeds", __name__)

CARD_KEPT = timedelta(days=1)


@bp.get("/me/calendar/<token>.ics")
@public
def own_calendar(token: str) -> ResponseReturnValue:
    """Give a member’s own meetups as a feed; who has the address has it."""
    member = member_of_calendar(token) or abort(404)
    with force_locale(member.locale):
        return calendar_response(own_entries(member.id, now()), "my-meetups", get_brand().name)


@bp.post("/me/calendar")
@signed_in
def reset_own_calendar() -> ResponseReturnValue:
    """Make a secret address for the member’s feed; an earlier one stops working."""
    if EmptyForm().validate_on_submit():
        reset_calendar(current_user)
        commit()
        flash(_("Here is your new address. An earlier one no longer works."), "success")
    return redirect(url_for("members.me"))


@panel("me", 90)
def calendar_panel(member: Member) -> str:
    """Show the address of a member’s own feed."""
    token = member.calendar_token
    url = absolute_url("feeds.own_calendar", token=token) if token else None
    return render_template("events/_my_calendar.html", url=url, form=EmptyForm())


@bp.get("/events.atom")
@public
def atom() -> ResponseReturnValue:
    """Give the events that were published last, and are to come, to programs that follow sites."""
    events = newest_events(now())
    updated = max((event.updated_at for event in events), default=None)
    body = render_template("events/atom.xml", events=events, updated=updated)
    return Response(body, mimetype="application/atom+xml")


@bp.get("/sitemap.xml")
@public
def sitemap() -> ResponseReturnValue:
    """Name every public page to search engines."""
    chapters = all_chapters()
    events = event_addresses(now(), IN_SITEMAP - 1 - len(chapters))
    body = render_template("events/sitemap.xml", events=events, chapters=chapters)
    return Response(body, mimetype="application/xml")


@bp.get("/embed/events")
@public
def embed() -> ResponseReturnValue:
    """Give a list of the soonest events that the brand’s site may frame: of one chapter, or of all."""
    chosen = request.args.get("chapter", "")
    chapter = get_chapter(chosen) if chosen else None
    events = soonest_events(now(), chapter.id if chapter else None, EVENTS_A_PAGE + 1)
    shown = events[:EVENTS_A_PAGE]
    pictures = picture_digests(shown)
    body = render_template(
        "events/embed.html", events=shown, chapter=chapter, pictures=pictures, more=len(events) > len(shown)
    )
    response = Response(body)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; frame-ancestors *"
    )
    return response


@bp.get("/events/<slug>/card.png")
@public
@limit("120 per minute")
def card(slug: str) -> ResponseReturnValue:
    """Draw the picture that goes with a link to the event: its title, when and where."""
    event = get_event(slug)
    brand = get_brand()
    with force_locale(brand.default_locale):
        when = render_template("events/card.txt", event=event).strip()
    response = Response(
        draw_card(event.title, when, event.chapter.city, brand.name, palette_of(brand)), mimetype="image/png"
    )
    response.cache_control.public = True
    response.cache_control.max_age = int(CARD_KEPT.total_seconds())
    return response
