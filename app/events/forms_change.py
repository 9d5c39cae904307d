"""What a holder may ask of a ticket: another party or slot, or another person."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from app.errors import Refusal
from app.events.models import Rsvp
from app.events.rules_words import party_words
from app.i18n import _l
from app.members.forms import email_field, name_field


class ChangeForm(FlaskForm):
    """How many come, and to which slot, as it is now."""

    party_size = SelectField(_l("How many of you come?"), coerce=int)
    slot_id = RadioField(_l("When, or at which table?"), coerce=int)

    @classmethod
    def of(cls, rsvp: Rsvp) -> ChangeForm:
        """Return the form with what the event leaves to choose."""
        form, event = cls(obj=rsvp), rsvp.event
        form.party_size.choices = [
            SelectChoice(n, party_words(n)) for n in range(1, max(event.party_max, rsvp.party_size) + 1)
        ]
        form.slot_id.choices = [SelectChoice(slot.id, slot.name) for slot in event.slots]
        if not event.slots:
            del form.slot_id
        return form

    @property
    def slot(self) -> int | None:
        return int(self.slot_id.data) if "slot_id" in self else None

    def refuse(self, refusal: Refusal) -> None:
        field = self._fields.get(refusal.field or "", self.party_size)
        field.errors = [*field.errors, refusal.message]


class HandOnForm(FlaskForm):
    """Whom a ticket goes to."""

    name = name_field(_l("Your friend’s name"))
    email = email_field(_l("Your friend’s e-mail address"))
