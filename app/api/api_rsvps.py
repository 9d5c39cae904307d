"""Rsvps: who comes, registering people, giving seats back."""

from __future__ import annotations

from typing import Any

from flask import request

from app.api import queries_people as queries
from app.api.actions_rsvps import BadAnswers, Newcomer, Wanted, register
from app.api.api import Calls, caller, next_page, tag_of, written
from app.api.api_once import PARAMETER, once
from app.api.forms_schemas_rsvps import NewRsvp, RsvpPage, RsvpQuery, RsvpSchema
from app.api.queries_events import get_managed
from app.api.rules import Scope
from app.clock import now
from app.db import commit, db
from app.errors import Problem, pointer
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
    return {"items": queries.shown(found[:limit]), "next": next_page(found, limit, slug=slug)}


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

    Give `member_id`, or `name` and `email`. Where there is no room the party is put in line (status `waitlisted`). A
    mail brings the ticket, or says that the place in line is kept. An address that was never proven gets a code
    instead, and its seat is held until then. Nobody is registered twice: the answer then is 200, with the Rsvp that is
    there, and what was sent besides is not kept.

    The event’s questions and its guests’ names are asked as its page asks them: 422 with the code `answers` names in
    `errors` each answer that is wrong or missing, by its place in the body. `skip_questions` leaves open what is
    required; what is sent is checked all the same.

    The event may be open to some people only, or not yet, or no more. Who could not register on its page is refused
    with 409 and the code `not-yet`, `closed`, `members-only`, `link-only` or `invited-only`. `override_access`
    registers them all the same, which the journal notes. The event’s list is asked for their address; private links
    and early codes are for people and mean nothing here.
    """
    event, at = get_managed(caller(), slug), now()
    try:
        rsvp, was_there = register(event.id, _who(asked), _wanted(asked), caller().member_id, at)
    except BadAnswers as bad:
        errors = [
            {"pointer": pointer(*fault.place), "code": fault.code, "detail": fault.detail}
            | ({"question_id": fault.question_id} if fault.question_id else {})
            for fault in bad.faults
        ]
        raise Problem(422, "answers", "An answer or a name is wrong or missing.", errors=errors) from bad
    where = absolute_url("rsvps-api.get_rsvp", slug=slug, rsvp_id=rsvp.id)
    return queries.get_rsvp(caller(), event, rsvp.id), 200 if was_there else 201, {"Location": where}


def _wanted(asked: dict[str, Any]) -> Wanted:
    return Wanted(
        asked["party_size"],
        asked["slot_id"],
        [(answer["question_id"], answer["value"]) for answer in asked["answers"]],
        asked["guests"],
        skips_questions=asked["skip_questions"],
        overrides_access=asked["override_access"],
    )


def _who(asked: dict[str, Any]) -> Member | Newcomer:
    by_id = "member_id" in asked
    if by_id in ("email" in asked, "name" in asked):
        raise Problem(422, "invalid", "Give member_id, or name and email.")
    if not by_id:
        return Newcomer(asked["email"], asked["name"], asked["locale"])
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
