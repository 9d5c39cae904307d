"""An event's people as rows of a table: a heading, then a row each, read from a cursor batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from zoneinfo import ZoneInfo

from app.events.models import Event, HoldFor, RsvpStatus
from app.events.queries_people import Person, people_in_batches
from app.events.queries_questions import answers_of, questions_of
from app.events.rules_people import LAPSE_WORDS, Search, origin_text
from app.events.rules_questions import Answer, answer_words
from app.i18n import _
from app.sheets import Cell, wall_clock


def people_rows(event: Event, search: Search, with_sensitive: bool) -> Iterator[list[Cell]]:
    """Return the heading and then a row for each registration that is searched, in the page's order and language.

    Times are those of the event's zone. Sensitive answers are for who runs the chapter alone. All that is read of the
    event is read now: a stream goes on after the page's session has ended, and reads its rows with another.
    """
    asked = {one.id: one.label for one in questions_of(event.id) if with_sensitive or not one.sensitive}
    slots = {slot.id: slot.name for slot in event.slots}
    form = _RowForm(_status_words(), slots, ZoneInfo(event.timezone))
    heading: list[Cell] = [*_headings(), *asked.values()]
    return chain([heading], _rows(event.id, search, form, list(asked), with_sensitive))


@dataclass(frozen=True)
class _RowForm:
    """What turns codes into words and instants into times."""

    words: dict[str, str]
    slots: dict[int, str]
    zone: ZoneInfo


def _rows(
    event_id: int, search: Search, form: _RowForm, asked: list[int], with_sensitive: bool
) -> Iterator[list[Cell]]:
    for batch in people_in_batches(event_id, search):
        answers = answers_of([person.rsvp_id for person in batch], with_sensitive) if asked else {}
        for person in batch:
            given = answers.get(person.rsvp_id, {})
            yield [*_row(person, form), *(_answer_cell(given.get(one)) for one in asked)]


def _headings() -> list[str]:
    return [
        _("Name"),
        _("E-mail address"),
        _("Status"),
        _("Party"),
        _("Guests"),
        _("Slot"),
        _("Place in line"),
        _("Registered"),
        _("Arrived"),
        _("Came from"),
    ]


def _row(person: Person, form: _RowForm) -> list[Cell]:
    offered = person.status is RsvpStatus.HELD and person.hold_for is HoldFor.OFFER
    return [
        person.name,
        person.email or "",
        form.words["offered" if offered else person.lapse or person.status],
        person.party_size,
        ", ".join(filter(None, person.guest_names or [])),
        form.slots.get(person.slot_id or 0, ""),
        person.place,
        wall_clock(person.created_at, form.zone),
        wall_clock(person.arrived_at, form.zone),
        origin_text(person.arrived_from),
    ]


def _status_words() -> dict[str, str]:
    """Translate each status once, and not for each row."""
    cancelled = _("Cancelled")
    return {
        RsvpStatus.CONFIRMED: _("Confirmed"),
        RsvpStatus.HELD: _("Held"),
        "offered": _("Seat offered"),
        RsvpStatus.WAITLISTED: _("Waiting"),
        RsvpStatus.CANCELLED: cancelled,
        RsvpStatus.DECLINED: _("Not coming"),
    } | {lapse: f"{cancelled} ({words})" for lapse, words in LAPSE_WORDS.items()}


def _answer_cell(answer: Answer | None) -> Cell:
    if isinstance(answer, int | float) and not isinstance(answer, bool):
        return answer  # a number to count with
    return answer_words(answer)
