"""A question is complete in both languages before it is kept, and keeps its key for ever."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.surveys.models import About, QuestionKind
from app.surveys.rules import WITH_OPTIONS
from app.surveys.rules_questions import (
    LONGEST_LABEL,
    LONGEST_OPTION,
    QuestionDraft,
    QuestionProblem,
    find_problem,
    pair_options,
    typeset,
    with_keys,
)
from app.surveys.rules_templates import HEDONIC
from app.surveys.rules_wording import ENDS, ends_of, step_names

ONE = QuestionDraft(
    QuestionKind.SINGLE,
    {"fr": "Lequel\u00a0?", "en": "Which?"},
    options=({"fr": "Le rouge", "en": "Red"}, {"fr": "Le bleu", "en": "Blue"}),
)
SCALE = QuestionDraft(QuestionKind.SCALE5, {"fr": "D’accord\u00a0?", "en": "Agree?"})


def test_the_standard_test_can_be_asked_as_it_is() -> None:
    assert [find_problem(question) for question in HEDONIC] == [None] * len(HEDONIC)
    assert {question.about for question in HEDONIC} == {About.PRODUCT, About.EVENT}


@pytest.mark.parametrize("label", [{}, {"fr": "Lequel\u00a0?"}, {"fr": " ", "en": "Which?"}])
def test_both_languages_are_needed(label: dict[str, str]) -> None:
    assert find_problem(replace(ONE, label=label)) is QuestionProblem.NO_LABEL


def test_a_question_has_a_length() -> None:
    label = {"fr": "x" * (LONGEST_LABEL + 1), "en": "x"}
    assert find_problem(replace(ONE, label=label)) is QuestionProblem.LONG_LABEL


def test_two_options_are_the_least() -> None:
    assert find_problem(replace(ONE, options=ONE.options[:1])) is QuestionProblem.FEW_OPTIONS


def test_thirty_options_are_the_most() -> None:
    many = tuple({"fr": f"f{n}", "en": f"e{n}"} for n in range(31))
    assert find_problem(replace(ONE, options=many)) is QuestionProblem.MANY_OPTIONS


def test_each_option_has_both_languages() -> None:
    uneven = pair_options("Le rouge\nLe bleu\nLe vert", "Red\n\nBlue\n")
    assert len(uneven) == 3
    assert find_problem(replace(ONE, options=uneven)) is QuestionProblem.UNPAIRED_OPTIONS


def test_an_option_has_a_length() -> None:
    long = ({"fr": "x" * (LONGEST_OPTION + 1), "en": "x"}, {"fr": "y", "en": "y"})
    assert find_problem(replace(ONE, options=long)) is QuestionProblem.LONG_OPTION


def test_an_option_stands_once() -> None:
    same = ({"fr": "Rouge", "en": "Red"}, {"fr": "rouge", "en": "Scarlet"})
    assert find_problem(replace(ONE, options=same)) is QuestionProblem.SAME_OPTIONS


def test_a_scale_names_both_ends_or_none() -> None:
    half = {"low": {"fr": "Non", "en": "No"}}
    assert find_problem(replace(SCALE, ends=half)) is QuestionProblem.HALF_ENDS
    assert find_problem(SCALE) is None


def test_an_end_has_a_length() -> None:
    long = {"low": {"fr": "x" * 200, "en": "No"}, "high": {"fr": "Oui", "en": "Yes"}}
    assert find_problem(replace(SCALE, ends=long)) is QuestionProblem.LONG_ENDS


def test_new_questions_get_keys_that_no_version_had() -> None:
    keyed = with_keys([ONE, ONE, replace(ONE, key="mine")], {"single"}, {})
    assert [question.key for question in keyed] == ["single_2", "single_3", "mine"]
    assert [option["key"] for option in keyed[0].options] == ["red", "blue"]


def test_questions_about_the_event_come_last() -> None:
    keyed = with_keys([replace(SCALE, about=About.EVENT), ONE], (), {})
    assert [question.about for question in keyed] == [About.PRODUCT, About.EVENT]


def test_an_option_keeps_its_key_while_one_language_stays() -> None:
    before = {"q": with_keys([ONE], (), {})[0].options}
    mended = replace(ONE, key="q", options=pair_options("Le rouge vif\nLe vert\nLe bleu", "Red\nGreen\nBlue"))
    assert [option["key"] for option in with_keys([mended], (), before)[0].options] == [
        "red",
        "green",
        "blue",
    ]


def test_options_without_latin_letters_have_keys_too() -> None:
    signs = replace(ONE, options=pair_options("！\n？", "!\n?"))
    assert [option["key"] for option in with_keys([signs], (), {})[0].options] == ["option", "option_2"]


@pytest.mark.parametrize("kind", list(QuestionKind))
def test_every_point_has_a_name_or_an_end_in_both_languages(kind: QuestionKind) -> None:
    steps, ends = step_names(kind, {}), ends_of(kind, {})
    assert bool(steps or ends) is (kind not in {*WITH_OPTIONS, QuestionKind.TEXT})
    for text in [*steps.values(), *(ends or ())]:
        assert all(text[language] for language in ("fr", "en"))
    assert (kind in ENDS) is (ends is not None)


def test_just_right_stands_between_degrees_of_the_two_ends() -> None:
    ends = {"low": {"fr": "trop doux", "en": "too mild"}, "high": {"fr": "trop épicé", "en": "too spicy"}}
    names = step_names(QuestionKind.JAR5, ends)
    assert [names[point]["fr"] for point in names] == [
        "Beaucoup trop doux",
        "Un peu trop doux",
        "Juste comme il faut",
        "Un peu trop épicé",
        "Beaucoup trop épicé",
    ]
    assert names[5]["en"] == "Much too spicy"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Est-ce bon ?", "Est-ce bon\u00a0?"),
        ("Ainsi : « oui » ; non !", "Ainsi\u00a0: «\u00a0oui\u00a0»\u00a0; non\u00a0!"),
        ("À 10:30, c’est tout", "À 10:30, c’est tout"),
    ],
)
def test_french_gets_its_no_break_spaces_and_english_none(typed: str, kept: str) -> None:
    assert typeset(typed, "fr") == typeset(kept, "fr") == kept
    assert typeset(typed, "en") == typed.strip()
