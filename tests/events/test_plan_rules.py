"""When an event takes place again: weekdays, weeks of a quarter, and clocks that change in between."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events.rules_plan import Move, four_weeks_later, propose, same_week_next_quarter
from app.events.rules_schedule import quarter_of, to_instant, to_local

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 12), date(2027, 2, 18)),  # the seventh Thursday; the year turns
        (date(2027, 1, 7), date(2027, 4, 1)),  # the first Thursday
        (date(2027, 4, 1), date(2027, 7, 1)),
        (date(2026, 12, 31), date(2027, 3, 25)),  # a 14th Thursday: the next quarter has 12
        (date(2027, 8, 18), date(2027, 11, 17)),
    ],
)
def test_the_matching_week_of_the_next_quarter(day: date, expected: date) -> None:
    assert same_week_next_quarter(day) == expected


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_the_matching_day_is_always_that_weekday_of_the_next_quarter(day: date) -> None:
    found = same_week_next_quarter(day)
    year, quarter = quarter_of(day)
    assert found.weekday() == day.weekday()
    assert quarter_of(found) == ((year, quarter + 1) if quarter < 4 else (year + 1, 1))


@pytest.mark.parametrize(
    ("zone", "local", "expected"),
    [
        # Clocks go forward on 28 March 2027 in Paris, and on 14 March in New York.
        ("Europe/Paris", datetime(2027, 3, 11, 19), datetime(2027, 4, 8, 17, tzinfo=UTC)),
        ("America/New_York", datetime(2027, 2, 18, 19), datetime(2027, 3, 18, 23, tzinfo=UTC)),
        # They go back on 31 October 2027 in Paris, and on 7 November in New York.
        ("Europe/Paris", datetime(2027, 10, 14, 19), datetime(2027, 11, 11, 18, tzinfo=UTC)),
        ("America/New_York", datetime(2027, 10, 21, 19), datetime(2027, 11, 19, 0, tzinfo=UTC)),
    ],
)
def test_four_weeks_later_it_is_the_same_time_on_the_wall(
    zone: str, local: datetime, expected: datetime
) -> None:
    found = propose(local, four_weeks_later, zone, LONG_AGO)
    assert found == local + timedelta(weeks=4)
    assert to_instant(found, zone) == expected


@pytest.mark.parametrize(
    ("zone", "local", "skipped"),
    [
        ("Europe/Paris", datetime(2027, 2, 28, 2, 30), datetime(2027, 3, 28, 3, 30)),
        ("America/New_York", datetime(2027, 2, 14, 2, 30), datetime(2027, 3, 14, 3, 30)),
    ],
)
def test_a_time_that_clocks_skip_is_proposed_an_hour_later(
    zone: str, local: datetime, skipped: datetime
) -> None:
    assert propose(local, four_weeks_later, zone, LONG_AGO) == skipped


def test_each_zone_keeps_its_own_clock_in_the_week_when_only_one_has_changed() -> None:
    local = datetime(2026, 12, 16, 19)  # proposes 17 March 2027: New York has changed, Paris has not
    for zone, hour in (("Europe/Paris", 18), ("America/New_York", 23)):
        found = propose(local, same_week_next_quarter, zone, LONG_AGO)
        assert found == datetime(2027, 3, 17, 19)
        assert to_instant(found, zone) == datetime(2027, 3, 17, hour, tzinfo=UTC)


def test_only_days_to_come_are_proposed() -> None:
    now = datetime(2027, 6, 1, tzinfo=UTC)
    local = datetime(2026, 11, 12, 19)
    assert propose(local, same_week_next_quarter, "Europe/Paris", now) == datetime(2027, 8, 12, 19)
    assert propose(local, four_weeks_later, "Europe/Paris", now) > datetime(2027, 6, 1)


def test_what_belongs_to_an_event_moves_along_by_the_clocks() -> None:
    begin = datetime(2027, 3, 25, 18, tzinfo=UTC)  # 19:00 in Paris, before clocks go forward
    opens = datetime(2027, 3, 20, 8, tzinfo=UTC)  # 9:00
    move = Move(begin, "Europe/Paris", datetime(2027, 11, 4, 19), "America/New_York")
    assert to_local(move.moved(begin), "America/New_York") == datetime(2027, 11, 4, 19)
    assert to_local(move.moved(opens), "America/New_York") == datetime(2027, 10, 30, 9)
    assert move.end(begin + timedelta(hours=3)) == move.moved(begin) + timedelta(hours=3)


def test_what_spans_the_hour_that_clocks_show_twice_still_ends_after_it_begins() -> None:
    begin = datetime(2027, 10, 31, 0, 45, tzinfo=UTC)  # 2:45 in Paris, summer time
    end = begin + timedelta(minutes=30)  # 2:15, winter time
    move = Move(begin, "Europe/Paris", datetime(2027, 11, 28, 2, 45), "Europe/Paris")
    assert move.end(end) - move.moved(begin) == timedelta(minutes=30)
