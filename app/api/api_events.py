"""Events and their slots."""

from __future__ import annotations

from typing import Any

from app.api import queries_events as queries
from app.api.api import Calls, caller, next_page
from app.api.forms_schemas import EventPage, EventQuery, EventSchema, QuestionList, SlotList
from app.api.rules import Scope
from app.events.queries_questions import questions_of

bp = Calls("events-api", "Meetups and other gatherings.")


@bp.call("GET", "/events", Scope.EVENTS_READ, 422)
@bp.arguments(EventQuery, location="query")
@bp.response(200, EventPage)
def list_events(query: dict[str, Any]) -> dict[str, Any]:
    """List events

    Those that are published, and the drafts of the chapters that the token’s owner runs.
    """
    found = queries.events(
        caller(), query.get("cursor", 0), query["limit"] + 1, query.get("chapter"), query.get("starts_after")
    )
    page = found[: query["limit"]]
    return {
        "items": [queries.shown(event, caller()) for event in page],
        "next": next_page(found, query["limit"]),
    }


@bp.call("GET", "/events/<slug>", Scope.EVENTS_READ, 404)
@bp.response(200, EventSchema)
def get_event(slug: str) -> dict[str, Any]:
    """Get an event"""
    return queries.shown(queries.get_event(caller(), slug), caller())


@bp.call("GET", "/events/<slug>/slots", Scope.EVENTS_READ, 404)
@bp.response(200, SlotList)
def list_slots(slug: str) -> dict[str, Any]:
    """List the slots of an event"""
    event = queries.get_event(caller(), slug)
    manages = caller().manages(event.chapter_id)
    return {"items": [queries.shown_slot(slot, manages) for slot in event.slots]}


@bp.call("GET", "/events/<slug>/questions", Scope.EVENTS_READ, 404)
@bp.response(200, QuestionList)
def list_questions(slug: str) -> dict[str, Any]:
    """List the questions of an event

    What its registration page asks, in order: the answers go with a new Rsvp.
    """
    event = queries.get_event(caller(), slug)
    return {"items": [queries.shown_question(question) for question in questions_of(event.id)]}
