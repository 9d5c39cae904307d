"""The form that a fan answers with, built from the questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import LazyString
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, RadioField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.widgets import CheckboxInput, ListWidget

from app.i18n import in_language
from app.surveys.models import Question, QuestionKind
from app.surveys.rules import LONGEST_TEXT, POINTS
from app.surveys.rules_wording import ends_of, step_names

PREFIX = "q_"  # so that no key can hide a name of the form's own


class AnswerForm(FlaskForm):
    """Answers about one product or event. The rules check them, so that pages and programs are refused alike."""

    nonce = HiddenField()
    version = HiddenField()

    def answers(self) -> dict[str, Any]:
        """Return what was answered, by question key."""
        return {field.name.removeprefix(PREFIX): field.data for field in self._asked()}

    def show(self, problems: Mapping[str, str | LazyString]) -> None:
        """Put each problem beside its question."""
        for key, message in problems.items():
            field = self._fields.get(PREFIX + key)
            if field is not None:
                field.errors = [*field.errors, message]

    def field_of(self, question: Question) -> Field:
        field: Field = self[PREFIX + question.key]
        return field

    def ends_of(self, question: Question) -> tuple[str, str] | None:
        """Return the words at both ends of a row of numbers, or None for any other question."""
        ends = ends_of(question.kind, question.ends)
        if ends is None or step_names(question.kind, question.ends):
            return None
        return in_language(ends[0]), in_language(ends[1])

    def _asked(self) -> Iterator[Field]:
        return (field for name, field in self._fields.items() if name.startswith(PREFIX))


def answer_form(questions: Sequence[Question], **options: Any) -> AnswerForm:
    """Return a form that asks these questions in the current language."""
    fields = {PREFIX + question.key: _field(question) for question in questions}
    form: AnswerForm = type("Answers", (AnswerForm,), fields)(**options)
    for question in questions:
        form.field_of(question).flags.required = question.required
    return form


def _field(question: Question) -> Field:
    label = in_language(question.label)
    if question.kind is QuestionKind.TEXT:
        return TextAreaField(label, render_kw={"maxlength": LONGEST_TEXT, "rows": 4})
    if question.kind is QuestionKind.MULTIPLE:
        return SelectMultipleField(
            label,
            choices=_options(question),
            validate_choice=False,
            widget=ListWidget(prefix_label=False),
            option_widget=CheckboxInput(),
        )
    return RadioField(label, choices=_points(question) or _options(question), validate_choice=False)


def _options(question: Question) -> list[SelectChoice]:
    return [SelectChoice(option["key"], in_language(option)) for option in question.options]


def _points(question: Question) -> list[SelectChoice]:
    if names := step_names(question.kind, question.ends):
        return [SelectChoice(str(point), in_language(name)) for point, name in names.items()]
    return [SelectChoice(str(point), str(point)) for point in POINTS.get(question.kind, ())]
