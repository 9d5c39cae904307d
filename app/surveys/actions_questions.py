"""Writing a questionnaire: drafts are replaced as a whole, published versions never change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from app import audit
from app.db import db, read_again
from app.errors import Refusal
from app.i18n import _l
from app.members.models import Member
from app.surveys.models import Question, Questionnaire, Study
from app.surveys.rules import WITH_OPTIONS
from app.surveys.rules_questions import (
    LONGEST_LABEL,
    LONGEST_OPTION,
    MOST_OPTIONS,
    MOST_QUESTIONS,
    QuestionDraft,
    QuestionProblem,
    find_problem,
    typeset,
    with_keys,
)
from app.surveys.rules_wording import ENDS

# Each problem, with the form field it is shown beside.
PROBLEMS = {
    QuestionProblem.NO_LABEL: ("label_fr", _l("Write the question in both languages.")),
    QuestionProblem.LONG_LABEL: (
        "label_fr",
        _l("Keep the question under %(max)d characters.", max=LONGEST_LABEL),
    ),
    QuestionProblem.FEW_OPTIONS: ("options_fr", _l("Offer at least two options, one a line.")),
    QuestionProblem.MANY_OPTIONS: ("options_fr", _l("Offer at most %(max)d options.", max=MOST_OPTIONS)),
    QuestionProblem.UNPAIRED_OPTIONS: (
        "options_en",
        _l("Write each option in both languages: the two lists need as many lines, in the same order."),
    ),
    QuestionProblem.LONG_OPTION: (
        "options_fr",
        _l("Keep each option under %(max)d characters.", max=LONGEST_OPTION),
    ),
    QuestionProblem.SAME_OPTIONS: ("options_fr", _l("Write each option once.")),
    QuestionProblem.HALF_ENDS: (
        "low_fr",
        _l("Name both ends of the scale in both languages, or leave all four empty."),
    ),
    QuestionProblem.LONG_ENDS: ("low_fr", _l("Keep each end under %(max)d characters.", max=LONGEST_OPTION)),
}


def hold_study(study: Study) -> None:
    """Wait for the turn of who changes a study, and read it again: what it is made of is read in turn, too.

    A write, so that on SQLite too nobody else changes it until the transaction ends.
    """
    db.session.execute(sa.update(Study).where(Study.id == study.id).values(title=Study.title))
    read_again(study)


def save_questions(study: Study, questions: Sequence[QuestionDraft]) -> Questionnaire:
    """Make these the questions of the study's draft version, which is begun when the last one is published.

    A question keeps its `key` from version to version and with it its kind. Raises Refusal: a QuestionProblem,
    many-questions, same-key, other-kind.
    """
    hold_study(study)
    draft = _draft_of(study)
    tidied = [_tidy(question) for question in questions]
    _check(tidied)
    published = _published_questions(study)
    kinds = {question.key: question.kind for question in published}
    if changed := [one for one in tidied if kinds.get(one.key, one.kind) is not one.kind]:
        message = _l(
            "“%(label)s” was already asked as another kind of question: remove it and add a new one.",
            label=changed[0].label["fr"],
        )
        raise Refusal("other-kind", message)
    before = {question.key: question.options for question in [*published, *draft.questions]}
    keyed = with_keys(tidied, kinds, before)
    # The rows go before the new ones come, since both may have the same place and key.
    draft.questions.clear()
    db.session.flush()
    draft.questions.extend(_row(question, place) for place, question in enumerate(keyed, 1))
    db.session.flush()
    return draft


def publish_questionnaire(study: Study, now: datetime, by: Member | None = None) -> Questionnaire:
    """Publish the draft version: fans are asked it from now on, and it never changes again.

    Raises Refusal: nothing-to-publish, no-questions.
    """
    hold_study(study)
    draft = latest_questionnaire(study)
    if draft is None or draft.published_at:
        raise Refusal("nothing-to-publish", _l("These questions are already published."))
    if not draft.questions:
        raise Refusal("no-questions", _l("Add at least one question."))
    draft.published_at = now
    db.session.flush()
    audit.record("study.publish", f"study:{study.id}", by.id if by else None, version=draft.version)
    return draft


def latest_questionnaire(study: Study) -> Questionnaire | None:
    """Return the last version, draft or published, or None when no question was written yet."""
    select = sa.select(Questionnaire).where(Questionnaire.study_id == study.id)
    newest = select.order_by(Questionnaire.version.desc()).limit(1)
    return db.session.scalar(newest, execution_options={"populate_existing": True})


def drafts_of(questionnaire: Questionnaire | None) -> list[QuestionDraft]:
    """Return a version's questions, to be changed and saved again."""
    return [
        QuestionDraft(
            kind=question.kind,
            label=question.label,
            about=question.about,
            options=tuple(question.options),
            ends=question.ends,
            required=question.required,
            key=question.key,
        )
        for question in (questionnaire.questions if questionnaire else [])
    ]


def _draft_of(study: Study) -> Questionnaire:
    latest = latest_questionnaire(study)
    if latest and not latest.published_at:
        return latest
    draft = Questionnaire(study_id=study.id, version=latest.version + 1 if latest else 1)
    db.session.add(draft)
    db.session.flush()
    return draft


def _published_questions(study: Study) -> Sequence[Question]:
    """Return the questions of all published versions, the oldest first."""
    select = sa.select(Question).join(Questionnaire).order_by(Questionnaire.version, Question.position)
    return db.session.scalars(
        select.where(Questionnaire.study_id == study.id, Questionnaire.published_at.is_not(None))
    ).all()


def _tidy(draft: QuestionDraft) -> QuestionDraft:
    ends = {end: _typeset(draft.ends.get(end) or {}) for end in ("low", "high")}
    named = draft.kind in ENDS and any(any(texts.values()) for texts in ends.values())
    return replace(
        draft,
        label=_typeset(draft.label),
        options=tuple(map(_typeset, draft.options)) if draft.kind in WITH_OPTIONS else (),
        ends=ends if named else {},
    )


def _typeset(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: typeset(text, language) for language, text in texts.items()}


def _check(drafts: Sequence[QuestionDraft]) -> None:
    if len(drafts) > MOST_QUESTIONS:
        raise Refusal("many-questions", _l("Ask at most %(max)d questions.", max=MOST_QUESTIONS))
    keys = [draft.key for draft in drafts if draft.key]
    if len(set(keys)) < len(keys):
        raise Refusal("same-key", _l("The same question stands twice in the list."))
    for draft in drafts:
        if problem := find_problem(draft):
            field, message = PROBLEMS[problem]
            raise Refusal(problem.value, message, field=field)


def _row(draft: QuestionDraft, position: int) -> Question:
    return Question(
        position=position,
        key=draft.key,
        kind=draft.kind,
        about=draft.about,
        label=dict(draft.label),
        options=[dict(option) for option in draft.options],
        ends=dict(draft.ends),
        required=draft.required,
    )
