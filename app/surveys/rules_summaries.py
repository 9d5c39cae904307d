"""Hold what a report says about one question: plain values, frozen, ready for a snapshot.

Units, everywhere: a share is a fraction from 0 to 1 of the base; a mean or a drop is in points of its
scale; the Net Promoter Score is in points from −100 to 100; an interval has the unit of its figure. `base`
is how many people answered and `asked` how many were asked. Under 30 answers only the counts are given:
what would be computed from them is None.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from app.surveys.rules_intervals import Interval, Reliability, reliability, wilson


@dataclass(frozen=True, slots=True)
class Part:
    """How many of the base gave certain answers, such as the two best ones."""

    name: str
    count: int
    share: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Distribution:
    """How the answers spread over the possible ones, none left out, in the questionnaire’s order.

    `keys` are the points of the scale as text, the keys of the options, or "yes" and "no". With `several` a
    person may stand in more than one row, so that the shares may add up to more than 1; the base is people,
    not ticks.
    """

    keys: tuple[str, ...]
    counts: tuple[int, ...]
    shares: tuple[float, ...] | None
    intervals: tuple[Interval, ...] | None
    base: int
    asked: int
    several: bool
    reliability: Reliability


@dataclass(frozen=True, slots=True)
class MeanSummary:
    """The mean of a scale from `lowest` to `highest`, its sample standard deviation and its 95 % interval.

    `interval` is also None when everybody gave the same answer, which says nothing about how answers vary.
    """

    base: int
    reliability: Reliability
    mean: float | None
    sd: float | None
    interval: Interval | None
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class ScaleSummary:
    """A liking, intent or agreement scale. `boxes` are "top1", "top2" or "top3": the best answers together.

    Intent has no mean: its points are not equal steps, and its top box is what the field compares.
    """

    kind: str
    distribution: Distribution
    boxes: tuple[Part, ...]
    mean: MeanSummary | None


@dataclass(frozen=True, slots=True)
class ChoiceSummary:
    """One option, several options, or yes and no."""

    kind: str
    distribution: Distribution


@dataclass(frozen=True, slots=True)
class NpsSummary:
    """A 0–10 recommendation: promoters answer 9 or 10, detractors 0 to 6, passives in between."""

    kind: str
    distribution: Distribution
    promoters: Part
    passives: Part
    detractors: Part
    score: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class JarSide:
    """The people on one side of “just about right”, and what it costs in liking.

    `mean_drop` is the mean liking of those who say “just right” minus that of this side, in points of the
    liking scale (negative when this side likes it more), and `weighted_penalty` is that drop times the
    side’s share of `JarSummary.liking_base`. `p` is for the drop alone, two-sided. `actionable` says that
    the drop was tested, is a loss, and has p < 0.05.
    """

    part: Part
    mean_liking: float | None = None
    mean_drop: float | None = None
    weighted_penalty: float | None = None
    p: float | None = None
    actionable: bool = False


@dataclass(frozen=True, slots=True)
class JarSummary:
    """A just-about-right scale; `liking_base` counts those who also said how much they like the product."""

    kind: str
    distribution: Distribution
    low: JarSide
    jar: JarSide
    high: JarSide
    liking_base: int


@dataclass(frozen=True, slots=True)
class TextSummary:
    """Open words: only how many wrote something; the words themselves are chosen by people."""

    kind: str
    base: int
    asked: int
    reliability: Reliability


Summary: TypeAlias = ScaleSummary | ChoiceSummary | NpsSummary | JarSummary | TextSummary


def part(name: str, count: int, base: int) -> Part:
    """Describe a part of a base with its share and Wilson interval, or its count alone under 30."""
    if reliability(base) is Reliability.COUNTS_ONLY:
        return Part(name, count, None, None)
    return Part(name, count, count / base, wilson(count, base))


def distribution(
    keys: Sequence[str], counts: Sequence[int], base: int, asked: int, *, several: bool = False
) -> Distribution:
    """Describe how a base spreads over the possible answers."""
    parts = [part(key, count, base) for key, count in zip(keys, counts, strict=True)]
    shares = tuple(one.share for one in parts if one.share is not None)
    intervals = tuple(one.interval for one in parts if one.interval is not None)
    trusted = reliability(base)
    known = trusted is not Reliability.COUNTS_ONLY
    return Distribution(
        keys=tuple(keys),
        counts=tuple(counts),
        shares=shares if known else None,
        intervals=intervals if known else None,
        base=base,
        asked=asked,
        several=several,
        reliability=trusted,
    )
