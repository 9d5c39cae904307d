"""Who gets a seat: what a request must satisfy, and the order in which the waiting line moves.

First come, first served, among those whose party fits: a party of three does not keep a single free seat
empty, and keeps its place in line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.events.models import Event


class SeatRefusal(StrEnum):
    """Why a seat is not given, kept or given back."""

    NOT_OPEN = "not-open"
    PARTY_TOO_BIG = "party-too-big"
    SLOT_REQUIRED = "slot-required"
    UNKNOWN_SLOT = "unknown-slot"
    HOLD_EXPIRED = "hold-expired"
    GIVEN_BACK = "given-back"
    ARRIVED = "arrived"
    OVER = "over"
    ERASED = "erased"
    OFFER_EXPIRED = "offer-expired"
    NO_ROOM = "no-room"
    HAS_SEAT = "has-seat"


DECLINE_REASONS = ("date", "place", "busy", "not-for-me", "other")  # what "not this time" may be put down to


def refuse_request(
    *, is_open: bool, party_size: int, party_max: int, slot_id: int | None, slot_ids: Collection[int]
) -> SeatRefusal | None:
    """Return what is wrong with a request for seats, or None."""
    if not is_open:
        return SeatRefusal.NOT_OPEN
    if not 1 <= party_size <= party_max:
        return SeatRefusal.PARTY_TOO_BIG
    if slot_ids and slot_id is None:
        return SeatRefusal.SLOT_REQUIRED
    if slot_id is not None and slot_id not in slot_ids:
        return SeatRefusal.UNKNOWN_SLOT
    return None


@dataclass(frozen=True)
class Room:
    """Free seats of an event, and of each of its slots by id."""

    seats: int
    slots: Mapping[int, int]

    def fits(self, party_size: int, slot_id: int | None) -> bool:
        """Tell whether a party has room in the event and in its slot."""
        return party_size <= self.seats and (slot_id is None or party_size <= self.slots.get(slot_id, 0))

    def changed(self, seats: int, slot_id: int | None) -> Room:
        """Return the room with that many more seats (fewer when negative) in the event and in a slot."""
        slots = self.slots if slot_id is None else {**self.slots, slot_id: self.slots.get(slot_id, 0) + seats}
        return Room(self.seats + seats, slots)


def room_of(event: Event) -> Room:
    """Return what is free in an event as it was read."""
    slots = {slot.id: slot.capacity - slot.seats_taken for slot in event.slots}
    return Room(event.capacity - event.seats_taken, slots)


@dataclass(frozen=True)
class Waiting:
    """A party in line."""

    rsvp_id: int
    party_size: int
    slot_id: int | None


def next_in_line(line: Iterable[Waiting], room: Room) -> list[Waiting]:
    """Return who gets the free seats, given the line in order of arrival. Nobody left in line would fit."""
    seated = []
    for party in line:
        if room.fits(party.party_size, party.slot_id):
            seated.append(party)
            room = room.changed(-party.party_size, party.slot_id)
    return seated
