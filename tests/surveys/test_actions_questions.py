"""Invariant 7: a published questionnaire never changes; changing it begins the next version."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from app.clock import now
from app.db import db
from app.errors import Refusal
from app.surveys.actions import publish_questionnaire, save_questions, submit_response
from app.surveys.actions_questions import drafts_of, latest_questionnaire
from app.surveys.models import Question, QuestionKind, Questionnaire, Study
from app.surveys.rules_questions import MOST_QUESTIONS
from app.tokens import new_code
from tests.surveys.conftest import LIKING, NPS, QUESTIONS, WORDS, MakeRsvp, MakeStudy

LATE_QUESTION = """
    INSERT INTO questions (position, key, questionnaire_id, kind, about, label, options, ends, required)
    SELECT 99, 'late', questionnaire_id, kind, about, label, options, ends, required FROM questions
"""


@pytest.fixture
def draft(make_study: MakeStudy) -> Study:
    return make_study(opened=False)


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code)


def latest(study: Study) -> Questionnaire:
    questionnaire = latest_questionnaire(study)
    assert questionnaire is not None
    return questionnaire


def test_a_draft_is_replaced_as_a_whole(draft: Study) -> None:
    saved = save_questions(draft, [NPS, LIKING])
    assert (saved.version, saved.published_at) == (1, None)
    assert [question.key for question in saved.questions] == ["liking", "nps"]
    assert [question.position for question in saved.questions] == [1, 2]


def test_saving_what_was_loaded_changes_nothing(draft: Study) -> None:
    before = drafts_of(latest_questionnaire(draft))
    assert drafts_of(save_questions(draft, before)) == before


def test_texts_are_kept_without_spaces_around_them(draft: Study) -> None:
    spaced = replace(
        LIKING, label={"fr": " Bon\u00a0? ", "en": "Good?\n"}, ends={"low": {"fr": " ", "en": ""}}
    )
    saved = save_questions(draft, [spaced]).questions[0]
    assert (saved.label, saved.ends) == ({"fr": "Bon\u00a0?", "en": "Good?"}, {})


def test_changing_a_published_questionnaire_begins_the_next_version(study: Study) -> None:
    saved = save_questions(study, [replace(LIKING, label={"fr": "Et là\u00a0?", "en": "And now?"})])
    assert (saved.version, saved.published_at) == (2, None)
    first = study.questionnaires[0]
    assert [question.key for question in first.questions] == [question.key for question in QUESTIONS]
    assert publish_questionnaire(study, now()).version == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE questionnaires SET version = 9",
        "UPDATE questionnaires SET published_at = NULL",
        "DELETE FROM questionnaires",
        "UPDATE questions SET label = '{}'",
        "UPDATE questions SET required = FALSE",
        "DELETE FROM questions",
        LATE_QUESTION,
    ],
)
def test_the_database_itself_refuses_to_change_a_published_questionnaire(
    study: Study, statement: str
) -> None:
    with pytest.raises(DatabaseError, match="may not change"):
        db.session.execute(sa.text(statement))
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Question)) == len(QUESTIONS)


def test_answers_keep_the_version_they_were_given_to(study: Study, make_rsvp: MakeRsvp) -> None:
    first, second = make_rsvp(), make_rsvp()
    submit_response(study, first, None, {"nps": 9}, new_code(), "fr", now())
    save_questions(study, [LIKING, replace(NPS, label={"fr": "Autrement\u00a0?", "en": "Otherwise?"})])
    publish_questionnaire(study, now())
    late = submit_response(study, second, None, {"nps": 3}, new_code(), "fr", now(), version=1)
    new = submit_response(study, make_rsvp(), None, {"nps": 3}, new_code(), "fr", now())
    assert late.questionnaire_id == study.questionnaires[0].id
    assert new.questionnaire_id != late.questionnaire_id


def test_a_published_question_keeps_its_kind(study: Study) -> None:
    with refused("other-kind"):
        save_questions(study, [replace(LIKING, kind=QuestionKind.SCALE5)])
    assert latest(study).version == 1 or not latest(study).questions


def test_a_removed_question_leaves_its_key_to_nobody(study: Study) -> None:
    save_questions(study, [replace(NPS, key="")])
    assert latest(study).questions[0].key == "nps_2"


def test_a_question_in_one_language_is_not_kept(draft: Study) -> None:
    with refused("no-label"):
        save_questions(draft, [replace(LIKING, label={"fr": "Bon\u00a0?", "en": ""})])


def test_a_question_stands_once(draft: Study) -> None:
    with refused("same-key"):
        save_questions(draft, [LIKING, LIKING])


def test_a_questionnaire_has_an_end(draft: Study) -> None:
    with refused("many-questions"):
        save_questions(draft, [replace(WORDS, key=f"q{n}") for n in range(MOST_QUESTIONS + 1)])


def test_an_empty_questionnaire_is_not_published(draft: Study) -> None:
    save_questions(draft, [])
    with refused("no-questions"):
        publish_questionnaire(draft, now())


def test_a_questionnaire_is_published_once(study: Study) -> None:
    with refused("nothing-to-publish"):
        publish_questionnaire(study, now())


def test_questions_saved_while_somebody_publishes_begin_the_next_version(draft: Study) -> None:
    latest(draft)  # this session has read it as a draft
    db.session.commit()
    assert draft.questionnaires[0].published_at is None
    with db.engine.begin() as other:
        other.execute(sa.update(Questionnaire).values(published_at=now()))
    assert save_questions(draft, [LIKING]).version == 2
