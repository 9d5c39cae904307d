"""Words for what the models hold as codes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol

from app.events.models import EventKind
from app.events.rules import seats_to_count
from app.i18n import _, _l, datetime_text, locale_code, ngettext, time_text

KIND_LABELS = {
    EventKind.MEETUP: _l("Meetup"),
    EventKind.ROUND_TABLE: _l("Round table"),
    EventKind.PRODUCT_TEST: _l("Product test"),
    EventKind.LAUNCH: _l("Launch"),
    EventKind.WORKSHOP: _l("Workshop"),
}

# Why somebody does not come; the keys are rules_seats.DECLINE_REASONS.
REASON_LABELS = {
    "date": _l("The day does not suit me"),
    "place": _l("It is too far"),
    "busy": _l("Something came up"),
    "not-for-me": _l("It is not for me"),
    "other": _l("Another reason"),
}


class Located(Protocol):
    """Where a chapter is: a Chapter, or what a mail is told of it."""

    @property
    def city(self) -> str: ...


class Gathering(Protocol):
    """What is said of when and where people meet: an Event, or what a mail is told of it (queries_told.ToldEvent)."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def timezone(self) -> str: ...
    @property
    def venue(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def chapter(self) -> Located: ...


def where_from(arguments: Mapping[str, str]) -> dict[str, str]:
    """Return what an address says of how somebody came: utm_* and via, cut short, eight at most."""
    kept = [key for key in sorted(arguments) if key.startswith("utm_") or key == "via"]
    return {key[:40]: arguments[key][:100] for key in kept[:8] if arguments[key]}


def party_words(size: int) -> str:
    """Say how many come, in the first person."""
    return _("Just me") if size == 1 else ngettext("One person", "%(num)d people, me included", size)


def seats_words(left: int) -> str:
    """Say how many seats are left: exactly when there are few, else that there are plenty."""
    if left <= 0:
        return _("Full: the waiting line is open")
    count = seats_to_count(left)
    return _("Plenty of seats") if count is None else ngettext("One seat left", "%(num)d seats left", count)


def when_words(event: Gathering) -> str:
    """Say when an event begins and ends."""
    return _when(event.starts_at, event.ends_at, event.timezone, locale_code())


@lru_cache(maxsize=256)  # hundreds of mails say it of the same event, each of them twice
def _when(starts_at: datetime, ends_at: datetime, timezone: str, _locale: str) -> str:
    return f"{datetime_text(starts_at, timezone)}, {_until(starts_at, ends_at, timezone)}"


def until_words(event: Gathering) -> str:
    """Say when an event ends, beside when it begins."""
    return _until(event.starts_at, event.ends_at, event.timezone)


def _until(starts_at: datetime, ends_at: datetime, timezone: str) -> str:
    # A night that ends after midnight is still that night's; only what lasts longer names another day.
    if ends_at - starts_at < timedelta(hours=12):
        return _("until %(time)s", time=time_text(ends_at, timezone))
    return _("until %(day)s", day=datetime_text(ends_at, timezone))


def where_words(event: Gathering) -> str:
    """Say where an event is."""
    return ", ".join(filter(None, (event.venue, event.address, event.chapter.city)))
