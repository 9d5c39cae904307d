"""Turn the answers to one question into the figures a report prints.

Imported by the report job alone, since its t quantiles need scipy; see rules_summaries for units.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from app.surveys.rules_comparisons import t_interval
from app.surveys.rules_intervals import Interval, Reliability, nps, nps_interval, reliability
from app.surveys.rules_jar import summarise_jar
from app.surveys.rules_privacy import MINIMUM_GROUP
from app.surveys.rules_summaries import (
    ChoiceSummary,
    Distribution,
    MeanSummary,
    NpsSummary,
    ScaleSummary,
    Summary,
    TextSummary,
    distribution,
    part,
)


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale’s ends, which of its best answers are put together, and whether its mean has a meaning."""

    lowest: int
    highest: int
    boxes: tuple[int, ...] = ()
    has_mean: bool = False


SCALES = {
    "liking9": Scale(1, 9, boxes=(2, 3), has_mean=True),
    "intent5": Scale(1, 5, boxes=(1, 2)),
    "scale5": Scale(1, 5, boxes=(2,), has_mean=True),
    "jar5": Scale(1, 5),
    "nps": Scale(0, 10),
}
YES_NO = ("yes", "no")


@dataclass(frozen=True, slots=True)
class Options:
    """What a summary needs beside the answers.

    `choices` are the keys of a single or multiple question, in the questionnaire’s order. `liking` holds,
    for a just-about-right question, the same people’s liking of the product in the same order. No mean is
    given of a group of fewer than `minimum_group` people.
    """

    choices: tuple[str, ...] = ()
    liking: Sequence[int | None] | None = None
    minimum_group: int = MINIMUM_GROUP


NO_OPTIONS = Options()


def summarise(kind: str, values: Sequence[object], options: Options = NO_OPTIONS) -> Summary:
    """Summarise the answers to one question, one value a person asked, None where there is no answer.

    A value is a whole number for a scale, 1 or 0 for `yesno`, an option’s key for `single`, a collection of
    keys for `multiple` (empty when the person ticked nothing) and words for `text`. The order of people
    changes nothing. Raises ValueError for an unknown kind or for an answer that the question does not
    offer.
    """
    asked = len(values)
    if kind in SCALES:
        return _summarise_scale(kind, values, options)
    answered = [value for value in values if value is not None]
    match kind:
        case "single":
            return ChoiceSummary(kind, _spread(options.choices, answered, len(answered), asked))
        case "multiple":
            ticks = [key for value in answered for key in _distinct(value)]
            return ChoiceSummary(kind, _spread(options.choices, ticks, len(answered), asked, several=True))
        case "yesno":
            words = [YES_NO[0] if value == 1 else YES_NO[1] if value == 0 else value for value in answered]
            return ChoiceSummary(kind, _spread(YES_NO, words, len(words), asked))
        case "text":
            written = sum(1 for value in answered if str(value).strip())
            return TextSummary(kind, written, asked, reliability(written))
    raise ValueError(f"there is no question of kind {kind!r}")


def summarise_mean(values: Sequence[int | None], lowest: int, highest: int) -> MeanSummary:
    """Give the mean of a scale’s answers with its t interval, kept within the ends of the scale."""
    scores = [value for value in values if value is not None]
    trusted = reliability(len(scores))
    if trusted is Reliability.COUNTS_ONLY:
        return MeanSummary(len(scores), trusted, None, None, None, lowest, highest)
    mean, sd = fmean(scores), stdev(scores)
    interval = None
    if sd > 0:
        low, high = t_interval(mean, sd / sqrt(len(scores)), len(scores) - 1)
        interval = Interval(max(float(lowest), low), min(float(highest), high))
    return MeanSummary(len(scores), trusted, mean, sd, interval, lowest, highest)


def _summarise_scale(kind: str, values: Sequence[object], options: Options) -> Summary:
    scale = SCALES[kind]
    points = range(scale.lowest, scale.highest + 1)
    scores = [_score(value, points) for value in values]
    answered = [score for score in scores if score is not None]
    spread = _spread(
        [str(point) for point in points], [str(score) for score in answered], len(answered), len(values)
    )
    if kind == "jar5":
        return summarise_jar(scores, spread, options.liking, options.minimum_group)
    if kind == "nps":
        return _summarise_nps(spread)
    boxes = tuple(part(f"top{size}", sum(spread.counts[-size:]), spread.base) for size in scale.boxes)
    mean = summarise_mean(answered, scale.lowest, scale.highest) if scale.has_mean else None
    return ScaleSummary(kind, spread, boxes, mean)


def _summarise_nps(spread: Distribution) -> NpsSummary:
    base = spread.base
    detractors, passives, promoters = sum(spread.counts[:7]), sum(spread.counts[7:9]), sum(spread.counts[9:])
    known = spread.reliability is not Reliability.COUNTS_ONLY
    return NpsSummary(
        kind="nps",
        distribution=spread,
        promoters=part("promoters", promoters, base),
        passives=part("passives", passives, base),
        detractors=part("detractors", detractors, base),
        score=nps(promoters, detractors, base) if known else None,
        interval=nps_interval(promoters, detractors, base) if known else None,
    )


def _spread(
    keys: Sequence[str], answers: Collection[object], base: int, asked: int, *, several: bool = False
) -> Distribution:
    counts = Counter(answers)
    if unknown := [answer for answer in counts if answer not in keys]:
        raise ValueError(f"answers that the question does not offer: {unknown}")
    return distribution(keys, [counts[key] for key in keys], base, asked, several=several)


def _distinct(value: object) -> set[object]:
    if isinstance(value, str) or not isinstance(value, Collection):
        raise ValueError(f"{value!r} is not a collection of options")
    return set(value)


def _score(value: object, points: range) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or value not in points:
        raise ValueError(f"{value!r} is not on the scale from {points[0]} to {points[-1]}")
    return int(value)
