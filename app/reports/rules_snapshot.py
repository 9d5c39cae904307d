"""Hold the figures of a study’s report: plain values, whole, in no language, with nobody in them.

`None` in place of a number of people means that there were some, and fewer than may be shown. Days are ISO
dates in the time zone of the study’s first event, so that nobody’s moment of answering can be told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.surveys.rules_intervals import Interval, Reliability
from app.surveys.rules_summaries import MeanSummary, Summary
from app.surveys.rules_wording import Text

FORMAT = 1
ABOUT_EVENT = 0  # the number that stands for the event where products are counted from 1


@dataclass(frozen=True, slots=True)
class Sample:
    """A product under its place in the study, from 1: how many people were given it, and how many answered."""

    number: int
    name: str
    code: str
    asked: int | None
    answered: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """An event of the study: how many people came, and how many of them answered."""

    title: str
    city: str
    day: str
    asked: int
    answered: int


@dataclass(frozen=True, slots=True)
class Places:
    """The events that may be shown one by one, and how many others there are, with their sums when they may be."""

    shown: tuple[Place, ...]
    others: int
    others_asked: int | None
    others_answered: int | None


@dataclass(frozen=True, slots=True)
class Edition:
    """A published version of the questionnaire."""

    number: int
    day: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A fan’s own words, with what could tell who wrote them masked; `language` is that of the form."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """What was answered about one product, or about the event under number 0.

    `summary` is None when too few people answered to say anything. `quotes` are drawn from all that was
    written. `tried_first` is the mean among those who tried this product before any other one, where all try
    several.
    """

    number: int
    summary: Summary | None
    quotes: tuple[Quote, ...] = ()
    tried_first: MeanSummary | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """Two products’ means compared: the first’s minus the second’s, in points of the scale.

    See `app.surveys.rules_comparisons.MeanDifference`, of which this is the printed part.
    """

    first: int
    second: int
    paired: bool
    reliability: Reliability
    difference: float | None
    interval: Interval | None
    p_adjusted: float | None
    significant: bool


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """A question as it was asked last, how it was worded before, and what was answered.

    `options` are {"key", "fr", "en"}; `steps` names the points of a scale that have words of their own.
    """

    key: str
    kind: str
    about: str
    label: Text
    earlier_labels: tuple[Text, ...]
    options: tuple[Text, ...]
    ends: tuple[Text, ...]
    steps: Mapping[str, Text]
    results: tuple[Result, ...]
    differences: tuple[Difference, ...]

    def result_of(self, number: int) -> Result | None:
        return next((result for result in self.results if result.number == number), None)


@dataclass(frozen=True, slots=True)
class StudyFigures:
    """All that a report of a study says, up to its last response."""

    format: int
    slug: str
    title: str
    objective: str
    design: str
    minimum_group: int
    responses: int
    last_response: int
    first_day: str | None
    last_day: str | None
    asked: int | None
    answered: int | None
    products: tuple[Sample, ...]
    places: Places
    editions: tuple[Edition, ...]
    questions: tuple[QuestionFigures, ...]

    def name_of(self, number: int) -> str:
        return next((product.name for product in self.products if product.number == number), "")
