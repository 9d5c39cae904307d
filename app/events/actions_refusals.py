"""The sentences that say why a seat is not given, and what to do instead."""

from __future__ import annotations

from typing import Any

from app.errors import Refusal
from app.events.rules_seats import SeatRefusal
from app.i18n import _l

_SENTENCES: dict[SeatRefusal, tuple[Any, str | None]] = {
    SeatRefusal.NOT_OPEN: (_l("Registration for this event is closed."), None),
    SeatRefusal.SLOT_REQUIRED: (_l("Choose a time or a table."), "slot_id"),
    SeatRefusal.UNKNOWN_SLOT: (_l("Choose a time or a table from the list."), "slot_id"),
    SeatRefusal.HOLD_EXPIRED: (
        _l("Your seat was held, but not confirmed in time. Register again: it takes less than a minute."),
        None,
    ),
    SeatRefusal.GIVEN_BACK: (
        _l("This seat was given back. Register again if you want to come after all."),
        None,
    ),
    SeatRefusal.ARRIVED: (
        _l("You have already been welcomed at the door, so there is nothing to cancel."),
        None,
    ),
    SeatRefusal.OVER: (_l("This event is over, so there is nothing to cancel."), None),
    SeatRefusal.OFFER_EXPIRED: (
        _l("This seat was offered to you, but not accepted in time: it went to the next in line."),
        None,
    ),
    SeatRefusal.NO_ROOM: (
        _l("There is not enough room for that. You keep what you have."),
        "party_size",
    ),
    SeatRefusal.HAS_SEAT: (
        _l("This ticket cannot go to that address: does the person have a place already?"),
        "email",
    ),
    SeatRefusal.ERASED: (
        _l("This account has just been erased. Register again with a name and an address."),
        None,
    ),
}


def refusal(reason: SeatRefusal, party_max: int = 1) -> Refusal:
    """Return the exception for a reason, with its sentence and the form field it belongs beside."""
    if reason is SeatRefusal.PARTY_TOO_BIG:
        sentence = _l("Choose how many of you come, from 1 to %(most)d.", most=party_max)
        return Refusal(reason.value, sentence, field="party_size")
    message, field = _SENTENCES[reason]
    return Refusal(reason.value, message, field=field)
