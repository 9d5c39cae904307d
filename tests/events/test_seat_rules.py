"""Who is seated, by the pure rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events.models import EventStatus
from app.events.rules import is_open, seats_to_count
from app.events.rules_seats import Room, SeatRefusal, Waiting, next_in_line, refuse_request

slots = st.sampled_from([None, 1, 2, 3])
parties = st.tuples(st.integers(1, 10), slots)
lines = st.lists(parties, max_size=30).map(
    lambda items: [Waiting(number, size, slot) for number, (size, slot) in enumerate(items)]
)
rooms = st.builds(
    Room, st.integers(-2, 30), st.dictionaries(st.sampled_from([1, 2, 3]), st.integers(-2, 12), max_size=3)
)


@given(lines, rooms)
def test_nobody_is_seated_beyond_the_room(line: list[Waiting], room: Room) -> None:
    seated = next_in_line(line, room)
    assert sum(party.party_size for party in seated) <= max(room.seats, 0)
    for slot_id in (1, 2, 3):
        in_slot = sum(party.party_size for party in seated if party.slot_id == slot_id)
        assert in_slot <= max(room.slots.get(slot_id, 0), 0)


@given(lines, rooms)
def test_nobody_left_in_line_would_fit(line: list[Waiting], room: Room) -> None:
    seated = next_in_line(line, room)
    for party in seated:
        room = room.changed(-party.party_size, party.slot_id)
    assert not [p for p in line if p not in seated and room.fits(p.party_size, p.slot_id)]


@given(lines, rooms)
def test_nobody_is_overtaken_by_an_equal(line: list[Waiting], room: Room) -> None:
    """Whoever is seated came before everybody with the same wish who is not."""
    seated = next_in_line(line, room)
    for party in line:
        if party not in seated:
            same = [p for p in seated if (p.party_size, p.slot_id) == (party.party_size, party.slot_id)]
            assert all(p.rsvp_id < party.rsvp_id for p in same)


@given(lines, rooms)
def test_asking_twice_seats_nobody_more(line: list[Waiting], room: Room) -> None:
    seated = next_in_line(line, room)
    for party in seated:
        room = room.changed(-party.party_size, party.slot_id)
    assert next_in_line([party for party in line if party not in seated], room) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"is_open": False}, SeatRefusal.NOT_OPEN),
        ({"party_size": 3}, SeatRefusal.PARTY_TOO_BIG),
        ({"party_size": 0}, SeatRefusal.PARTY_TOO_BIG),
        ({"slot_ids": {7}}, SeatRefusal.SLOT_REQUIRED),
        ({"slot_ids": {7}, "slot_id": 8}, SeatRefusal.UNKNOWN_SLOT),
        ({"slot_id": 8}, SeatRefusal.UNKNOWN_SLOT),
        ({"slot_ids": {7}, "slot_id": 7}, None),
    ],
)
def test_a_request_is_refused_for_its_first_fault(
    change: dict[str, object], reason: SeatRefusal | None
) -> None:
    request: dict[str, object] = {
        "is_open": True,
        "party_size": 2,
        "party_max": 2,
        "slot_id": None,
        "slot_ids": set(),
    }
    assert refuse_request(**(request | change)) == reason  # type: ignore[arg-type]


END = datetime(2026, 12, 4, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "moment", "answer"),
    [
        (EventStatus.PUBLISHED, END - timedelta(seconds=1), True),
        (EventStatus.PUBLISHED, END, False),
        (EventStatus.DRAFT, END - timedelta(days=1), False),
        (EventStatus.CANCELLED, END - timedelta(days=1), False),
    ],
)
def test_people_register_while_a_published_event_is_not_over(
    status: EventStatus, moment: datetime, answer: bool
) -> None:
    assert is_open(status, END, moment) is answer


def test_seats_are_counted_out_loud_below_ten() -> None:
    assert [seats_to_count(left) for left in (0, 9, 10)] == [0, 9, None]
