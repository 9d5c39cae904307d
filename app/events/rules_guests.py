"""Which names of guests a registration misses."""

from __future__ import annotations

from collections.abc import Sequence

from app.events.models import GuestNames


def missing_names(asked: GuestNames, names: Sequence[str], guests: int) -> list[int]:
    """Return which of so many guests are without the name that the event must have, counted from 0."""
    if asked != GuestNames.REQUIRED:
        return []
    return [number for number in range(guests) if number >= len(names) or not names[number]]
