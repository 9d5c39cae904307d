"""Draw a report’s charts, each for light and dark pages in two widths, and for paper.

Imported by the report job alone, since matplotlib takes a second to load.
"""

from __future__ import annotations

from collections.abc import Callable

from app.brand.models import Brand
from app.charts import WIDTH, Group, bar_distribution, mean_chart
from app.charts_palette import Palette, brand_palette
from app.i18n import _
from app.jobs import DRAWING
from app.reports.rules_conclusions_products import mean_of
from app.reports.rules_naming import FROM_THE_TOP, answer_names, words
from app.reports.rules_reading import MEANS, means_of
from app.reports.rules_snapshot import QuestionFigures, StudyFigures
from app.surveys.rules_summaries import JarSummary, NpsSummary, ScaleSummary, Summary, TextSummary

NARROW = 360  # pixels: a phone, or half a page
BESIDE = 480  # where a product’s chart stands beside another one
PAPER = 420  # the same on half a printed page, where smaller letters can be read

Draw = Callable[[Palette, int], str]


def chart_names(study: StudyFigures) -> list[str]:
    """Name the charts of a report, in its order: question and product, without their variants."""
    names = []
    for question in study.questions:
        if means_of(question):
            names.append(f"{question.key}-{MEANS}")
        drawn = [r for r in question.results if r.summary and not isinstance(r.summary, TextSummary)]
        names += [f"{question.key}-{result.number}" for result in drawn]
    return names


def draw(study: StudyFigures, name: str, brand: Brand, locale: str) -> dict[str, str]:
    """Draw one chart in all its variants: SVG documents by name, “liking9-1-wide-dark”."""
    key, _dash, number = name.rpartition("-")
    question = next(one for one in study.questions if one.key == key)
    alone = number == MEANS or len(question.results) == 1
    make = _means(study, question, locale) if number == MEANS else _bars(question, int(number), locale)
    colours = (brand.ink, brand.accent, brand.points_colour)
    light, dark = brand_palette(*colours), brand_palette(*colours, dark=True)
    wide = WIDTH if alone else BESIDE
    variants = {
        "wide": (light, wide),
        "wide-dark": (dark, wide),
        "narrow": (light, NARROW),
        "narrow-dark": (dark, NARROW),
    }
    if not alone:
        variants["paper"] = (light, PAPER)
    with DRAWING:
        return {f"{name}-{variant}": make(*how) for variant, how in variants.items()}


def _means(study: StudyFigures, question: QuestionFigures, locale: str) -> Draw:
    means = {result.number: mean_of(result.summary) for result in question.results}
    rows = [(study.name_of(number), mean) for number in means_of(question) if (mean := means[number])]
    low, high = (words(end, locale) for end in question.ends)

    def make(palette: Palette, width: int) -> str:
        # Beside long names a narrow axis has no room for what its ends mean; it stands above the chart anyway.
        return mean_chart(rows, ("", "") if width == NARROW else (low, high), palette, locale, width=width)

    return make


def _bars(question: QuestionFigures, number: int, locale: str) -> Draw:
    result = question.result_of(number)
    if result is None or result.summary is None or isinstance(result.summary, TextSummary):
        raise ValueError(f"nothing to draw for {question.key}, {number}")
    spread, groups = result.summary.distribution, _groups(question, result.summary, locale)
    labels = answer_names(question, spread.keys, locale)
    descending = question.kind in FROM_THE_TOP
    return lambda palette, width: bar_distribution(
        spread, labels, palette, locale, groups=groups, descending=descending, width=width
    )


def _groups(question: QuestionFigures, summary: Summary, locale: str) -> tuple[Group, ...]:
    """Say which answers are read together, as the figures beside the chart do."""
    match summary:
        case ScaleSummary():
            top = next(box for box in summary.boxes if box.name == "top2")
            return (Group(summary.distribution.keys[-2:], _("Top 2"), top),)
        case JarSummary():
            low, high = (words(end, locale) for end in question.ends)
            return (
                Group(("1", "2"), low, summary.low.part, tone=2),
                Group(("3",), "", summary.jar.part, tone=0),
                Group(("4", "5"), high, summary.high.part, tone=1),
            )
        case NpsSummary():
            return (
                Group(("9", "10"), _("Promoters"), summary.promoters, tone=0),
                Group(("7", "8"), _("Passives"), summary.passives, tone=2),
                Group(tuple("0123456"), _("Detractors"), summary.detractors, tone=1),
            )
    return ()
