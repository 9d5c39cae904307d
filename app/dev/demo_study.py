"""The demo's product tests: one that is over, with 120 answers, and one that the running event has just begun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from app.dev.demo_story import dice, read_toml
from app.events.models import Event, Rsvp
from app.members.models import Member
from app.surveys.actions import (
    add_product,
    assign_products,
    close_study,
    create_study,
    link_events,
    open_study,
    publish_questionnaire,
    save_questions,
    submit_response,
)
from app.surveys.models import Design, Product, QuestionKind, Study
from app.surveys.rules import POINTS
from app.surveys.rules_questions import QuestionDraft
from app.surveys.rules_templates import HEDONIC
from app.tokens import new_link_token

WRITES = 0.62  # who has something to say in their own words
MOMENTS = {"aperitif": 42, "afternoon": 25, "table": 17, "sport": 16}


@dataclass
class Tasting:
    """The test that is over, while it runs. `unsaid` holds the comments that nobody wrote yet."""

    study: Study
    script: dict[str, Any]
    random: Random
    unsaid: dict[tuple[str, int, str], list[str]] = field(default_factory=dict)


def open_tasting(events: Sequence[Event], by: Member) -> Tasting:
    """Prepare the test before the first of its meetups: one product to each fan, blind."""
    script, random = read_toml("study"), dice("tasting")
    at = events[0].starts_at - timedelta(days=9)
    row = script["closed"]
    study = create_study(row["title"], row["objective"], Design.MONADIC, events[:1], by, at)
    for product in row["products"]:
        add_product(study, product["name"], random)
    drafts = [
        QuestionDraft(**question | {"kind": QuestionKind(question["kind"])}) for question in row["questions"]
    ]
    save_questions(study, drafts)
    publish_questionnaire(study, at, by)
    link_events(study, events)
    open_study(study, at, by)
    tasting = Tasting(study, row, random)
    for language, comments in script["comments"].items():
        for comment in comments:
            key = (language, comment["product"], comment["mood"])
            tasting.unsaid.setdefault(key, []).append(comment["text"])
    return tasting


def answer(tasting: Tasting, arrived: Sequence[Rsvp], count: int, begins: datetime) -> None:
    """Let so many of those who came answer, in their order; the next one gets a product and never answers."""
    random = tasting.random
    tasting_now = arrived[: count + 1]
    for number, rsvp in enumerate(tasting_now):
        at = begins + timedelta(minutes=35 + 3 * number)
        product = assign_products(tasting.study, rsvp, at)[0].product
        if number == count:
            return
        answers = _draw_answers(tasting, product, rsvp.member.locale)
        at += timedelta(seconds=random.randint(90, 400))
        submit_response(tasting.study, rsvp, product.id, answers, new_link_token(), rsvp.member.locale, at)


def close_tasting(tasting: Tasting, events: Sequence[Event], by: Member) -> None:
    """Close the test a week after its last meetup."""
    close_study(tasting.study, events[-1].ends_at + timedelta(days=7), by)


def open_next(event: Event, by: Member) -> None:
    """Open a second test at the running event: two products one after the other, then the event itself."""
    row = read_toml("study")["open"]
    at = event.starts_at - timedelta(days=2)
    study = create_study(row["title"], row["objective"], Design.SEQUENTIAL, [event], by, at)
    for name in row["products"]:
        add_product(study, name, dice(name))
    save_questions(study, HEDONIC)
    publish_questionnaire(study, at, by)
    open_study(study, at, by)


def _draw_answers(tasting: Tasting, product: Product, locale: str) -> dict[str, object]:
    """Invent one fan's answers: what is too sour or too flat is liked less, and what is liked is recommended."""
    random, about = tasting.random, tasting.script["products"][product.position - 1]
    balance = _point(QuestionKind.JAR5, random.gauss(about["balance"], 0.75))
    fizz = _point(QuestionKind.JAR5, random.gauss(about["fizz"], 0.65))
    faults = 0.75 * abs(balance - 3) + 0.35 * abs(fizz - 3)
    liking = _point(QuestionKind.LIKING9, random.gauss(about["liking"] + 0.6 - faults, 1.15))
    moment = "never" if liking <= 3 else random.choices(list(MOMENTS), list(MOMENTS.values()))[0]
    answers: dict[str, object] = {
        "liking": liking,
        "balance": balance,
        "fizz": fizz,
        "words": [word for word, likely in about["words"].items() if random.random() < likely],
        "intent": _point(QuestionKind.INTENT5, random.gauss(0.55 * liking - 0.25, 0.55)),
        "moment": moment,
        "recommend": _point(QuestionKind.NPS, random.gauss(1.15 * liking - 0.1, 1.1)),
    }
    if random.random() < WRITES:
        mood = "good" if liking >= 7 else "mixed" if liking >= 5 else "bad"
        comments = tasting.unsaid.get((locale, product.position - 1, mood), [])
        if comments:
            answers["words_own"] = comments.pop(random.randrange(len(comments)))
    return answers


def _point(kind: QuestionKind, wanted: float) -> int:
    """Return the point of a scale that is nearest to a number."""
    return min(max(round(wanted), POINTS[kind][0]), POINTS[kind][-1])
