"""Signing in by e-mail, signing out, one's own page."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_security import logout_user

from app.clock import now
from app.db import commit
from app.errors import Refusal
from app.i18n import _, locale_code
from app.limits import limit
from app.members.accounts import sign_in as begin_session
from app.members.actions_codes import find_open_link, verify_digits, verify_link
from app.members.actions_sign_in import PURPOSE, send_sign_in_code
from app.members.forms import CodeForm, EmptyForm, SignInForm
from app.members.models import EmailCode
from app.members.queries import consents_of
from app.members.rules_people import normalise_email
from app.web import public, safe_next, signed_in

bp = Blueprint("members", __name__)

# What the browser remembers between asking for a code and typing it. The cookie can be read by its owner, so
# nothing in it says whether the address is known.
ASKED = "sign_in"


def _address() -> str:
    return normalise_email(request.form.get("email", ""))


@bp.route("/sign-in", methods=["GET", "POST"])
@public
@limit("5 per 15 minutes", who=_address, methods=["POST"])
@limit("60 per hour", methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Ask for an address and mail a code to it."""
    next_path = safe_next(request.values.get("next"), "")
    if current_user.is_authenticated and request.method == "GET":
        return redirect(next_path or url_for("members.me"))
    form = SignInForm()
    if form.validate_on_submit():
        code = send_sign_in_code(str(form.email.data), next_path, locale_code(), now())
        # Before the commit: just after it, the code may be gone with its member.
        session[ASKED] = {"code": code.id, "mark": code.mark, "email": form.email.data, "next": next_path}
        commit()
        return redirect(url_for(".sign_in_code"))
    return render_template("members/sign_in.html", form=form, next_path=next_path)


@bp.route("/sign-in/code", methods=["GET", "POST"])
@public
@limit("30 per 15 minutes", methods=["POST"])
def sign_in_code() -> ResponseReturnValue:
    """Take the six digits of the mail."""
    asked = session.get(ASKED)
    if asked is None:
        return redirect(url_for(".sign_in"))
    form = CodeForm()
    if form.validate_on_submit():
        try:
            code = verify_digits(asked["code"], asked.get("mark", ""), str(form.digits.data), now())
        except Refusal as refusal:
            commit()  # the try counts
            form.digits.errors = [refusal.message]
        else:
            return _welcome(code)
    return render_template("members/sign_in_code.html", form=form, asked=asked)


@bp.route("/sign-in/link/<token>", methods=["GET", "POST"])
@public
@limit("30 per 15 minutes")
def sign_in_link(token: str) -> ResponseReturnValue:
    """Show one button, and sign in when it is pressed: programs that read mail open its links before people do."""
    form = EmptyForm()
    try:
        code = find_open_link(token, now(), PURPOSE)
        if form.validate_on_submit():
            return _welcome(verify_link(token, now(), PURPOSE))
    except Refusal as refusal:
        flash(refusal.message, "error")
        return redirect(url_for(".sign_in"))
    return render_template("members/sign_in_link.html", form=form, member=code.member)


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End the session, whatever kind it is."""
    logout_user()
    flash(_("You are signed out. See you soon!"), "success")
    return redirect(url_for("events.home"))


@bp.get("/me")
@signed_in
def me() -> str:
    """Show a person their meetups, points and settings: each feature adds its part."""
    return render_template("members/me.html", member=current_user, held=consents_of(current_user.id))


def _welcome(code: EmailCode) -> ResponseReturnValue:
    begin_session(code.member, "email-code")
    session.pop(ASKED, None)
    next_path = code.next_path  # just after the commit, the code may be gone with its member
    commit()
    return redirect(safe_next(next_path, url_for("members.me")))
