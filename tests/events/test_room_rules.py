"""How many may register for the seats that are there: compared with scipy's binomial law."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events.rules_room import (
    ShowUp,
    best_outlook,
    most_registrations,
    outlook,
    outlooks,
    risk_of_more,
)


@given(
    registered=st.integers(0, 400),
    seats=st.integers(0, 300),
    rate=st.floats(0.01, 0.99),
)
def test_the_risk_is_the_tail_of_the_binomial_law(registered: int, seats: int, rate: float) -> None:
    from scipy.stats import binom

    assert risk_of_more(registered, seats, rate) == pytest.approx(binom.sf(seats, registered, rate), abs=1e-9)


@pytest.mark.parametrize(
    ("registered", "seats", "rate"), [(72, 60, 0.75), (6000, 5000, 0.82), (110_000, 100_000, 0.9)]
)
def test_the_risk_holds_for_small_and_large_rooms(registered: int, seats: int, rate: float) -> None:
    from scipy.stats import binom

    assert risk_of_more(registered, seats, rate) == pytest.approx(binom.sf(seats, registered, rate), rel=1e-6)


@pytest.mark.parametrize(("rate", "risk"), [(0.0, 0.0), (1.0, 1.0)])
def test_when_nobody_or_everybody_comes_there_is_no_doubt(rate: float, risk: float) -> None:
    assert risk_of_more(61, 60, rate) == risk
    assert risk_of_more(60, 60, rate) == 0.0


@given(seats=st.integers(1, 200), rate=st.floats(0.3, 1.0))
def test_the_largest_number_keeps_the_risk_low_and_one_more_does_not(seats: int, rate: float) -> None:
    from scipy.stats import binom

    most = most_registrations(seats, rate)
    assert seats <= most <= 2 * seats
    assert binom.sf(seats, most, rate) <= 0.10 + 1e-9
    assert most == 2 * seats or binom.sf(seats, most + 1, rate) > 0.10 - 1e-9


def test_a_room_of_sixty_where_three_in_four_come() -> None:
    best = best_outlook(60, ShowUp(events=4, confirmed=200, arrived=150))
    assert best == outlook(74, 60, 0.75)
    assert best.expected == 56
    assert 0.05 < best.risk <= 0.10
    shown = [line.registered for line in outlooks(60, 0.75)]
    assert shown == [60, 72, 73, 74, 75, 76]


def test_everybody_coming_leaves_no_room_for_more() -> None:
    assert [line.registered for line in outlooks(60, 1.0)] == [60, 61, 62]
    assert most_registrations(60, 1.0) == 60


@pytest.mark.parametrize(
    ("known", "rate"),
    [
        (ShowUp(2, 200, 150), None),
        (ShowUp(3, 29, 20), None),
        (ShowUp(3, 30, 24), 0.8),
        (ShowUp(5, 100, 104), 1.0),
    ],
)
def test_too_few_events_or_people_say_nothing(known: ShowUp, rate: float | None) -> None:
    assert known.rate == rate
    assert (best_outlook(60, known) is None) == (rate is None)
