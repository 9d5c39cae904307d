"""The figures of a report, against what textbooks and papers print, and its rules about small bases."""

import pytest

from app.surveys.rules_intervals import Interval, Reliability, wilson
from app.surveys.rules_statistics import Options, summarise, summarise_mean
from app.surveys.rules_summaries import ChoiceSummary, JarSummary, NpsSummary, ScaleSummary, TextSummary


def test_liking_gives_mean_deviation_interval_and_top_boxes() -> None:
    """By hand: 18 sixes and 18 eights have mean 7, SD √(36/35), t(35) = 2.0301 (Fisher & Yates’s table)."""
    summary = summarise("liking9", [6, 8] * 18)
    assert isinstance(summary, ScaleSummary)
    assert summary.mean is not None
    assert summary.mean.mean == 7
    assert summary.mean.sd == pytest.approx(1.014185, abs=1e-6)
    assert summary.mean.interval == pytest.approx((6.6568, 7.3432), abs=1e-4)
    top2, top3 = summary.boxes
    assert (top2.name, top2.count, top2.share) == ("top2", 18, 0.5)
    assert (top3.name, top3.count) == ("top3", 18)
    assert top2.interval == wilson(18, 36)


def test_a_distribution_keeps_the_points_nobody_chose() -> None:
    spread = summarise("liking9", [9] * 40).distribution  # type: ignore[union-attr]
    assert spread.keys == ("1", "2", "3", "4", "5", "6", "7", "8", "9")
    assert spread.counts == (0, 0, 0, 0, 0, 0, 0, 0, 40)
    assert spread.shares is not None
    assert spread.shares[0] == 0
    assert spread.intervals is not None
    assert spread.intervals[0].high > 0.05


def test_people_who_skipped_are_asked_but_not_in_the_base() -> None:
    spread = summarise("scale5", [5] * 30 + [None] * 10).distribution  # type: ignore[union-attr]
    assert (spread.base, spread.asked) == (30, 40)
    assert spread.shares == (0, 0, 0, 0, 1)


def test_under_thirty_answers_only_counts_are_given() -> None:
    summary = summarise("liking9", [7] * 29)
    assert isinstance(summary, ScaleSummary)
    assert summary.distribution.reliability is Reliability.COUNTS_ONLY
    assert summary.distribution.counts[6] == 29
    assert (summary.distribution.shares, summary.distribution.intervals) == (None, None)
    assert summary.boxes[0].share is None
    assert summary.mean is not None
    assert (summary.mean.mean, summary.mean.sd, summary.mean.interval) == (None, None, None)


@pytest.mark.parametrize(("base", "verdict"), [(30, "with_care"), (99, "with_care"), (100, "sound")])
def test_a_small_base_is_flagged(base: int, verdict: str) -> None:
    assert summarise("nps", [9] * base).distribution.reliability == verdict  # type: ignore[union-attr]


def test_nobody_answered_is_still_a_summary() -> None:
    spread = summarise("liking9", [None, None]).distribution  # type: ignore[union-attr]
    assert (spread.base, spread.asked, spread.counts) == (0, 2, (0,) * 9)


def test_intent_has_boxes_and_no_mean() -> None:
    summary = summarise("intent5", [5] * 12 + [4] * 18 + [1] * 10)
    assert isinstance(summary, ScaleSummary)
    assert summary.mean is None
    assert [(box.name, box.count) for box in summary.boxes] == [("top1", 12), ("top2", 30)]


def test_the_order_of_people_changes_no_byte() -> None:
    scores = [1, 9, 4, 7, 7, 3, 8, 2, 6, 5] * 7
    assert repr(summarise("liking9", scores)) == repr(summarise("liking9", sorted(scores)))


def test_the_same_answer_from_everybody_has_a_mean_and_no_interval() -> None:
    summary = summarise_mean([9] * 50, 1, 9)
    assert (summary.mean, summary.sd, summary.interval) == (9, 0, None)


def test_the_interval_of_a_mean_stays_on_the_scale() -> None:
    interval = summarise_mean([9] * 49 + [8], 1, 9).interval
    assert interval is not None
    assert interval.high == 9


def test_nps_groups_promoters_passives_and_detractors() -> None:
    summary = summarise("nps", [10] * 30 + [9] * 18 + [8] * 20 + [7] * 11 + [6] * 10 + [0] * 8)
    assert isinstance(summary, NpsSummary)
    groups = summary.promoters, summary.passives, summary.detractors
    assert [group.count for group in groups] == [48, 31, 18]
    assert summary.score == pytest.approx(100 * 30 / 97)
    assert summary.interval == pytest.approx((15.0092, 44.9908), abs=1e-3)


def test_nps_under_thirty_has_no_score() -> None:
    summary = summarise("nps", [10] * 29)
    assert isinstance(summary, NpsSummary)
    assert (summary.score, summary.interval, summary.promoters.count) == (None, None, 29)


def test_single_choice_follows_the_questionnaires_order() -> None:
    spread = summarise("single", ["b"] * 10 + ["a"] * 30, Options(choices=("a", "b", "c")))
    assert isinstance(spread, ChoiceSummary)
    assert spread.distribution.counts == (30, 10, 0)
    assert spread.distribution.shares == (0.75, 0.25, 0)


def test_multiple_choice_is_based_on_people_not_on_ticks() -> None:
    people = [{"taste", "smell"}] * 20 + [["taste", "taste"]] * 10 + [()] * 10 + [None] * 5
    summary = summarise("multiple", people, Options(choices=("taste", "smell")))
    assert isinstance(summary, ChoiceSummary)
    assert (summary.distribution.base, summary.distribution.asked) == (40, 45)
    assert summary.distribution.counts == (30, 20)
    assert summary.distribution.shares == (0.75, 0.5)
    assert summary.distribution.several


def test_yes_and_no_are_counted() -> None:
    summary = summarise("yesno", [1] * 25 + [0] * 15)
    assert isinstance(summary, ChoiceSummary)
    assert (summary.distribution.keys, summary.distribution.counts) == (("yes", "no"), (25, 15))


def test_open_words_count_those_who_wrote_something() -> None:
    summary = summarise("text", ["Très bon", "  ", None, "Too sweet"])
    assert isinstance(summary, TextSummary)
    assert (summary.base, summary.asked) == (2, 4)


@pytest.mark.parametrize(
    ("kind", "value", "options"),
    [
        ("liking9", 10, Options()),
        ("liking9", 0, Options()),
        ("nps", 11, Options()),
        ("scale5", "5", Options()),
        ("single", "z", Options(choices=("a", "b"))),
        ("multiple", {"z"}, Options(choices=("a", "b"))),
        ("multiple", "a", Options(choices=("a", "b"))),
        ("yesno", 2, Options()),
    ],
)
def test_an_answer_the_question_does_not_offer_is_refused(kind: str, value: object, options: Options) -> None:
    with pytest.raises(ValueError, match=r"offer|not on the scale|not a collection"):
        summarise(kind, [value], options)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no question of kind"):
        summarise("stars", [])


# Of 100 people, 20 find it not sweet enough (mean liking 6), 55 just right (8) and 25 too sweet (7.52).
SWEETNESS = [1] * 10 + [2] * 10 + [3] * 55 + [4] * 20 + [5] * 5
LIKING = [5, 7] * 10 + [8] * 27 + [7, 9] * 14 + [7, 8] * 12 + [8]


def test_penalties_are_the_drop_from_just_right_and_its_weight() -> None:
    """By hand: 8 − 6 = 2.0 for 20 % weighs 0.40; 8 − 188/25 = 0.48 for 25 % weighs 0.12."""
    summary = summarise("jar5", SWEETNESS, Options(liking=LIKING))
    assert isinstance(summary, JarSummary)
    low, jar, high = summary.low, summary.jar, summary.high
    assert [side.part.count for side in (low, jar, high)] == [20, 55, 25]
    assert [side.mean_liking for side in (low, jar, high)] == [6, 8, 7.52]
    assert (low.mean_drop, low.weighted_penalty) == (2, 0.4)
    assert (high.mean_drop, high.weighted_penalty) == pytest.approx((0.48, 0.12))
    assert (jar.mean_drop, jar.p) == (None, None)
    assert low.actionable
    assert low.p is not None
    assert low.p < 0.001
    assert summary.liking_base == 100


def test_a_side_under_a_fifth_is_not_tested() -> None:
    scores = SWEETNESS[1:]
    summary = summarise("jar5", scores, Options(liking=LIKING[1:]))
    assert isinstance(summary, JarSummary)
    assert summary.low.part.share == pytest.approx(19 / 99)
    assert summary.low.mean_drop is not None
    assert (summary.low.p, summary.low.actionable) == (None, False)


def test_penalties_need_sixty_people_to_be_tested_and_thirty_to_be_given() -> None:
    scores, liking = [2, 3] * 29, [5, 8] * 29
    fifty_eight = summarise("jar5", scores, Options(liking=liking))
    assert isinstance(fifty_eight, JarSummary)
    assert (fifty_eight.low.mean_drop, fifty_eight.low.p) == (3, None)
    twenty_eight = summarise("jar5", scores[:28], Options(liking=liking[:28]))
    assert isinstance(twenty_eight, JarSummary)
    assert (twenty_eight.low.mean_drop, twenty_eight.jar.mean_liking) == (None, None)


def test_a_side_of_a_few_people_has_no_drop_and_cannot_be_worked_out() -> None:
    scores = [2] * 40 + [3] * 57 + [5] * 3
    liking = [6, 7] * 20 + [7, 8, 9] * 19 + [2] * 3
    summary = summarise("jar5", scores, Options(liking=liking))
    assert isinstance(summary, JarSummary)
    assert summary.high.mean_drop is None
    assert [side.mean_liking for side in (summary.low, summary.jar, summary.high)] == [None] * 3
    assert summary.low.mean_drop == 1.5
    assert summary.low.actionable
    assert summary.low.p == 0.0


def test_a_side_of_nobody_hides_nothing() -> None:
    summary = summarise("jar5", [2, 3] * 40, Options(liking=[5, 6, 8, 9] * 20))
    assert isinstance(summary, JarSummary)
    assert (summary.high.part.count, summary.high.mean_drop) == (0, None)
    assert summary.jar.mean_liking is not None


def test_people_who_did_not_say_their_liking_are_outside_the_penalties_only() -> None:
    summary = summarise("jar5", SWEETNESS, Options(liking=[*LIKING[:90], *[None] * 10]))
    assert isinstance(summary, JarSummary)
    assert (summary.distribution.base, summary.liking_base) == (100, 90)


def test_a_just_about_right_question_without_liking_has_its_spread_alone() -> None:
    summary = summarise("jar5", SWEETNESS)
    assert isinstance(summary, JarSummary)
    assert summary.jar.part.interval == wilson(55, 100)
    assert (summary.liking_base, summary.low.mean_drop) == (0, None)


def test_an_interval_is_a_pair() -> None:
    assert Interval(0.1, 0.2) == (0.1, 0.2)
