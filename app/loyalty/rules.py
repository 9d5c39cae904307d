"""What facts are worth, how long points live, and which lots a spend is taken from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

POINTS = {"check-in": 100, "response": 50}  # by kind of fact
LIFETIME_YEARS = 2
CODE_PREFIX = "R"  # of a reward's QR code; a ticket's begins with M


class LotLeft(NamedTuple):
    """What is left in a lot of points."""

    id: int
    remaining: int
    expires_at: datetime


def expiry(earned_at: datetime) -> datetime:
    """Return when points earned at an instant expire: two years later, to the day (29 February: on the 28th)."""
    try:
        return earned_at.replace(year=earned_at.year + LIFETIME_YEARS)
    except ValueError:
        return earned_at.replace(year=earned_at.year + LIFETIME_YEARS, day=28)


def allocate(lots: Sequence[LotLeft], points: int) -> list[tuple[int, int]]:
    """Take points from lots, first expiring first; return (lot id, points) pairs, fewer points if lots run out."""
    taken = []
    for lot in sorted(lots, key=lambda lot: (lot.expires_at, lot.id)):
        part = min(lot.remaining, points)
        if part > 0:
            taken.append((lot.id, part))
            points -= part
    return taken


def qr_text(code: str) -> str:
    """Return what a redemption's QR code holds: R + 26 base32 characters."""
    return CODE_PREFIX + code


def clean_code(text: str) -> str:
    """Return the bare code of what was scanned or typed: prefix, spaces, hyphens and case do not matter."""
    code = "".join(text.upper().split()).replace("-", "")
    return code.removeprefix(CODE_PREFIX) if len(code) == 27 else code
