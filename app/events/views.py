"""What fans see: what's on, an event, a chapter, calendar feeds.

These pages carry no form, so that what a visitor gets stays the same and its ETag with it.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.brand.queries import get_brand
from app.clock import now
from app.db import read_alone
from app.events.models import Chapter, Event
from app.events.queries import (
    all_chapters,
    get_chapter,
    get_event,
    picture_digests,
    waiting_count,
)
from app.events.queries_access import asking_of, asking_of_stranger
from app.events.queries_calendar import event_entry, feed_entries
from app.events.queries_listing import upcoming_page
from app.events.queries_shown import get_event_as_shown, get_shown
from app.events.queries_tickets import Place, find_place_of
from app.events.rules import is_open
from app.events.rules_access import Asking, Keys, access_words, open_words, refuse_access
from app.events.rules_calendar import Entry, calendar_file
from app.events.rules_structured import structured_event
from app.events.rules_words import (
    KIND_LABELS,
    seats_words,
    until_words,
    when_words,
    where_from,
    where_words,
)
from app.i18n import _
from app.markdown import markdown_summary, render_markdown
from app.members.models import Member
from app.pages import columns, find_page, is_stranger, keep_page, shared_page
from app.web import absolute_url, public

bp = Blueprint("events", __name__)
bp.add_app_template_filter(render_markdown, "markdown")
bp.add_app_template_filter(markdown_summary, "markdown_summary")
bp.add_app_template_filter(KIND_LABELS.__getitem__, "kind_label")
bp.add_app_template_filter(seats_words, "seats_words")
bp.add_app_template_filter(when_words, "when")
bp.add_app_template_filter(until_words, "until")
bp.add_app_template_filter(where_words, "where")


@bp.get("/")
@public
def home() -> str:
    """Show what is on, everywhere or in one city."""
    if is_stranger():
        read_alone()
    chapters = all_chapters()
    chosen = request.args.get("city", "")
    chapter = next((chapter for chapter in chapters if chapter.slug == chosen), None)
    if chosen and chapter is None:
        abort(404)
    return _listing("events/home.html", chapter, chapters)


@bp.get("/events/<slug>")
@public
def event(slug: str) -> str:
    """Show an event, how many seats are left, and the way to one."""
    if is_stranger():
        return _event_for_strangers(slug, now())
    event, member, at = get_event(slug), _member(), now()
    left = event.capacity - event.seats_taken
    waiting = waiting_count(event.id) if left < event.party_max or event.slots else 0
    picture = picture_digests([event]).get(event.picture_id or 0)
    asking = asking_of(event, member, None, Keys.of(request.args), at)
    mine = find_place_of(event.id, member.id) if member else None
    return _event_page(event, mine, waiting, picture, asking, at)


def _event_for_strangers(slug: str, at: datetime) -> str:
    if page := find_page(get_shown(slug, at), at):
        return page
    event, shown = get_event_as_shown(slug, at)
    asking = asking_of_stranger(event, shown.has_list, Keys.of(request.args), at)
    page = _event_page(event, None, shown.waiting, shown.picture, asking, at)
    return keep_page(page, shown, at)


def _event_page(
    event: Event,
    mine: Place | None,
    waiting: int,
    picture: str | None,
    asking: Asking,
    at: datetime,
) -> str:
    reason = refuse_access(event, asking, at)
    return render_template(
        "events/event.html",
        event=event,
        mine=mine,
        state=mine.state(at) if mine else None,
        left=event.capacity - event.seats_taken,
        waiting=waiting,
        open=is_open(event.status, event.ends_at, at),
        over=at >= event.ends_at,
        refused=reason,
        access_note=access_words(event, reason, current_user.is_authenticated)
        if reason
        else open_words(event, asking, at),
        picture=picture,
        arrived_from=where_from(request.args) | asking.keys.in_address(),
        structured=_structured(event, picture),
    )


@bp.get("/chapters/<slug>")
@public
def chapter(slug: str) -> str:
    """Show a chapter and what it plans."""
    if is_stranger():
        read_alone()
    chapter = get_chapter(slug)
    return _listing("events/chapter.html", chapter, [chapter])


def _listing(template: str, chapter: Chapter | None, chapters: list[Chapter]) -> str:
    """Show a page of the events to come: of one chapter, or of all."""
    at = now()
    events = upcoming_page(at, chapter.id if chapter else None)
    pictures = picture_digests(events.items)

    def render() -> str:
        return render_template(template, chapters=chapters, chapter=chapter, events=events, pictures=pictures)

    if not is_stranger():
        return render()
    cards = tuple(_card(event) for event in events.items)
    shown = (tuple(columns(one) for one in chapters), cards, events.total, tuple(pictures.items()))
    return shared_page(shown, at, render)


def _card(event: Event) -> tuple[object, ...]:
    """Return all that the card of an event shows."""
    left = event.capacity - event.seats_taken
    seats = seats_words(left) if left > 0 else ""
    return (
        event.id,
        event.slug,
        event.kind,
        event.title,
        event.starts_at,
        event.timezone,
        event.chapter.city,
        event.picture_id,
        seats,
    )


@bp.get("/calendar.ics")
@public
def calendar() -> ResponseReturnValue:
    """Give every event as a feed."""
    return calendar_response(feed_entries(now()), "calendar", get_brand().name)


@bp.get("/chapters/<slug>/calendar.ics")
@public
def chapter_calendar(slug: str) -> ResponseReturnValue:
    """Give a chapter's events as a feed."""
    chapter = get_chapter(slug)
    name = f"{get_brand().name} – {chapter.name}"
    return calendar_response(feed_entries(now(), chapter.id), chapter.slug, name)


@bp.get("/events/<slug>/calendar.ics")
@public
def event_calendar(slug: str) -> ResponseReturnValue:
    """Give one event as a file, for people who only note it."""
    return calendar_response([event_entry(get_event(slug))], slug)


def calendar_response(entries: list[Entry], filename: str, name: str | None = None) -> Response:
    """Answer with a calendar file; one with a name is a feed."""
    response = Response(calendar_file(entries, name), mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}.ics"'
    return response


def _member() -> Member | None:
    # Not the proxy, which the database session would not take for a member.
    return cast(Member, current_user._get_current_object()) if current_user.is_authenticated else None


def _structured(event: Event, picture: str | None) -> dict[str, object]:
    kind = _("%(kind)s in %(city)s", kind=KIND_LABELS[event.kind], city=event.chapter.city)
    return structured_event(
        event,
        description=markdown_summary(event.description, 300) or kind,
        organizer=get_brand().name,
        url=absolute_url("events.event", slug=event.slug),
        picture_url=absolute_url("media.picture", digest=picture) if picture else None,
    )
