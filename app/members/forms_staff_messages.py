"""What Flask-Security says, in Terrain's words. It looks them up in Terrain's own translations."""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802 - the name by which Babel finds strings that are translated later
    """Mark a string for translation without translating it yet."""
    return text


_WRONG_CODE = N_("This code does not fit. Take the one that your authenticator shows now; each works once.")

MESSAGES = {
    "API_ERROR": (N_("Terrain could not read what was sent. Try again."), "error"),
    "GENERIC_AUTHN_FAILED": (N_("This address and password do not go together. Check both."), "error"),
    "EMAIL_NOT_PROVIDED": (N_("Enter an e-mail address, like name@example.org."), "error"),
    "INVALID_EMAIL_ADDRESS": (N_("Enter an e-mail address, like name@example.org."), "error"),
    "PASSWORD_NOT_PROVIDED": (N_("Enter your password."), "error"),
    "PASSWORD_INVALID_LENGTH": (N_("Choose a password of at least %(length)s characters."), "error"),
    "RETYPE_PASSWORD_MISMATCH": (N_("Type the same password twice."), "error"),
    "PASSWORD_IS_THE_SAME": (N_("Choose a password that differs from the old one."), "error"),
    "INVALID_PASSWORD": (N_("This is not your password. Check it and try again."), "error"),
    "PASSWORD_RESET_REQUEST": (
        N_("If %(email)s belongs to a member of staff, a link is on its way there. It works for 24 hours."),
        "info",
    ),
    "PASSWORD_RESET_EXPIRED": (N_("This link is older than 24 hours. Ask for a new one."), "error"),
    "INVALID_RESET_PASSWORD_TOKEN": (N_("This link no longer works. Ask for a new one."), "error"),
    "PASSWORD_RESET_NO_LOGIN": (N_("Your new password is set. Sign in with it."), "success"),
    "PASSWORD_CHANGE": (N_("Your password is changed. Other browsers are signed out."), "success"),
    "INVALID_REDIRECT": (N_("Terrain only leads to its own pages."), "error"),
    "REAUTHENTICATION_REQUIRED": (N_("Enter your password once more to go on."), "info"),
    "REAUTHENTICATION_SUCCESSFUL": (N_("Thank you."), "info"),
    "TWO_FACTOR_INVALID_TOKEN": (_WRONG_CODE, "error"),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": (N_("Welcome!"), "success"),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (N_("Your new authenticator is set up."), "success"),
    "TWO_FACTOR_PERMISSION_DENIED": (N_("Begin with your address and password."), "info"),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": (N_("Choose an authenticator application."), "error"),
    "TWO_FACTOR_SETUP_EXPIRED": (N_("That took longer than %(within)s. Begin again."), "error"),
    "INVALID_RECOVERY_CODE": (N_("This recovery code does not fit. Each works once."), "error"),
    "NO_RECOVERY_CODES_SETUP": (N_("You have no recovery codes yet."), "info"),
    "DISABLED_ACCOUNT": (N_("This account is closed. Ask an administrator."), "error"),
    "LOGIN": (N_("Sign in to see this page."), "info"),
    "UNAUTHENTICATED": (N_("Sign in to see this page."), "error"),
    "REFRESH": (N_("Enter your password once more to go on."), "info"),
}
