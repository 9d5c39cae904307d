"""Flask-Security: sessions, staff passwords and second factors."""

from __future__ import annotations

from flask import Flask, request, session
from flask_login import user_logged_in, user_logged_out
from flask_security import Security, SQLAlchemyUserDatastore, login_user

from app.db import db
from app.members.models import Member, Role
from app.web import PUBLIC

# The only pages that end a sign-in with a second factor proven.
SECOND_FACTOR = {"security.two_factor_token_validation", "security.mf_recovery"}

datastore = SQLAlchemyUserDatastore(db, Member, Role)
security = Security()


def init_app(app: Flask) -> None:
    app.config.update(
        SECURITY_PASSWORD_SALT=app.config["SECRET_KEY"],
        SECURITY_PASSWORD_LENGTH_MIN=12,
        SECURITY_LOGIN_URL="/staff/sign-in",
        SECURITY_LOGOUT_URL="/staff/sign-out",
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_REQUIRED=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TOTP_SECRETS={"1": app.config["SECRET_KEY"]},
        SECURITY_TOTP_ISSUER="Terrain",
        SECURITY_SEND_REGISTER_EMAIL=False,
    )
    security.init_app(app, datastore, register_blueprint=True)
    app.config["ACCESS_BY_ENDPOINT"]["security.login"] = PUBLIC
    user_logged_in.connect(_set_strength, app)
    user_logged_out.connect(_set_strength, app)


def sign_in(member: Member, via: str) -> None:
    """Begin this browser's session as a member. `via` is "email-code", "two-factor" or "dev".

    A code read in a mailbox never gives the rights of staff: only "two-factor" and "dev" do. Fans stay
    signed in for two months on their phone; the rights of staff end with the browser's session.
    """
    strong = via in {"two-factor", "dev"}
    login_user(member, remember=not strong, authn_via=[via])
    if strong:
        session["strong"] = True


def _set_strength(_app: Flask, **_signal: object) -> None:
    """Let no session inherit the strength of the one before it, whoever signs in or out."""
    session.pop("strong", None)
    if request.endpoint in SECOND_FACTOR:
        session["strong"] = True
