"""Proving the address a seat was taken with: by six digits, or by the link of the mail."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events.actions_access import is_turned_away, turn_away_again
from app.events.actions_registration import Proof, confirm_by_digits, confirm_by_link, mail_code_again
from app.events.models import LIVE, Event
from app.events.queries import get_event
from app.events.queries_tickets import find_link, get_rsvp_of_code
from app.events.rules import is_open
from app.i18n import _, locale_code
from app.limits import limit
from app.members.accounts import sign_in
from app.members.actions_codes import find_open_link
from app.members.forms import CodeForm, EmptyForm
from app.members.models import EmailCode
from app.members.rules_consents import CONSENTS
from app.pages import is_stranger, shared_page
from app.web import public

bp = Blueprint("proof", __name__)

# What the browser remembers between the form and the digits, by event. Its owner can read the cookie, so nothing in it
# says whether the address was known.
ASKED = "seats"
MOST_ASKED = 3  # events at a time, the newest
ADDRESSEE = Markup("\0addressee\0")  # where a shared page names whom we wrote to


def asked_for(slug: str) -> dict[str, Any] | None:
    """Return what was asked for in this browser at an event and is not proven yet."""
    asked: dict[str, dict[str, Any]] = session.get(ASKED, {})
    return asked.get(slug)


def remember_asked(asked: dict[str, Any]) -> None:
    """Remember what was asked for, until it is proven or three other events have been asked for."""
    others = [one for slug, one in session.get(ASKED, {}).items() if slug != asked["slug"]]
    newest = sorted([*others, asked], key=lambda one: one["at"])[-MOST_ASKED:]
    session[ASKED] = {one["slug"]: one for one in newest}


def _forget_asked(slug: str) -> dict[str, Any]:
    asked = dict(session.pop(ASKED, {}))
    proven: dict[str, Any] = asked.pop(slug, {})
    if asked:
        session[ASKED] = asked
    return proven


@bp.route("/<slug>/register/check", methods=["GET", "POST"])
@public
@limit("30 per 15 minutes", methods=["POST"])
def check(slug: str) -> ResponseReturnValue:
    """Take the six digits of the mail."""
    asked = asked_for(slug)
    if asked is None:
        return redirect(url_for("registration.register", slug=slug))
    form = CodeForm()
    if form.validate_on_submit():
        try:
            proof = confirm_by_digits(
                asked["event"], asked["code"], asked["mark"], str(form.digits.data), now()
            )
        except Refusal as refusal:
            commit()  # the try counts
            form.digits.errors = [refusal.message]
        else:
            return _welcome(proof)
    event = get_event(slug)
    return ask_digits(event.title, event.hold_minutes, asked, form if form.is_submitted() else None)


def ask_digits(title: str, hold_minutes: int, asked: dict[str, Any], form: CodeForm | None = None) -> str:
    """Return the page that asks for the digits, under its own address though another one may have answered."""
    g.address = url_for("proof.check", slug=asked["slug"])
    seen = {"title": title, "hold_minutes": hold_minutes, "address": g.address, "slug": asked["slug"]}
    seen["keys"] = asked.get("keys", {})
    if form is not None or not is_stranger():
        return render_template(
            "registration/check.html", form=form or CodeForm(None), email=asked["email"], **seen
        )
    page = shared_page(
        (title, hold_minutes, g.address, tuple(seen["keys"].items())),
        now(),
        lambda: render_template("registration/check.html", form=CodeForm(None), email=ADDRESSEE, **seen),
        generate_csrf,
    )
    return page.replace(ADDRESSEE, escape(asked["email"]))


@bp.post("/<slug>/register/again")
@public
@limit("10 per hour")
def send_again(slug: str) -> ResponseReturnValue:
    """Mail another code."""
    asked = asked_for(slug)
    if asked is None or not EmptyForm().validate_on_submit():
        return redirect(url_for("registration.register", slug=slug))
    sent = _send_again(get_event(slug), asked)
    commit()
    if sent is None:
        flash(
            _("Your seat was held, but not confirmed in time. Register again: it takes less than a minute."),
            "error",
        )
        return redirect(url_for("registration.register", slug=slug, **asked.get("keys", {})))
    if sent.id != asked["code"]:
        remember_asked(asked | {"code": sent.id, "mark": sent.mark})
        flash(_("A new mail is on its way. Only its code works now."), "success")
    else:
        flash(_("We wrote to you less than a minute ago. Give the mail a moment to arrive."), "info")
    return redirect(url_for(".check", slug=slug))


def _send_again(event: Event, asked: dict[str, Any]) -> EmailCode | None:
    # By when it was asked for, and not by what became of it: whoever has a seat already is answered alike.
    ran_out = asked["held"] and now().timestamp() >= asked["at"] + 60 * event.hold_minutes
    code = None if ran_out else db.session.get(EmailCode, asked["code"])
    if code is None or asked.get("mark") != code.mark:
        return None
    if is_turned_away(code):
        return turn_away_again(code, asked["email"], now())
    return mail_code_again(get_rsvp_of_code(code), now())


@bp.route("/confirm/<token>", methods=["GET", "POST"])
@public
@limit("60 per hour")
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
    keys = _forget_asked(event.slug).get("keys", {})
    if proof.refusal is not None:
        flash(proof.refusal.message, "error")
        page = "registration.register" if is_open(event.status, event.ends_at, now()) else "events.event"
        answer = redirect(url_for(page, slug=event.slug, **keys))
    else:
        answer = redirect(url_for("tickets.ticket", token=proof.token))
    commit()  # last, for what is asked of a row after it is read anew
    return answer
