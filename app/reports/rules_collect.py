"""Work out the figures of a study’s report from its answers, hiding what would speak of too few people.

Imported by the report job alone, since the statistics need scipy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from app.reports.rules_snapshot import (
    ABOUT_EVENT,
    FORMAT,
    Difference,
    Edition,
    Place,
    Places,
    QuestionFigures,
    Quote,
    Result,
    Sample,
    StudyFigures,
)
from app.reports.rules_words import Names, draw_quotes
from app.surveys.models import About, Design, QuestionKind
from app.surveys.rules import Value
from app.surveys.rules_answers import AskedQuestion, StudyAnswers, StudyEvent
from app.surveys.rules_comparisons import compare_means
from app.surveys.rules_privacy import break_down, may_show
from app.surveys.rules_statistics import SCALES, Options, summarise, summarise_mean
from app.surveys.rules_summaries import MeanSummary

Column = Mapping[int, Value | None]  # answers by respondent, for those who were asked


def collect(answers: StudyAnswers, names: Names, minimum: int, last_response: int) -> StudyFigures:
    """Work out all figures of a study; `last_response` is the id of the last response that `answers` holds."""
    return StudyFigures(
        format=FORMAT,
        slug=answers.slug,
        title=answers.title,
        objective=answers.objective,
        design=answers.design.value,
        minimum_group=minimum,
        responses=len(answers.given),
        last_response=last_response,
        first_day=_local_day(answers.first_at, _zone(answers)) if answers.first_at else None,
        last_day=_local_day(answers.last_at, _zone(answers)) if answers.last_at else None,
        asked=_people(answers.asked, minimum),
        answered=_people(answers.answered, minimum),
        products=tuple(
            Sample(
                number, one.name, one.sample_code, _people(one.asked, minimum), _people(one.answered, minimum)
            )
            for number, one in enumerate(answers.products, 1)
        ),
        places=_places(answers.events, minimum),
        editions=tuple(
            Edition(one.number, _local_day(one.published_at, _zone(answers))) for one in answers.versions
        ),
        questions=tuple(_Question(answers, asked, names, minimum).figures() for asked in answers.questions),
    )


class _Question:
    """One question, with the answers to it about each product."""

    def __init__(self, answers: StudyAnswers, asked: AskedQuestion, names: Names, minimum: int) -> None:
        self._answers, self._asked, self._names, self._minimum = answers, asked, names, minimum
        self._columns: dict[int, Column] = {}
        if asked.about is About.EVENT:
            self._columns[ABOUT_EVENT] = answers.column(asked.key, None)
        else:
            for number, product in enumerate(answers.products, 1):
                self._columns[number] = answers.column(asked.key, product.id)

    def figures(self) -> QuestionFigures:
        asked = self._asked
        labels = [
            q.label for version in self._answers.versions for q in version.questions if q.key == asked.key
        ]
        return QuestionFigures(
            key=asked.key,
            kind=asked.kind.value,
            about=asked.about.value,
            label=asked.label,
            earlier_labels=tuple(
                label
                for place, label in enumerate(labels)
                if label != asked.label and label not in labels[:place]
            ),
            options=tuple(self._answers.options_of(asked.key).values()),
            ends=asked.ends or (),
            steps={str(point): text for point, text in asked.steps.items()},
            results=tuple(self._result(number) for number in self._columns),
            differences=self._differences(),
        )

    def _result(self, number: int) -> Result:
        column = self._columns[number]
        if not self._may_show(column):
            return Result(number, None)
        options = Options(
            choices=tuple(option["key"] for option in self._answers.options_of(self._asked.key).values()),
            liking=self._liking(number, column),
            minimum_group=self._minimum,
        )
        summary = summarise(self._asked.kind.value, list(column.values()), options)
        quotes = self._quotes(number) if self._asked.kind is QuestionKind.TEXT else ()
        return Result(number, summary, quotes, self._tried_first(number))

    def _may_show(self, column: Column) -> bool:
        return may_show(sum(value is not None for value in column.values()), minimum=self._minimum)

    def _liking(self, number: int, column: Column) -> list[int | None] | None:
        """Return how much the same people like the product, for a just-about-right question about it."""
        liking = next((q for q in self._answers.questions if q.kind is QuestionKind.LIKING9), None)
        if self._asked.kind is not QuestionKind.JAR5 or liking is None or number == ABOUT_EVENT:
            return None
        liked = self._answers.column(liking.key, self._answers.products[number - 1].id)
        return [cast("int | None", liked.get(respondent)) for respondent in column]

    def _quotes(self, number: int) -> tuple[Quote, ...]:
        product_id = None if number == ABOUT_EVENT else self._answers.products[number - 1].id
        given = (one for one in self._answers.given if one.product_id == product_id)
        texts = [(one.locale, one.values.get(self._asked.key)) for one in given]
        words = [(locale, text) for locale, text in texts if isinstance(text, str)]
        return draw_quotes(words, self._names, lot=f"{self._asked.key}-{number}")

    def _tried_first(self, number: int) -> MeanSummary | None:
        """Sum up who tried this product before any other: later ones suffer from what went before."""
        scale = SCALES.get(self._asked.kind.value)
        if scale is None or not scale.has_mean or not self._is_sequence or number == ABOUT_EVENT:
            return None
        product_id = self._answers.products[number - 1].id
        first = {
            one.respondent
            for one in self._answers.given
            if one.product_id == product_id and one.position == 1
        }
        scores = _scores(self._columns[number])
        mine = [score for respondent, score in scores.items() if respondent in first]
        if not may_show(len(mine), within=len(scores), minimum=self._minimum):
            return None
        return summarise_mean(mine, scale.lowest, scale.highest)

    def _differences(self) -> tuple[Difference, ...]:
        """Compare the products’ means, those that may be shown."""
        scale = SCALES.get(self._asked.kind.value)
        shown = {number: column for number, column in self._columns.items() if self._may_show(column)}
        if scale is None or not scale.has_mean or len(shown) < 2:
            return ()
        scores = {str(number): _scores(column) for number, column in shown.items()}
        people = sorted({respondent for one in scores.values() for respondent in one})
        compared = compare_means(
            {number: [one.get(respondent) for respondent in people] for number, one in scores.items()},
            paired=self._is_sequence,
        )
        return tuple(
            Difference(
                int(one.first),
                int(one.second),
                one.paired,
                one.reliability,
                one.difference,
                one.interval,
                one.p_adjusted,
                one.significant,
            )
            for one in compared
        )

    @property
    def _is_sequence(self) -> bool:
        return self._answers.design is Design.SEQUENTIAL and len(self._answers.products) > 1


def _scores(column: Column) -> dict[int, int]:
    return {respondent: value for respondent, value in column.items() if isinstance(value, int)}


def _people(number: int, minimum: int) -> int | None:
    """Keep a number of people, unless there are some and too few of them."""
    return number if number == 0 or may_show(number, minimum=minimum) else None


def _places(events: Sequence[StudyEvent], minimum: int) -> Places:
    """List the events; those where few people answered, or came, only as a sum, since the total is known."""
    sizes = {str(event.id): event.answered or event.asked for event in events}
    breakdown = break_down(sizes, minimum)
    shown = [event for event in events if str(event.id) in breakdown.shown]
    merged = [event for event in events if str(event.id) in breakdown.merged]
    return Places(
        shown=tuple(
            Place(one.title, one.city, _local_day(one.starts_at, one.timezone), one.asked, one.answered)
            for one in shown
        ),
        others=len(events) - len(shown),
        others_asked=_people(sum(event.asked for event in merged), minimum) if merged else None,
        others_answered=_people(sum(event.answered for event in merged), minimum) if merged else None,
    )


def _zone(answers: StudyAnswers) -> str:
    return answers.events[0].timezone if answers.events else "UTC"


def _local_day(moment: datetime, timezone: str) -> str:
    return moment.astimezone(ZoneInfo(timezone)).date().isoformat()
