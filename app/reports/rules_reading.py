"""Read a report’s figures question by question in a language: what its page, its charts and its PDF all print."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app import figures
from app.i18n import _, ngettext
from app.reports.rules_conclusions import conclude
from app.reports.rules_conclusions_products import mean_of
from app.reports.rules_naming import FROM_THE_TOP, answer_names, interval_of, part_of, share, words
from app.reports.rules_reading_figures import KeyFigure, key_figures, penalties
from app.reports.rules_snapshot import ABOUT_EVENT, Difference, QuestionFigures, Quote, Result, StudyFigures
from app.surveys.rules_intervals import Interval, Reliability
from app.surveys.rules_summaries import Distribution, Summary, TextSummary

MOST_SIDE_BY_SIDE = 4  # products in the columns of one table
MEANS = "means"  # stands for the product in the name of a chart of means


@dataclass(frozen=True, slots=True)
class Row:
    """One possible answer and how many gave it."""

    name: str
    count: str
    share: str
    interval: str


@dataclass(frozen=True, slots=True)
class Panel:
    """What was answered about one product, or about the event, whose `product` is empty.

    A hidden panel has a product and a `base` that says why nothing is shown.
    """

    product: str
    code: str
    base: str
    figures: tuple[KeyFigure, ...] = ()
    notes: tuple[str, ...] = ()
    chart: str = ""
    rows: tuple[Row, ...] = ()
    quotes: tuple[Quote, ...] = ()
    quotes_note: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two products compared: the difference of their means, how sure it is, and what follows."""

    products: str
    difference: str
    interval: str
    p: str
    verdict: str
    proven: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """One question as a report prints it."""

    key: str
    number: int
    about_event: bool
    title: str
    wording: str
    earlier_wordings: tuple[str, ...]
    scale: str
    reliability: Reliability | None  # of the smallest base; None when nothing is shown
    panels: tuple[Panel, ...]
    means_chart: str = ""
    compared: tuple[Compared, ...] = ()
    tried_first: str = ""

    @property
    def is_words(self) -> bool:
        """Whether there are words to read instead of figures."""
        return all(not panel.figures for panel in self.panels)

    @property
    def has_table(self) -> bool:
        return any(panel.rows for panel in self.panels)

    @property
    def fits_one_table(self) -> bool:
        """Whether the products stand side by side in one table."""
        return 1 < sum(bool(panel.rows) for panel in self.panels) <= MOST_SIDE_BY_SIDE


def read(study: StudyFigures, locale: str) -> tuple[Reading, ...]:
    """Read all questions; the words around theirs are in the language in force, which must be `locale`."""
    return tuple(_read(study, question, number, locale) for number, question in enumerate(study.questions, 1))


def counted(summary: Summary) -> Distribution | TextSummary:
    """Return the part of a summary that holds its base."""
    return summary if isinstance(summary, TextSummary) else summary.distribution


def means_of(question: QuestionFigures) -> list[int]:
    """Return the products whose means are drawn under one another; none when there is nothing to compare."""
    found = {result.number: mean for result in question.results if (mean := mean_of(result.summary))}
    return list(found) if len(found) > 1 and any(mean.mean is not None for mean in found.values()) else []


def _read(study: StudyFigures, question: QuestionFigures, number: int, locale: str) -> Reading:
    counts = [counted(result.summary) for result in question.results if result.summary is not None]
    return Reading(
        key=question.key,
        number=number,
        about_event=question.about == "event",
        title=conclude(study, question, locale),
        wording=words(question.label, locale),
        earlier_wordings=tuple(words(label, locale) for label in question.earlier_labels),
        scale=_scale(question, locale),
        reliability=_least(counts),
        panels=tuple(_panel(study, question, result, locale) for result in question.results),
        means_chart=f"{question.key}-{MEANS}" if means_of(question) else "",
        compared=tuple(_compare(study, one, locale) for one in question.differences),
        tried_first=_tried_first(study, question, locale),
    )


def _least(counts: list[Distribution | TextSummary]) -> Reliability | None:
    return min(counts, key=lambda one: one.base).reliability if counts else None


def _scale(question: QuestionFigures, locale: str) -> str:
    """Say how the answer was given, with the named ends of its scale."""
    kinds = {
        "liking9": _("Scale from 1 to 9"),
        "scale5": _("Scale from 1 to 5"),
        "nps": _("Scale from 0 to 10"),
        "intent5": _("Five answers in order"),
        "jar5": _("Five answers in order, the middle one is best"),
        "single": _("One answer"),
        "multiple": _("Several answers possible"),
        "yesno": _("Yes or no"),
        "text": _("Free words"),
    }
    if question.kind not in {"liking9", "scale5", "nps"} or len(question.ends) != 2:
        return kinds[question.kind]
    low, high = (words(end, locale) for end in question.ends)
    return _("%(scale)s: from “%(low)s” to “%(high)s”", scale=kinds[question.kind], low=low, high=high)


def _panel(study: StudyFigures, question: QuestionFigures, result: Result, locale: str) -> Panel:
    product = next((one for one in study.products if one.number == result.number), None)
    name, code = (product.name, product.code) if product else ("", "")
    summary = result.summary
    if summary is None:
        few = figures.whole(study.minimum_group, locale)
        return Panel(name, code, _("Fewer than %(few)s people answered: nothing is shown", few=few))
    counts = counted(summary)
    panel = Panel(name, code, _base(counts.base, counts.asked, locale))
    if isinstance(counts, TextSummary):
        note = _quotes_note(len(result.quotes), counts.base, locale) if result.quotes else ""
        return replace(panel, quotes=result.quotes, quotes_note=note)
    return replace(
        panel,
        figures=key_figures(question, summary, locale),
        notes=penalties(question, summary, locale),
        chart=f"{question.key}-{result.number}",
        rows=_rows(question, counts, locale),
    )


def _base(base: int, asked: int, locale: str) -> str:
    people = str(ngettext("%(base)s person", "%(base)s people", base, base=figures.whole(base, locale)))
    if asked == base:
        return _("Base: %(people)s", people=people)
    return _("Base: %(people)s of the %(asked)s asked", people=people, asked=figures.whole(asked, locale))


def _rows(question: QuestionFigures, spread: Distribution, locale: str) -> tuple[Row, ...]:
    names = dict(zip(spread.keys, answer_names(question, spread.keys, locale), strict=True))
    order = reversed(spread.keys) if question.kind in FROM_THE_TOP else spread.keys
    parts = [part_of(spread, key) for key in order]
    return tuple(
        Row(
            names[part.name],
            figures.whole(part.count, locale),
            share(part, spread.base, locale) if part.share is not None else "",
            interval_of(part, spread.base, locale),
        )
        for part in parts
    )


def _quotes_note(drawn: int, written: int, locale: str) -> str:
    return _(
        "%(drawn)s answers drawn by lot among the %(written)s written",
        drawn=figures.whole(drawn, locale),
        written=figures.whole(written, locale),
    )


def _compare(study: StudyFigures, one: Difference, locale: str) -> Compared:
    """Write a comparison with the higher mean first, so that its difference is read without a sign."""
    turned = one.difference is not None and one.difference < 0
    first, second = (one.second, one.first) if turned else (one.first, one.second)
    names = _("%(first)s against %(second)s", first=study.name_of(first), second=study.name_of(second))
    if one.difference is None:
        return Compared(names, "–", "–", "–", _("Too few to compare"), proven=False)
    interval = one.interval
    if interval and turned:
        interval = Interval(-interval.high, -interval.low)
    verdict = _("A difference beyond chance") if one.significant else _("No clear difference")
    if one.reliability is Reliability.WITH_CARE:
        verdict = _("%(verdict)s; read with care", verdict=verdict)
    return Compared(
        products=names,
        difference=figures.mean(abs(one.difference), locale),
        interval=figures.mean_interval(*interval, locale) if interval else "–",
        p=figures.p_value(one.p_adjusted, locale) if one.p_adjusted is not None else "–",
        verdict=verdict,
        proven=one.significant,
    )


def _tried_first(study: StudyFigures, question: QuestionFigures, locale: str) -> str:
    """Say how each product scores among those who tried it before any other, where that can be told."""
    said = [
        _(
            "%(product)s %(mean)s (%(base)s people)",
            product=study.name_of(result.number),
            mean=figures.mean(result.tried_first.mean, locale),
            base=figures.whole(result.tried_first.base, locale),
        )
        for result in question.results
        if result.number != ABOUT_EVENT and result.tried_first and result.tried_first.mean is not None
    ]
    return _("Means among those who tried it first: %(list)s.", list=" · ".join(said)) if said else ""
