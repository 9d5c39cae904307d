"""Events as iCalendar files (RFC 5545).

Times are written in the event's zone with its VTIMEZONE, not in UTC: an evening at seven stays at seven when a
government moves the clocks. Nothing but what is given here is written, so the same event gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

NAMESPACE = UUID("5f4b9a52-7c0e-4a86-9d3b-0d6d1f5a2c11")
REFRESH = timedelta(hours=6)
PRODUCT = "-//Terrain//Terrain//EN"


@dataclass(frozen=True)
class Entry:
    """One event of a calendar. `sequence` grows with each change; `changed_at` is when it last did."""

    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    place: str
    description: str
    url: str
    sequence: int
    changed_at: datetime
    cancelled: bool


def stable_uid(kind: str, number: int, created_at: datetime) -> str:
    """Return a UID that neither a new address of the site nor a changed event alters."""
    return str(uuid5(NAMESPACE, f"{kind}:{number}:{created_at.isoformat()}"))


def event_sequence(revision: int, cancelled: bool) -> int:
    """Return the SEQUENCE of an event: it grows when time or place change, and when it is cancelled."""
    return revision + cancelled


def ticket_sequence(event: int, issued: int, revoked: int) -> int:
    """Return the SEQUENCE of a member's place: the event's, and one more each time a ticket comes or goes."""
    return event + issued + revoked


def calendar_file(entries: Iterable[Entry], name: str | None = None) -> str:
    """Write a calendar; one with a name is a feed that programs fetch again every six hours."""
    entries = list(entries)
    years = {entry.starts_at.year for entry in entries} | {entry.ends_at.year for entry in entries}
    zones = (
        _timezone(zone, min(years), max(years)) for zone in sorted({entry.timezone for entry in entries})
    )
    return "".join((_head(name), *zones, *map(_event, entries), "END:VCALENDAR\r\n"))


@lru_cache(maxsize=256)
def _head(name: str | None) -> str:
    from icalendar import Calendar  # a library of eighty modules, for a few requests

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    if name:
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT6H")
    return str(calendar.to_ical().decode()).removesuffix("END:VCALENDAR\r\n")


@lru_cache(maxsize=2048)
def _event(entry: Entry) -> str:
    """Write an entry, or give what was written: programs read whole feeds every few hours, of which little changes."""
    stamp = _line("dtstamp", entry.changed_at)
    lines = [
        "BEGIN:VEVENT\r\n",
        _same_line("summary", entry.title),
        _same_line("dtstart", entry.starts_at, entry.timezone),
        _same_line("dtend", entry.ends_at, entry.timezone),
        stamp,
        _line("uid", entry.uid),
        _same_line("sequence", entry.sequence),
        _line("description", entry.description) if entry.description else "",
        stamp.replace("DTSTAMP", "LAST-MODIFIED", 1),  # the same moment, which takes longest to write
        _same_line("location", entry.place),
        _same_line("status", "CANCELLED" if entry.cancelled else "CONFIRMED"),
        _line("url", entry.url),
        "END:VEVENT\r\n",
    ]
    return "".join(lines)


def _line(name: str, value: str | int | datetime, timezone: str = "") -> str:
    """Write one property, folded; a time in this zone, or in UTC."""
    from icalendar import Event

    event = Event()
    event.add(
        name, value.astimezone(ZoneInfo(timezone)) if isinstance(value, datetime) and timezone else value
    )
    return str(event.content_line(name.upper(), event[name]).to_ical().decode()) + "\r\n"


_same_line = lru_cache(maxsize=512)(_line)  # what the places of all who come to an event say alike


@lru_cache(maxsize=64)
def _timezone(name: str, first_year: int, last_year: int) -> str:
    """Describe a zone's changes of clock in these years, with one more on each side; gathering them takes a while."""
    from icalendar import Timezone

    zone = Timezone.from_tzid(
        name, first_date=date(first_year - 1, 1, 1), last_date=date(last_year + 2, 1, 1)
    )
    return str(zone.to_ical().decode())
