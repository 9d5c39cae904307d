"""Where staff land, and how they sign in."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.i18n import _
from app.web import allow

bp = Blueprint("staff", __name__)

# Where the work of each role begins.
DESKS = (("cm", "manage.home"), ("marketing", "reports.index"), ("admin", "people.index"))


@bp.get("")
@allow("cm", "marketing", "admin")
def start() -> ResponseReturnValue:
    """Lead staff to their desk after sign-in; the first time, to their recovery codes."""
    if current_user.tf_totp_secret and not current_user.mf_recovery_codes:
        flash(_("Keep recovery codes for the day when your phone is lost."), "info")
        return redirect(url_for("security.mf_recovery_codes"))
    for role, desk in DESKS:
        if current_user.has_role(role):
            return redirect(url_for(desk))
    return redirect(url_for(".account"))


@bp.get("/account")
@allow("cm", "marketing", "admin")
def account() -> str:
    """Offer staff their password, authenticator and recovery codes."""
    return render_template("members/staff_account.html", left=len(current_user.mf_recovery_codes or []))
