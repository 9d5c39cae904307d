"""Compare the mean scores of products: the same people scored them (paired) or others did (independent).

Imported by the report job alone, since it needs scipy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import sqrt
from statistics import fmean, variance

from scipy.special import stdtr, stdtrit

from app.surveys.rules_intervals import Interval, Reliability, reliability

SIGNIFICANT_UNDER = 0.05


@dataclass(frozen=True, slots=True)
class TTest:
    """A t test: the mean difference with its interval, in the unit of the values, and a two-sided p.

    When nothing varies there is nothing to judge a difference by: interval, t and p are None.
    """

    difference: float
    interval: Interval | None
    t: float | None
    df: float
    p: float | None


@dataclass(frozen=True, slots=True)
class MeanDifference:
    """Two products’ means compared: `difference` is the first’s minus the second’s, in points of the scale.

    `bases` are the numbers of scores of each, equal when paired. Under 30 nothing is tested and the figures
    are None. `p_adjusted` takes into account how many pairs were tested together (Holm), and alone decides
    `significant`; `interval` is the plain 95 % interval of this difference.
    """

    first: str
    second: str
    paired: bool
    bases: tuple[int, int]
    reliability: Reliability
    means: tuple[float, float] | None = None
    difference: float | None = None
    interval: Interval | None = None
    p: float | None = None
    p_adjusted: float | None = None
    significant: bool = False


def t_interval(mean: float, standard_error: float, df: float, confidence: float = 0.95) -> Interval:
    """Bound a mean by Student’s t: mean ± t(df)·SE, in the unit of the mean."""
    reach = float(stdtrit(df, (1 + confidence) / 2)) * standard_error
    return Interval(mean - reach, mean + reach)


def paired_t(first: Sequence[float], second: Sequence[float], confidence: float = 0.95) -> TTest:
    """Test whether the same people score two products alike, by Student’s paired t test.

    Source: Student (1908), The Probable Error of a Mean, Biometrika 6, 1–25. Needs two pairs or more, in the
    same order of people.
    """
    differences = [one - other for one, other in zip(first, second, strict=True)]
    _check(differences)
    standard_error = sqrt(variance(differences) / len(differences))
    return _t_test(fmean(differences), standard_error, len(differences) - 1, confidence)


def welch_t(first: Sequence[float], second: Sequence[float], confidence: float = 0.95) -> TTest:
    """Test whether two groups of people score alike, without supposing that they vary alike.

    Source: B. L. Welch (1947), Biometrika 34, 28–35, with Satterthwaite’s degrees of freedom. Needs two
    scores or more on each side.
    """
    _check(first)
    _check(second)
    one, other = variance(first) / len(first), variance(second) / len(second)
    error = one + other
    spread = one**2 / (len(first) - 1) + other**2 / (len(second) - 1)
    df = error**2 / spread if spread else float(len(first) + len(second) - 2)
    return _t_test(fmean(first) - fmean(second), sqrt(error), df, confidence)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjust p values tested together, in the order given, so that the chance of any false alarm stays at α.

    Source: S. Holm (1979), A Simple Sequentially Rejective Multiple Test Procedure, Scand. J. Statistics 6,
    65–70.
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return tuple(adjusted)


def compare_means(
    scores: Mapping[str, Sequence[float | None]], *, paired: bool
) -> tuple[MeanDifference, ...]:
    """Compare every two products on one question, with Holm’s correction over the pairs tested.

    `scores` holds each product’s scores, None where somebody gave none. When `paired`, the sequences list
    the same people in the same order, and a pair counts only when both scores are there.
    """
    compared = [
        _compare(first, second, scores[first], scores[second], paired=paired)
        for first, second in combinations(scores, 2)
    ]
    adjusted = iter(holm([one.p for one in compared if one.p is not None]))
    return tuple(one if one.p is None else _decide(one, next(adjusted)) for one in compared)


def _compare(
    first: str,
    second: str,
    first_scores: Sequence[float | None],
    second_scores: Sequence[float | None],
    *,
    paired: bool,
) -> MeanDifference:
    if paired:
        pairs = zip(first_scores, second_scores, strict=True)
        complete = [(one, other) for one, other in pairs if one is not None and other is not None]
        left, right = [one for one, _ in complete], [other for _, other in complete]
    else:
        left = [score for score in first_scores if score is not None]
        right = [score for score in second_scores if score is not None]
    bases = (len(left), len(right))
    trusted = reliability(min(bases))
    if trusted is Reliability.COUNTS_ONLY:
        return MeanDifference(first, second, paired, bases, trusted)
    test = (paired_t if paired else welch_t)(left, right)
    means = (fmean(left), fmean(right))
    return MeanDifference(
        first, second, paired, bases, trusted, means, test.difference, test.interval, test.p
    )


def _decide(compared: MeanDifference, p_adjusted: float) -> MeanDifference:
    return replace(compared, p_adjusted=p_adjusted, significant=p_adjusted < SIGNIFICANT_UNDER)


def _t_test(difference: float, standard_error: float, df: float, confidence: float) -> TTest:
    if standard_error == 0:
        return TTest(difference, None, None, df, None)
    t = difference / standard_error
    interval = t_interval(difference, standard_error, df, confidence)
    return TTest(difference, interval, t, df, float(2 * stdtr(df, -abs(t))))


def _check(scores: Sequence[float]) -> None:
    if len(scores) < 2:
        raise ValueError("a t test needs two scores or more on each side")
