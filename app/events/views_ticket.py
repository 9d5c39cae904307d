"""A ticket: its QR code, its calendar file, cancelling. Who has the address of the page has the ticket."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clock import now
from app.db import commit
from app.errors import Refusal
from app.events.actions_desk import what_moves
from app.events.actions_seats import cancel_rsvp
from app.events.queries import place_in_line, waiting_count
from app.events.queries_calendar import place_entry
from app.events.queries_tickets import Place, find_place, places_of
from app.events.rules import is_open
from app.events.rules_offers import LineMove
from app.events.rules_seats import room_of
from app.events.rules_ticket import TicketState, qr_text
from app.events.rules_words import REASON_LABELS
from app.events.views import calendar_response
from app.members.forms import EmptyForm
from app.members.models import Member
from app.panels import panel
from app.qr import qr_svg
from app.web import public

bp = Blueprint("tickets", __name__)

GONE = {TicketState.CANCELLED, TicketState.DECLINED}
CANCELLABLE = {TicketState.CONFIRMED, TicketState.HELD, TicketState.OFFERED, TicketState.WAITLISTED}


@bp.after_request
def keep_secret(response: Response) -> Response:
    """Keep these pages out of search engines: their address is a secret."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@bp.get("/<token>")
@public
def ticket(token: str) -> str:
    """Show a ticket, or what became of it."""
    place = _get_place(token)
    state, event = place.state(now()), place.event
    shows_code = place.ticket is not None and state in {TicketState.CONFIRMED, TicketState.CHECKED_IN}
    waiting = state is TicketState.WAITLISTED
    return render_template(
        "tickets/ticket.html",
        place=place,
        token=token,
        rsvp=place.rsvp,
        event=event,
        state=state,
        qr=qr_svg(qr_text(event.code, place.ticket.code)) if place.ticket and shows_code else None,
        line=(place_in_line(place.rsvp), waiting_count(event.id)) if waiting else None,
        open=is_open(event.status, event.ends_at, now()),
        over=now() >= event.ends_at,
        cancellable=state in CANCELLABLE,
        free=waiting and _may_take(place),
        reasons=REASON_LABELS if state in GONE and not place.rsvp.declined_because else {},
        asked_to_come=state is TicketState.CONFIRMED and request.args.get("coming") == "yes",
    )


def _may_take(place: Place) -> bool:
    """Tell whether who stands in line may take a seat that is free now, because it is too late to offer it."""
    event, rsvp = place.event, place.rsvp
    frozen = what_moves(event, now())[0] is LineMove.NOTHING
    is_there = frozen and is_open(event.status, event.ends_at, now())
    return is_there and room_of(event).fits(rsvp.party_size, rsvp.slot_id)


@bp.post("/<token>/cancel")
@public
def cancel(token: str) -> ResponseReturnValue:
    """Give the seat, or the place in line, back."""
    place = _get_place(token)
    if place.state(now()) is TicketState.TRANSFERRED:
        abort(404)
    if EmptyForm().validate_on_submit():
        try:
            cancel_rsvp(place.rsvp.id, now())
        except Refusal as refusal:
            flash(refusal.message, "error")
        commit()
    return redirect(url_for(".ticket", token=token))


@bp.get("/<token>/calendar.ics")
@public
def calendar(token: str) -> ResponseReturnValue:
    """Give the event as a calendar file; asked again, it updates what the calendar holds."""
    place = _get_place(token)
    return calendar_response([place_entry(place.rsvp, token)], place.event.slug)


def _get_place(token: str) -> Place:
    return find_place(token) or abort(404)


@panel("me", 10)
def my_places(member: Member) -> str:
    """Show a member's meetups on their own page."""
    coming, past = places_of(member.id, now())
    return render_template("events/_my_places.html", coming=coming, past=past, now=now())
