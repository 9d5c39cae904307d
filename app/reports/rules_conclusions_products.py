"""Say in one sentence what a question’s answers show product by product. Speaks the language in force."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app import figures
from app.i18n import _
from app.reports.rules_naming import answer_names, box_name, leading, part_of, quoted, share, words
from app.reports.rules_snapshot import QuestionFigures, Result, StudyFigures
from app.surveys.rules_intervals import Reliability
from app.surveys.rules_summaries import (
    ChoiceSummary,
    JarSummary,
    MeanSummary,
    NpsSummary,
    Part,
    ScaleSummary,
    Summary,
)

MOST_NAMED = 3  # products named one by one in a title


class Products:
    """What answers show product by product."""

    def __init__(
        self, study: StudyFigures, question: QuestionFigures, shown: Sequence[Result], locale: str
    ) -> None:
        self._study, self._question, self._shown, self._locale = study, question, shown, locale

    def conclude(self) -> str:
        if self._question.differences:
            return self._compare_means()
        summary = self._shown[0].summary
        if isinstance(summary, NpsSummary):
            return self._list_scores()
        if isinstance(summary, ChoiceSummary) and self._question.kind != "yesno":
            return self._list_leading()
        return self._list_shares()

    def _compare_means(self) -> str:
        tested = [one for one in self._question.differences if one.reliability is not Reliability.COUNTS_ONLY]
        if not tested:
            return _("Too few answers to compare. %(shares)s", shares=self._list_shares())
        proven = [one for one in tested if one.significant and one.difference is not None]
        if not proven:
            return _("No clear difference between products: %(means)s", means=self._list_means())
        # (better, worse) by number; the title tells of the best product and all that it is proven to beat.
        beats = [
            (one.first, one.second) if (one.difference or 0) > 0 else (one.second, one.first)
            for one in proven
        ]
        best = max({better for better, _worse in beats}, key=self._mean)
        beaten = sorted((worse for better, worse in beats if better == best), key=self._mean, reverse=True)
        return self._say_better(best, beaten)

    def _say_better(self, best: int, beaten: Sequence[int]) -> str:
        said = {
            "best": quoted(self._study.name_of(best)),
            "others": _and([quoted(self._study.name_of(number)) for number in beaten]),
            "mean": figures.mean(self._mean(best), self._locale),
            "others_mean": _and([figures.mean(self._mean(number), self._locale) for number in beaten]),
            "highest": "9" if self._question.kind == "liking9" else "5",
        }
        if self._question.kind == "liking9":
            return _(
                "Fans like %(best)s more than %(others)s: %(mean)s against %(others_mean)s out of %(highest)s",
                **said,
            )
        return _(
            "%(best)s scores more than %(others)s: %(mean)s against %(others_mean)s out of %(highest)s",
            **said,
        )

    def _mean(self, number: int) -> float:
        result = self._question.result_of(number)
        found = mean_of(result.summary) if result else None
        return found.mean if found and found.mean is not None else 0.0

    def _list_means(self) -> str:
        known = [result.number for result in self._shown if self._mean(result.number)]
        return self._list(known, self._mean, lambda number: figures.mean(self._mean(number), self._locale))

    def _list_scores(self) -> str:
        scores = {
            result.number: result.summary.score
            for result in self._shown
            if isinstance(result.summary, NpsSummary) and result.summary.score is not None
        }
        if not scores:
            return _("Too few answers for a recommendation score")
        listed = self._list(
            list(scores), scores.__getitem__, lambda number: figures.nps(scores[number], self._locale)
        )
        return _("Recommendation score: %(list)s", list=listed)

    def _list_shares(self) -> str:
        parts = {result.number: main_part(result.summary) for result in self._shown if result.summary}
        listed = self._list(
            list(parts),
            lambda number: parts[number][0].count / max(parts[number][1], 1),
            lambda number: share(*parts[number], self._locale),
        )
        return _("%(answers)s: %(list)s", answers=self._main_name(), list=listed)

    def _main_name(self) -> str:
        summary = self._shown[0].summary
        if isinstance(summary, ScaleSummary):
            return box_name(self._question, summary.distribution, 2, self._locale)
        step = "3" if isinstance(summary, JarSummary) else "1"
        return quoted(words(self._question.steps[step], self._locale))

    def _list_leading(self) -> str:
        firsts: dict[str, list[str]] = {}
        for result in self._shown:
            if isinstance(result.summary, ChoiceSummary):
                spread = result.summary.distribution
                keys = leading(spread)
                if len(keys) > 1:
                    return _("No answer comes first for every product")
                name = quoted(answer_names(self._question, keys, self._locale)[0])
                firsts.setdefault(name, []).append(self._study.name_of(result.number))
        if len(firsts) == 1:
            return _("%(answer)s comes first, whatever the product", answer=next(iter(firsts)))
        if len(firsts) > MOST_NAMED:
            return _("The first answer changes with the product")
        said = [
            _("%(answer)s for %(products)s", answer=name, products=_and(products))
            for name, products in firsts.items()
        ]
        return _("First come %(list)s", list=_and(said))

    def _list(self, numbers: Sequence[int], rank: Callable[[int], float], text: Callable[[int], str]) -> str:
        ranked = sorted(numbers, key=rank, reverse=True)
        said = [
            _("%(figure)s for %(product)s", figure=text(number), product=self._study.name_of(number))
            for number in ranked
        ]
        if len(said) <= MOST_NAMED:
            return ", ".join(said)
        return _("from %(highest)s to %(lowest)s", highest=said[0], lowest=said[-1])


def mean_of(summary: Summary | None) -> MeanSummary | None:
    """Return the mean of a scale that has one."""
    return summary.mean if isinstance(summary, ScaleSummary) else None


def main_part(summary: Summary) -> tuple[Part, int]:
    """Return the part of the answers that products are compared by, and its base."""
    match summary:
        case ScaleSummary():
            return next(box for box in summary.boxes if box.name == "top2"), summary.distribution.base
        case JarSummary():
            return summary.jar.part, summary.distribution.base
        case NpsSummary():
            return summary.promoters, summary.distribution.base
        case ChoiceSummary():
            return part_of(summary.distribution, summary.distribution.keys[0]), summary.distribution.base
    return Part("written", summary.base, None, None), summary.asked


def _and(texts: Sequence[str]) -> str:
    if len(texts) == 1:
        return texts[0]
    return _("%(first)s and %(last)s", first=", ".join(texts[:-1]), last=texts[-1])
