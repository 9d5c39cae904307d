"""How a report writes its figures."""

import pytest

from app import figures


def test_percentages_have_no_decimals_under_a_thousand() -> None:
    assert figures.percent(0.354, 999, "en") == "35%"
    assert figures.percent(0.354, 1000, "en") == "35.4%"


def test_french_puts_a_no_break_space_before_the_sign() -> None:
    assert figures.percent(0.354, 120, "fr") == "35\u00a0%"
    assert figures.percent(0.354, 1200, "fr") == "35,4\u00a0%"


@pytest.mark.parametrize(
    ("share", "text"), [(0.125, "13%"), (0.145, "15%"), (0.005, "1%"), (0.0, "0%"), (1.0, "100%")]
)
def test_halves_are_rounded_up(share: float, text: str) -> None:
    assert figures.percent(share, 200, "en") == text


def test_an_interval_of_a_share_has_one_sign() -> None:
    assert figures.percent_interval(0.2664, 0.4382, 120, "en") == "27–44%"
    assert figures.percent_interval(0.2664, 0.4382, 120, "fr") == "27–44\u00a0%"


def test_means_have_one_decimal() -> None:
    assert figures.mean(7.25, "en") == "7.3"
    assert figures.mean(7.0, "fr") == "7,0"
    assert figures.mean(-0.04, "en") == "0.0"
    assert figures.mean(-0.35, "en") == "−0.4"


def test_an_interval_of_a_mean_stays_readable_under_zero() -> None:
    assert figures.mean_interval(6.84, 7.36, "fr") == "6,8–7,4"
    assert figures.mean_interval(-0.84, 0.2, "en") == "−0.8\u00a0…\u00a00.2"


@pytest.mark.parametrize(
    ("score", "text"), [(31.25, "+31"), (-8.4, "−8"), (0.2, "0"), (-0.2, "0"), (100.0, "+100")]
)
def test_nps_has_a_sign_and_no_percent(score: float, text: str) -> None:
    assert figures.nps(score, "fr") == text


def test_an_nps_interval_has_two_signs() -> None:
    assert figures.nps_interval(-3.2, 20.6, "en") == "−3\u00a0…\u00a0+21"


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0000168, "p < 0.001"),
        (0.001, "p = 0.001"),
        (0.0494, "p = 0.049"),
        (0.0996, "p = 0.10"),
        (0.0994, "p = 0.099"),
        (0.374, "p = 0.37"),
        (0.998, "p > 0.99"),
    ],
)
def test_p_has_two_or_three_decimals(p: float, text: str) -> None:
    assert figures.p_value(p, "en").replace("\u00a0", " ") == text


def test_p_follows_the_language() -> None:
    assert figures.p_value(0.0494, "fr") == "p\u00a0=\u00a00,049"


def test_counts_group_thousands() -> None:
    assert figures.whole(12400, "fr") == "12\u00a0400"
    assert figures.whole(12400, "en") == "12,400"
