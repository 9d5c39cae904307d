"""Forms of the CM: an event, a chapter."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    DateTimeLocalField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.events.actions_manage import EventDraft
from app.events.forms_settings import SKIPPED, SettingsFields
from app.events.models import Chapter, Event, EventKind
from app.events.queries_access import invitees_of
from app.events.rules import one_line
from app.events.rules_schedule import SkippedTime, to_instant, to_local
from app.events.rules_words import KIND_LABELS
from app.i18n import _, _l

LONGEST = timedelta(days=14)


def _number(low: int, high: int) -> list[object]:
    message = _l("Enter a number from %(low)d to %(high)d.", low=low, high=high)
    return [InputRequired(_l("Enter a number.")), NumberRange(low, high, message)]


class EventForm(SettingsFields, FlaskForm):
    """An event as its CM writes it; times are those of the chapter's clocks."""

    chapter_id = SelectField(_l("Chapter"), coerce=int)
    title = StringField(_l("Title"), [InputRequired(_l("Enter a title.")), Length(max=160)])
    kind = SelectField(
        _l("Kind"), choices=[SelectChoice(kind.value, KIND_LABELS[kind]) for kind in EventKind]
    )
    starts = DateTimeLocalField(_l("Begins"), [InputRequired(_l("Enter a day and a time."))])
    ends = DateTimeLocalField(_l("Ends"), [InputRequired(_l("Enter a day and a time."))])
    venue = StringField(_l("Place"), [InputRequired(_l("Enter the name of the place.")), Length(max=160)])
    address = StringField(_l("Address"), [Length(max=300)])
    capacity = IntegerField(_l("Seats"), _number(1, 100_000))
    party_max = IntegerField(_l("Seats one person may take"), _number(1, 10), default=1)
    hold_minutes = IntegerField(
        _l("Minutes to confirm by mail"),
        _number(5, 1440),
        default=30,
        description=_l("A new address keeps its seat this long before it is confirmed."),
    )
    description = TextAreaField(
        _l("Description"),
        [Length(max=20_000)],
        description=_l("Markdown: # title, **bold**, - list, [words](https://…)."),
    )
    picture = FileField(_l("Picture"), description=_l("JPEG, PNG or WebP, at most 8 MB."))

    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, event: Event | None, chapters: list[Chapter]) -> EventForm:
        """Return the form of an event, or of a new one, for the chapters of who writes it."""
        if event is None:
            form = cls()
        else:
            zone = event.timezone
            times = {"starts": to_local(event.starts_at, zone), "ends": to_local(event.ends_at, zone)}
            form = cls(obj=event, data=times | cls.shown(event, invitees_of(event.id)))
        form.chapter_id.choices = [SelectChoice(c.id, f"{c.name} ({c.timezone})") for c in chapters]
        form.zones = {c.id: c.timezone for c in chapters}
        return form

    zones: dict[int, str]

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        zone = self.zones[self.chapter_id.data]
        for name in ("starts", "ends"):
            try:
                setattr(self, f"{name}_at", to_instant(self[name].data, zone))
            except SkippedTime:
                self[name].errors = [str(SKIPPED)]
                return False
        if self.ends_at <= self.starts_at:
            self.ends.errors = [_("It must end after it begins.")]
        elif self.ends_at - self.starts_at > LONGEST:
            self.ends.errors = [_("An event lasts two weeks at most: check the dates.")]
        return not self.ends.errors and self.check_settings(zone, self.ends_at)

    def draft(self, picture_id: int | None) -> EventDraft:
        """Return what was written, once it is valid."""
        return EventDraft(
            chapter_id=self.chapter_id.data,
            kind=EventKind(self.kind.data),
            title=one_line(str(self.title.data)),
            description=self.description.data or "",
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            venue=str(self.venue.data).strip(),
            address=(self.address.data or "").strip(),
            capacity=self.capacity.data or 0,
            party_max=self.party_max.data or 1,
            hold_minutes=self.hold_minutes.data or 30,
            picture_id=picture_id,
            **self.settings(),
        )


class ManagersField(SelectMultipleField):
    """Check boxes, none of which need be ticked."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ChapterForm(FlaskForm):
    """A chapter: its city fixes its time zone."""

    name = StringField(_l("Name"), [InputRequired(_l("Enter a name.")), Length(max=120)])
    city = StringField(
        _l("City"),
        [InputRequired(_l("Enter a city.")), Length(max=120)],
        description=_l("The city gives the time zone."),
    )
    country = StringField(
        _l("Country"),
        [InputRequired(_l("Enter two letters, like FR.")), Length(2, 2, _l("Enter two letters, like FR."))],
        default="FR",
    )
    timezone = StringField(
        _l("Time zone"),
        [Optional(), Length(max=64)],
        description=_l("Only when the city is not found, like Europe/Paris."),
    )
    managers = ManagersField(_l("Community managers"), coerce=int)
