"""The staff's sign-in forms: Flask-Security's, in Terrain's words, and for staff alone."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import url_for
from flask_babel.speaklater import LazyString
from flask_security.forms import (
    ChangePasswordForm,
    ForgotPasswordForm,
    Form,
    LoginForm,
    ResetPasswordForm,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    TwoFactorVerifyCodeForm,
    VerifyForm,
)
from flask_security.recovery_codes import MfRecoveryForm
from flask_security.utils import get_message
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from app.i18n import _l


class _Labelled(Form):
    """Give Flask-Security's fields our labels."""

    LABELS: ClassVar[dict[str, LazyString]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in self.LABELS.items():
            self[name].label.text = label
            self[name].description = ""


class StaffSignInForm(_Labelled, LoginForm):
    """Sign in with address and password, which only staff can."""

    LABELS = {"email": _l("E-mail address"), "password": _l("Password")}
    remember = None  # type: ignore[assignment]  # the rights of staff end with the browser's session

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Flask-Security would lead back here, by a full address that it takes from the Host header.
        self.next.data = self.next.data or url_for("staff.start")

    def validate(self, **kwargs: Any) -> bool:
        if not super().validate(**kwargs):
            return False
        if not self.user or not self.user.roles:
            # Somebody who was staff once. Not a word about it: the same answer as to a wrong password.
            self.password.errors = [get_message("GENERIC_AUTHN_FAILED")[0]]
            return False
        return True


class StaffForgotForm(_Labelled, ForgotPasswordForm):
    """Ask for a link to a new password, which only staff get."""

    LABELS = {"email": _l("E-mail address")}

    def validate(self, **kwargs: Any) -> bool:
        if not super().validate(**kwargs):
            return False
        if not self.user or not self.user.roles:
            self.email.errors = [get_message("INVALID_EMAIL_ADDRESS")[0]]
            return False
        return True


class NewPasswordForm(_Labelled, ResetPasswordForm):
    """Set a password by a mailed link."""

    LABELS = {"password": _l("New password"), "password_confirm": _l("New password, once more")}


class StaffChangePasswordForm(_Labelled, ChangePasswordForm):
    """Change one's password."""

    LABELS = {
        "password": _l("Your password now"),
        "new_password": _l("New password"),
        "new_password_confirm": _l("New password, once more"),
    }


class AgainForm(_Labelled, VerifyForm):
    """Ask for the password once more before a delicate change."""

    LABELS = {"password": _l("Password")}


class AuthenticatorCodeForm(_Labelled, TwoFactorVerifyCodeForm):
    """Take a code of the authenticator."""

    LABELS = {"code": _l("Code of six digits")}


class RecoveryForm(_Labelled, MfRecoveryForm):
    """Take a recovery code in the place of the authenticator's."""

    LABELS = {"code": _l("Recovery code")}


class AuthenticatorForm(TwoFactorSetupForm):
    """Set up the one second factor that there is."""

    setup = RadioField(choices=[SelectChoice("authenticator")], validate_choice=False)


class NoRescueForm(TwoFactorRescueForm):
    """What Flask-Security offers to who lost their phone; our page leads to the recovery codes itself."""

    help_setup = RadioField(choices=[SelectChoice("help")])


FORMS: dict[str, Any] = {
    "login_form": StaffSignInForm,
    "forgot_password_form": StaffForgotForm,
    "reset_password_form": NewPasswordForm,
    "change_password_form": StaffChangePasswordForm,
    "verify_form": AgainForm,
    "two_factor_verify_code_form": AuthenticatorCodeForm,
    "two_factor_setup_form": AuthenticatorForm,
    "two_factor_rescue_form": NoRescueForm,
    "mf_recovery_form": RecoveryForm,
}
