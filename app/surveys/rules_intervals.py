"""Say how sure a survey’s figure is, with plain arithmetic so that any process can afford it.

Shares are fractions from 0 to 1. The Net Promoter Score is in points from −100 to 100.
The intervals assume that answers are independent draws from the people a study is about; a report that
prints them says so, because fans choose to take part.
"""

from enum import StrEnum
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

COUNTS_ONLY_UNDER = 30
WITH_CARE_UNDER = 100


class Reliability(StrEnum):
    """How far a figure may be trusted, judged by its base alone."""

    COUNTS_ONLY = "counts_only"
    WITH_CARE = "with_care"
    SOUND = "sound"


class Interval(NamedTuple):
    """The two ends of a confidence interval, in the unit of the figure it belongs to."""

    low: float
    high: float


def reliability(base: int) -> Reliability:
    """Judge a base: counts only under 30 answers, with care from 30 to 99, sound from 100."""
    if base < COUNTS_ONLY_UNDER:
        return Reliability.COUNTS_ONLY
    return Reliability.WITH_CARE if base < WITH_CARE_UNDER else Reliability.SOUND


def wilson(count: int, base: int, confidence: float = 0.95) -> Interval:
    """Bound the share `count / base` by Wilson’s score interval, as fractions.

    It keeps its coverage for small bases and for shares near 0 and 1, where the textbook interval fails.
    Source: E. B. Wilson (1927), JASA 22, 209–212; method 3 of R. G. Newcombe (1998), Statistics in
    Medicine 17, 857–872. Raises ValueError for an empty base or a count outside it.
    """
    _check(base, count)
    z = _z(confidence)
    share = count / base
    middle = share + z * z / (2 * base)
    reach = z * sqrt(share * (1 - share) / base + z * z / (4 * base * base))
    scale = 1 + z * z / base
    # At the ends the formula gives exactly 0 and 1, which floating point misses by a hair.
    low = 0.0 if count == 0 else (middle - reach) / scale
    high = 1.0 if count == base else (middle + reach) / scale
    return Interval(low, high)


def nps(promoters: int, detractors: int, base: int) -> float:
    """Give the Net Promoter Score in points: the percentage of promoters minus that of detractors."""
    _check(base, promoters, detractors, promoters + detractors)
    return 100 * (promoters - detractors) / base


def nps_interval(promoters: int, detractors: int, base: int, confidence: float = 0.95) -> Interval:
    """Bound the Net Promoter Score by the adjusted Wald interval, in points, kept within −100 and 100.

    Three answers are added, ¾ to promoters and ¾ to detractors, before
    SE = √((pP + pD − (pP − pD)²) / n). Its centre is therefore slightly nearer 0 than the score.
    Source: B. Rocks (2016), The American Statistician 70, 365–372, “adjusted Wald (3, T)”, after
    D. G. Bonett and R. M. Price (2012), J. Educational and Behavioral Statistics 37, 479–488.
    """
    _check(base, promoters, detractors, promoters + detractors)
    size = base + 3
    share_promoters, share_detractors = (promoters + 0.75) / size, (detractors + 0.75) / size
    middle = share_promoters - share_detractors
    reach = _z(confidence) * sqrt((share_promoters + share_detractors - middle * middle) / size)
    return Interval(max(-100.0, 100 * (middle - reach)), min(100.0, 100 * (middle + reach)))


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _check(base: int, *counts: int) -> None:
    if base < 1:
        raise ValueError("an interval needs at least one answer")
    if any(not 0 <= count <= base for count in counts):
        raise ValueError(f"counts {counts} do not fit in a base of {base}")
