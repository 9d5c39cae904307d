"""The form of one question that an event asks."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import DataRequired, Length

from app.events.actions_questions import QuestionDraft
from app.events.models_questions import AskedKind, EventQuestion
from app.events.rules import one_line
from app.events.rules_questions import NO, WITH_CHOICES, YES, condition_values, tidy_choices
from app.i18n import _, _l

KIND_WORDS = {
    AskedKind.TEXT: _l("A few words"),
    AskedKind.LONG_TEXT: _l("Some lines"),
    AskedKind.ONE: _l("One answer from a list"),
    AskedKind.SEVERAL: _l("Several answers from a list"),
    AskedKind.NUMBER: _l("A number"),
    AskedKind.YES_NO: _l("Yes or no"),
    AskedKind.CONSENT: _l("A box to tick"),
}


class QuestionForm(FlaskForm):
    """A question: what it asks, how it is answered, and of whom."""

    label = StringField(_l("Question"), [DataRequired(_l("Write the question.")), Length(max=300)])
    kind = SelectField(
        _l("How is it answered?"),
        choices=[SelectChoice(kind.value, words) for kind, words in KIND_WORDS.items()],
    )
    choices = TextAreaField(
        _l("Answers to choose from"),
        [Length(max=10_000)],
        description=_l("One a line; only for a question with answers to choose from."),
        render_kw={"rows": 5},
    )
    required = BooleanField(_l("An answer is required"))
    sensitive = BooleanField(
        _l("The answer is sensitive"),
        description=_l(
            "For allergies or access needs: only the community managers of this chapter see the answers, which are "
            "erased 30 days after the event."
        ),
    )
    only_if = SelectField(_l("Who is asked?"), default="")

    @classmethod
    def of(cls, question: EventQuestion | None, earlier: Sequence[EventQuestion]) -> QuestionForm:
        """Return the form of a question, or of a new one; it may depend on those before it."""
        form = cls(data=_shown(question)) if question else cls()
        choices = [SelectChoice("", _("Everybody"))]
        for parent in earlier:
            for value in condition_values(parent):
                said = value if parent.kind in WITH_CHOICES else {YES: _("Yes"), NO: _("No")}[value]
                words = _("Who answers “%(value)s” to “%(question)s”", value=said, question=parent.label)
                choices.append(SelectChoice(f"{parent.id}={value}", words))
        form.only_if.choices = choices
        return form

    def draft(self) -> QuestionDraft:
        """Return the question of a valid form."""
        kind = AskedKind(self.kind.data)
        parent, _equals, value = (self.only_if.data or "").partition("=")
        return QuestionDraft(
            kind=kind,
            label=one_line(str(self.label.data)),
            choices=tidy_choices(self.choices.data or "") if kind in WITH_CHOICES else [],
            required=bool(self.required.data),
            sensitive=bool(self.sensitive.data),
            only_if_id=int(parent) if parent else None,
            only_if_value=value,
        )


def _shown(question: EventQuestion) -> dict[str, object]:
    return {
        "label": question.label,
        "kind": question.kind.value,
        "choices": "\n".join(question.choices),
        "required": question.required,
        "sensitive": question.sensitive,
        "only_if": f"{question.only_if_id}={question.only_if_value}" if question.only_if_id else "",
    }
