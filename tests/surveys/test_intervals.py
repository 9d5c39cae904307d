"""Intervals against figures that papers print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.surveys.rules_intervals import Reliability, nps, nps_interval, reliability, wilson


@pytest.mark.parametrize(
    ("count", "base", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_what_newcombe_prints(count: int, base: int, low: float, high: float) -> None:
    """R. G. Newcombe (1998), Statistics in Medicine 17, table I, method 3."""
    assert wilson(count, base) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 5000).flatmap(lambda base: st.tuples(st.integers(0, base), st.just(base))))
def test_wilson_holds_the_share_and_stays_between_0_and_1(case: tuple[int, int]) -> None:
    count, base = case
    low, high = wilson(count, base)
    assert 0 <= low <= count / base <= high <= 1
    assert low < high


def test_a_surer_interval_is_wider() -> None:
    assert wilson(30, 60, 0.99).low < wilson(30, 60, 0.95).low < wilson(30, 60, 0.8).low


def test_an_interval_on_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one answer"):
        wilson(0, 0)


def test_more_answers_than_people_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        wilson(6, 5)
    with pytest.raises(ValueError, match="do not fit"):
        nps(60, 50, 100)


def test_nps_is_a_difference_in_points() -> None:
    assert nps(48, 18, 96) == 31.25
    assert nps(0, 30, 30) == -100


def test_nps_interval_follows_the_adjusted_wald_arithmetic() -> None:
    """Worked by hand from Rocks (2016): 97 answers become 100, 48 promoters 48.75, 18 detractors 18.75.

    0.4875 − 0.1875 = 0.30; √((0.675 − 0.09) / 100) = 0.0764853; × 1.959964 = 0.149908.
    """
    assert nps_interval(48, 18, 97) == pytest.approx((15.0092, 44.9908), abs=1e-3)


def test_nps_interval_stays_within_its_scale() -> None:
    assert nps_interval(30, 0, 30).high == 100
    assert nps_interval(0, 30, 30).low == -100


def test_nps_interval_is_about_15_to_17_points_either_way_at_a_base_of_100() -> None:
    """As the field expects of a base of 100: most fans promote, some do not."""
    low, high = nps_interval(45, 25, 100)
    assert 15 <= (high - low) / 2 <= 17


@pytest.mark.parametrize(
    ("base", "verdict"),
    [
        (0, Reliability.COUNTS_ONLY),
        (29, Reliability.COUNTS_ONLY),
        (30, Reliability.WITH_CARE),
        (99, Reliability.WITH_CARE),
        (100, Reliability.SOUND),
    ],
)
def test_a_base_is_judged_by_its_size(base: int, verdict: Reliability) -> None:
    assert reliability(base) is verdict
