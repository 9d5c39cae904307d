"""Comparisons of means, against what textbooks and papers print."""

import pytest

from app.surveys.rules_comparisons import compare_means, holm, paired_t, welch_t
from app.surveys.rules_intervals import Reliability

# Hours of sleep gained with two drugs by the same ten people: Student (1908), Biometrika 6, p. 20.
DEXTRO = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
LAEVO = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def test_paired_test_gives_what_is_printed_for_students_sleep_data() -> None:
    """As R’s documentation of t.test prints it for these data, paired."""
    test = paired_t(DEXTRO, LAEVO)
    assert test.difference == pytest.approx(-1.58)
    assert test.t == pytest.approx(-4.0621, abs=5e-5)
    assert test.df == 9
    assert test.p == pytest.approx(0.002833, abs=5e-7)
    assert test.interval == pytest.approx((-2.4598858, -0.7001142), abs=5e-8)


def test_welch_test_gives_what_is_printed_for_students_sleep_data() -> None:
    """As R’s documentation of t.test prints it for these data, as if two groups had slept."""
    test = welch_t(DEXTRO, LAEVO)
    assert test.t == pytest.approx(-1.8608, abs=5e-5)
    assert test.df == pytest.approx(17.776, abs=5e-4)
    assert test.p == pytest.approx(0.07939, abs=5e-6)
    assert test.interval == pytest.approx((-3.3654832, 0.2054832), abs=5e-8)


# The fifteen p values of Y. Benjamini and Y. Hochberg (1995), J. R. Statist. Soc. B 57, 289–300, section 4.1.
P_VALUES = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459),
    *(0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0),
]


def test_holm_rejects_the_three_that_benjamini_and_hochberg_report_at_5_percent() -> None:
    adjusted = holm(P_VALUES)
    assert [p < 0.05 for p in adjusted] == [True] * 3 + [False] * 12
    assert adjusted[:4] == pytest.approx((0.0015, 0.0056, 0.0247, 0.114))


def test_holm_keeps_the_order_given_and_never_falls() -> None:
    """By hand, four tests: 0.005·4, 0.01·3, 0.03·2, then 0.04·1 raised to the one before."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([]) == ()
    assert holm([0.9, 0.8]) == (1.0, 1.0)


def test_nothing_varies_so_nothing_is_tested() -> None:
    test = paired_t([8, 8, 8], [7, 7, 7])
    assert (test.difference, test.interval, test.t, test.p) == (1, None, None, None)
    assert welch_t([8, 8], [7, 7, 7]).p is None


def test_one_score_is_too_few_for_a_test() -> None:
    with pytest.raises(ValueError, match="two scores or more"):
        paired_t([8], [7])
    with pytest.raises(ValueError, match="two scores or more"):
        welch_t([8, 7], [7])


def test_products_scored_by_the_same_people_are_compared_on_complete_pairs() -> None:
    first: list[float | None] = [8, 7, 9, None] * 12
    second: list[float | None] = [7, 7, 7, 7] * 12
    (one,) = compare_means({"A": first, "B": second}, paired=True)
    assert (one.first, one.second, one.bases) == ("A", "B", (36, 36))
    assert (one.means, one.difference) == ((8, 7), 1)
    assert one.p is not None
    assert one.p_adjusted == one.p
    assert one.significant
    assert one.reliability is Reliability.WITH_CARE


def test_three_products_are_corrected_for_three_comparisons() -> None:
    scores: dict[str, list[float | None]] = {"A": [8, 9] * 30, "B": [6, 8] * 30, "C": [6, 7] * 30}
    compared = compare_means(scores, paired=False)
    assert [(one.first, one.second) for one in compared] == [("A", "B"), ("A", "C"), ("B", "C")]
    p_values = [one.p for one in compared if one.p is not None]
    assert tuple(one.p_adjusted for one in compared) == holm(p_values)


def test_under_thirty_scores_nothing_is_tested_nor_counted_in_the_correction() -> None:
    scores: dict[str, list[float | None]] = {"A": [8, 9] * 30, "B": [6, 8] * 30, "C": [6, 7] * 14}
    ab, ac, _bc = compare_means(scores, paired=False)
    assert (ac.bases, ac.means, ac.difference, ac.p, ac.significant) == ((60, 28), None, None, None, False)
    assert ac.reliability is Reliability.COUNTS_ONLY
    assert ab.p_adjusted == ab.p


def test_lists_of_different_people_cannot_be_paired() -> None:
    with pytest.raises(ValueError, match="zip"):
        compare_means({"A": [8] * 30, "B": [7] * 31}, paired=True)
