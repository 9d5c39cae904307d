"""Read answers, order the samples that each fan tries, name them blindly."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from random import Random
from typing import TypeAlias

from app.surveys.models import QuestionKind

# A whole number for scales and yes/no (1/0), the key of one option, the keys of several, or words.
Value: TypeAlias = int | str | tuple[str, ...]

POINTS: Mapping[QuestionKind, range] = {
    QuestionKind.LIKING9: range(1, 10),
    QuestionKind.JAR5: range(1, 6),
    QuestionKind.INTENT5: range(1, 6),
    QuestionKind.SCALE5: range(1, 6),
    QuestionKind.NPS: range(11),
    QuestionKind.YESNO: range(2),
}
WITH_OPTIONS = frozenset({QuestionKind.SINGLE, QuestionKind.MULTIPLE})
YES_NO = {"yes": 1, "no": 0}
LONGEST_TEXT = 1000  # characters
POINTS_PER_RESPONSE = 50  # what loyalty pays, said before and after; a test compares the two


class AnswerProblem(StrEnum):
    """What is wrong with an answer."""

    MISSING = "missing"
    NOT_OFFERED = "not-offered"
    TOO_LONG = "too-long"


class InvalidAnswer(ValueError):
    """An answer that the question does not allow."""

    def __init__(self, problem: AnswerProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def read_answer(kind: QuestionKind, options: Collection[str], required: bool, raw: object) -> Value | None:
    """Return what was answered, as it is kept, or None for no answer. Raises InvalidAnswer.

    `raw` is what a form or a program gives: numbers may come as digits, yes and no as words. `options` are the
    keys that a single or multiple question offers. Several options where nothing is ticked is an answer, the
    empty tuple, unless the question is required: then at least one must be.
    """
    if kind is QuestionKind.MULTIPLE:
        value: Value | None = _read_several(options, raw)
    elif raw is None or (isinstance(raw, str) and not raw.strip()):
        value = None
    elif kind is QuestionKind.TEXT:
        value = _read_words(raw)
    elif kind is QuestionKind.SINGLE:
        value = _read_one(options, raw)
    else:
        value = _read_point(POINTS[kind], YES_NO.get(raw, raw) if isinstance(raw, str) else raw)
    if required and (value is None or value == ()):
        raise InvalidAnswer(AnswerProblem.MISSING)
    return value


def _read_point(points: range, raw: object) -> int:
    if isinstance(raw, str) and re.fullmatch(r"[0-9]{1,2}", raw):
        raw = int(raw)
    if not isinstance(raw, int) or raw not in points:
        raise InvalidAnswer(AnswerProblem.NOT_OFFERED)
    return int(raw)


def _read_one(options: Collection[str], raw: object) -> str:
    if not isinstance(raw, str) or raw not in options:
        raise InvalidAnswer(AnswerProblem.NOT_OFFERED)
    return raw


def _read_several(options: Collection[str], raw: object) -> tuple[str, ...]:
    ticked = raw or ()
    if isinstance(ticked, str) or not isinstance(ticked, Collection):
        raise InvalidAnswer(AnswerProblem.NOT_OFFERED)
    for key in ticked:
        _read_one(options, key)
    return tuple(key for key in options if key in ticked)


def _read_words(raw: object) -> str | None:
    if not isinstance(raw, str):
        raise InvalidAnswer(AnswerProblem.NOT_OFFERED)
    lines = raw.replace("\r\n", "\n").replace("\r", "\n")
    # PostgreSQL cannot store NUL, and the other control characters break PDFs and spreadsheets.
    words = "".join(c for c in lines if c == "\n" or unicodedata.category(c) not in {"Cc", "Cs"}).strip()
    if len(words) > LONGEST_TEXT:
        raise InvalidAnswer(AnswerProblem.TOO_LONG)
    return words or None


def williams(size: int) -> tuple[tuple[int, ...], ...]:
    """Return the orders in which `size` products are served, so that place and predecessor are balanced.

    Each product stands in each place equally often, and follows each other one equally often: `size` orders
    when it is even, twice as many when it is odd. Source: E. J. Williams (1949), Australian Journal of
    Scientific Research A 2, 149–168. No two orders begin with the same two products.
    """
    if size < 1:
        raise ValueError("an order needs a product")
    first = [(step + 1) // 2 if step % 2 else -(step // 2) for step in range(size)]
    square = [tuple((place + shift) % size for place in first) for shift in range(size)]
    if size % 2 and size > 1:
        square += [tuple(reversed(row)) for row in square]
    return tuple(square)


def next_order(size: int, used: Mapping[tuple[int, ...], int]) -> tuple[int, ...]:
    """Return the least used order of a Williams square; `used` counts orders by their first two products."""
    return min(williams(size), key=lambda order: used.get(order[:2], 0))


def sample_code(taken: Collection[str], random: Random) -> str:
    """Draw a blind three-digit code that is not taken and that nobody has a feeling about.

    No zero, no digit twice and no run such as 123, since people like or remember those. Raises ValueError when
    none is left.
    """
    free = [code for code in _NEUTRAL_CODES if code not in taken]
    if not free:
        raise ValueError("no sample code is left")
    return random.choice(free)


def _is_neutral(code: str) -> bool:
    steps = {int(after) - int(before) for before, after in pairwise(code)}
    return "0" not in code and len(set(code)) == 3 and steps not in ({1}, {-1})


_NEUTRAL_CODES = tuple(code for code in map(str, range(100, 1000)) if _is_neutral(code))


def moved(keys: Sequence[str], key: str, step: int) -> list[str]:
    """Return the keys with one of them a place earlier (−1) or later (+1); at the end it stays."""
    order = list(keys)
    here = order.index(key)
    there = min(max(here + step, 0), len(order) - 1)
    order[here], order[there] = order[there], order[here]
    return order
