"""Work out what “not just right” costs in liking: the penalty analysis of a just-about-right question.

Imported by the report job alone, since its test needs scipy.
Source: L. Rothman and M. J. Parker (eds), Just-About-Right (JAR) Scales, ASTM Manual 63 (2009), penalty
analysis.
"""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from app.surveys.rules_comparisons import SIGNIFICANT_UNDER, welch_t
from app.surveys.rules_intervals import COUNTS_ONLY_UNDER
from app.surveys.rules_privacy import break_down
from app.surveys.rules_summaries import Distribution, JarSide, JarSummary, part

TESTED_FROM_BASE = 60
TESTED_FROM_SHARE = 0.20
SIDES = {1: "low", 2: "low", 3: "jar", 4: "high", 5: "high"}


def summarise_jar(
    scores: Sequence[int | None],
    spread: Distribution,
    liking: Sequence[int | None] | None,
    minimum_group: int,
) -> JarSummary:
    """Describe the three sides of a 1–5 just-about-right scale, with the drops in liking where they can be
    given.

    Drops need 30 people who answered both questions. One is tested (Welch) from 60 people, where at least
    20 % of them stand on its side. A side of fewer than `minimum_group` people has no drop, and since its
    mean could be worked out from the others’ and the total’s, then no side has a mean and the other drop is
    rounded.
    """
    groups: dict[str, list[int]] = {"low": [], "jar": [], "high": []}
    for score, liked in zip(scores, liking or [None] * len(scores), strict=True):
        if score is not None and liked is not None:
            groups[SIDES[score]].append(liked)
    base = sum(len(group) for group in groups.values())
    counts = spread.counts
    sides = {
        "low": JarSide(part("low", counts[0] + counts[1], spread.base)),
        "jar": JarSide(part("jar", counts[2], spread.base)),
        "high": JarSide(part("high", counts[3] + counts[4], spread.base)),
    }
    if base >= COUNTS_ONLY_UNDER:
        sides = _with_liking(sides, groups, base, minimum_group)
    return JarSummary("jar5", spread, sides["low"], sides["jar"], sides["high"], base)


def _with_liking(
    sides: dict[str, JarSide], groups: dict[str, list[int]], base: int, minimum_group: int
) -> dict[str, JarSide]:
    sizes = {name: len(group) for name, group in groups.items()}
    all_shown = sizes == {name: sizes[name] for name in break_down(sizes, minimum_group).shown}
    described = dict(sides)
    for name, group in groups.items():
        side = sides[name]
        if all_shown and group:
            side = replace(side, mean_liking=fmean(group))
        if name != "jar" and min(len(group), sizes["jar"]) >= minimum_group:
            side = _with_drop(side, group, groups["jar"], base, exact=all_shown)
        described[name] = side
    return described


def _with_drop(side: JarSide, group: list[int], right: list[int], base: int, *, exact: bool) -> JarSide:
    drop, share = fmean(right) - fmean(group), len(group) / base
    p = None
    if base >= TESTED_FROM_BASE and share >= TESTED_FROM_SHARE:
        p = welch_t(right, group).p
    actionable = p is not None and p < SIGNIFICANT_UNDER and drop > 0
    if not exact:
        # Exact figures about whole answers could be solved for the small group’s; rounded ones cannot.
        drop, p = round(drop, 1), p if p is None else round(p, 2)
    return replace(side, mean_drop=drop, weighted_penalty=drop * share, p=p, actionable=actionable)
