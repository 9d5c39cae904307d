"""What a holder may ask of a ticket: another party or slot, or another person."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from app.events.forms_answers import AnswerFields, answer_fields
from app.events.models import Rsvp
from app.events.rules_words import party_words
from app.i18n import _l
from app.members.forms import email_field, name_field


class ChangeForm(AnswerFields, FlaskForm):
    """How many come, and to which slot, as it is now; and the names of guests who are new.

    Whoever has the ticket's address sees this form: it shows no name that is known.
    """

    party_size = SelectField(_l("How many of you come?"), coerce=int)
    slot_id = RadioField(_l("When, or at which table?"), coerce=int)

    party_before = 1

    @classmethod
    def of(cls, rsvp: Rsvp) -> ChangeForm:
        """Return the form with what the event leaves to choose."""
        event, most = rsvp.event, max(rsvp.event.party_max, rsvp.party_size)
        own = answer_fields(event, (), most, known_guests=rsvp.party_size - 1)
        form: ChangeForm = type("Change", (cls,), own | {"party_before": rsvp.party_size})(obj=rsvp)
        form.party_size.choices = [SelectChoice(n, party_words(n)) for n in range(1, most + 1)]
        form.slot_id.choices = [SelectChoice(slot.id, slot.name) for slot in event.slots]
        if not event.slots:
            del form.slot_id
        return form

    @property
    def slot(self) -> int | None:
        return int(self.slot_id.data) if "slot_id" in self else None

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        return bool(self.party_size.errors or self.check_guests(self._newcomers)) and valid

    @property
    def only_moves(self) -> bool:
        """Tell whether the same party asks for another slot."""
        return "slot_id" in self and self.party_size.data == self.party_before

    @property
    def new_guests(self) -> list[str]:
        """Return the names that were given, of those who were not in the party before."""
        return self.guest_names(self._newcomers) or []

    @property
    def _newcomers(self) -> int:
        """Return the size of a party in which every guest is one who comes along besides."""
        return 1 + max(0, int(self.party_size.data) - self.party_before)


class HandOnForm(FlaskForm):
    """Whom a ticket goes to."""

    name = name_field(_l("Your friend’s name"), missing=_l("Enter the person’s name."))
    email = email_field(_l("Your friend’s e-mail address"))
