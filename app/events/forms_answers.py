"""The fields of an event's own questions and of guests' names, in the form that takes a seat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import BooleanField, Field, Form, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.widgets import CheckboxInput, ListWidget

from app.events.models import Event, GuestNames
from app.events.models_questions import AskedKind, EventQuestion
from app.events.rules_guests import missing_names
from app.events.rules_questions import (
    LONGEST,
    NO,
    YES,
    Answer,
    Reading,
    condition_words,
    fault_words,
    read_answers,
)
from app.i18n import _, _l
from app.members.rules_people import NAME_MAX, tidy_name

PREFIX = "q_"  # so that no question can hide a field of the form's own


class AnswerFields(Form):
    """Questions and guests in a form. `reading` holds the answers once the form is valid."""

    questions: Sequence[EventQuestion] = ()
    names_guests = GuestNames.NONE
    reading = Reading()

    def question_fields(self) -> list[tuple[EventQuestion, Field]]:
        """Return each question with its field, in order, for a template."""
        return [(question, self[f"{PREFIX}{question.id}"]) for question in self.questions]

    def guest_fields(self) -> list[Field]:
        return [field for name, field in self._fields.items() if name.startswith("guest_")]

    def condition_of(self, question: EventQuestion) -> str:
        """Say when a question is asked; "" when it always is."""
        parent = next((one for one in self.questions if one.id == question.only_if_id), None)
        return condition_words(question, parent) if parent else ""

    def check_answers(self, may_skip: bool = False) -> bool:
        """Read the answers, and put what is wrong beside its question; with `may_skip` none has to be given."""
        given = {question.id: field.data for question, field in self.question_fields()}
        self.reading = read_answers(self.questions, given, may_skip=may_skip)
        for question, field in self.question_fields():
            if fault := self.reading.faults.get(question.id):
                field.errors = [fault_words(question, fault)]
        return not self.reading.faults

    def check_guests(self, party_size: int) -> bool:
        """Ask for the names of those who come along, where the event must have them."""
        fields = self.guest_fields()[: party_size - 1]
        missing = missing_names(self.names_guests, [field.data for field in fields], len(fields))
        for number in missing:
            fields[number].errors = [_("Enter the name of this guest.")]
        return not missing

    def guest_names(self, party_size: int) -> list[str] | None:
        """Return the names that were given, None where the event asks for none."""
        if self.names_guests == GuestNames.NONE:
            return None
        return [field.data for field in self.guest_fields()[: party_size - 1] if field.data]


def answer_fields(
    event: Event, questions: Sequence[EventQuestion], party: int, known_guests: int = 0
) -> dict[str, Any]:
    """Return what a form class of these questions and a party's guests holds besides its own fields, {} for none.

    The first `known_guests` are not asked for again.
    """
    guests = party - 1 if event.guest_names != GuestNames.NONE else 0
    fields: dict[str, Any] = {
        f"guest_{number}": _guest(number) for number in range(known_guests + 1, guests + 1)
    }
    fields |= {f"{PREFIX}{question.id}": _field(question) for question in questions}
    return fields and fields | {"questions": questions, "names_guests": event.guest_names}


def _guest(number: int) -> StringField:
    return StringField(
        _l("Name of guest %(number)d", number=number),
        filters=[lambda text: tidy_name(text) if text else ""],
        render_kw={"maxlength": NAME_MAX, "autocomplete": "off"},
    )


def _field(question: EventQuestion) -> Field:
    match question.kind:
        case AskedKind.LONG_TEXT:
            attributes: dict[str, Any] = {"maxlength": LONGEST[AskedKind.LONG_TEXT], "rows": 4}
            return TextAreaField(question.label, render_kw=attributes)
        case AskedKind.ONE | AskedKind.YES_NO:
            return RadioField(question.label, choices=_choices(question), validate_choice=False)
        case AskedKind.SEVERAL:
            return SelectMultipleField(
                question.label,
                choices=_choices(question),
                validate_choice=False,
                widget=ListWidget(prefix_label=False),
                option_widget=CheckboxInput(),
            )
        case AskedKind.CONSENT:
            return BooleanField(question.label, render_kw={"value": YES})  # which the page's script compares
    is_number = question.kind == AskedKind.NUMBER
    attributes = (
        {"inputmode": "decimal", "maxlength": 30} if is_number else {"maxlength": LONGEST[AskedKind.TEXT]}
    )
    return StringField(question.label, render_kw=attributes)


def _choices(question: EventQuestion) -> list[SelectChoice]:
    if question.kind == AskedKind.YES_NO:
        return [SelectChoice(YES, _l("Yes")), SelectChoice(NO, _l("No"))]
    return [SelectChoice(choice, choice) for choice in question.choices]


def stored_answers(answers: Mapping[int, Answer], guest_names: Sequence[str]) -> dict[str, Any]:
    """Return what is stored as the data of a form that changes it."""
    words = {True: YES, False: NO}
    data: dict[str, Any] = {f"guest_{number}": name for number, name in enumerate(guest_names, 1)}
    for question_id, answer in answers.items():
        data[f"{PREFIX}{question_id}"] = words[answer] if isinstance(answer, bool) else answer
    return data
