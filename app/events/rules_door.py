"""What the door says of a code.

app/static/js/verdict.js says the same; tests/events/door_cases.json holds both to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.events.models_door import Verdict
from app.events.rules_ticket import parse_qr, qr_text
from app.tokens import digest

ROSTER_DIGEST_LENGTH = 24  # hexadecimal characters of a SHA-256: 96 bits, too many to guess, useless to forge
DOORS_OPEN_BEFORE = timedelta(hours=6)  # wide: it is there to catch the wrong day, not somebody early
DOORS_CLOSE_AFTER = timedelta(hours=6)

_BARE_CODE = re.compile(r"[A-Z2-7]{26}")


class DoorStatus(StrEnum):
    """How a line of the roster stands."""

    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    UNCONFIRMED = "unconfirmed"
    CANCELLED = "cancelled"
    TRANSFERRED = "transferred"


@dataclass(frozen=True)
class Arrival:
    """When, and by which device, a party was first let in."""

    at: datetime
    device: str


@dataclass(frozen=True)
class RosterEntry:
    """A line of the roster. `digest` is the start of the SHA-256 of the QR text; None: there is no ticket."""

    digest: str | None
    name: str
    status: DoorStatus
    party_size: int
    arrival: Arrival | None = None


@dataclass(frozen=True)
class Doors:
    """The hours in which a ticket lets in."""

    opens_at: datetime
    closes_at: datetime


def doors_of(starts_at: datetime, ends_at: datetime) -> Doors:
    """Return the hours in which the tickets of an event let in."""
    return Doors(starts_at - DOORS_OPEN_BEFORE, ends_at + DOORS_CLOSE_AFTER)


@dataclass(frozen=True)
class Reading:
    """What a camera or a hand gave: the SHA-256 of the text, and the event it names when it looks like a ticket."""

    digest: str
    event_code: str | None


def is_printed(text: str) -> bool:
    """Tell whether a text is a ticket's code as it is printed, which does not name its event."""
    return _BARE_CODE.fullmatch(_squeeze(text)) is not None


def _squeeze(text: str) -> str:
    return re.sub(r"[\s-]+", "", text).upper()


def read_text(text: str, event_code: str) -> Reading:
    """Read a QR code's text, or a ticket's code as it is printed: 26 characters, in groups or not, in any case."""
    squeezed = _squeeze(text)
    if _BARE_CODE.fullmatch(squeezed):
        squeezed = qr_text(event_code, squeezed)
    ticket = parse_qr(squeezed)
    return Reading(digest(qr_text(*ticket)), ticket[0]) if ticket else Reading(digest(text), None)


_REFUSED = {
    DoorStatus.CANCELLED: Verdict.CANCELLED,
    DoorStatus.TRANSFERRED: Verdict.TRANSFERRED,
    DoorStatus.WAITLISTED: Verdict.WAITLISTED,
    DoorStatus.UNCONFIRMED: Verdict.UNCONFIRMED,
}


def verdict(
    entry: RosterEntry | None, read_event: str | None, event_code: str, at: datetime, doors: Doors
) -> Verdict:
    """Judge a code that was read at a moment, given the line of the roster that it belongs to.

    `read_event` is the event that the code names, None when it does not look like a ticket. A scan made
    before the arrival that is known is a welcome too: it is the arrival, that came late over a bad network.
    """
    if entry is None:
        other = read_event is not None and read_event != event_code
        return Verdict.WRONG_EVENT if other else Verdict.UNKNOWN
    if entry.status in _REFUSED:
        return _REFUSED[entry.status]
    if entry.arrival is not None and entry.arrival.at <= at:
        return Verdict.ALREADY_IN
    return Verdict.WELCOME if doors.opens_at <= at <= doors.closes_at else Verdict.OUTSIDE_TIME
