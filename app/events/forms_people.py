"""Forms of an event's people page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    IntegerField,
    RadioField,
    SearchField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from app.events.actions_messages import Letter
from app.events.actions_people import Vouched
from app.events.forms_answers import AnswerFields, answer_fields
from app.events.models import Event
from app.events.models_questions import EventQuestion
from app.events.rules_people import Order, Standing
from app.i18n import _l
from app.members.forms import NO_EMAIL, check_email, name_field
from app.members.rules_people import normalise_email
from app.tokens import new_link_token

ORDER_WORDS = {Order.NAME: _l("Name"), Order.NEWEST: _l("Latest first"), Order.LINE: _l("Place in line")}
KEY = Regexp(r"[A-Za-z0-9_-]{20,60}$")


class SearchForm(FlaskForm):
    """Find people by name or address; what the address of the page says."""

    q = SearchField(_l("Name or e-mail address"))
    slot = SelectField(_l("Slot"))
    order = SelectField(
        _l("Order"), choices=[SelectChoice(order.value, ORDER_WORDS[order]) for order in Order]
    )

    def __init__(self, event: Event, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, meta={"csrf": False}, **kwargs)
        slots = [SelectChoice(str(slot.id), slot.name) for slot in event.slots]
        self.slot.choices = [SelectChoice("", _l("All slots")), *slots]
        if not slots:
            del self.slot


class AddForm(AnswerFields, FlaskForm):
    """Add somebody by hand. Of what the event asks, nothing has to be known."""

    name = name_field(_l("Name"), missing=_l("Enter the person’s name."))
    email = EmailField(
        _l("E-mail address"),
        filters=[lambda text: normalise_email(text) if text else None],
        validators=[Optional(), Length(max=254, message=NO_EMAIL), check_email],
        description=_l(
            "The ticket goes there, or word of a place in line. Without one, show or print it yourself."
        ),
    )
    party_size = IntegerField(_l("How many come?"), [InputRequired(_l("Enter a number."))], default=1)
    slot_id = RadioField(_l("Slot"), coerce=int, validators=[InputRequired(_l("Choose a time or a table."))])
    key = HiddenField(validators=[KEY], default=new_link_token)

    def __init__(self, event: Event, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.party_size.validators = [
            *self.party_size.validators,
            NumberRange(
                1,
                event.party_max,
                _l("Enter a number from %(low)d to %(high)d.", low=1, high=event.party_max),
            ),
        ]
        if event.party_max == 1:
            del self.party_size
        if event.slots:
            self.slot_id.choices = [SelectChoice(slot.id, slot.name) for slot in event.slots]
        else:
            del self.slot_id

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        return self.check_answers(may_skip=True) and valid

    def person(self) -> Vouched:
        """Return who was written down, once it is valid."""
        party = int(self.party_size.data or 1) if "party_size" in self else 1
        return Vouched(
            name=str(self.name.data),
            email=self.email.data,
            party_size=party,
            slot_id=int(self.slot_id.data) if "slot_id" in self else None,
            key=str(self.key.data),
            answers=self.reading.answers,
            guest_names=self.guest_names(party) or [],
        )


def add_form(event: Event, questions: Sequence[EventQuestion]) -> AddForm:
    """Return the form of an event, with those of its questions that staff may answer for somebody."""
    form: AddForm = type("Add", (AddForm,), answer_fields(event, questions, event.party_max))(event)
    return form


class CancelForm(FlaskForm):
    """Give somebody's seat away, and say why."""

    reason = StringField(
        _l("Why?"),
        [DataRequired(_l("Say why in a few words: it is kept with the registration.")), Length(max=300)],
        render_kw={"maxlength": 300},
    )
    tells_reason = BooleanField(_l("Give the reason in the mail that tells them"))


LETTERS = {
    Standing.CONFIRMED: _l("Everybody who has a seat"),
    Standing.WAITING: _l("Everybody in the waiting line"),
    Standing.ABSENT: _l("Everybody who has a seat and has not come"),
}


class LetterForm(FlaskForm):
    """A message to an event's people, to be looked at before it is sent."""

    to = RadioField(
        _l("To whom?"),
        choices=[SelectChoice(standing.value, words) for standing, words in LETTERS.items()],
        validators=[InputRequired(_l("Choose who is written to."))],
    )
    about = StringField(
        _l("Subject"),
        [DataRequired(_l("Enter a subject.")), Length(max=120)],
        render_kw={"maxlength": 120},
    )
    text = TextAreaField(
        _l("Text"),
        [DataRequired(_l("Write what you have to say.")), Length(max=5_000)],
        filters=[lambda text: text.replace("\r\n", "\n").strip() if text else text],
        description=_l("Markdown: # title, **bold**, - list, [words](https://…)."),
    )
    key = HiddenField(validators=[KEY], default=new_link_token)

    def letter(self) -> Letter:
        """Return what was written, once it is valid."""
        about = " ".join(str(self.about.data).split())
        return Letter(Standing(self.to.data), about, str(self.text.data), str(self.key.data))
