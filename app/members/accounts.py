"""Who is signed in, and how surely: sessions of fans, and Flask-Security for the staff's passwords and codes."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any

from flask import Flask, current_app, g, request, session
from flask_login import current_user, user_logged_in, user_logged_out
from flask_security import Security, login_user

from app.limits import limit, remote_address
from app.members import cli, forms_staff
from app.members.forms_staff_messages import MESSAGES
from app.members.models import Member
from app.members.rules_people import normalise_email
from app.members.views_security import Datastore, OneUseTotp, OutboxMail
from app.web import PUBLIC, strong_session

STAFF = frozenset({"cm", "marketing", "admin"})

# The pages of Flask-Security that are in use, by who may see them. The gate closes all others.
ACCESS = {
    "security.login": PUBLIC,
    "security.two_factor_setup": PUBLIC,  # also for staff who have not got a second factor yet
    "security.two_factor_token_validation": PUBLIC,
    "security.mf_recovery": PUBLIC,
    "security.forgot_password": PUBLIC,
    "security.reset_password": PUBLIC,
    "security.two_factor_setup_validate": STAFF,
    "security.mf_recovery_codes": STAFF,
    "security.change_password": STAFF,
    "security.verify": STAFF,
}
# Where a password or a code could be guessed.
GUESSED = (
    "security.login",
    "security.two_factor_token_validation",
    "security.mf_recovery",
    "security.forgot_password",
    "security.verify",
)
# The pages that may leave a strong session behind: two end a sign-in with the second factor proven, and the last
# one, which only a strong session reaches, begins a new session with the new password.
SECOND_FACTOR = {
    "security.two_factor_token_validation",
    "security.mf_recovery",
    "security.change_password",
}


def init_app(app: Flask) -> None:
    app.config.update(_settings(app.config["SECRET_KEY"]))
    app.config.update({f"SECURITY_MSG_{key}": message for key, message in MESSAGES.items()})
    app.config["SECURITY_I18N_DIRNAME"] = [app.config["BABEL_TRANSLATION_DIRECTORIES"]]
    app.config["SECURITY_I18N_DOMAIN"] = "messages"
    security = Security(app, Datastore(), mail_util_cls=OutboxMail, totp_cls=OneUseTotp, **forms_staff.FORMS)
    security.want_json(lambda _request: False)
    security.principal.identity_loaders.clear()  # the gate asks who somebody is, where that matters, and nobody else
    app.login_manager.request_loader(None)  # type: ignore[attr-defined]  # a session opens Terrain, and no token
    app.config["ACCESS_BY_ENDPOINT"].update(ACCESS)
    app.before_request(_look_away)
    user_logged_in.connect(_set_strength, app)
    user_logged_out.connect(_set_strength, app)
    for endpoint in GUESSED:
        app.view_functions[endpoint] = _limited(app.view_functions[endpoint])
    app.cli.add_command(cli.members)


def _settings(secret: str) -> dict[str, object]:
    recovery_key = hashlib.sha256(f"recovery codes: {secret}".encode()).digest()
    return {
        "REMEMBER_COOKIE_DURATION": timedelta(days=60),
        "REMEMBER_COOKIE_HTTPONLY": True,
        "SECURITY_PASSWORD_SALT": secret,
        "SECURITY_PASSWORD_LENGTH_MIN": 12,
        "SECURITY_PASSWORD_NORMALIZE_FORM": "NFKC",
        "SECURITY_LOGIN_URL": "/staff/sign-in",
        "SECURITY_LOGOUT_METHODS": None,
        "SECURITY_POST_LOGIN_VIEW": "staff.start",
        "SECURITY_VERIFY_URL": "/staff/verify",
        "SECURITY_RECOVERABLE": True,
        "SECURITY_RESET_URL": "/staff/password/forgotten",
        "SECURITY_RESET_PASSWORD_WITHIN": timedelta(hours=24),
        "SECURITY_CHANGEABLE": True,
        "SECURITY_CHANGE_URL": "/staff/password",
        "SECURITY_POST_CHANGE_VIEW": "staff.account",
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_REQUIRED": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TWO_FACTOR_SETUP_URL": "/staff/authenticator",
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/staff/code",
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "staff.account",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 8,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/staff/recovery-codes",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [base64.urlsafe_b64encode(recovery_key)],
        "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/staff/recovery",
        "SECURITY_TOTP_SECRETS": {"1": secret},
        "SECURITY_TOTP_ISSUER": "Terrain",
        "SECURITY_FRESHNESS": timedelta(minutes=30),
        "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(0),
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_EMAIL_PLAINTEXT": False,  # our outbox writes the mails
        "SECURITY_EMAIL_HTML": False,
        "SECURITY_CLI_USERS_NAME": None,
        "SECURITY_CLI_ROLES_NAME": None,
    }


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


def _look_away() -> None:
    """Show staff who signed in by e-mail the sign-in of staff as to a stranger.

    Flask-Security would take them for signed in, and let a read mailbox set up an authenticator.
    """
    if request.blueprint == "security" and current_user.is_authenticated and not strong_session():
        g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]


def _limited(view: Any) -> Any:
    """Slow guessing down, by the account that is tried and by address of the network."""
    view = limit("60 per hour", methods=["POST"])(view)
    return limit("8 per 15 minutes", who=_account, methods=["POST"])(view)


def _account() -> str:
    return session.get("tf_user_id") or normalise_email(request.form.get("email", "")) or remote_address()
