"""Rsvps: who comes, registering people, giving seats back."""

from __future__ import annotations

from typing import Any

from flask import request

from app.api import queries_people as queries
from app.api.actions_rsvps import register_address, register_for
from app.api.api import Calls, caller, next_page, tag_of, written
from app.api.api_once import PARAMETER, once
from app.api.forms_schemas import NewRsvp, RsvpPage, RsvpQuery, RsvpSchema
from app.api.queries_events import get_managed
from app.api.rules import Scope
from app.clock import now
from app.db import commit, db
from app.errors import Problem
from app.events.actions_desk import open_desk
from app.events.actions_people import cancel_for
from app.members.models import Member
from app.web import absolute_url

bp = Calls("rsvps-api", "Registrations for an event of a chapter that the token’s owner runs.")

IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "description": "The ETag of the Rsvp as you know it: if it changed since, nothing is done.",
    "schema": {"type": "string"},
}


@bp.call("GET", "/events/<slug>/rsvps", Scope.RSVPS_READ, 404, 422)
@bp.arguments(RsvpQuery, location="query")
@bp.response(200, RsvpPage)
def list_rsvps(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """List the Rsvps of an event"""
    event, limit = get_managed(caller(), slug), query["limit"]
    found = queries.rsvps(caller(), event, query.get("cursor", 0), limit + 1, query.get("status"))
    return {"items": found[:limit], "next": next_page(found, limit, slug=slug)}


@bp.call("GET", "/events/<slug>/rsvps/<int:rsvp_id>", Scope.RSVPS_READ, 404)
@bp.response(200, RsvpSchema)
def get_rsvp(slug: str, rsvp_id: int) -> Any:
    """Get an Rsvp"""
    return queries.get_rsvp(caller(), get_managed(caller(), slug), rsvp_id)


@bp.call("POST", "/events/<slug>/rsvps", Scope.RSVPS_WRITE, 400, 404, 409, 415, 422)
@bp.doc(parameters=[PARAMETER])
@once
@bp.arguments(NewRsvp)
@bp.alt_response(200, schema=RsvpSchema, description="Registered already: the Rsvp as it is", success=True)
@bp.response(201, RsvpSchema, headers={"Location": {"schema": {"type": "string"}}})
def create_rsvp(asked: dict[str, Any], slug: str) -> Any:
    """Register somebody

    Give `member_id`, or `name` and `email`. Where there is no room the party is put in line (status `waitlisted`). An
    address that was never proven gets a mail with a code, and its seat is held until then. Nobody is registered
    twice: the answer then is 200, with the Rsvp that is there.
    """
    event, at = get_managed(caller(), slug), now()
    member = _member(asked, event.id)
    party = (asked["party_size"], asked["slot_id"])
    rsvp = register_for(event.id, member, *party, by_id=caller().member_id, now=at)
    where = absolute_url("rsvps-api.get_rsvp", slug=slug, rsvp_id=rsvp.id)
    status = 201 if rsvp.created_at == at else 200
    return queries.get_rsvp(caller(), event, rsvp.id), status, {"Location": where}


def _member(asked: dict[str, Any], event_id: int) -> Member:
    by_id = "member_id" in asked
    if by_id in ("email" in asked, "name" in asked):
        raise Problem(422, "invalid", "Give member_id, or name and email.")
    if not by_id:
        return register_address(event_id, asked["email"], asked["name"], asked["locale"], now())
    member = queries.find_known(caller(), asked["member_id"])
    if member is None:
        raise Problem(
            409, "unknown-member", "There is no member with this id, or the token may not know them."
        )
    return member


@bp.call("DELETE", "/events/<slug>/rsvps/<int:rsvp_id>", Scope.RSVPS_WRITE, 404, 409, 412)
@bp.doc(parameters=[IF_MATCH])
@bp.response(200, RsvpSchema)
def cancel_rsvp(slug: str, rsvp_id: int) -> Any:
    """Give a seat back

    The Rsvp stays, cancelled, and who is next in line is seated. Cancelling twice is harmless.
    """
    event, at = get_managed(caller(), slug), now()
    if request.if_match:
        open_desk(event.id, at)  # so that nothing changes between this look and what is done
    row = queries.get_rsvp(caller(), event, rsvp_id)
    if request.if_match and not request.if_match.contains(tag_of(written(RsvpSchema(), row))):
        raise Problem(412, "precondition-failed", "This Rsvp changed since you read it: read it again.")
    cancel_for(rsvp_id, "", False, db.session.get_one(Member, caller().member_id), at)
    answer = queries.get_rsvp(caller(), event, rsvp_id)
    commit()
    return answer
