"""Questions as they are written: what makes one complete, and the keys that answers are kept under."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from app.slugs import free_name, slug
from app.surveys.models import About, QuestionKind
from app.surveys.rules import WITH_OPTIONS
from app.surveys.rules_wording import ENDS

LANGUAGES = ("fr", "en")
LONGEST_LABEL = 300
LONGEST_OPTION = 120
LONGEST_KEY = 40
MOST_OPTIONS = 30
MOST_QUESTIONS = 60


@dataclass(frozen=True)
class QuestionDraft:
    """A question as it is being written; without `key` it is a new one. Texts are {"fr": …, "en": …}.

    `options` need no "key" either: options keep theirs as long as either language's text stays.
    """

    kind: QuestionKind
    label: Mapping[str, str]
    about: About = About.PRODUCT
    options: tuple[Mapping[str, str], ...] = ()
    ends: Mapping[str, Any] = field(default_factory=dict)
    required: bool = True
    key: str = ""


def typeset(text: str, language: str) -> str:
    """Tidy a text as it is typed: French gets its no-break spaces, so that no line begins with a “?”."""
    text = text.strip()
    if language == "fr":
        text = re.sub(r" +(?=[?!:;»])", "\u00a0", text)
        text = re.sub(r"(?<=«) +", "\u00a0", text)
    return text


class QuestionProblem(StrEnum):
    """Why a question cannot be asked as it is written."""

    NO_LABEL = "no-label"
    LONG_LABEL = "long-label"
    FEW_OPTIONS = "few-options"
    MANY_OPTIONS = "many-options"
    UNPAIRED_OPTIONS = "unpaired-options"
    LONG_OPTION = "long-option"
    SAME_OPTIONS = "same-options"
    HALF_ENDS = "half-ends"
    LONG_ENDS = "long-ends"


def find_problem(draft: QuestionDraft) -> QuestionProblem | None:
    """Return the first thing that keeps a question from being asked in both languages, or None."""
    labels = [draft.label.get(language, "").strip() for language in LANGUAGES]
    if not all(labels):
        return QuestionProblem.NO_LABEL
    if max(map(len, labels)) > LONGEST_LABEL:
        return QuestionProblem.LONG_LABEL
    if draft.kind in WITH_OPTIONS and (problem := _options_problem(draft.options)):
        return problem
    return _ends_problem(draft) if draft.kind in ENDS else None


def _options_problem(options: Sequence[Mapping[str, str]]) -> QuestionProblem | None:
    if len(options) < 2:
        return QuestionProblem.FEW_OPTIONS
    if len(options) > MOST_OPTIONS:
        return QuestionProblem.MANY_OPTIONS
    for language in LANGUAGES:
        texts = [option.get(language, "").strip() for option in options]
        if not all(texts):
            return QuestionProblem.UNPAIRED_OPTIONS
        if max(map(len, texts)) > LONGEST_OPTION:
            return QuestionProblem.LONG_OPTION
        if len({text.casefold() for text in texts}) < len(texts):
            return QuestionProblem.SAME_OPTIONS
    return None


def _ends_problem(draft: QuestionDraft) -> QuestionProblem | None:
    texts = [
        (draft.ends.get(end) or {}).get(language, "") for end in ("low", "high") for language in LANGUAGES
    ]
    if any(texts) and not all(texts):
        return QuestionProblem.HALF_ENDS
    return QuestionProblem.LONG_ENDS if max(map(len, texts)) > LONGEST_OPTION else None


def with_keys(
    drafts: Sequence[QuestionDraft],
    ever_used: Collection[str],
    options: Mapping[str, Sequence[Mapping[str, str]]],
) -> list[QuestionDraft]:
    """Give each new question and option its key, and put the questions about the product first.

    A key that a question of any version had is never given to another one: answers are compared by key.
    `options` are those that each question had before, by question key.
    """
    taken = {*ever_used, *(draft.key for draft in drafts)}
    keyed = []
    for draft in sorted(drafts, key=lambda draft: draft.about is About.EVENT):
        key = draft.key or free_name(draft.kind.value, taken.__contains__, "_")
        taken.add(key)
        keyed.append(replace(draft, key=key, options=_keyed(draft.options, options.get(key, ()))))
    return keyed


def _keyed(
    options: Sequence[Mapping[str, str]], before: Sequence[Mapping[str, str]]
) -> tuple[Mapping[str, str], ...]:
    taken = {option["key"] for option in [*before, *options] if option.get("key")}
    keyed: list[Mapping[str, str]] = []
    for option in options:
        same = (old["key"] for old in before if old["fr"] == option["fr"] or old["en"] == option["en"])
        key = option.get("key") or next(same, "")
        if not key or any(key == one["key"] for one in keyed):
            wanted = slug(option["en"], LONGEST_KEY - 4, "_") or "option"
            key = free_name(wanted, taken.__contains__, "_")
        taken.add(key)
        keyed.append({"key": key, "fr": option["fr"], "en": option["en"]})
    return tuple(keyed)


def pair_options(french: str, english: str) -> tuple[dict[str, str], ...]:
    """Put two lists, one option a line, side by side; a line without its pair gets an empty text."""
    lists = [[line.strip() for line in text.splitlines() if line.strip()] for text in (french, english)]
    longest = max(map(len, lists))
    padded = [lines + [""] * (longest - len(lines)) for lines in lists]
    return tuple({"fr": fr, "en": en} for fr, en in zip(*padded, strict=True))
