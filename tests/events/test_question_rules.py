"""Which questions a registration asks, and what counts as an answer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events.models_questions import AskedKind, EventQuestion
from app.events.rules import one_line
from app.events.rules_questions import (
    LONGEST,
    NO,
    WITH_CHOICES,
    YES,
    AnswerFault,
    BadAnswer,
    condition_values,
    read_answer,
    read_answers,
    shown_questions,
    tidy_choices,
)


def ask(kind: AskedKind, id_: int = 1, **values: Any) -> EventQuestion:
    defaults = {
        "choices": ["red", "blue"] if kind in WITH_CHOICES else [],
        "required": False,
        "only_if_value": "",
    }
    return EventQuestion(id=id_, position=id_, kind=kind, label=f"Question {id_}", **(defaults | values))


@pytest.mark.parametrize(
    ("kind", "sent", "kept"),
    [
        (AskedKind.TEXT, "  Zoé \x00 Blanc\n", "Zoé Blanc"),
        (AskedKind.TEXT, "   ", None),
        (AskedKind.TEXT, None, None),
        (AskedKind.LONG_TEXT, "one\r\ntwo  \n", "one\ntwo"),
        (AskedKind.ONE, "red", "red"),
        (AskedKind.ONE, "", None),
        (AskedKind.SEVERAL, ["blue", "red", "red"], ["red", "blue"]),
        (AskedKind.SEVERAL, [], None),
        (AskedKind.NUMBER, "12", 12),
        (AskedKind.NUMBER, "1,5", 1.5),
        (AskedKind.NUMBER, "1 200", 1200),
        (AskedKind.NUMBER, 7, 7),
        (AskedKind.YES_NO, "yes", True),
        (AskedKind.YES_NO, "no", False),
        (AskedKind.YES_NO, False, False),
        (AskedKind.CONSENT, True, True),
        (AskedKind.CONSENT, False, None),
        (AskedKind.CONSENT, "yes", True),
    ],
)
def test_an_answer_is_kept_as_its_kind_says(kind: AskedKind, sent: Any, kept: Any) -> None:
    answer = read_answer(ask(kind), sent)
    assert answer == kept
    assert type(answer) is type(kept)


@pytest.mark.parametrize(
    ("question", "sent", "fault"),
    [
        (ask(AskedKind.TEXT, required=True), "  ", AnswerFault.MISSING),
        (ask(AskedKind.TEXT), "a" * 301, AnswerFault.TOO_LONG),
        (ask(AskedKind.LONG_TEXT), "a" * 4001, AnswerFault.TOO_LONG),
        (ask(AskedKind.ONE), "green", AnswerFault.NO_CHOICE),
        (ask(AskedKind.SEVERAL), ["red", "green"], AnswerFault.NO_CHOICE),
        (ask(AskedKind.SEVERAL, required=True), [], AnswerFault.MISSING),
        (ask(AskedKind.NUMBER), "a dozen", AnswerFault.NO_NUMBER),
        (ask(AskedKind.NUMBER), "inf", AnswerFault.NO_NUMBER),
        (ask(AskedKind.NUMBER), "1e300", AnswerFault.NO_NUMBER),
        (ask(AskedKind.NUMBER), "1_000", AnswerFault.NO_NUMBER),
        (ask(AskedKind.YES_NO), "perhaps", AnswerFault.NO_CHOICE),
        (ask(AskedKind.CONSENT, required=True), False, AnswerFault.NO_CONSENT),
    ],
)
def test_what_is_no_answer_is_refused(question: EventQuestion, sent: Any, fault: AnswerFault) -> None:
    with pytest.raises(BadAnswer) as refused:
        read_answer(question, sent)
    assert refused.value.fault is fault


def test_a_hidden_questions_answer_is_dropped_and_a_required_one_is_not_missed() -> None:
    child = ask(AskedKind.TEXT, 2, required=True, only_if_id=1, only_if_value=YES)
    questions = [ask(AskedKind.YES_NO, 1), child]
    assert read_answers(questions, {1: NO, 2: "peanuts"}).answers == {1: False}
    assert read_answers(questions, {1: NO}).faults == {}
    assert read_answers(questions, {2: "peanuts"}).answers == {}
    assert read_answers(questions, {1: YES}).faults == {2: AnswerFault.MISSING}
    assert read_answers(questions, {1: YES, 2: "peanuts"}).answers == {1: True, 2: "peanuts"}


def test_a_question_that_waits_for_a_hidden_one_is_hidden_too() -> None:
    questions = [
        ask(AskedKind.YES_NO, 1),
        ask(AskedKind.SEVERAL, 2, only_if_id=1, only_if_value=YES),
        ask(AskedKind.TEXT, 3, only_if_id=2, only_if_value="red"),
    ]
    sent = {2: ["red"], 3: "dark"}
    assert read_answers(questions, {1: NO} | sent).answers == {1: False}
    assert read_answers(questions, {1: YES} | sent).answers == {1: True, 2: ["red"], 3: "dark"}


def test_choices_are_one_a_line_each_once() -> None:
    assert tidy_choices(" red \n\nblue\nred\n  dark   green ") == ["red", "blue", "dark green"]


KINDS = st.sampled_from(list(AskedKind))
SENT = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.lists(st.sampled_from(["red", "blue", "green", YES, NO, ""]), max_size=4),
    st.sampled_from(["red", "blue", YES, NO, "12", "1,5", "x" * 5000]),
)


@st.composite
def forms(draw: st.DrawFn) -> tuple[list[EventQuestion], dict[int, Any]]:
    """Draw questions, some of which wait for an earlier one, and what is sent for them."""
    questions: list[EventQuestion] = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        question = ask(draw(KINDS), number, required=draw(st.booleans()))
        parents = [one for one in questions if condition_values(one)]
        if bool(parents) and draw(st.booleans()):
            parent = draw(st.sampled_from(parents))
            question.only_if_id, question.only_if_value = (
                parent.id,
                draw(st.sampled_from(condition_values(parent))),
            )
        questions.append(question)
    return questions, {question.id: draw(SENT) for question in questions}


@given(forms())
def test_every_question_that_is_shown_has_an_answer_a_fault_or_was_left_out(
    drawn: tuple[list[EventQuestion], dict[int, Any]],
) -> None:
    questions, sent = drawn
    reading = read_answers(questions, sent)
    shown = {question.id for question in shown_questions(questions, reading.answers)}
    assert not reading.answers.keys() & reading.faults.keys()
    assert reading.answers.keys() | reading.faults.keys() <= shown
    missing = shown - reading.answers.keys() - reading.faults.keys()
    assert not any(question.required for question in questions if question.id in missing)


@given(forms())
def test_what_was_read_reads_the_same_again(drawn: tuple[list[EventQuestion], dict[int, Any]]) -> None:
    questions, sent = drawn
    answers = read_answers(questions, sent).answers
    assert read_answers(questions, answers).answers == answers
    for question in questions:
        if isinstance(said := answers.get(question.id), str) and question.kind in LONGEST:
            assert len(said) <= LONGEST[question.kind]


def test_a_question_is_one_line_and_its_french_signs_stay_with_their_word() -> None:
    kept = "Une allergie~? Oui~: «~laquelle~»".replace("~", "\N{NO-BREAK SPACE}")
    assert one_line("  Une  allergie ?\nOui : « laquelle »") == kept
    assert one_line("Any allergy? Yes: which?") == "Any allergy? Yes: which?"
