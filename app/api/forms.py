"""Forms of the pages where staff make tokens and webhooks."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.api.rules import Scope
from app.happenings import Happening
from app.i18n import _l

SCOPES = {
    Scope.EVENTS_READ: _l("Read events and their slots"),
    Scope.RSVPS_READ: _l("Read who registered"),
    Scope.RSVPS_WRITE: _l("Register people and give seats back"),
    Scope.CHECK_INS_WRITE: _l("Check people in"),
    Scope.MEMBERS_READ: _l("Read members, with their addresses"),
}


class Ticks(SelectMultipleField):
    """Several of a few, each with a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class TokenForm(FlaskForm):
    """A new token."""

    name = StringField(
        _l("What is it for?"),
        [InputRequired(_l("Enter a name, such as the program’s.")), Length(max=80)],
    )
    scopes = Ticks(
        _l("What may it do?"), [InputRequired(_l("Choose at least one thing that the token may do."))]
    )
    days = SelectField(
        _l("How long is it valid?"),
        choices=[
            SelectChoice("30", _l("30 days")),
            SelectChoice("90", _l("90 days")),
            SelectChoice("365", _l("A year")),
            SelectChoice("0", _l("Until it is revoked")),
        ],
        default="90",
    )

    @classmethod
    def of(cls, scopes: list[Scope]) -> TokenForm:
        """Return the form with the scopes that somebody can give."""
        form = cls()
        form.scopes.choices = [SelectChoice(scope.value, SCOPES[scope]) for scope in scopes]
        return form


KINDS = {
    Happening.RSVP_CONFIRMED: _l("A seat is confirmed"),
    Happening.RSVP_CANCELLED: _l("A seat, or a place in line, is given back"),
    Happening.RSVP_PROMOTED: _l("Somebody in line gets a seat, or the offer of one"),
    Happening.CHECK_IN: _l("Somebody arrives"),
    Happening.RESPONSE: _l("A product test is answered"),
}


class WebhookForm(FlaskForm):
    """A new webhook."""

    name = StringField(
        _l("What is it for?"),
        [InputRequired(_l("Enter a name, such as the program’s.")), Length(max=80)],
    )
    url = StringField(
        _l("Address"),
        [InputRequired(_l("Enter the address to send to.")), Length(max=500)],
        description=_l("It gets a POST with JSON, and answers with a status from 200 to 299."),
    )
    kinds = Ticks(
        _l("What should it be told of?"),
        [InputRequired(_l("Choose at least one thing to be told of."))],
        choices=[SelectChoice(kind.value, words) for kind, words in KINDS.items()],
    )
