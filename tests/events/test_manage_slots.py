"""The CM gives an event tables or sessions with seats of their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.db import db
from app.events.models import Event, Rsvp, RsvpStatus, Slot
from app.events.rules_schedule import to_local
from tests.client import Client, text_of
from tests.events.fans import make_slot, take
from tests.factories import make_member, make_rsvp


def path(event: Event, page: object = "") -> str:
    return f"/manage/events/{event.slug}/slots" + (f"/{page}" if page else "")


def write(client: Client, event: Event, page: object = "new", **values: Any) -> str:
    form = {"name": "La grande table", "capacity": 4} | values
    data = client.csrf(path(event, page) + "?lang=en") | form
    return text_of(client.post(path(event, page), data=data, follow_redirects=True).text)


def names(event: Event) -> list[str]:
    return [slot.name for slot in db.session.get_one(Event, event.id).slots]


def test_a_slot_is_added_with_a_time_of_its_own(as_cm: Client, client: Client, event: Event) -> None:
    local = to_local(event.starts_at + timedelta(hours=1), event.timezone)
    write(as_cm, event, starts=local.isoformat(timespec="minutes"))
    (slot,) = db.session.get_one(Event, event.id).slots
    assert (slot.name, slot.capacity) == ("La grande table", 4)
    assert slot.starts_at == (event.starts_at + timedelta(hours=1)).replace(second=0)
    assert "La grande table" in text_of(client.get(f"/events/{event.slug}/register").text)


@pytest.mark.parametrize("person", ["as_outsider", "as_marketer", "as_fan"])
def test_who_does_not_run_the_chapter_is_refused(
    person: str, request: pytest.FixtureRequest, event: Event
) -> None:
    slot = make_slot(event, "Table 1", 4)
    client: Client = request.getfixturevalue(person)
    for page in ("", "new", slot.id):
        assert client.get(path(event, page)).status_code == 403


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": " "}, "Enter a name."),
        ({"name": "TABLE 1"}, "There is a slot of that name already."),
        ({"capacity": 0}, "Enter a number from 1"),
        ({"starts": "2020-01-01T10:00"}, "Choose a time between the beginning and the end of the event."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    as_cm: Client, event: Event, values: dict[str, Any], words: str
) -> None:
    make_slot(event, "Table 1", 4)
    assert words in write(as_cm, event, **values)
    assert names(event) == ["Table 1"]


def test_more_seats_in_a_slot_move_its_line_at_once(as_cm: Client, event: Event) -> None:
    slot = make_slot(event, "Table 1", 1)
    take(event, make_member(), slot=slot)
    waiting = take(event, make_member(), slot=slot)
    assert waiting.status == RsvpStatus.WAITLISTED
    write(as_cm, event, slot.id, name="Table une", capacity=2)
    assert db.session.get_one(Rsvp, waiting.id).status == RsvpStatus.CONFIRMED
    changed = db.session.get_one(Slot, slot.id)
    assert (changed.name, changed.seats_taken) == ("Table une", 2)


def test_fewer_seats_than_are_promised_are_refused_with_the_count(as_cm: Client, event: Event) -> None:
    slot = make_slot(event, "Table 1", 4)
    for _ in range(3):
        take(event, make_member(), slot=slot)
    words = write(as_cm, event, slot.id, name="Table 1", capacity=1)
    assert "3 seats are promised already: 2 too many." in words
    assert db.session.get_one(Slot, slot.id).capacity == 4


def remove(client: Client, event: Event, slot: Slot) -> str:
    token = client.csrf(path(event, "new") + "?lang=en")
    return text_of(client.post(path(event, f"{slot.id}/remove"), data=token, follow_redirects=True).text)


def test_an_empty_slot_is_removed_and_who_left_it_keeps_the_answer(as_cm: Client, event: Event) -> None:
    slot = make_slot(event, "Table 1", 4)
    gone = make_rsvp(event, make_member(), RsvpStatus.CANCELLED, slot_id=slot.id)
    assert "Removed." in remove(as_cm, event, slot)
    assert names(event) == []
    assert db.session.get_one(Rsvp, gone.id).slot_id is None


def test_a_slot_that_somebody_is_in_or_waits_for_stays(as_cm: Client, event: Event) -> None:
    slot = make_slot(event, "Table 1", 1)
    take(event, make_member(), slot=slot)
    take(event, make_member(), slot=slot)
    assert "2 registrations are in it" in remove(as_cm, event, slot)
    assert names(event) == ["Table 1"]
