"""The forms of a study and its products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.events.models import Event
from app.i18n import _l, date_text
from app.surveys.models import Design, Study

DESIGNS = {
    Design.MONADIC: _l("Each fan tries one product"),
    Design.SEQUENTIAL: _l("Each fan tries all products, one after the other"),
}
DESIGN_HINTS = {
    Design.MONADIC: _l(
        "The fairest picture of each product. Needs the most people: 60 for each product, better 100."
    ),
    Design.SEQUENTIAL: _l(
        "Compares products with fewer people, since each is their own yardstick. Orders are balanced; "
        "scores run a little lower, so never compare them with those of the other design."
    ),
}


class StudyForm(FlaskForm):
    """What a study is called, what it should decide, how products are given, where it is run."""

    title = StringField(
        _l("Title"),
        validators=[
            DataRequired(_l("Enter a title.")),
            Length(max=160, message=_l("Keep it under 160 characters.")),
        ],
        description=_l("Fans see it. Name the subject, not the difference between the products."),
    )
    objective = TextAreaField(
        _l("What should it decide?"),
        validators=[Length(max=2000, message=_l("Keep it under 2,000 characters."))],
        description=_l("For the report: the question behind the test, and who will act on the answer."),
    )
    design = RadioField(
        _l("How are products given?"),
        choices=[SelectChoice(design.value, label) for design, label in DESIGNS.items()],
        default=Design.MONADIC.value,
    )
    events = SelectMultipleField(
        _l("At which events?"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def __init__(self, events: Sequence[Event], study: Study | None = None, **options: Any) -> None:
        if study is not None:
            options["data"] = {
                "title": study.title,
                "objective": study.objective,
                "design": study.design.value,
                "events": [event.id for event in study.events],
            }
        super().__init__(**options)
        self._offered = {event.id: event for event in events}
        self.events.choices = [SelectChoice(event.id, _event_label(event)) for event in events]

    def values(self) -> dict[str, Any]:
        """Return title, objective, design and events of a valid form, as the actions take them."""
        return {
            "title": self.title.data or "",
            "objective": self.objective.data or "",
            "design": Design(self.design.data),
            "events": [self._offered[event_id] for event_id in self.events.data or []],
        }


class ProductForm(FlaskForm):
    """A product's name, which fans never see."""

    name = StringField(
        _l("Name of the product"),
        validators=[
            DataRequired(_l("Enter the product’s name.")),
            Length(max=120, message=_l("Keep it under 120 characters.")),
        ],
        description=_l("For you and the report. Fans see only the three-digit number that it gets."),
    )


def _event_label(event: Event) -> str:
    day = date_text(event.starts_at, event.timezone, "long")
    return f"{event.title}, {event.chapter.city}, {day}"
