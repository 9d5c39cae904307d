"""How a free seat reaches the waiting line: at once while there is time, then as an offer to be accepted in time.

Nobody has to answer at night, and nobody is offered a seat so late that they could not get there.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.events.models import EventStatus

AUTOMATIC_BEFORE = timedelta(hours=48)  # nearer than this, a seat is offered
NIGHT_BEGINS, NIGHT_ENDS = time(22), time(8)  # on the clocks of the event’s zone
LONGEST_OFFER = timedelta(hours=4)  # of waking time
SHORTEST_OFFER = timedelta(minutes=30)


class LineMove(StrEnum):
    """What the line gets of a seat that is free now."""

    SEAT = "seat"
    OFFER = "offer"
    NOTHING = "nothing"


def waking_time(begin: datetime, end: datetime, timezone: str) -> timedelta:
    """Return how much of a span of instants is not night in a zone."""
    total, at = timedelta(), begin
    while at < end:
        until = min(end, _next_bell(at, timezone))
        if not _is_night(at, timezone):
            total += until - at
        at = until
    return total


def after_waking(begin: datetime, span: timedelta, timezone: str) -> datetime:
    """Return the instant at which so much waking time has passed; never one in the night."""
    at, left = begin, span
    while True:
        bell = _next_bell(at, timezone)
        if not _is_night(at, timezone):
            if left <= bell - at:
                return at + left
            left -= bell - at
        at = bell


def before_night(instant: datetime, timezone: str) -> datetime:
    """Return an instant as it is by day, or the end of the evening before when it falls in the night."""
    if not _is_night(instant, timezone):
        return instant
    local = instant.astimezone(ZoneInfo(timezone))
    evening = local.date() if local.time() >= NIGHT_BEGINS else local.date() - timedelta(days=1)
    return _at(evening, NIGHT_BEGINS, timezone) - timedelta(hours=1)


def offer_until(now: datetime, cutoff: datetime, timezone: str) -> datetime | None:
    """Return until when an offer made now can be accepted, or None when there is no time left to offer.

    Four waking hours, or half of those that are left before the cut-off, so that another may still be asked; at least
    half an hour.
    """
    left = waking_time(now, cutoff, timezone)
    if left < SHORTEST_OFFER:
        return None
    return min(cutoff, after_waking(now, max(SHORTEST_OFFER, min(LONGEST_OFFER, left / 2)), timezone))


def line_move(
    *, status: EventStatus, starts_at: datetime, cutoff: timedelta, timezone: str, now: datetime
) -> tuple[LineMove, datetime | None]:
    """Return what a free seat means for the line, and until when an offer stands."""
    if status != EventStatus.PUBLISHED or now >= starts_at:
        return LineMove.NOTHING, None
    if starts_at - now > AUTOMATIC_BEFORE:
        return LineMove.SEAT, None
    until = offer_until(now, starts_at - cutoff, timezone)
    return (LineMove.OFFER, until) if until else (LineMove.NOTHING, None)


def _is_night(instant: datetime, timezone: str) -> bool:
    clock = instant.astimezone(ZoneInfo(timezone)).time()
    return clock >= NIGHT_BEGINS or clock < NIGHT_ENDS


def _next_bell(instant: datetime, timezone: str) -> datetime:
    """Return the next instant at which a night begins or ends."""
    day = instant.astimezone(ZoneInfo(timezone)).date()
    days = (day, day + timedelta(days=1))
    bells = [_at(one, bell, timezone) for one in days for bell in (NIGHT_ENDS, NIGHT_BEGINS)]
    return next(bell for bell in bells if bell > instant)


def _at(day: date, clock: time, timezone: str) -> datetime:
    return datetime.combine(day, clock, ZoneInfo(timezone)).astimezone(UTC)
