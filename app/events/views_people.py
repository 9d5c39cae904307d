"""The people of an event, for the CMs of its chapter: the list, one person, adding and cancelling by hand."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from app.clock import now
from app.db import commit
from app.errors import Refusal
from app.events.actions_people import add_by_hand, cancel_for, promote
from app.events.forms_people import CancelForm, SearchForm, add_form
from app.events.models import Event, Rsvp, RsvpStatus
from app.events.queries import get_managed_event, place_in_line
from app.events.queries_people import arrival_of, get_rsvp_of, people_page, standings
from app.events.queries_questions import answers_of, questions_for_staff, questions_of, sees_sensitive
from app.events.queries_tickets import find_place
from app.events.rules import is_open
from app.events.rules_people import LAPSE_WORDS, Search, lapse_of, origin_text
from app.events.rules_questions import answer_words
from app.i18n import _, locale_code, ngettext
from app.members.forms import EmptyForm, show_refusal
from app.members.models import Member
from app.web import allow

bp = Blueprint("people_list", __name__)


@bp.get("/<slug>/people")
@allow("cm", "admin")
def index(slug: str) -> str:
    """List who answered for an event: searched, filtered, sorted and paged by the address."""
    event = get_managed_event(current_user, slug)
    search = Search.of(request.args, {slot.id for slot in event.slots})
    counts = standings(event.id)
    return render_template(
        "manage/people.html",
        event=event,
        form=SearchForm(event, request.args),
        search=search,
        counts={standing.value: number for standing, number in counts.items()},
        found=people_page(event.id, search, request.args.get("page", 1, int), counts),
        lapse_words=LAPSE_WORDS,
        slot_names={slot.id: slot.name for slot in event.slots},
        open=is_open(event.status, event.ends_at, now()),
    )


@bp.route("/<slug>/people/add", methods=["GET", "POST"])
@allow("cm", "admin")
def add(slug: str) -> ResponseReturnValue:
    """Write somebody down whom the CM vouches for."""
    event = get_managed_event(current_user, slug)
    form = add_form(event, questions_for_staff(event, current_user))
    if form.validate_on_submit():
        try:
            added = add_by_hand(event.id, form.person(), _cm(), locale_code(), now())
        except Refusal as refusal:
            show_refusal(form, refusal, "name")
            commit()  # holds have lapsed
        else:
            commit()
            _say_added(added.rsvp, added.was_there)
            return redirect(url_for(".person", slug=slug, rsvp_id=added.rsvp.id))
    return render_template("manage/people_add.html", event=event, form=form)


@bp.get("/<slug>/people/<int:rsvp_id>")
@allow("cm", "admin")
def person(slug: str, rsvp_id: int) -> str:
    """Show one registration, and what can be done about it."""
    event, rsvp = _load(slug, rsvp_id)
    return _show(event, rsvp, CancelForm())


@bp.post("/<slug>/people/<int:rsvp_id>/cancel")
@allow("cm", "admin")
def cancel(slug: str, rsvp_id: int) -> ResponseReturnValue:
    """Give a seat, or a place in line, away with a reason."""
    event, rsvp = _load(slug, rsvp_id)
    form = CancelForm()
    if not form.validate_on_submit():
        return _show(event, rsvp, form)
    try:
        cancel_for(rsvp.id, str(form.reason.data).strip(), bool(form.tells_reason.data), _cm(), now())
    except Refusal as refusal:
        flash(refusal.message, "error")
    else:
        flash(_("Cancelled. A seat that comes free goes to the next in line."), "success")
    commit()
    return redirect(url_for(".person", slug=slug, rsvp_id=rsvp_id))


@bp.post("/<slug>/people/<int:rsvp_id>/promote")
@allow("cm", "admin")
def promote_now(slug: str, rsvp_id: int) -> ResponseReturnValue:
    """Give a free seat to somebody before those who stand before them."""
    _event, rsvp = _load(slug, rsvp_id)
    if EmptyForm().validate_on_submit():
        try:
            passed_over = promote(rsvp.id, _cm(), now())
        except Refusal as refusal:
            flash(refusal.message, "error")
        else:
            words = ngettext(
                "Before one other, which the journal notes.",
                "Before %(num)d others, which the journal notes.",
                passed_over,
            )
            flash(" ".join([_("The seat is theirs."), words if passed_over else ""]).strip(), "success")
        commit()
    return redirect(url_for(".person", slug=slug, rsvp_id=rsvp_id))


def _load(slug: str, rsvp_id: int) -> tuple[Event, Rsvp]:
    event = get_managed_event(current_user, slug)
    return event, get_rsvp_of(event, rsvp_id)


def _show(event: Event, rsvp: Rsvp, form: CancelForm) -> str:
    waits = rsvp.status == RsvpStatus.WAITLISTED
    lapse = lapse_of(rsvp.status, rsvp.cancelled_because, rsvp.hold_for, rsvp.confirmed_at)
    # Who has an address gets the secret of the ticket by mail, and nobody else needs it.
    place = find_place(rsvp.token) if rsvp.member.email is None else None
    return render_template(
        "manage/people_person.html",
        event=event,
        rsvp=rsvp,
        form=form,
        arrived_at=arrival_of(rsvp.id),
        place=place_in_line(rsvp) if waits else None,
        lapse=LAPSE_WORDS[lapse] if lapse else None,
        origin=origin_text(rsvp.arrived_from),
        answers=_answers(event, rsvp),
        ticket_url=url_for("tickets.ticket", token=place.token) if place else None,
        over=event.ends_at <= now(),
    )


def _answers(event: Event, rsvp: Rsvp) -> list[tuple[str, str]]:
    """Return what a party was asked and answered; sensitive answers for who runs the chapter alone."""
    given = answers_of([rsvp.id], sees_sensitive(current_user, event)).get(rsvp.id, {})
    asked = questions_of(event.id) if given else []
    return [(one.label, answer_words(given[one.id])) for one in asked if one.id in given]


def _say_added(rsvp: Rsvp, was_there: bool) -> None:
    if was_there:
        flash(_("This person was on the list already: nothing is added."), "info")
    elif rsvp.status == RsvpStatus.WAITLISTED:
        place = _("All seats are taken: this party waits in line, at place %(num)d.", num=place_in_line(rsvp))
        mail = _("A mail tells them so.") if rsvp.member.email else ""
        flash(f"{place} {mail}".strip())
    elif rsvp.member.email is None:
        flash(_("Added. Without an address nothing is mailed: show or print the ticket."), "success")
    else:
        flash(_("Added. The ticket is on its way by mail."), "success")


def _cm() -> Member:
    return cast(Member, current_user._get_current_object())
