"""An answer is kept as the question allows it, and refused otherwise."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.surveys.models import QuestionKind
from app.surveys.rules import LONGEST_TEXT, POINTS, AnswerProblem, InvalidAnswer, read_answer

OPTIONS = ("fresh", "sweet", "bitter")
kinds = st.sampled_from(list(QuestionKind))
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.lists(st.one_of(st.sampled_from(OPTIONS), st.text(max_size=5), st.integers())),
    st.dictionaries(st.text(max_size=3), st.integers()),
)


def problem(kind: QuestionKind, raw: object, required: bool = True) -> AnswerProblem:
    with pytest.raises(InvalidAnswer) as refused:
        read_answer(kind, OPTIONS, required, raw)
    return refused.value.problem


@pytest.mark.parametrize("kind", list(POINTS))
def test_a_scale_takes_each_of_its_points_as_number_or_digits_and_nothing_beside(kind: QuestionKind) -> None:
    points = POINTS[kind]
    for point in points:
        assert read_answer(kind, (), True, point) == read_answer(kind, (), True, str(point)) == point
    for raw in (points[0] - 1, points[-1] + 1, "²", "1.0", 1.5, "+1", [1]):
        assert problem(kind, raw) is AnswerProblem.NOT_OFFERED


def test_yes_and_no_are_one_and_zero() -> None:
    assert [read_answer(QuestionKind.YESNO, (), True, raw) for raw in ("yes", "no", True, False)] == [
        1,
        0,
        1,
        0,
    ]


def test_one_option_is_one_of_those_offered() -> None:
    assert read_answer(QuestionKind.SINGLE, OPTIONS, True, "sweet") == "sweet"
    assert problem(QuestionKind.SINGLE, "salty") is AnswerProblem.NOT_OFFERED


def test_several_options_are_kept_once_and_in_the_order_of_the_question() -> None:
    ticked = ["bitter", "fresh", "bitter"]
    assert read_answer(QuestionKind.MULTIPLE, OPTIONS, True, ticked) == ("fresh", "bitter")
    assert problem(QuestionKind.MULTIPLE, ["fresh", "salty"]) is AnswerProblem.NOT_OFFERED
    assert problem(QuestionKind.MULTIPLE, "fresh") is AnswerProblem.NOT_OFFERED


def test_ticking_nothing_is_an_answer_unless_one_is_required() -> None:
    assert read_answer(QuestionKind.MULTIPLE, OPTIONS, False, None) == ()
    assert problem(QuestionKind.MULTIPLE, []) is AnswerProblem.MISSING


@pytest.mark.parametrize("kind", list(QuestionKind))
def test_a_required_question_wants_an_answer_and_another_does_not(kind: QuestionKind) -> None:
    assert (
        problem(kind, None)
        is problem(kind, "" if kind is not QuestionKind.MULTIPLE else [])
        is AnswerProblem.MISSING
    )
    assert not read_answer(kind, OPTIONS, False, None)


def test_words_are_tidied_and_have_an_end() -> None:
    assert read_answer(QuestionKind.TEXT, (), True, "  très\r\nbon\x00 \x1b") == "très\nbon"
    assert read_answer(QuestionKind.TEXT, (), False, " \n ") is None
    assert read_answer(QuestionKind.TEXT, (), True, "x" * LONGEST_TEXT)
    assert problem(QuestionKind.TEXT, "x" * (LONGEST_TEXT + 1)) is AnswerProblem.TOO_LONG


@given(kinds, st.booleans(), anything)
def test_whatever_is_sent_is_kept_as_a_valid_answer_or_refused(
    kind: QuestionKind, required: bool, raw: object
) -> None:
    try:
        value = read_answer(kind, OPTIONS, required, raw)
    except InvalidAnswer:
        return
    assert read_answer(kind, OPTIONS, required, value) == value, "what is kept is read as itself"
    if kind in POINTS and value is not None:
        assert value in POINTS[kind]
        assert type(value) is int
    if isinstance(value, str) and kind is QuestionKind.TEXT:
        assert "\x00" not in value
        assert not any(unicodedata.category(c) == "Cs" for c in value)
