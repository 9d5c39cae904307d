"""Taking a seat, and proving the address it was taken with."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_login import current_user
from werkzeug.wrappers import Response

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events.actions_access import is_turned_away, turn_away_again
from app.events.actions_changes import decline as decline_event
from app.events.actions_registration import (
    Asked,
    Proof,
    confirm_by_digits,
    confirm_by_link,
    mail_code_again,
    register_address,
    register_member,
)
from app.events.forms import RegisterForm, register_form
from app.events.models import LIVE, Event
from app.events.queries import get_event
from app.events.queries_access import asking_of
from app.events.queries_questions import questions_of
from app.events.queries_tickets import Place, find_link, find_place_of, get_rsvp_of_code
from app.events.rules import is_open
from app.events.rules_access import AccessRefusal, Keys, access_words, asks_code, open_words, refuse_access
from app.events.rules_words import seats_words, where_from
from app.i18n import _, locale_code, time_text
from app.members.accounts import sign_in
from app.members.actions_codes import find_open_link
from app.members.forms import CodeForm, EmptyForm
from app.members.models import Consent, ConsentPurpose, EmailCode, Member
from app.members.queries import consents_of
from app.members.rules_consents import CONSENTS
from app.members.rules_people import normalise_email
from app.web import limiter, public, signed_in

bp = Blueprint("registration", __name__)

# What the browser remembers between the form and the digits. Its owner can read the cookie, so nothing in it says
# whether the address was known.
ASKED = "seat"


def _who() -> str:
    """Return whose registrations are counted: the member's, else the address's that is typed."""
    if current_user.is_authenticated:
        return f"member:{current_user.id}"
    return normalise_email(request.form.get("email", "")) or get_remote_address()


def _went_through(response: Response) -> bool:
    return response.status_code == 302


@bp.route("/<slug>/register", methods=["GET", "POST"])
@public
@limiter.limit("60 per hour", methods=["POST"], deduct_when=_went_through)
@limiter.limit("5 per hour", key_func=_who, methods=["POST"], deduct_when=_went_through)
def register(slug: str) -> ResponseReturnValue:
    """Ask for a seat in one form."""
    event = get_event(slug)
    member = _current_member()
    if member and (place := find_place_of(event.id, member.id)) and _is_certain(place):
        return redirect(url_for("tickets.ticket", token=place.token))
    if not is_open(event.status, event.ends_at, now()):
        return redirect(url_for("events.event", slug=slug))
    keys = Keys.of(request.args)
    asking = asking_of(event, member, None, keys, now())
    if reason := refuse_access(event, asking, now()):
        return _explain(event, reason, member)
    form = register_form(
        event,
        questions_of(event.id),
        knows_member=member is not None,
        knows_consents=bool(member and _answered(consents_of(member.id))),
    )
    if form.validate_on_submit():
        try:
            return _register(event, member, form, keys)
        except Refusal as refusal:
            db.session.rollback()
            event = get_event(slug)
            questions_of(event.id)  # in one statement, what the form would read again one by one
            form.refuse(refusal)
    return render_template(
        "registration/register.html",
        form=form,
        event=event,
        member=member,
        slot_hints=_slot_hints(event),
        note=open_words(event, asking, now()),
        asks_code=asks_code(event, asking, now()),
        keys=keys,
        at=now(),
    )


def _explain(event: Event, reason: AccessRefusal, member: Member | None) -> ResponseReturnValue:
    """Say why somebody may not register, with a field for the code where one opens the form sooner."""
    return render_template(
        "registration/not_open.html",
        event=event,
        words=access_words(event, reason, member is not None),
        sign_in=reason is AccessRefusal.MEMBERS and member is None,
        asks_code=reason is AccessRefusal.NOT_YET and bool(event.early_code and event.early_opens_at),
        keys=Keys.of(request.args),
        at=now(),
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
    email, name = str(form.email.data), str(form.name.data)
    code = register_address(event.id, email, name, asked, now())
    slug, code_id = event.slug, code.id
    commit()
    session[ASKED] = {"code": code_id, "email": email, "slug": slug, "keys": keys.in_address()}
    return redirect(url_for(".check", slug=slug))


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


@bp.route("/<slug>/register/check", methods=["GET", "POST"])
@public
@limiter.limit("30 per 15 minutes", methods=["POST"])
def check(slug: str) -> ResponseReturnValue:
    """Take the six digits of the mail."""
    event, asked = get_event(slug), session.get(ASKED)
    if asked is None or asked["slug"] != slug:
        return redirect(url_for(".register", slug=slug))
    form = CodeForm()
    if form.validate_on_submit():
        try:
            proof = confirm_by_digits(asked["code"], str(form.digits.data), now())
        except Refusal as refusal:
            commit()  # the try counts
            form.digits.errors = [refusal.message]
        else:
            return _welcome(proof)
    return render_template(
        "registration/check.html", form=form, event=event, asked=asked, keys=asked.get("keys", {})
    )


@bp.post("/<slug>/register/again")
@public
@limiter.limit("10 per hour")
def send_again(slug: str) -> ResponseReturnValue:
    """Mail another code."""
    asked = session.get(ASKED)
    if asked is None or asked["slug"] != slug or not EmptyForm().validate_on_submit():
        return redirect(url_for(".register", slug=slug))
    code = db.session.get(EmailCode, asked["code"])
    sent = _send_again(code, asked["email"]) if code else None
    commit()
    if sent is None:
        flash(
            _("Your seat was held, but not confirmed in time. Register again: it takes less than a minute."),
            "error",
        )
        return redirect(url_for(".register", slug=slug, **asked.get("keys", {})))
    if sent.id != asked["code"]:
        session[ASKED] = asked | {"code": sent.id}
        flash(_("A new mail is on its way. Only its code works now."), "success")
    else:
        flash(_("We wrote to you less than a minute ago. Give the mail a moment to arrive."), "info")
    return redirect(url_for(".check", slug=slug))


def _send_again(code: EmailCode, email: str) -> EmailCode | None:
    if is_turned_away(code):
        return turn_away_again(code, email, now())
    return mail_code_again(get_rsvp_of_code(code), now())


@bp.route("/confirm/<token>", methods=["GET", "POST"])
@public
@limiter.limit("60 per hour")
def confirm(token: str) -> ResponseReturnValue:
    """Show one button, and confirm when it is pressed: programs that read mail open its links before people do."""
    code = find_link(token) or abort(404)
    rsvp = get_rsvp_of_code(code)
    form = EmptyForm()
    try:
        if form.validate_on_submit():
            return _welcome(confirm_by_link(code, token, now()))
        find_open_link(token, now())
    except Refusal as refusal:
        commit()
        if current_user.is_authenticated and current_user.id == rsvp.member_id and rsvp.status in LIVE:
            return redirect(url_for("tickets.ticket", token=rsvp.token))
        return render_template("registration/closed.html", rsvp=rsvp, event=rsvp.event, refusal=refusal), 410
    answers, words = rsvp.consent_answers or {}, {True: _("Yes"), False: _("No")}
    return render_template(
        "registration/confirm.html",
        form=form,
        rsvp=rsvp,
        event=rsvp.event,
        said=[
            (text.wording[locale_code()], words[answers[text.purpose]])
            for text in CONSENTS
            if text.purpose in answers
        ],
    )


def _welcome(proof: Proof) -> ResponseReturnValue:
    """Sign in whoever has just proven the address, and show the seat, or why there is none."""
    event = proof.rsvp.event
    sign_in(proof.member, "email-code")
    keys = session.pop(ASKED, {}).get("keys", {})
    if proof.refusal is not None:
        flash(proof.refusal.message, "error")
        page = ".register" if is_open(event.status, event.ends_at, now()) else "events.event"
        answer = redirect(url_for(page, slug=event.slug, **keys))
    else:
        place = find_place_of(event.id, proof.rsvp.member_id)
        answer = redirect(url_for("tickets.ticket", token=place.token if place else proof.rsvp.token))
    commit()  # last, for what is asked of a row after it is read anew
    return answer


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
