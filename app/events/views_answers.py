"""Changing what one answered when one registered.

Answers may be sensitive, and the address of a ticket gets forwarded: so these pages are for the member alone, signed
in, and not for whoever has the ticket.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from app.clock import now
from app.db import commit
from app.errors import Refusal
from app.events.actions_questions import change_answers
from app.events.forms import answers_form
from app.events.models import LIVE, GuestNames, Rsvp
from app.events.models_questions import EventQuestion
from app.events.queries_questions import answers_of, asked_of, questions_of
from app.events.queries_tickets import Place, find_place
from app.events.rules_guests import missing_names
from app.events.rules_questions import Answer, misses_answers
from app.events.rules_ticket import HANDED_ON
from app.events.views_ticket import keep_secret
from app.i18n import _
from app.panels import panel
from app.web import signed_in

bp = Blueprint("answers", __name__)
bp.after_request(keep_secret)


@bp.route("/<token>/answers", methods=["GET", "POST"])
@signed_in
def change(token: str) -> ResponseReturnValue:
    """Show a member’s answers and the names of their guests, to be changed."""
    place = _get_own_place(token)
    rsvp, event = place.rsvp, place.event
    questions = questions_of(event.id)
    form = answers_form(rsvp, questions, answers_of([rsvp.id], with_sensitive=True).get(rsvp.id, {}))
    if form.validate_on_submit():
        try:
            change_answers(rsvp.id, form.reading.answers, form.guest_names(rsvp.party_size), now())
        except Refusal as refusal:
            flash(refusal.message, "error")
        else:
            flash(_("Saved."), "success")
        commit()  # after a refusal too: offers have lapsed
        return redirect(url_for("tickets.ticket", token=token))
    return render_template("registration/answers.html", form=form, event=event, rsvp=rsvp, token=token)


def _get_own_place(token: str) -> Place:
    place = find_place(token) or abort(404)
    if not _may_change(place.rsvp) or now() >= place.event.ends_at:
        abort(404)
    return place


def _may_change(rsvp: Rsvp) -> bool:
    return bool(current_user.is_authenticated and current_user.id == rsvp.member_id and rsvp.status in LIVE)


def _waits_for_answers(rsvp: Rsvp, asked: Mapping[EventQuestion, Answer | None]) -> bool:
    nothing_said = all(answer is None for answer in asked.values())
    if asked and nothing_said and rsvp.arrived_from == HANDED_ON:
        return True
    names = missing_names(rsvp.event.guest_names, rsvp.guest_names or [], rsvp.party_size - 1)
    return bool(names) or misses_answers(asked)


@panel("ticket", 10)
def answers_panel(place: Place) -> str:
    """Show a member the way to their answers; ask for those that the event still waits for, whoever has the ticket.

    Somebody who was given a ticket, or written down by staff, was never asked. The way leads past signing in, and goes
    by the address that is open: no other secret than that is shown.
    """
    rsvp = place.rsvp
    if rsvp.status not in LIVE or rsvp.member.email is None or now() >= rsvp.event.ends_at:
        return ""
    own = _may_change(rsvp)
    if current_user.is_authenticated and not own:
        return ""
    asked = asked_of(rsvp)
    names_guests = rsvp.party_size > 1 and rsvp.event.guest_names != GuestNames.NONE
    waits = _waits_for_answers(rsvp, asked)
    if not waits and not (own and (asked or names_guests)):
        return ""
    token = str((request.view_args or {}).get("token", rsvp.token))
    return render_template("registration/answers_panel.html", token=token, waits=waits, own=own)
