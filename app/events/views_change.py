"""Changing one’s mind about a ticket. Who has the address of its page may; a mail program that opens links may not.

What a mail links to is a page with a button: programs that read mail before people do press none.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clock import now
from app.db import commit
from app.errors import Refusal
from app.events import actions_changes as actions
from app.events.forms_change import ChangeForm, HandOnForm
from app.events.models import Rsvp
from app.events.queries_tickets import Place, find_place, find_place_of
from app.events.rules_ticket import TicketState
from app.events.views_ticket import keep_secret
from app.i18n import _
from app.limits import limit, remote_address
from app.members.forms import EmptyForm, show_refusal
from app.web import public

bp = Blueprint("changes", __name__)
bp.after_request(keep_secret)

CHANGEABLE = {TicketState.CONFIRMED, TicketState.WAITLISTED, TicketState.OFFERED}


def _ticket_of_request() -> str:
    return str((request.view_args or {}).get("token", remote_address()))


@bp.post("/<token>/accept")
@public
def accept(token: str) -> ResponseReturnValue:
    """Take the seat that is offered."""
    return _do(token, lambda rsvp: actions.accept_offer(rsvp.id, now()), _("The seat is yours."))


@bp.post("/<token>/take")
@public
def take(token: str) -> ResponseReturnValue:
    """Take a seat that is free now, from the line."""
    return _do(token, lambda rsvp: actions.take_free_seat(rsvp.id, now()), _("The seat is yours."))


@bp.post("/<token>/coming")
@public
def coming(token: str) -> ResponseReturnValue:
    """Say that one still comes."""
    thanks = _("Thank you: we look forward to seeing you.")
    return _do(token, lambda rsvp: actions.still_coming(rsvp.id, now()), thanks)


@bp.post("/<token>/why")
@public
def why(token: str) -> ResponseReturnValue:
    """Say in one tap why one does not come."""
    reason = request.form.get("reason", "")
    return _do(token, lambda rsvp: actions.say_why(rsvp, reason), _("Thank you for telling us."))


@bp.route("/<token>/change", methods=["GET", "POST"])
@public
@limit("30 per hour", who=_ticket_of_request, methods=["POST"])
def change(token: str) -> ResponseReturnValue:
    """Come with more or fewer people, or to another slot."""
    place = _get_place(token, CHANGEABLE)
    form = ChangeForm.of(place.rsvp)
    if form.validate_on_submit():
        try:
            actions.change_place(place.rsvp.id, form.party_size.data, form.slot, now(), form.new_guests)
        except Refusal as refusal:
            commit()
            if refusal.code == "no-room" and form.only_moves:
                refusal = Refusal(refusal.code, refusal.message, "slot_id")
            show_refusal(form, refusal, "party_size")
        else:
            commit()
            flash(_("Changed. Your code stays the same."), "success")
            return redirect(_page_of(place))
    return render_template("tickets/change.html", form=form, place=place, token=token)


@bp.route("/<token>/hand-on", methods=["GET", "POST"])
@public
@limit("5 per hour", who=_ticket_of_request, methods=["POST"])
def hand_on(token: str) -> ResponseReturnValue:
    """Give the ticket to a friend."""
    place = _get_place(token, {TicketState.CONFIRMED})
    form = HandOnForm()
    if form.validate_on_submit():
        try:
            name, email = str(form.name.data), str(form.email.data)
            actions.hand_on(place.rsvp.id, email, name, now())
        except Refusal as refusal:
            commit()
            form.email.errors = [refusal.message]
        else:
            commit()
            flash(_("Handed on. %(name)s gets a ticket at %(email)s.", name=name, email=email), "success")
            return redirect(url_for("tickets.ticket", token=token))
    return render_template("tickets/hand_on.html", form=form, place=place, token=token)


def _do(token: str, action: Callable[[Rsvp], object], done: str) -> ResponseReturnValue:
    """Do what one button asks, and show the ticket as it is then."""
    place = _get_place(token)
    if EmptyForm().validate_on_submit():
        try:
            action(place.rsvp)
        except Refusal as refusal:
            flash(refusal.message, "error")
        else:
            flash(done, "success")
        commit()
    return redirect(_page_of(place))


def _page_of(place: Place) -> str:
    held = find_place_of(place.rsvp.event_id, place.rsvp.member_id)
    return url_for("tickets.ticket", token=held.token if held else place.token)


def _get_place(token: str, states: set[TicketState] | None = None) -> Place:
    place = find_place(token) or abort(404)
    state = place.state(now())
    if state is TicketState.TRANSFERRED or (states is not None and state not in states):
        abort(404)
    return place
