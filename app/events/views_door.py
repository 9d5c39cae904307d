"""The door: which event, and the page that a phone shows at its entrance."""

from __future__ import annotations

from flask import Blueprint, g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.clock import now
from app.events.forms_door import TOKEN_HEADER, door_token
from app.events.queries import get_managed_event, managed_chapters
from app.events.queries_door import counters, door_events
from app.events.rules_door import doors_of
from app.web import allow

bp = Blueprint("door", __name__)

# What the page calls, by the names its scripts use.
CALLS = {"roster": "door_api.show_roster", "scans": "door_api.add_scans", "undo": "door_api.undo"}


@bp.get("/")
@allow("cm", "admin")
def index() -> ResponseReturnValue:
    """List the events whose doors are open or will be, the next one first."""
    at = now()
    events = door_events([chapter.id for chapter in managed_chapters(current_user)], at)
    return render_template(
        "door/index.html",
        events=events,
        counters=counters([event.id for event in events]),
        open_now={event.id for event in events if doors_of(event.starts_at, event.ends_at).opens_at <= at},
    )


@bp.get("/<slug>")
@allow("cm", "admin")
def show(slug: str) -> ResponseReturnValue:
    """Show the scanner. Once loaded the page works without network until it is closed."""
    event = get_managed_event(current_user, slug)
    g.runs_wasm = True
    settings = {
        "slug": slug,
        "eventCode": event.code,
        "timezone": event.timezone,
        "tokenHeader": TOKEN_HEADER,
        "token": door_token(event.id, current_user.id),
        "urls": {name: url_for(endpoint, slug=slug) for name, endpoint in CALLS.items()},
        "rewardsUrl": url_for("rewards.hand_over"),
    }
    total = counters([event.id])[event.id]
    return render_template("door/show.html", event=event, total=total, settings=settings)
