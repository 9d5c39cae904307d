"""Invariant 12: a fan reads what they answered, and can have what could name them removed."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.clock import now
from app.db import db
from app.events.models import Rsvp
from app.members.models import Member
from app.privacy import ERASERS, EXPORTS
from app.surveys.actions import assign_products, submit_response
from app.surveys.actions_privacy import answers_of, forget_words
from app.surveys.models import Answer, QuestionKind, Study
from app.tokens import new_code
from tests.surveys.conftest import LIKING, NPS, WORDS, MakeRsvp, MakeStudy

OWN = replace(LIKING, kind=QuestionKind.TEXT, key="own", label={"fr": "Un mot\u00a0?", "en": "A word?"})
JAR = replace(LIKING, kind=QuestionKind.JAR5, key="jar", label={"fr": "Le goût\u00a0?", "en": "The taste?"})


@pytest.fixture
def answered(make_study: MakeStudy, rsvp: Rsvp, make_rsvp: MakeRsvp) -> Study:
    study = make_study(products=1, questions=(LIKING, JAR, WORDS, OWN, NPS))
    for one in (rsvp, make_rsvp()):
        product = assign_products(study, one, now())[0].product_id
        answers = {"liking": 8, "jar": 5, "words": ["sweet"], "own": "Je suis Camille"}
        submit_response(study, one, product, answers, new_code(), "fr", now())
    db.session.commit()
    return study


def test_a_fan_reads_their_answers_in_the_words_they_were_shown(answered: Study, fan: Member) -> None:
    assert EXPORTS["answers"] is answers_of
    (response,) = answers_of(fan.id)
    assert (response["test"], response["sample"]) == ("Thé glacé", answered.products[0].sample_code)
    assert [answer["answer"] for answer in response["answers"]] == [
        "8",
        "Beaucoup trop fort",
        "Sucré",
        "Je suis Camille",
    ]


def test_forgetting_removes_a_fan_s_own_words_and_nobody_else_s(answered: Study, fan: Member) -> None:
    assert forget_words in ERASERS
    forget_words(fan.id, now())
    words = sa.select(sa.func.count()).select_from(Answer).where(Answer.text.is_not(None))
    assert db.session.scalar(words) == 1
    assert len(answers_of(fan.id)[0]["answers"]) == 3
