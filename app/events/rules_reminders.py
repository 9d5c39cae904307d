"""When people who have a seat hear of it again: reminders, and the question whether they still come."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from app.events.models import Unanswered
from app.events.rules_offers import before_night
from app.events.rules_schedule import SkippedTime, to_instant, to_local

STALE = timedelta(hours=12)  # a notice that is later than this says nothing any more
RELEASE_BEFORE = timedelta(hours=30)  # of the start: whoever did not answer gives the seat back


class Notice(StrEnum):
    """What is told or asked once for each event."""

    WEEK = "week"
    STILL_COMING = "still-coming"
    LAST_CALL = "last-call"
    RELEASE = "release"
    DAY = "day"


DAYS_BEFORE = {Notice.WEEK: 7, Notice.STILL_COMING: 3, Notice.LAST_CALL: 2, Notice.DAY: 1}


def notice_at(notice: Notice, starts_at: datetime, timezone: str) -> datetime:
    """Return when a notice is due: by day, and at the hour of the event’s own clocks at which it begins.

    A clock that skips that hour shows it one later.
    """
    if notice is Notice.RELEASE:
        return before_night(starts_at - RELEASE_BEFORE, timezone)
    local = to_local(starts_at, timezone) - timedelta(days=DAYS_BEFORE[notice])
    try:
        due = to_instant(local, timezone)
    except SkippedTime:
        due = to_instant(local + timedelta(hours=1), timezone)
    return before_night(due, timezone)


def due_notices(
    starts_at: datetime, timezone: str, unanswered: Unanswered, published_at: datetime, now: datetime
) -> list[Notice]:
    """Return the notices of an event whose time has come and is not long past, and for which it was public in time."""
    due = []
    for notice in Notice:
        if notice in (Notice.LAST_CALL, Notice.RELEASE) and unanswered is not Unanswered.RELEASE:
            continue
        at = notice_at(notice, starts_at, timezone)
        if published_at < at <= now < min(at + STALE, starts_at):
            due.append(notice)
    return due
