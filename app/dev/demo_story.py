"""The demo's script: who, where, when and what is said, read from assets/; the same for every load."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from app.events.models import Chapter
from app.events.rules_schedule import to_instant, to_local
from app.members.models import Member

ASSETS = Path(__file__).parent / "assets"
HOME_ZONE = "Europe/Paris"
DAY_BEGINS = timedelta(hours=5)  # before, today is still yesterday: the running event’s doors open at four


@dataclass
class World:
    """What was made so far, as later parts need it. `fans` are by city, in the order they were invented."""

    now: datetime
    admin: Member
    marketer: Member
    chapters: dict[str, Chapter]
    hosts: dict[str, Member]  # who runs a city, the first named
    fans: dict[str, list[Member]] = field(default_factory=dict)
    asked_consents: set[int] = field(default_factory=set)  # ids of members who were asked


@cache
def read_toml(name: str) -> dict[str, Any]:
    """Return one of the script's files, "demo" or "study"."""
    with (ASSETS / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def read_texts(name: str) -> dict[str, str]:
    """Return a long text in both languages."""
    return {code: (ASSETS / f"{name}.{code}.md").read_text() for code in ("fr", "en")}


def dice(part: str) -> Random:
    """Return the random numbers of one part of the demo, so that changing a part leaves the others as they were."""
    return Random(f"tavelune:{part}")  # noqa: S311 - no secret: the same figures at each load are the point


def past_day(now: datetime, quarters_ago: int, week: int, weekday: int, zone: str) -> date:
    """Return a day of an earlier quarter: the first such weekday (1 Monday … 7) of its nth week."""
    today = to_local(now, zone).date()
    quarter = today.year * 4 + (today.month - 1) // 3 - quarters_ago
    return _on_weekday(date(quarter // 4, quarter % 4 * 3 + 1, 1) + timedelta(weeks=week - 1), weekday)


def coming_day(now: datetime, in_days: int, weekday: int, zone: str) -> date:
    """Return the first such weekday from so many days ahead."""
    return _on_weekday(to_local(now, zone).date() + timedelta(days=in_days), weekday)


def _on_weekday(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.isoweekday()) % 7)


def instant(day: date, clock: str, zone: str) -> datetime:
    """Return the instant at which a clock in a zone shows "19:00" on a day."""
    return to_instant(datetime.combine(day, time.fromisoformat(clock)), zone)


def running_hours(now: datetime) -> tuple[datetime, datetime]:
    """Return begin and end of the event whose door is open now: ten o'clock today until six tomorrow evening."""
    day = (to_local(now, HOME_ZONE) - DAY_BEGINS).date()
    return instant(day, "10:00", HOME_ZONE), instant(day + timedelta(days=1), "18:00", HOME_ZONE)
