"""The part of an event's form that most events leave as it is: who may register, when, and how."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wtforms import DateTimeLocalField, Field, Form, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import Length, NumberRange, Optional

from app.events.models import Audience, Event, GuestNames, Unanswered
from app.events.rules_access import Addresses, read_addresses
from app.events.rules_schedule import SkippedTime, to_instant, to_local
from app.i18n import _, _l, ngettext

SKIPPED = _l("Clocks go forward that night and never show this time. Choose another one.")
CUTOFF = 120  # minutes
MOST_SHOWN = 5  # bad lines of the list
OWN = (
    *("audience", "invitees", "opens", "closes", "early_opens", "early_code"),
    *("guest_names", "hold_minutes", "cutoff_minutes", "unanswered"),
)
AUDIENCES = {
    Audience.EVERYONE: _l("Everybody"),
    Audience.MEMBERS: _l("People who have come before, once signed in"),
    Audience.LINK: _l("People who have the private link"),
    Audience.INVITED: _l("People whose address is on the list"),
}
NAMED = {
    GuestNames.NONE: _l("Not asked"),
    GuestNames.OPTIONAL: _l("Asked, may be left out"),
    GuestNames.REQUIRED: _l("Asked, needed for each guest"),
}
SILENCE = {
    Unanswered.KEEP: _l("The seat is kept"),
    Unanswered.RELEASE: _l("The seat is freed after a second mail"),
}


def _choices(words: dict[Any, Any]) -> list[SelectChoice]:
    return [SelectChoice(value.value, text) for value, text in words.items()]


class SettingsFields(Form):
    """Who may register and from when until when, by the chapter's clocks; guests, silence and the last minute."""

    audience = SelectField(_l("Open to"), choices=_choices(AUDIENCES), default=Audience.EVERYONE.value)
    opens = DateTimeLocalField(
        _l("Registration opens"), [Optional()], description=_l("Empty: once the event is published.")
    )
    closes = DateTimeLocalField(
        _l("Registration closes"), [Optional()], description=_l("Empty: when the event ends.")
    )
    early_opens = DateTimeLocalField(
        _l("Opens earlier for the list, or with the code"), [Optional()], description=_l("Empty: for nobody.")
    )
    early_code = StringField(
        _l("Code for the earlier opening"),
        [Length(max=40)],
        filters=[lambda text: text.strip() if text else ""],
        description=_l("A word that you give to those whom it is for; capitals do not matter."),
    )
    invitees = TextAreaField(
        _l("List of addresses"),
        [Length(max=200_000)],
        description=_l("One a line. They are invited by you: nothing is sent from here."),
        render_kw={"rows": 5, "spellcheck": "false"},
    )
    guest_names = SelectField(_l("Names of guests"), choices=_choices(NAMED), default=GuestNames.NONE.value)
    cutoff_minutes = IntegerField(
        _l("Minutes before the start in which no seat is offered any more"),
        [
            Optional(),
            NumberRange(0, 10_080, _l("Enter a number from %(low)d to %(high)d.", low=0, high=10_080)),
        ],
        default=CUTOFF,
    )
    unanswered = SelectField(
        _l("When “Still coming?” is not answered"), choices=_choices(SILENCE), default=Unanswered.KEEP.value
    )

    opens_at: datetime | None = None
    closes_at: datetime | None = None
    early_opens_at: datetime | None = None
    listed = Addresses()

    @staticmethod
    def shown(event: Event, invitees: list[str]) -> dict[str, object]:
        """Return an event's settings as the data of the form, beside what has the name of its column."""
        times = {"opens": event.opens_at, "closes": event.closes_at, "early_opens": event.early_opens_at}
        local = {name: to_local(at, event.timezone) if at else None for name, at in times.items()}
        return local | {"invitees": "\n".join(invitees)}

    def check_settings(self, zone: str, ends_at: datetime) -> bool:
        """Read the times and the list, and put what is wrong beside its field."""
        for name in ("opens", "closes", "early_opens"):
            if not self._read_time(name, zone):
                return False
        return self._check_times(ends_at) and self._check_list() and self._check_early()

    def settings_errors(self) -> bool:
        """Tell whether something is wrong with them, so that a page shows them open."""
        return any(self[name].errors for name in OWN)

    def settings(self) -> dict[str, Any]:
        """Return what a valid form says, by the name of EventDraft's fields."""
        return {
            "audience": Audience(self.audience.data),
            "opens_at": self.opens_at,
            "closes_at": self.closes_at,
            "early_opens_at": self.early_opens_at,
            "early_code": self.early_code.data or "",
            "guest_names": GuestNames(self.guest_names.data),
            "cutoff_minutes": CUTOFF if self.cutoff_minutes.data is None else self.cutoff_minutes.data,
            "unanswered": Unanswered(self.unanswered.data),
        }

    def _read_time(self, name: str, zone: str) -> bool:
        local = self[name].data
        try:
            setattr(self, f"{name}_at", to_instant(local, zone) if local else None)
        except SkippedTime:
            return _refuse(self[name], str(SKIPPED))
        return True

    def _check_times(self, ends_at: datetime) -> bool:
        if self.opens_at and self.opens_at >= ends_at:
            return _refuse(self.opens, _("It must open before the event ends."))
        if self.closes_at and self.closes_at > ends_at:
            return _refuse(self.closes, _("It closes when the event ends, at the latest."))
        if self.opens_at and self.closes_at and self.closes_at <= self.opens_at:
            return _refuse(self.closes, _("It must close after it opens."))
        return True

    def _check_list(self) -> bool:
        self.listed = read_addresses(self.invitees.data or "")
        bad = [_("Line %(number)d is no address: “%(text)s”.", number=n, text=t) for n, t in self.listed.bad]
        if len(bad) > MOST_SHOWN:
            more = len(bad) - MOST_SHOWN
            bad[MOST_SHOWN:] = [ngettext("And one more line.", "And %(num)d more lines.", more)]
        return not bad or _refuse(self.invitees, " ".join(bad))

    def _check_early(self) -> bool:
        if self.early_opens_at is None:
            if self.early_code.data:
                return _refuse(self.early_opens, _("Enter when it opens for those who have the code."))
            return True
        if self.opens_at is None:
            return _refuse(self.opens, _("Enter when it opens for everybody else."))
        if self.early_opens_at >= self.opens_at:
            return _refuse(self.early_opens, _("It must be before it opens for everybody."))
        if not self.early_code.data and not self.listed.good:
            return _refuse(self.early_code, _("Enter a code, or list the addresses that it opens for."))
        return True


def _refuse(field: Field, message: str) -> bool:
    field.errors = [message]
    return False
