"""A study's answers as reports and exports see them: typed, complete, and without who gave them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.surveys.models import About, Design, QuestionKind, StudyStatus
from app.surveys.rules import Value
from app.surveys.rules_wording import Text


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as one published version asks it. `ends` and `steps` name the points of its scale, if any."""

    id: int
    key: str
    kind: QuestionKind
    about: About
    label: Text
    options: tuple[Text, ...]  # {"key", "fr", "en"}, as shown
    ends: tuple[Text, Text] | None
    steps: Mapping[int, Text]
    required: bool


@dataclass(frozen=True, slots=True)
class Version:
    """A published questionnaire."""

    number: int
    published_at: datetime
    questions: tuple[AskedQuestion, ...]


@dataclass(frozen=True, slots=True)
class TestedProduct:
    """A product: how many people were given it (`asked`) and how many answered about it."""

    id: int
    position: int
    name: str
    sample_code: str
    asked: int
    answered: int


@dataclass(frozen=True, slots=True)
class StudyEvent:
    """Where a study ran: how many people came (`asked`), and how many of them answered anything."""

    id: int
    title: str
    city: str
    starts_at: datetime
    timezone: str
    asked: int
    answered: int


@dataclass(frozen=True, slots=True)
class Given:
    """What one respondent answered about one product, or about the event when `product_id` is None.

    `values` has an entry for each question of that version: None when it was left out, and the empty tuple when
    nothing was ticked among several. `position` is the product's place in this person's order, from 1.
    """

    respondent: int
    event_id: int
    product_id: int | None
    position: int | None
    version: int
    locale: str
    values: Mapping[str, Value | None]


@dataclass(frozen=True, slots=True)
class StudyAnswers:
    """Everything a report may know of a study. Respondents are numbered from 1 within it, by first answer."""

    study_id: int
    slug: str
    title: str
    objective: str
    design: Design
    status: StudyStatus
    opened_at: datetime | None
    closed_at: datetime | None
    first_at: datetime | None  # first and last answers
    last_at: datetime | None
    asked: int
    answered: int
    products: tuple[TestedProduct, ...]
    events: tuple[StudyEvent, ...]
    versions: tuple[Version, ...]
    given: tuple[Given, ...]

    @property
    def questions(self) -> tuple[AskedQuestion, ...]:
        """Each question ever asked, in its latest wording: those of the last version first."""
        latest: dict[str, AskedQuestion] = {}
        for version in reversed(self.versions):
            for question in version.questions:
                latest.setdefault(question.key, question)
        return tuple(latest.values())

    def options_of(self, key: str) -> dict[str, Text]:
        """Return every option that a question ever offered, by key, in its latest wording."""
        asked = [q for version in reversed(self.versions) for q in version.questions if q.key == key]
        return {option["key"]: option for question in reversed(asked) for option in question.options}

    def column(self, key: str, product_id: int | None) -> dict[int, Value | None]:
        """Return the answers to one question about one product (None: about the event), by respondent.

        Only people who were asked it have an entry, since a version may lack the question.
        """
        given = (one for one in self.given if one.product_id == product_id and key in one.values)
        return {one.respondent: one.values[key] for one in given}
