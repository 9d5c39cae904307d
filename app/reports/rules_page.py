"""Gather all that a report prints, on its page and in its PDF, in its language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app import figures
from app.i18n import _, ngettext, write_day
from app.reports.rules_reading import Reading, read
from app.reports.rules_snapshot import StudyFigures
from app.surveys.rules_intervals import COUNTS_ONLY_UNDER, WITH_CARE_UNDER


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """An event of the study, or all those where few people answered together, which have no day."""

    name: str
    day: str
    asked: str
    answered: str


@dataclass(frozen=True, slots=True)
class Page:
    """A report in a language: every figure is already written."""

    study: StudyFigures
    readings: tuple[Reading, ...]
    asked: str
    answered: str
    rate: str  # how many of those asked answered; empty when that cannot be told
    period: str
    editions: tuple[str, ...]
    places: tuple[PlaceRow, ...]
    events: str  # how many, and in which cities
    few: str
    counts_only_under: str
    with_care_under: str

    @property
    def has_words(self) -> bool:
        return any(question.kind == "text" for question in self.study.questions)

    @property
    def compares(self) -> bool:
        return any(question.differences for question in self.study.questions)


def page_of(study: StudyFigures, locale: str) -> Page:
    """Write a study’s figures in the language in force, which must be `locale`."""
    rate = ""
    if study.asked and study.answered is not None:
        rate = figures.percent(study.answered / study.asked, study.asked, locale)
    return Page(
        study=study,
        readings=read(study, locale),
        asked=people(study.asked, study.minimum_group, locale),
        answered=people(study.answered, study.minimum_group, locale),
        rate=rate,
        period=_period(study, locale),
        editions=tuple(long_date(edition.day, locale) for edition in study.editions),
        places=_places(study, locale),
        events=_events(study),
        few=figures.whole(study.minimum_group, locale),
        counts_only_under=figures.whole(COUNTS_ONLY_UNDER, locale),
        with_care_under=figures.whole(WITH_CARE_UNDER, locale),
    )


def people(number: int | None, minimum: int, locale: str) -> str:
    """Write a number of people, or that there are fewer than may be told."""
    if number is None:
        return _("fewer than %(few)s", few=figures.whole(minimum, locale))
    return figures.whole(number, locale)


def long_date(day: str, locale: str) -> str:
    return write_day(date.fromisoformat(day), "long", figures.BABEL_LOCALES[locale])


def _period(study: StudyFigures, locale: str) -> str:
    if study.first_day is None or study.last_day is None:
        return "–"
    first, last = long_date(study.first_day, locale), long_date(study.last_day, locale)
    return first if first == last else _("%(first)s to %(last)s", first=first, last=last)


def _events(study: StudyFigures) -> str:
    number = len(study.places.shown) + study.places.others
    cities = " · ".join(dict.fromkeys(place.city for place in study.places.shown))
    said = str(ngettext("%(num)d event", "%(num)d events", number))
    return _("%(events)s: %(cities)s", events=said, cities=cities) if cities else said


def _places(study: StudyFigures, locale: str) -> tuple[PlaceRow, ...]:
    places = study.places
    rows = [
        PlaceRow(
            place.title if place.city in place.title else f"{place.title}, {place.city}",
            long_date(place.day, locale),
            figures.whole(place.asked, locale),
            figures.whole(place.answered, locale),
        )
        for place in places.shown
    ]
    if places.others_asked is not None:
        name = _("%(number)s other events together", number=figures.whole(places.others, locale))
        asked = people(places.others_asked, study.minimum_group, locale)
        answered = people(places.others_answered, study.minimum_group, locale)
        rows.append(PlaceRow(name, "", asked, answered))
    return tuple(rows)
