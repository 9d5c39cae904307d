"""Asking for a seat, or saying “not this time”."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from app.clock import now
from app.db import commit, db, read_alone
from app.errors import Refusal
from app.events.actions_changes import decline as decline_event
from app.events.actions_registration import Asked, register_address, register_member
from app.events.forms import RegisterForm, register_form
from app.events.models import LIVE, Event
from app.events.models_questions import EventQuestion
from app.events.queries import get_event
from app.events.queries_access import asking_of, asking_of_stranger
from app.events.queries_questions import asked_by, questions_of
from app.events.queries_shown import get_event_as_shown, get_shown
from app.events.queries_tickets import Place, find_place_of
from app.events.rules import is_open
from app.events.rules_access import (
    AccessRefusal,
    Asking,
    Keys,
    access_words,
    asks_code,
    open_words,
    refuse_access,
)
from app.events.rules_seats import room_of
from app.events.rules_words import seats_words, where_from
from app.events.views_proof import ask_digits, remember_asked
from app.i18n import locale_code, time_text
from app.limits import count_try, remote_address
from app.members.forms import EmptyForm, show_refusal
from app.members.models import Consent, ConsentPurpose, Member
from app.members.queries import consents_of
from app.members.rules_consents import CONSENTS
from app.members.rules_people import normalise_email
from app.pages import columns, find_page, is_stranger, keep_page
from app.web import public, signed_in

bp = Blueprint("registration", __name__)


def _who() -> str:
    """Return whose registrations are counted: the member's, else the address's that is typed."""
    if current_user.is_authenticated:
        return f"member:{current_user.id}"
    return normalise_email(request.form.get("email", ""))


@bp.route("/<slug>/register", methods=["GET", "POST"])
@public
def register(slug: str) -> ResponseReturnValue:
    """Ask for a seat in one form."""
    if request.method == "GET" and is_stranger():
        return _form_for_strangers(slug, now())
    event, member, at = get_event(slug), _current_member(), now()
    if member and (place := find_place_of(event.id, member.id)) and _is_certain(place):
        return redirect(url_for("tickets.ticket", token=place.token))
    keys = Keys.of(request.args)
    asking = asking_of(event, member, None, keys, at)
    if refused := _refused(event, asking, member, at):
        return refused
    form = _form(event, member, asked_by(event))
    if form.validate_on_submit():
        # Here, for a mistake in the form does not count; and a person's before their network's, which many share.
        count_try("5 per hour", _who(), "register")
        count_try("60 per hour", remote_address(), "register")
        try:
            return _register(event, member, form, keys)
        except Refusal as refusal:
            db.session.rollback()
            event = get_event(slug)
            form = _form(event, member, asked_by(event))  # anew: one may have been taken away
            show_refusal(form, refusal)
    return _form_page(event, member, form, asking, at)


def _form_for_strangers(slug: str, at: datetime) -> ResponseReturnValue:
    shown = get_shown(slug, at)
    if shown.asks:
        read_alone()
    questions = questions_of(shown.event_id) if shown.asks else []
    asked = repr([columns(question) for question in questions])
    if page := find_page((shown, asked), at, generate_csrf):
        return page
    event, shown = get_event_as_shown(slug, at)
    asking = asking_of_stranger(event, shown.has_list, Keys.of(request.args), at)
    if refused := _refused(event, asking, None, at):
        return refused
    page = _form_page(event, None, _form(event, None, questions), asking, at)
    return keep_page(page, (shown, asked), at, generate_csrf)


def _refused(event: Event, asking: Asking, member: Member | None, at: datetime) -> ResponseReturnValue | None:
    """Answer who cannot register now, with the reason where there is one to tell."""
    if not is_open(event.status, event.ends_at, at):
        return redirect(url_for("events.event", slug=event.slug))
    reason = refuse_access(event, asking, at)
    return _explain(event, reason, member, at) if reason else None


def _form(event: Event, member: Member | None, questions: Sequence[EventQuestion]) -> RegisterForm:
    return register_form(
        event,
        questions,
        knows_member=member is not None,
        knows_consents=bool(member and _answered(consents_of(member.id))),
    )


def _form_page(event: Event, member: Member | None, form: RegisterForm, asking: Asking, at: datetime) -> str:
    return render_template(
        "registration/register.html",
        form=form,
        event=event,
        member=member,
        slot_hints=_slot_hints(event),
        note=open_words(event, asking, at),
        asks_code=asks_code(event, asking, at),
        keys=asking.keys,
        at=at,
    )


def _explain(event: Event, reason: AccessRefusal, member: Member | None, at: datetime) -> str:
    """Say why somebody may not register, with a field for the code where one opens the form sooner."""
    return render_template(
        "registration/not_open.html",
        event=event,
        words=access_words(event, reason, member is not None),
        sign_in=reason is AccessRefusal.MEMBERS and member is None,
        asks_code=reason is AccessRefusal.NOT_YET and bool(event.early_code and event.early_opens_at),
        keys=Keys.of(request.args),
        at=at,
    )


def _register(event: Event, member: Member | None, form: RegisterForm, keys: Keys) -> ResponseReturnValue:
    asked = Asked(
        form.asked_party,
        form.asked_slot,
        form.consent_answers() if form.asks_consents else {},
        locale_code(),
        where_from(request.args) or None,
        form.reading.answers if form.questions else None,
        form.guest_names(form.asked_party),
        keys,
    )
    if member is not None:
        rsvp = register_member(event.id, member, asked, now())
        commit()
        place = find_place_of(event.id, member.id)
        return redirect(url_for("tickets.ticket", token=place.token if place else rsvp.token))
    email, name, at = str(form.email.data), str(form.name.data), now()
    held = room_of(event).fits(asked.party_size, asked.slot_id)
    code = register_address(event.id, email, name, asked, at)
    kept = {
        "code": code.id,
        "mark": code.mark,
        "event": event.id,
        "email": email,
        "slug": event.slug,
        "keys": keys.in_address(),
    }
    title, hold_minutes = event.title, event.hold_minutes
    commit()  # before the page is written: meanwhile others wait for the event's turn
    kept |= {"at": int(at.timestamp()), "held": held}
    remember_asked(kept)
    return ask_digits(title, hold_minutes, kept)


@bp.post("/<slug>/decline")
@signed_in
def decline(slug: str) -> ResponseReturnValue:
    """Answer “not this time”."""
    event, member = get_event(slug), cast(Member, _current_member())
    if EmptyForm().validate_on_submit():
        try:
            rsvp = decline_event(event.id, member, locale_code(), now())
        except Refusal as refusal:
            commit()
            flash(refusal.message, "error")
        else:
            commit()
            return redirect(url_for("tickets.ticket", token=rsvp.token))
    return redirect(url_for("events.event", slug=slug))


def _slot_hints(event: Event) -> dict[int, str]:
    """Say of each slot when it begins and what is left of it."""
    left = event.capacity - event.seats_taken
    return {
        slot.id: " · ".join(
            ([time_text(slot.starts_at, event.timezone)] if slot.starts_at else [])
            + [seats_words(min(left, slot.capacity - slot.seats_taken))]
        )
        for slot in event.slots
    }


def _current_member() -> Member | None:
    # Not the proxy, which the database session would not take for a member.
    return cast(Member, current_user._get_current_object()) if current_user.is_authenticated else None


def _is_certain(place: Place) -> bool:
    """Tell whether there is nothing left to ask: the place stands and its address is proven."""
    return place.rsvp.status in LIVE and place.rsvp.email_proven


def _answered(held: dict[ConsentPurpose, Consent]) -> bool:
    """Tell whether every question was answered as it is worded now."""
    return all(
        text.purpose in held and held[text.purpose].wording_version == text.version for text in CONSENTS
    )
