"""Forms that make drafts of an event, one copy or a date for each chapter, and that of its overbooking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import request
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateTimeLocalField, Form, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from app.events.actions_plan import Plan
from app.events.forms_settings import SKIPPED
from app.events.models import Chapter, Event
from app.events.rules import one_line
from app.events.rules_schedule import SkippedTime, to_instant
from app.i18n import _, _l

FARTHEST = timedelta(days=5 * 366)


def _title(form: Form) -> str:
    return one_line(str(form["title"].data))


def _when(field: DateTimeLocalField, timezone: str, now: datetime) -> datetime | None:
    """Return a local time that clocks show and that is to come; when it is not, say so beside the field."""
    local = field.data
    if local is None:
        return None  # as the field says already
    try:
        instant = to_instant(local, timezone)
        if now < instant < now + FARTHEST:
            return local
        past = instant <= now
        field.errors = [
            _("This is over already. Choose a day to come.") if past else _("Choose a day within five years.")
        ]
    except SkippedTime:
        field.errors = [str(SKIPPED)]
    return None


class CopyForm(FlaskForm):
    """A copy of an event, on another day."""

    title = StringField(_l("Title"), [InputRequired(_l("Enter a title.")), Length(max=160)])
    starts = DateTimeLocalField(_l("Begins"), [InputRequired(_l("Enter a day and a time."))])

    def plan(self, event: Event, now: datetime) -> Plan | None:
        """Return what was chosen, or None when it is wrong."""
        if not self.validate_on_submit() or not (local := _when(self.starts, event.timezone, now)):
            return None
        return Plan(event.chapter, _title(self), local, event.venue, event.address)


@dataclass(frozen=True)
class Proposal:
    """A chapter, and what the form proposes for it: a local time, a place; and the names of what it has already."""

    chapter: Chapter
    local: datetime
    venue: str
    address: str
    planned: tuple[str, ...]


class ChapterRow(Form):
    """Whether, when and where a chapter meets."""

    go = BooleanField(_l("Write a draft"))
    starts = DateTimeLocalField(_l("Begins"), [InputRequired(_l("Enter a day and a time."))])
    venue = StringField(_l("Place"), [InputRequired(_l("Enter the name of the place.")), Length(max=160)])

    @classmethod
    def of(cls, proposal: Proposal) -> ChapterRow:
        """Return the row of a chapter, as it was sent or as it is proposed."""
        row = cls(
            request.form if request.method == "POST" else None,
            prefix=f"chapter{proposal.chapter.id}-",
            data={"go": not proposal.planned, "starts": proposal.local, "venue": proposal.venue},
        )
        row.proposal = proposal
        return row

    proposal: Proposal

    def plan(self, title: str, now: datetime) -> Plan | None:
        """Return what was chosen, or None when it is wrong."""
        chapter, address = self.proposal.chapter, self.proposal.address
        if not self.validate() or not (local := _when(self.starts, chapter.timezone, now)):
            return None
        venue = str(self.venue.data).strip()
        return Plan(chapter, title, local, venue, address if venue == self.proposal.venue else "")


class QuarterForm(FlaskForm):
    """The title that the drafts have in common, above a row for each chapter."""

    title = StringField(_l("Title"), [InputRequired(_l("Enter a title.")), Length(max=160)])

    def plans(self, rows: Sequence[ChapterRow], now: datetime) -> list[Plan]:
        """Return what was chosen for the chapters that are ticked, or nothing when something is wrong."""
        if not self.validate_on_submit():
            return []
        chosen = [row.plan(_title(self), now) for row in rows if row.go.data]
        if not chosen:
            self.form_errors.append(_("Tick at least one chapter."))
        plans = [plan for plan in chosen if plan]
        return plans if len(plans) == len(chosen) else []


def _number() -> list[object]:
    message = _l("Enter a number from %(low)d to %(high)d.", low=1, high=100_000)
    return [InputRequired(_l("Enter a number.")), NumberRange(1, 100_000, message)]


class RoomForm(FlaskForm):
    """The seats that are there, and how many may register for them."""

    seats = IntegerField(_l("Seats that are there"), _number())
    registrations = IntegerField(_l("Registrations allowed"), _number())
