"""Forms for administrators."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, SearchField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import AnyOf

from app.i18n import _l
from app.members.forms import email_field, name_field
from app.members.rules_people import ROLES

ROLE_NAMES = {"cm": _l("Community manager"), "marketing": _l("Marketing"), "admin": _l("Administrator")}


class SearchForm(FlaskForm):
    """Search people by name or address."""

    q = SearchField(_l("Name or e-mail address"))


class RoleForm(FlaskForm):
    """Give a role, or take it back."""

    role = HiddenField(validators=[AnyOf(ROLES)])
    give = HiddenField(validators=[AnyOf(["yes", "no"])])


class NewStaffForm(FlaskForm):
    """Make somebody staff."""

    display_name = name_field(_l("Name"), missing=_l("Enter the person’s name."))
    email = email_field(_l("E-mail address"))
    role = SelectField(_l("Role"), choices=[SelectChoice(*pair) for pair in ROLE_NAMES.items()])
