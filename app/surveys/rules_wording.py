"""What each kind of question looks like to who answers: the names of its points, in both languages.

Words, not translations of the interface: a report in French prints what was asked in French, whatever the language
of who asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.surveys.models import QuestionKind

Text = dict[str, str]  # {"fr": …, "en": …}

# The two ends of a scale, where the question does not name its own.
ENDS: Mapping[QuestionKind, tuple[Text, Text]] = {
    QuestionKind.LIKING9: (
        {"fr": "Je n’aime pas du tout", "en": "I don’t like it at all"},
        {"fr": "J’aime énormément", "en": "I like it extremely"},
    ),
    QuestionKind.JAR5: ({"fr": "trop faible", "en": "too weak"}, {"fr": "trop fort", "en": "too strong"}),
    QuestionKind.SCALE5: (
        {"fr": "Pas du tout d’accord", "en": "Strongly disagree"},
        {"fr": "Tout à fait d’accord", "en": "Strongly agree"},
    ),
    QuestionKind.NPS: (
        {"fr": "Pas du tout probable", "en": "Not at all likely"},
        {"fr": "Très probable", "en": "Extremely likely"},
    ),
}

# A just-about-right scale: the ends are worded “too …”, so that a degree can stand in front of them.
JAR_DEGREES: tuple[Text, ...] = (
    {"fr": "Beaucoup {low}", "en": "Much {low}"},
    {"fr": "Un peu {low}", "en": "A little {low}"},
    {"fr": "Juste comme il faut", "en": "Just right"},
    {"fr": "Un peu {high}", "en": "A little {high}"},
    {"fr": "Beaucoup {high}", "en": "Much {high}"},
)

INTENT_STEPS: tuple[Text, ...] = (
    {"fr": "Certainement pas", "en": "Definitely not"},
    {"fr": "Probablement pas", "en": "Probably not"},
    {"fr": "Peut-être, peut-être pas", "en": "Maybe, maybe not"},
    {"fr": "Probablement", "en": "Probably"},
    {"fr": "Certainement", "en": "Definitely"},
)

YES_NO: Mapping[int, Text] = {1: {"fr": "Oui", "en": "Yes"}, 0: {"fr": "Non", "en": "No"}}


def ends_of(kind: QuestionKind, ends: Mapping[str, Any]) -> tuple[Text, Text] | None:
    """Return what a scale's lowest and highest points are called, or None for a question without a scale."""
    if kind not in ENDS:
        return None
    low, high = ENDS[kind]
    return dict(ends.get("low") or low), dict(ends.get("high") or high)


def step_names(kind: QuestionKind, ends: Mapping[str, Any]) -> dict[int, Text]:
    """Return what each point is called where each has words of its own; empty for a row of numbers."""
    if kind is QuestionKind.YESNO:
        return dict(YES_NO)
    if kind is QuestionKind.INTENT5:
        return dict(enumerate(INTENT_STEPS, 1))
    if kind is not QuestionKind.JAR5:
        return {}
    low, high = ends_of(kind, ends) or ENDS[kind]
    return {
        point: {locale: text.format(low=low[locale], high=high[locale]) for locale, text in degree.items()}
        for point, degree in enumerate(JAR_DEGREES, 1)
    }
