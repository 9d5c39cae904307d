"""Choose the figures that stand large beside a chart, with their intervals, in a language."""

from __future__ import annotations

from dataclasses import dataclass

from app import figures
from app.i18n import _
from app.reports.rules_naming import answer_names, box_name, interval_of, part_of, quoted, share, words
from app.reports.rules_snapshot import QuestionFigures
from app.surveys.rules_summaries import (
    ChoiceSummary,
    Distribution,
    JarSide,
    JarSummary,
    MeanSummary,
    NpsSummary,
    Part,
    ScaleSummary,
    Summary,
)

MOST_LEADING = 3  # options printed large


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure, what it is, and its 95 % interval, empty where none is given."""

    label: str
    value: str
    interval: str


def key_figures(question: QuestionFigures, summary: Summary, locale: str) -> tuple[KeyFigure, ...]:
    """Return the figures that a reader looks for first."""
    match summary:
        case ScaleSummary():
            boxes = {box.name: box for box in summary.boxes}
            sizes = [1, 2] if "top1" in boxes else [2]
            spread = summary.distribution
            tops = [
                _of_part(box_name(question, spread, size, locale), boxes[f"top{size}"], spread.base, locale)
                for size in sizes
            ]
            return (*_of_mean(summary.mean, locale), *tops)
        case JarSummary():
            return _of_jar(question, summary, locale)
        case NpsSummary():
            return _of_nps(summary, locale)
        case ChoiceSummary():
            return _of_choice(question, summary.distribution, locale)
    return ()


def penalties(question: QuestionFigures, summary: Summary, locale: str) -> tuple[str, ...]:
    """Say what “not just right” costs in liking, side by side; nothing where it could not be worked out."""
    if not isinstance(summary, JarSummary):
        return ()
    sides = ((summary.low, 0), (summary.high, 1))
    return tuple(
        _penalty(side, words(question.ends[end], locale), locale)
        for side, end in sides
        if side.mean_drop is not None
    )


def _penalty(side: JarSide, name: str, locale: str) -> str:
    drop = side.mean_drop or 0.0
    points = figures.mean(abs(drop), locale)
    if drop <= 0:
        return _("Those who answer “%(side)s” do not like it less.", side=name)
    if side.p is None:
        return _(
            "Those who answer “%(side)s” like it %(points)s points less; they are too few for a test.",
            side=name,
            points=points,
        )
    said = {"side": name, "points": points, "p": figures.p_value(side.p, locale)}
    if side.actionable:
        return _("Those who answer “%(side)s” like it %(points)s points less (%(p)s): worth mending.", **said)
    return _(
        "Those who answer “%(side)s” like it %(points)s points less, which may be chance (%(p)s).", **said
    )


def _of_mean(mean: MeanSummary | None, locale: str) -> tuple[KeyFigure, ...]:
    if mean is None or mean.mean is None:
        return ()
    label = _("Mean, out of %(highest)s", highest=figures.whole(mean.highest, locale))
    interval = figures.mean_interval(*mean.interval, locale) if mean.interval else ""
    return (KeyFigure(label, figures.mean(mean.mean, locale), interval),)


def _of_part(label: str, part: Part, base: int, locale: str) -> KeyFigure:
    return KeyFigure(label, share(part, base, locale), interval_of(part, base, locale))


def _of_jar(question: QuestionFigures, summary: JarSummary, locale: str) -> tuple[KeyFigure, ...]:
    base = summary.distribution.base
    low, high = (quoted(words(end, locale)) for end in question.ends)
    right = quoted(words(question.steps["3"], locale))
    named = ((low, summary.low), (right, summary.jar), (high, summary.high))
    return tuple(_of_part(name, side.part, base, locale) for name, side in named)


def _of_nps(summary: NpsSummary, locale: str) -> tuple[KeyFigure, ...]:
    base = summary.distribution.base
    parts = (
        _of_part(_("Promoters, 9 or 10"), summary.promoters, base, locale),
        _of_part(_("Detractors, 0 to 6"), summary.detractors, base, locale),
    )
    if summary.score is None:
        return parts
    interval = figures.nps_interval(*summary.interval, locale) if summary.interval else ""
    score = KeyFigure(_("Recommendation score"), figures.nps(summary.score, locale), interval)
    return (score, *parts)


def _of_choice(question: QuestionFigures, spread: Distribution, locale: str) -> tuple[KeyFigure, ...]:
    names = dict(zip(spread.keys, answer_names(question, spread.keys, locale), strict=True))
    if question.kind == "yesno":
        keys = ["yes"]
    else:
        # sorted() is stable: level answers keep the questionnaire’s order.
        keys = sorted(spread.keys, key=lambda key: -part_of(spread, key).count)[:MOST_LEADING]
    parts = [part_of(spread, key) for key in keys]
    return tuple(
        _of_part(quoted(names[part.name]), part, spread.base, locale) for part in parts if part.count
    )
