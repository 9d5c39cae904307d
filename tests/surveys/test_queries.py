"""A report gets a study's answers whole, typed, and without who gave them."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import now
from app.db import db
from app.events.models import Chapter, Rsvp
from app.events.models_door import CheckIn
from app.surveys.actions import (
    assign_products,
    link_events,
    publish_questionnaire,
    save_questions,
    submit_response,
)
from app.surveys.models import About, Design, QuestionKind, Study
from app.surveys.queries import study_answers
from app.surveys.rules_statistics import Options, summarise
from app.surveys.rules_templates import HEDONIC
from app.tokens import new_code
from tests.factories import make_event
from tests.surveys.conftest import LIKING, NPS, MakeRsvp, MakeStudy


def answer(study: Study, rsvp: Rsvp, about: About = About.PRODUCT, **answers: object) -> int | None:
    """Answer about the fan's first product, or about the event; return the product's id."""
    product_id = assign_products(study, rsvp, now())[0].product_id if about is About.PRODUCT else None
    submit_response(study, rsvp, product_id, answers, new_code(), "fr", now())
    return product_id


def test_an_unknown_study_has_no_answers(study: Study) -> None:
    with pytest.raises(LookupError):
        study_answers(study.id + 1)


def test_a_study_without_answers_is_empty_but_described(study: Study, rsvp: Rsvp) -> None:
    answers = study_answers(study.id)
    assert (answers.asked, answers.answered, answers.given, answers.first_at) == (1, 0, (), None)
    assert [product.name for product in answers.products] == ["Recette 1", "Recette 2"]
    assert [question.key for question in answers.questions] == ["liking", "words", "nps"]
    assert answers.questions[0].ends is not None


def test_answers_come_typed_with_what_was_left_out(study: Study, make_rsvp: MakeRsvp) -> None:
    first, second = make_rsvp(), make_rsvp()
    one = answer(study, first, liking="8", words=["sweet", "fresh"])
    other = answer(study, second, liking=3)
    answer(study, first, About.EVENT, nps=10)
    answers = study_answers(study.id)
    assert answers.column("liking", one) == {1: 8}
    assert answers.column("words", one) == {1: ("fresh", "sweet")}
    assert answers.column("words", other) == {2: ()}
    assert answers.column("nps", None) == {1: 10}
    assert answers.column("nps", one) == {}
    assert [given.position for given in answers.given] == [1, 1, None]
    assert (answers.asked, answers.answered) == (2, 2)


def test_every_kind_is_read_back_as_it_was_given_and_fits_the_statistics(
    make_study: MakeStudy, rsvp: Rsvp
) -> None:
    label = {"fr": "Question\u00a0?", "en": "Question?"}
    options = ({"key": "a", "fr": "Un", "en": "One"}, {"key": "b", "fr": "Deux", "en": "Two"})
    kinds = {
        QuestionKind.LIKING9: 9,
        QuestionKind.JAR5: 3,
        QuestionKind.INTENT5: 1,
        QuestionKind.SCALE5: 5,
        QuestionKind.NPS: 0,
        QuestionKind.SINGLE: "b",
        QuestionKind.MULTIPLE: ("a",),
        QuestionKind.YESNO: 0,
        QuestionKind.TEXT: "Très bon",
    }
    written = [replace(LIKING, kind=kind, key=kind.value, label=label, options=options) for kind in kinds]
    study = make_study(products=1, questions=tuple(written))
    given: dict[str, Any] = {kind.value: value for kind, value in kinds.items()}
    product = answer(study, rsvp, **given)
    answers = study_answers(study.id)
    for kind, value in kinds.items():
        column = answers.column(kind.value, product)
        assert column == {1: value}
        keys = tuple(answers.options_of(kind.value))
        assert summarise(kind, list(column.values()), Options(choices=keys)).kind == kind


def test_who_came_was_asked_and_who_answered_came(
    study: Study, make_rsvp: MakeRsvp, chapter: Chapter
) -> None:
    elsewhere = make_event(chapter, title="Ailleurs")
    link_events(study, [*study.events, elsewhere])
    answered, _left, undone, _absent = make_rsvp(), make_rsvp(), make_rsvp(), make_rsvp(here=False)
    make_rsvp(at=elsewhere)
    answer(study, answered, liking=5)
    db.session.execute(
        sa.update(CheckIn).where(CheckIn.rsvp_id.in_([answered.id, undone.id])).values(undone_at=now())
    )
    answers = study_answers(study.id)
    assert {event.title: (event.asked, event.answered) for event in answers.events} == {
        "Soirée découverte": (2, 1),
        "Ailleurs": (1, 0),
    }
    assert (answers.asked, answers.answered) == (3, 1)


def test_each_version_keeps_its_wording_and_the_latest_speaks_for_all(
    study: Study, make_rsvp: MakeRsvp
) -> None:
    old, new = make_rsvp(), make_rsvp()
    answer(study, old, liking=5, words=["sweet"])
    reworded = replace(LIKING, label={"fr": "Bon\u00a0?", "en": "Good?"})
    save_questions(study, [reworded, NPS])
    publish_questionnaire(study, now())
    product = answer(study, new, liking=6)
    answers = study_answers(study.id)
    assert [version.number for version in answers.versions] == [1, 2]
    assert [(question.key, question.label["en"]) for question in answers.questions] == [
        ("liking", "Good?"),
        ("nps", "Recommend us?"),
        ("words", "Which words?"),
    ]
    assert [given.version for given in answers.given] == [1, 2]
    assert answers.column("words", product) == {}, "who was never asked is not in the base"
    assert list(answers.options_of("words")) == ["fresh", "sweet"]


def test_a_draft_is_no_version(study: Study) -> None:
    save_questions(study, HEDONIC)
    assert [version.number for version in study_answers(study.id).versions] == [1]


def test_nothing_says_who_answered(study: Study, rsvp: Rsvp) -> None:
    answer(study, rsvp, liking=5)
    text = repr(asdict(study_answers(study.id)))
    for secret in (rsvp.member.display_name, rsvp.member.email, rsvp.tickets[0].token, rsvp.token, "rsvp"):
        assert str(secret) not in text


def test_loading_costs_the_same_for_few_answers_and_for_many(
    make_study: MakeStudy, make_rsvp: MakeRsvp, statements: list[str]
) -> None:
    study = make_study(design=Design.SEQUENTIAL, products=3)

    def cost() -> int:
        db.session.commit()
        db.session.expire_all()
        statements.clear()
        study_answers(study.id)
        return len(statements)

    answer(study, make_rsvp(), liking=5)
    few = cost()
    for _ in range(4):
        answer(study, make_rsvp(), liking=5, words=["sweet"])
    assert cost() == few <= 8
