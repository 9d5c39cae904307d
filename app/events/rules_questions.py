"""Which questions a registration asks, and what counts as an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite
from typing import Any

from app.events.models_questions import AskedKind, EventQuestion
from app.i18n import _

Answer = str | int | float | bool | list[str]

LONGEST = {AskedKind.TEXT: 300, AskedKind.LONG_TEXT: 4000}
LARGEST = 1_000_000_000  # either way from zero
YES, NO = "yes", "no"
WITH_CHOICES = frozenset({AskedKind.ONE, AskedKind.SEVERAL})
MOST_CHOICES = 60
CHOICE_LONGEST = 200


class AnswerFault(StrEnum):
    """What is wrong with an answer."""

    MISSING = "missing"
    TOO_LONG = "too-long"
    NO_CHOICE = "no-choice"
    NO_NUMBER = "no-number"
    NO_CONSENT = "no-consent"


_UNSAID = frozenset({AnswerFault.MISSING, AnswerFault.NO_CONSENT})


class BadAnswer(ValueError):
    """An answer that cannot be taken."""

    def __init__(self, fault: AnswerFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True)
class Reading:
    """What was answered, by question id, and what is wrong. Only questions that are shown are in either."""

    answers: dict[int, Answer] = field(default_factory=dict)
    faults: dict[int, AnswerFault] = field(default_factory=dict)


def read_answers(
    questions: Sequence[EventQuestion], given: Mapping[int, Any], *, may_skip: bool = False
) -> Reading:
    """Read what was sent for an event's questions, in their order.

    `given` holds values as a form sends them (lists of texts) or as a program does. What a hidden question was sent is
    dropped, and it is not missed when it is required; none is with `may_skip`, as when staff writes somebody down.
    """
    reading = Reading()
    hidden: set[int] = set()
    by_id = {question.id: question for question in questions}
    for question in questions:
        if not _is_shown(question, by_id, hidden, reading.answers):
            hidden.add(question.id)
            continue
        try:
            answer = read_answer(question, given.get(question.id))
        except BadAnswer as bad:
            if not (may_skip and bad.fault in _UNSAID):
                reading.faults[question.id] = bad.fault
        else:
            if answer is not None:
                reading.answers[question.id] = answer
    return reading


def shown_questions(questions: Sequence[EventQuestion], answers: Mapping[int, Answer]) -> list[EventQuestion]:
    """Return the questions that are asked of somebody who gave these answers, in order."""
    shown: list[EventQuestion] = []
    hidden: set[int] = set()
    by_id = {question.id: question for question in questions}
    for question in questions:
        if _is_shown(question, by_id, hidden, answers):
            shown.append(question)
        else:
            hidden.add(question.id)
    return shown


def misses_answers(asked: Mapping[EventQuestion, Answer | None]) -> bool:
    """Tell whether an answer that an event must have is missing; `asked` holds its questions in order."""
    answers = {question.id: answer for question, answer in asked.items() if answer is not None}
    shown = shown_questions(list(asked), answers)
    return any(question.required and question.id not in answers for question in shown)


def _is_shown(
    question: EventQuestion,
    by_id: Mapping[int, EventQuestion],
    hidden: set[int],
    answers: Mapping[int, Answer],
) -> bool:
    if question.only_if_id is None:
        return True
    if question.only_if_id in hidden or question.only_if_id not in by_id:
        return False
    return is_met(answers.get(question.only_if_id), question.only_if_value)


def is_met(answer: Answer | None, value: str) -> bool:
    """Tell whether an answer is, or holds, the value that another question waits for; nothing said is a no."""
    match answer:
        case list():
            return value in answer
        case bool() | None:
            return answer is not None and value == (YES if answer else NO)
        case _:
            return str(answer) == value


def condition_values(question: EventQuestion) -> list[str]:
    """Return the answers to a question that a later one may wait for; none when they cannot be listed."""
    if question.kind in WITH_CHOICES:
        return list(question.choices)
    if question.kind == AskedKind.YES_NO:
        return [YES, NO]
    return [YES] if question.kind == AskedKind.CONSENT else []


def read_answer(question: EventQuestion, given: Any) -> Answer | None:
    """Return an answer as it is stored, None when nothing was said. Raises BadAnswer."""
    texts = [given] if not isinstance(given, list | tuple) else list(given)
    said = [_tidy(text, question.kind) for text in texts if text is not None]
    said = [text for text in said if text]
    if question.kind == AskedKind.CONSENT:
        if any(text in {YES, "y", "true", "on", "1"} for text in said):
            return True
        if question.required:
            raise BadAnswer(AnswerFault.NO_CONSENT)
        return None
    if not said:
        if question.required:
            raise BadAnswer(AnswerFault.MISSING)
        return None
    if question.kind == AskedKind.SEVERAL:
        return _several(question, said)
    return _single(question, said[0])


def _single(question: EventQuestion, text: str) -> Answer:
    match question.kind:
        case AskedKind.ONE:
            return _several(question, [text])[0]
        case AskedKind.NUMBER:
            return _number(text)
        case AskedKind.YES_NO:
            if text not in {YES, NO, "true", "false"}:
                raise BadAnswer(AnswerFault.NO_CHOICE)
            return text in {YES, "true"}
    if len(text) > LONGEST[question.kind]:
        raise BadAnswer(AnswerFault.TOO_LONG)
    return text


def _several(question: EventQuestion, said: Sequence[str]) -> list[str]:
    if not set(said) <= set(question.choices):
        raise BadAnswer(AnswerFault.NO_CHOICE)
    return [choice for choice in question.choices if choice in said]


def _number(text: str) -> int | float:
    """Read a number as people write it: with a comma or a point, and spaces between thousands."""
    squeezed = "".join(text.split()).replace(",", ".").replace("−", "-")
    try:
        number = float(squeezed)
    except ValueError:
        raise BadAnswer(AnswerFault.NO_NUMBER) from None
    if not isfinite(number) or abs(number) > LARGEST or "_" in squeezed:
        raise BadAnswer(AnswerFault.NO_NUMBER)
    return int(number) if number.is_integer() else number


def _tidy(given: Any, kind: AskedKind) -> str:
    """Write a value as a text without control characters; a long text keeps its lines."""
    text = ("true" if given else "false") if isinstance(given, bool) else str(given)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    plain = ["".join(c if c.isprintable() else " " for c in line).rstrip() for line in lines]
    if kind == AskedKind.LONG_TEXT:
        return "\n".join(plain).strip()
    return " ".join(" ".join(plain).split())


def tidy_choices(text: str) -> list[str]:
    """Return the choices that somebody typed, one a line, each once."""
    lines = (" ".join(line.split())[:CHOICE_LONGEST] for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line))[:MOST_CHOICES]


def fault_words(question: EventQuestion, fault: AnswerFault) -> str:
    """Say what to do about an answer."""
    match fault:
        case AnswerFault.TOO_LONG:
            most = LONGEST[question.kind]
            return _("Say it in %(num)d characters at most.", num=most)
        case AnswerFault.NO_NUMBER:
            return _("Enter a number, like 12 or 1.5.")
        case AnswerFault.NO_CHOICE:
            return _("Choose among the answers of the list.")
        case AnswerFault.NO_CONSENT:
            return _("Tick this box to register.")
        case AnswerFault.MISSING if question.kind in WITH_CHOICES | {AskedKind.YES_NO}:
            return _("Choose an answer.")
    return _("Answer this question.")


def answer_words(answer: Answer | None) -> str:
    """Write an answer as people read it, in the current language."""
    match answer:
        case None:
            return ""
        case bool():
            return _("Yes") if answer else _("No")
        case list():
            return ", ".join(answer)
        case float():
            return f"{answer:g}"
    return str(answer)


def condition_words(question: EventQuestion, parent: EventQuestion) -> str:
    """Say when a question is asked."""
    said = {YES: _("Yes"), NO: _("No")}.get(question.only_if_value, question.only_if_value)
    value = said if parent.kind not in WITH_CHOICES else question.only_if_value
    return _("only if “%(question)s” is answered with “%(value)s”", question=parent.label, value=value)
