"""The form of a slot."""

from __future__ import annotations

from datetime import datetime

from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, IntegerField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.events.actions_slots import SlotDraft
from app.events.models import Event, Slot
from app.events.rules_schedule import SkippedTime, to_instant, to_local
from app.i18n import _, _l
from app.members.rules_people import tidy_name


class SlotForm(FlaskForm):
    """A slot of an event, at the event's own clock."""

    name = StringField(
        _l("Name"),
        [DataRequired(_l("Enter a name.")), Length(max=120)],
        filters=[lambda text: tidy_name(text) if text else text],
        description=_l("A table, a time, a group: what people choose."),
    )
    starts = DateTimeLocalField(
        _l("Begins"), [Optional()], description=_l("Only when it does not begin with the event.")
    )
    capacity = IntegerField(
        _l("Seats"),
        [
            InputRequired(_l("Enter a number.")),
            NumberRange(1, 100_000, _l("Enter a number from %(low)d to %(high)d.", low=1, high=100_000)),
        ],
    )

    event: Event
    starts_at: datetime | None = None

    @classmethod
    def of(cls, event: Event, slot: Slot | None) -> SlotForm:
        """Return the form of a slot, or of a new one."""
        starts = to_local(slot.starts_at, event.timezone) if slot and slot.starts_at else None
        form = cls(obj=slot, data={"starts": starts})
        form.event = event
        return form

    def validate(self, extra_validators: object = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if self.starts.data is None:
            return True
        try:
            self.starts_at = to_instant(self.starts.data, self.event.timezone)
        except SkippedTime:
            self.starts.errors = [
                _("Clocks go forward that night and never show this time. Choose another one.")
            ]
            return False
        if not self.event.starts_at <= self.starts_at < self.event.ends_at:
            self.starts.errors = [_("Choose a time between the beginning and the end of the event.")]
            return False
        return True

    def draft(self) -> SlotDraft:
        """Return what was written, once it is valid."""
        return SlotDraft(str(self.name.data), self.capacity.data or 0, self.starts_at)
