"""The form that takes a seat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import InputRequired

from app.events.forms_answers import AnswerFields, answer_fields, stored_answers
from app.events.models import Event, Rsvp
from app.events.models_questions import EventQuestion
from app.events.rules_questions import Answer
from app.events.rules_words import party_words
from app.i18n import _l
from app.members.forms import ConsentFields, email_field, name_field


class RegisterForm(ConsentFields, AnswerFields, FlaskForm):
    """Ask who comes, how many of them, to which slot, the event's questions, and each consent.

    What is known already is never asked.
    """

    name = name_field(_l("Your name"))
    email = email_field(_l("Your e-mail address"))
    party_size = SelectField(_l("How many of you come?"), coerce=int)
    slot_id = RadioField(
        _l("When, or at which table?"),
        coerce=int,
        validators=[InputRequired(_l("Choose a time or a table."))],
    )

    def __init__(self, event: Event, *, knows_member: bool, knows_consents: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for field in self.consent_fields():  # a mixin's fields come first; people read them last
            self._fields[field.short_name] = self._fields.pop(field.short_name)
        if knows_member:
            del self.name, self.email
        if knows_consents:
            for field in self.consent_fields():
                del self._fields[field.short_name]
        self.asks_consents = not knows_consents
        if event.party_max > 1:
            self.party_size.choices = [
                SelectChoice(size, party_words(size)) for size in range(1, event.party_max + 1)
            ]
        else:
            del self.party_size
        if event.slots:
            self.slot_id.choices = [SelectChoice(slot.id, slot.name) for slot in event.slots]
        else:
            del self.slot_id

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        answered = self.check_answers()  # whatever else is wrong: everything is said at once
        party_known = "party_size" not in self or not self.party_size.errors
        return self.check_guests(self.asked_party if party_known else 1) and valid and answered

    @property
    def asked_party(self) -> int:
        return int(self.party_size.data) if "party_size" in self else 1

    @property
    def asked_slot(self) -> int | None:
        return int(self.slot_id.data) if "slot_id" in self else None


def register_form(event: Event, questions: Sequence[EventQuestion], **known: bool) -> RegisterForm:
    """Return the form of an event, with its own questions and its guests' names."""
    own = answer_fields(event, questions, event.party_max)
    form_class = type("Register", (RegisterForm,), own) if own else RegisterForm
    form: RegisterForm = form_class(event, **known)
    for question, field in form.question_fields():
        field.flags.required = question.required
    return form


class AnswersForm(AnswerFields, FlaskForm):
    """What a party answered, to be changed."""

    party_size = 1

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        answered = self.check_answers()
        return self.check_guests(self.party_size) and valid and answered


def answers_form(
    rsvp: Rsvp, questions: Sequence[EventQuestion], answers: Mapping[int, Answer]
) -> AnswersForm:
    """Return the form of what a party answered so far."""
    own = answer_fields(rsvp.event, questions, rsvp.party_size) | {"party_size": rsvp.party_size}
    form: AnswersForm = type("Answers", (AnswersForm,), own)(
        data=stored_answers(answers, rsvp.guest_names or [])
    )
    for question, field in form.question_fields():
        field.flags.required = question.required
    return form
