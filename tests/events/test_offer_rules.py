"""When a seat is given, offered or left, and when people hear of an event: on both sides of a change of clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events.models import EventStatus, Unanswered
from app.events.rules_offers import (
    AUTOMATIC_BEFORE,
    SHORTEST_OFFER,
    LineMove,
    after_waking,
    before_night,
    line_move,
    offer_until,
    waking_time,
)
from app.events.rules_reminders import Notice, due_notices, notice_at

PARIS, NEW_YORK = "Europe/Paris", "America/New_York"
HOUR = timedelta(hours=1)
ZONES = st.sampled_from([PARIS, NEW_YORK, "Australia/Lord_Howe"])
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(ZoneInfo("UTC")))


def at(text: str, timezone: str = PARIS) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).astimezone(ZoneInfo("UTC"))


def clock(instant: datetime, timezone: str = PARIS) -> str:
    return instant.astimezone(ZoneInfo(timezone)).strftime("%m-%d %H:%M")


def move(now: datetime, starts: str, cutoff: timedelta = 2 * HOUR) -> tuple[LineMove, datetime | None]:
    return line_move(
        status=EventStatus.PUBLISHED, starts_at=at(starts), cutoff=cutoff, timezone=PARIS, now=now
    )


def test_a_seat_is_given_at_once_until_two_days_before_and_offered_after_that() -> None:
    start = at("2026-12-10 19:00")
    assert move(start - AUTOMATIC_BEFORE - timedelta(minutes=1), "2026-12-10 19:00") == (LineMove.SEAT, None)
    offered, until = move(at("2026-12-09 10:00"), "2026-12-10 19:00")
    assert (offered, until and clock(until)) == (LineMove.OFFER, "12-09 14:00")


def test_no_seat_is_offered_after_the_cut_off_or_for_an_event_that_began_or_is_off() -> None:
    assert move(at("2026-12-10 16:31"), "2026-12-10 19:00")[0] is LineMove.NOTHING
    assert move(at("2026-12-10 16:30"), "2026-12-10 19:00")[0] is LineMove.OFFER
    assert move(at("2026-12-10 19:00"), "2026-12-10 19:00")[0] is LineMove.NOTHING
    off = {"starts_at": at("2026-12-20 19:00"), "cutoff": HOUR, "timezone": PARIS}
    assert line_move(status=EventStatus.CANCELLED, now=at("2026-12-10 10:00"), **off)[0] is LineMove.NOTHING  # type: ignore[arg-type]


def test_an_offer_made_at_night_can_be_accepted_in_the_morning() -> None:
    _move, until = move(at("2026-12-09 23:30"), "2026-12-10 19:00")
    assert until is not None
    assert clock(until) == "12-10 12:00"


def test_an_offer_for_a_breakfast_is_not_made_in_the_night_before() -> None:
    assert move(at("2026-12-09 22:30"), "2026-12-10 09:00") == (LineMove.NOTHING, None)


@pytest.mark.parametrize(
    ("zone", "evening", "morning"),
    [  # both changes of clock of each zone: the night is an hour shorter, or longer
        (PARIS, "2027-03-27 21:00", "03-28 11:00"),
        (PARIS, "2027-10-30 21:00", "10-31 11:00"),
        (NEW_YORK, "2027-03-13 21:00", "03-14 11:00"),
        (NEW_YORK, "2027-11-06 21:00", "11-07 11:00"),
    ],
)
def test_waking_hours_are_those_of_the_zone_when_the_clocks_change(
    zone: str, evening: str, morning: str
) -> None:
    begin = at(evening, zone)
    assert clock(after_waking(begin, 4 * HOUR, zone), zone) == morning
    assert waking_time(begin, after_waking(begin, 4 * HOUR, zone), zone) == 4 * HOUR


@given(INSTANTS, st.timedeltas(timedelta(0), timedelta(days=2)), ZONES)
def test_an_offer_never_ends_in_the_night_nor_after_the_cut_off_and_leaves_time(
    now: datetime, ahead: timedelta, zone: str
) -> None:
    until = offer_until(now, now + ahead, zone)
    if until is None:
        assert waking_time(now, now + ahead, zone) < SHORTEST_OFFER
        return
    assert now < until <= now + ahead
    assert waking_time(now, until, zone) >= SHORTEST_OFFER
    local = until.astimezone(ZoneInfo(zone))
    assert "08:00" <= local.strftime("%H:%M") <= "22:00"


@given(INSTANTS, ZONES)
def test_what_falls_in_the_night_is_moved_to_the_evening_before(instant: datetime, zone: str) -> None:
    moved = before_night(instant, zone)
    assert instant - 12 * HOUR < moved <= instant
    assert "08:00" <= moved.astimezone(ZoneInfo(zone)).strftime("%H:%M") < "22:00"


@pytest.mark.parametrize(
    ("zone", "starts"),
    [
        (PARIS, "2027-03-28 19:00"),
        (PARIS, "2027-10-31 19:00"),
        (NEW_YORK, "2027-03-14 19:00"),
        (NEW_YORK, "2027-11-07 19:00"),
    ],
)
def test_reminders_come_at_the_same_hour_of_the_clock_across_a_change(zone: str, starts: str) -> None:
    start = at(starts, zone)
    for notice, days in ((Notice.WEEK, 7), (Notice.STILL_COMING, 3), (Notice.DAY, 1)):
        local = notice_at(notice, start, zone).astimezone(ZoneInfo(zone))
        expected = datetime.fromisoformat(starts) - timedelta(days=days)
        assert local.replace(tzinfo=None) == expected


def test_a_reminder_of_an_early_breakfast_comes_the_evening_before_that() -> None:
    assert clock(notice_at(Notice.DAY, at("2026-12-10 07:00"), PARIS)) == "12-08 21:00"


def test_a_notice_is_due_for_half_a_day_once_its_time_has_come() -> None:
    start, long_ago = at("2026-12-10 19:00"), at("2026-11-01 10:00")

    def due(
        now: str, unanswered: Unanswered = Unanswered.RELEASE, since: datetime = long_ago
    ) -> list[Notice]:
        return due_notices(start, PARIS, unanswered, since, at(now))

    assert due("2026-12-03 18:59") == []
    assert due("2026-12-03 19:00") == [Notice.WEEK]
    assert due("2026-12-04 08:00") == []
    assert due("2026-12-07 20:00") == [Notice.STILL_COMING]
    assert due("2026-12-08 20:00") == [Notice.LAST_CALL]
    assert due("2026-12-08 20:00", Unanswered.KEEP) == []
    assert due("2026-12-09 14:00") == [Notice.RELEASE]
    assert due("2026-12-09 20:00") == [Notice.RELEASE, Notice.DAY]
    assert due("2026-12-03 19:00", since=at("2026-12-05 10:00")) == [], "published later than that"
