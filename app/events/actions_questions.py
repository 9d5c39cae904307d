"""Writing an event's questions, keeping what is answered, and erasing what is sensitive in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.audit import record
from app.db import db, read_again
from app.errors import Refusal
from app.events.actions_desk import open_desk
from app.events.actions_refusals import refusal
from app.events.models import LIVE, Event, Rsvp
from app.events.models_questions import AskedKind, EventQuestion, RsvpAnswer
from app.events.queries_questions import answer_counts, questions_of
from app.events.rules_questions import WITH_CHOICES, Answer, condition_values
from app.events.rules_seats import SeatRefusal
from app.i18n import _l, ngettext
from app.members.models import Member

SENSITIVE_KEPT = timedelta(days=30)  # after an event


@dataclass(frozen=True)
class QuestionDraft:
    """A question as its CM writes it."""

    kind: AskedKind
    label: str
    choices: list[str] = field(default_factory=list)
    required: bool = False
    sensitive: bool = False
    only_if_id: int | None = None
    only_if_value: str = ""


def store_answers(
    rsvp: Rsvp, answers: Mapping[int, Answer] | None, guest_names: Sequence[str] | None = None
) -> None:
    """Keep what a party answered, instead of what it answered before; None: that was not asked.

    In the transaction that has the event's turn, so that no question is taken away meanwhile.
    """
    if guest_names is not None:
        rsvp.guest_names = list(guest_names[: rsvp.party_size - 1]) or None
    if answers is not None:
        db.session.flush()
        db.session.execute(sa.delete(RsvpAnswer).where(RsvpAnswer.rsvp_id == rsvp.id))
        asked = sa.select(EventQuestion.id).where(EventQuestion.event_id == rsvp.event_id)
        still = set(db.session.scalars(asked)) if answers else set()
        rows = [
            {"rsvp_id": rsvp.id, "question_id": question_id, "value": value}
            for question_id, value in answers.items()
            if question_id in still
        ]
        if rows:
            db.session.execute(sa.insert(RsvpAnswer), rows)
    db.session.flush()


def change_answers(
    rsvp_id: int, answers: Mapping[int, Answer], guest_names: Sequence[str] | None, now: datetime
) -> None:
    """Replace what a party answered when it registered. Refusal: given-back."""
    rsvp = db.session.get_one(Rsvp, rsvp_id)
    open_desk(rsvp.event_id, now)
    db.session.refresh(rsvp)
    if rsvp.status not in LIVE:
        raise refusal(SeatRefusal.GIVEN_BACK)
    store_answers(rsvp, answers, guest_names)


def add_question(event: Event, draft: QuestionDraft, by: Member | None, now: datetime) -> EventQuestion:
    """Ask one more question, after the others. Refusals: no-choices, condition."""
    open_desk(event.id, now)
    questions = questions_of(event.id)
    _check(draft, questions)
    last = max((question.position for question in questions), default=0)
    question = EventQuestion(event_id=event.id, position=last + 1, **asdict(draft))
    db.session.add(question)
    db.session.flush()
    record("question.add", f"event:{event.id}", by.id if by else None, question=question.id)
    return question


def update_question(question: EventQuestion, draft: QuestionDraft, by: Member, now: datetime) -> None:
    """Change a question; what was answered stays.

    Refusals: kind (it has answers), no-choices, condition, waited-for (another question needs a choice taken away).
    """
    open_desk(question.event_id, now)
    read_again(question)
    if draft.kind != question.kind and answer_counts(question.event_id).get(question.id):
        raise Refusal("kind", _l("It has answers already, so its kind stays. Add another one."), "kind")
    questions = questions_of(question.event_id)
    _check(draft, [one for one in questions if one.position < question.position])
    kept = condition_values(EventQuestion(kind=draft.kind, choices=draft.choices))
    for other in questions:
        if other.only_if_id == question.id and other.only_if_value not in kept:
            text = _l(
                "“%(label)s” is asked only if this is answered with “%(value)s”: keep that answer, or change the "
                "other question first.",
                label=other.label,
                value=other.only_if_value,
            )
            raise Refusal("waited-for", text, "choices" if draft.kind in WITH_CHOICES else "kind")
    for name, value in asdict(draft).items():
        setattr(question, name, value)
    db.session.flush()
    record("question.change", f"event:{question.event_id}", by.id, question=question.id)


def _check(draft: QuestionDraft, earlier: Sequence[EventQuestion]) -> None:
    if draft.kind in WITH_CHOICES and len(draft.choices) < 2:
        raise Refusal("no-choices", _l("Write at least two answers to choose from, one a line."), "choices")
    if draft.only_if_id is not None:
        parent = next((one for one in earlier if one.id == draft.only_if_id), None)
        if parent is None or draft.only_if_value not in condition_values(parent):
            raise Refusal("condition", _l("Choose an answer to an earlier question."), "only_if")


def move_question(question: EventQuestion, up: bool, now: datetime) -> None:
    """Let a question change places with its neighbour; at the end of the list nothing happens.

    Refusal: order, when one of the two is asked only after the other.
    """
    open_desk(question.event_id, now)
    read_again(question)
    questions = questions_of(question.event_id)
    at = questions.index(question) + (-1 if up else 1)
    if not 0 <= at < len(questions):
        return
    other = questions[at]
    if question.only_if_id == other.id or other.only_if_id == question.id:
        raise Refusal("order", _l("One of these two depends on the other’s answer: it has to come after it."))
    steps = ((question, 0), (other, question.position), (question, other.position))
    for one, position in steps:  # one after the other: no two may have the same place, even for a moment
        one.position = position
        db.session.flush()


def remove_question(question: EventQuestion, agreed: int, by: Member, now: datetime) -> None:
    """Take a question away with its answers, of which somebody agreed to lose so many.

    Refusals: waited-for, when another one depends on it; answers, when there are more than were agreed to.
    """
    open_desk(question.event_id, now)
    read_again(question)
    waits = sa.select(EventQuestion.label).where(EventQuestion.only_if_id == question.id).limit(1)
    if label := db.session.scalar(waits):
        text = _l("“%(label)s” is asked only if this is answered: change that one first.", label=label)
        raise Refusal("waited-for", text)
    count = answer_counts(question.event_id).get(question.id, 0)
    if count > agreed:
        text = ngettext(
            "One answer would be lost with it. Press again if you mean it.",
            "%(num)d answers would be lost with it. Press again if you mean it.",
            count,
        )
        raise Refusal("answers", text)
    db.session.delete(question)
    db.session.flush()
    record("question.remove", f"event:{question.event_id}", by.id, question=question.id, answers=count)


def erase_answers_of(member_id: int) -> None:
    """Forget what a member answered, and the names of those they came with."""
    own = sa.select(Rsvp.id).where(Rsvp.member_id == member_id)
    db.session.execute(sa.delete(RsvpAnswer).where(RsvpAnswer.rsvp_id.in_(own)))
    named = sa.and_(Rsvp.member_id == member_id, Rsvp.guest_names.is_not(None))
    db.session.execute(sa.update(Rsvp).where(named).values(guest_names=sa.null()))


def exported_answers(member_id: int) -> dict[int, dict[str, Any]]:
    """Return what a member answered, by Rsvp id and by the wording of the question."""
    query = (
        sa.select(RsvpAnswer.rsvp_id, EventQuestion.label, RsvpAnswer.value)
        .join(EventQuestion, EventQuestion.id == RsvpAnswer.question_id)
        .join(Rsvp, Rsvp.id == RsvpAnswer.rsvp_id)
        .where(Rsvp.member_id == member_id)
        .order_by(RsvpAnswer.rsvp_id, EventQuestion.position)
    )
    said: dict[int, dict[str, Any]] = {}
    for rsvp_id, label, value in db.session.execute(query):
        said.setdefault(rsvp_id, {})[label] = value
    return said


def erase_sensitive_answers(now: datetime) -> int:
    """Erase the sensitive answers of events that ended 30 days ago; return to how many questions.

    It reads first, so that a round with nothing to do takes no turn of those who write.
    """
    due = (
        sa.select(EventQuestion.id)
        .join(Event, Event.id == EventQuestion.event_id)
        .where(EventQuestion.sensitive, Event.ends_at <= now - SENSITIVE_KEPT)
        .where(sa.exists().where(RsvpAnswer.question_id == EventQuestion.id))
    )
    questions = list(db.session.scalars(due))
    if questions:
        db.session.execute(sa.delete(RsvpAnswer).where(RsvpAnswer.question_id.in_(questions)))
    return len(questions)
