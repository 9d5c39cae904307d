"""Local times of events: what a clock on the wall shows, and which instant it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


class SkippedTime(ValueError):
    """A clock never shows this time: it is skipped when summer time begins."""


def to_instant(local: datetime, timezone: str) -> datetime:
    """Return the instant of a naive local time; when a clock shows it twice, the first. Raises SkippedTime."""
    aware = local.replace(tzinfo=ZoneInfo(timezone), fold=0)
    try:
        instant = aware.astimezone(UTC)
    except OverflowError as error:  # in the hours at either end of the calendar
        raise SkippedTime(local.isoformat()) from error
    if instant.astimezone(aware.tzinfo).replace(tzinfo=None) != local:
        raise SkippedTime(local.isoformat())
    return instant


def to_local(instant: datetime, timezone: str) -> datetime:
    """Return the naive local time of an instant."""
    return instant.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)


def quarter_of(day: date) -> tuple[int, int]:
    """Return (year, quarter 1–4) of a day."""
    return day.year, (day.month - 1) // 3 + 1


def quarter_bounds(day: date, timezone: str) -> tuple[datetime, datetime]:
    """Return the instants at which the quarter of a local day begins and ends (exclusive)."""
    zone = ZoneInfo(timezone)
    year, quarter = quarter_of(day)
    begin = datetime(year, 3 * quarter - 2, 1, tzinfo=zone)
    end = datetime(year + quarter // 4, 3 * (quarter % 4) + 1, 1, tzinfo=zone)
    return begin.astimezone(UTC), end.astimezone(UTC)
