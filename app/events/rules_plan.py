"""Planning from what was: when an event takes place again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.events.rules_schedule import SkippedTime, quarter_of, to_instant, to_local

FOUR_WEEKS = timedelta(weeks=4)


def four_weeks_later(day: date) -> date:
    """Return the same weekday four weeks on."""
    return day + FOUR_WEEKS


def same_week_next_quarter(day: date) -> date:
    """Return the same weekday in the same week of the next quarter: its second Thursday after its second Thursday.

    A quarter has 12 to 14 of a weekday: where the next one has fewer, the last becomes the last.
    """
    year, quarter = quarter_of(day)
    begin = date(year, 3 * quarter - 2, 1)
    following = date(year + quarter // 4, 3 * (quarter % 4) + 1, 1)
    weeks = (day - _first_weekday(day.weekday(), begin)) // timedelta(weeks=1)
    found = _first_weekday(day.weekday(), following) + timedelta(weeks=weeks)
    while quarter_of(found) != quarter_of(following):
        found -= timedelta(weeks=1)
    return found


def _first_weekday(weekday: int, begin: date) -> date:
    return begin + timedelta(days=(weekday - begin.weekday()) % 7)


def propose(local: datetime, step: Callable[[date], date], timezone: str, now: datetime) -> datetime:
    """Return the first local time to come that steps from a local time lead to, on the clocks of a zone.

    The time of day stays; when clocks skip it that day, it is an hour later.
    """
    day = local.date()
    while True:
        day = step(day)
        found = _shown(datetime.combine(day, local.time()), timezone)
        if to_instant(found, timezone) > now:
            return found


def _shown(local: datetime, timezone: str) -> datetime:
    """Return a local time as a clock shows it: an hour later when it is skipped."""
    try:
        to_instant(local, timezone)
    except SkippedTime:
        return local + timedelta(hours=1)
    return local


@dataclass(frozen=True)
class Move:
    """An event's begin and zone, and the begin, on the clocks of a zone, of what is made from it."""

    begin: datetime
    timezone: str
    to_local: datetime
    to_timezone: str

    def moved(self, instant: datetime) -> datetime:
        """Return the instant that stands to the new begin as `instant` stands to the old one, by the clocks.

        What was at six stays at six, however many hours lie between on either side of a change of clocks.
        """
        since = to_local(instant, self.timezone) - to_local(self.begin, self.timezone)
        return to_instant(_shown(self.to_local + since, self.to_timezone), self.to_timezone)

    def end(self, instant: datetime) -> datetime:
        """Return when what is made ends: by the clocks, or after as long when that is not after its begin."""
        begin, end = self.moved(self.begin), self.moved(instant)
        return end if end > begin else begin + (instant - self.begin)
