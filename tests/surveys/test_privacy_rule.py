"""No breakdown shows fewer than five people, nor lets them be worked out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.surveys.rules_privacy import Breakdown, break_down, may_show

cities = st.dictionaries(
    st.sampled_from(["Lyon", "Nantes", "Lille", "Brest", "Nice", "Metz"]), st.integers(0, 40)
)


def test_large_groups_are_all_shown() -> None:
    assert break_down({"Lyon": 30, "Nantes": 5}) == Breakdown(("Lyon", "Nantes"), (), (), 0)


def test_small_groups_are_merged_when_together_they_are_enough() -> None:
    assert break_down({"Lyon": 30, "Nantes": 3, "Lille": 2}) == Breakdown(
        ("Lyon",), ("Nantes", "Lille"), (), 5
    )


def test_a_lone_small_group_takes_the_smallest_other_with_it() -> None:
    """Else it would be the total minus what is shown."""
    assert break_down({"Lyon": 30, "Nantes": 12, "Lille": 4}) == Breakdown(
        ("Lyon",), ("Nantes", "Lille"), (), 16
    )


def test_small_groups_that_are_too_few_together_take_another_with_them() -> None:
    assert break_down({"Lyon": 30, "Nantes": 12, "Lille": 2, "Brest": 1}) == Breakdown(
        ("Lyon",), ("Nantes", "Lille", "Brest"), (), 15
    )


def test_two_groups_of_which_one_is_small_are_not_broken_down() -> None:
    assert break_down({"Lyon": 30, "Nantes": 4}) == Breakdown((), (), ("Lyon", "Nantes"), 0)


def test_a_group_of_nobody_is_shown_and_hides_no_one() -> None:
    assert break_down({"Lyon": 30, "Nantes": 0}).shown == ("Lyon", "Nantes")
    assert break_down({"Lyon": 30, "Nantes": 4, "Lille": 0}).hidden == ("Lyon", "Nantes", "Lille")


def test_the_minimum_can_be_raised() -> None:
    counts = {"Lyon": 30, "Nantes": 8, "Lille": 9}
    assert break_down(counts, minimum=10).merged == ("Nantes", "Lille")


def test_a_minimum_under_three_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be set under 3"):
        break_down({"Lyon": 30}, minimum=2)
    with pytest.raises(ValueError, match="cannot be set under 3"):
        may_show(30, minimum=2)


def test_fewer_than_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer than nobody"):
        break_down({"Lyon": -1})


@given(cities, st.integers(3, 12))
def test_no_group_left_out_can_be_worked_out_by_subtraction(counts: dict[str, int], minimum: int) -> None:
    result = break_down(counts, minimum)
    assert sorted(result.shown + result.merged + result.hidden) == sorted(counts)
    assert all(counts[name] == 0 or counts[name] >= minimum for name in result.shown)
    # What anybody can compute: the total minus what is shown. It is a figure about all that was left out.
    left_out = [counts[name] for name in result.merged + result.hidden if counts[name]]
    assert result.merged_count == sum(counts[name] for name in result.merged)
    if result.merged:
        assert len(left_out) >= 2
        assert sum(left_out) >= minimum
    if result.hidden:
        assert not result.shown
        assert not result.merged


def test_a_small_selection_is_not_shown() -> None:
    assert not may_show(4)
    assert may_show(5)


def test_a_filter_that_leaves_few_people_aside_is_not_shown() -> None:
    assert not may_show(28, within=30)
    assert may_show(25, within=30)
    assert may_show(30, within=30)


def test_a_selection_larger_than_what_it_is_taken_from_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        may_show(31, within=30)
