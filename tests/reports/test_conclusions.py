"""A title says what the answers show, in both languages, and never more."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from flask import Flask

from app.i18n import force_locale
from app.reports.rules_conclusions import conclude
from app.reports.rules_snapshot import Difference, Places, QuestionFigures, Result, Sample, StudyFigures
from app.surveys.models import QuestionKind
from app.surveys.rules_intervals import Interval, Reliability
from app.surveys.rules_statistics import Options, summarise
from app.surveys.rules_summaries import Summary
from app.surveys.rules_wording import ends_of, step_names

NBSP = "\u00a0"
OPTIONS = ({"key": "fresh", "fr": "Frais", "en": "Fresh"}, {"key": "sweet", "fr": "Sucré", "en": "Sweet"})
NO_PLACES = Places((), 0, None, None)


def title(
    kind: str, *values: Sequence[object], locale: str = "en", differences: tuple[Difference, ...] = ()
) -> str:
    """Conclude about a question whose values are given product by product, or about one product alone."""
    keys = ("fresh", "sweet") if kind in {"single", "multiple"} else ()
    summaries: list[Summary | None] = [summarise(kind, given, Options(choices=keys)) for given in values]
    numbers = range(1, len(values) + 1)
    question = QuestionFigures(
        key="q",
        kind=kind,
        about="product",
        label={"fr": "?", "en": "?"},
        earlier_labels=(),
        options=OPTIONS if keys else (),
        ends=ends_of(QuestionKind(kind), {}) or (),
        steps={str(point): text for point, text in step_names(QuestionKind(kind), {}).items()},
        results=tuple(Result(number, summary) for number, summary in zip(numbers, summaries, strict=True)),
        differences=differences,
    )
    products = tuple(Sample(number, f"Tea {number}", f"{number}47", 40, 40) for number in numbers)
    study = StudyFigures(
        1, "s", "S", "", "monadic", 5, 40, 40, None, None, 40, 40, products, NO_PLACES, (), (question,)
    )
    with force_locale(locale):
        return conclude(study, question, locale).replace(NBSP, " ")


def difference(first: int, second: int, points: float | None, *, significant: bool = False) -> Difference:
    trusted = Reliability.COUNTS_ONLY if points is None else Reliability.SOUND
    p = None if points is None else 0.01 if significant else 0.4
    return Difference(
        first, second, False, trusted, points, Interval(0, 1) if points else None, p, significant
    )


@pytest.mark.parametrize(
    ("kind", "values", "english", "french"),
    [
        ("liking9", [9, 8, 5, 5] * 10, "50% of fans give it 8 or 9 out of 9", "50 % des fans lui donnent 8 ou 9 sur 9"),
        ("liking9", [9, 5] * 10, "10 of 20 fans give it 8 or 9 out of 9", "10 fans sur 20 lui donnent 8 ou 9 sur 9"),
        (
            "scale5",
            [5, 4, 1, 1] * 10,
            "50% of fans answer 4 or 5 out of 5, towards “Strongly agree”",
            "50 % des fans répondent 4 ou 5 sur 5, vers « Tout à fait d’accord »",
        ),
        (
            "intent5",
            [5, 4, 3, 2, 1] * 10,
            "40% of fans answer “Probably” or “Definitely”",
            "40 % des fans répondent « Probablement » ou « Certainement »",
        ),
        (
            "jar5",
            [1, 3, 3, 3, 5, 5] * 10,
            "50% of fans answer “Just right”, 33% “too strong”",
            "50 % des fans répondent « Juste comme il faut », 33 % « trop fort »",
        ),
        (
            "nps",
            [10, 10, 8, 3] * 10,
            "A recommendation score of +25: 50% promoters, 25% detractors",
            "Un score de recommandation de +25 : 50 % de promoteurs, 25 % de détracteurs",
        ),
        (
            "nps",
            [10, 10, 8, 3] * 5,
            "Promoters: 10 of 20; detractors: 5 of 20",
            "Promoteurs : 10 sur 20 ; détracteurs : 5 sur 20",
        ),
        ("yesno", [1, 1, 1, 0] * 10, "75% of fans say yes", "75 % des fans disent oui"),
        (
            "single",
            ["fresh"] * 30 + ["sweet"] * 10,
            "“Fresh” comes first: 75% of fans",
            "« Frais » arrive en tête : 75 % des fans",
        ),
        (
            "single",
            ["fresh", "sweet"] * 20,
            "“Fresh” and “Sweet” come first, level: 50% of fans each",
            "« Frais » et « Sucré » arrivent en tête à égalité : 50 % des fans chacune",
        ),
        ("text", ["bon"] * 7 + [None], "In their own words: 7 answers written", "Avec leurs mots : 7 réponses écrites"),
    ],
)  # fmt: skip
def test_one_product(app: Flask, kind: str, values: Sequence[object], english: str, french: str) -> None:
    assert title(kind, values) == english
    assert title(kind, values, locale="fr") == french


LOW, HIGH = [5, 6] * 40, [7, 8] * 40


def test_a_product_is_above_another_only_where_that_is_proven(app: Flask) -> None:
    proven = (difference(1, 2, -2.0, significant=True),)
    assert (
        title("liking9", LOW, HIGH, differences=proven)
        == "Fans like “Tea 2” more than “Tea 1”: 7.5 against 5.5 out of 9"
    )
    assert (
        title("liking9", LOW, HIGH, locale="fr", differences=proven)
        == "Les fans aiment davantage « Tea 2 » que « Tea 1 » : 7,5 contre 5,5 sur 9"
    )
    unproven = (difference(1, 2, -2.0),)
    said = title("liking9", LOW, HIGH, differences=unproven)
    assert said == "No clear difference between products: 7.5 for Tea 2, 5.5 for Tea 1"


def test_the_best_product_is_named_with_all_that_it_beats_and_no_other(app: Flask) -> None:
    tested = (
        difference(1, 2, -2.0, significant=True),
        difference(1, 3, -1.0),
        difference(2, 3, 1.0, significant=True),
    )
    said = title("liking9", LOW, HIGH, [6, 7] * 40, differences=tested)
    assert said == "Fans like “Tea 2” more than “Tea 3” and “Tea 1”: 7.5 against 6.5 and 5.5 out of 9"
    only = (difference(1, 2, -2.0, significant=True), difference(1, 3, -1.0), difference(2, 3, 1.0))
    said = title("liking9", LOW, HIGH, [6, 7] * 40, differences=only)
    assert said == "Fans like “Tea 2” more than “Tea 1”: 7.5 against 5.5 out of 9"


def test_too_few_to_compare_gives_counts(app: Flask) -> None:
    said = title("liking9", [9, 5] * 10, [8, 8] * 10, differences=(difference(1, 2, None),))
    assert said == "Too few answers to compare. 8 or 9 out of 9: 20 of 20 for Tea 2, 10 of 20 for Tea 1"


def test_shares_product_by_product(app: Flask) -> None:
    assert title("yesno", [1, 0] * 40, [1, 1] * 40) == "“Yes”: 100% for Tea 2, 50% for Tea 1"
    assert title("nps", [10, 0] * 40, [10, 8] * 40) == "Recommendation score: +50 for Tea 2, 0 for Tea 1"
    four = [[1] * share + [0] * (40 - share) for share in (10, 40, 20, 30)]
    assert title("yesno", *four) == "“Yes”: from 100% for Tea 2 to 25% for Tea 1"


def test_first_answers_product_by_product(app: Flask) -> None:
    fresh, sweet, level = [["fresh"]] * 40, [["sweet"]] * 40, [["sweet", "fresh"]] * 40
    assert title("multiple", fresh, sweet) == "First come “Fresh” for Tea 1 and “Sweet” for Tea 2"
    assert title("multiple", fresh, fresh) == "“Fresh” comes first, whatever the product"
    assert title("multiple", fresh, level) == "No answer comes first for every product"
