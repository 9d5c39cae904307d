"""What an event asks those who register: the CM's list of questions."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_wtf import FlaskForm

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events import actions_questions as actions
from app.events.forms_questions import KIND_WORDS, QuestionForm
from app.events.models import Event
from app.events.models_questions import EventQuestion
from app.events.queries import get_managed_event
from app.events.queries_questions import answer_counts, get_question, questions_of
from app.events.rules_questions import condition_words
from app.i18n import _
from app.members.forms import show_refusal
from app.web import allow

bp = Blueprint("questions", __name__)


@bp.get("/<slug>/questions")
@allow("cm", "admin")
def index(slug: str) -> str:
    """Show an event's questions in order, and how many answered each."""
    event = get_managed_event(current_user, slug)
    questions = questions_of(event.id)
    by_id = {question.id: question for question in questions}
    return render_template(
        "manage/questions.html",
        event=event,
        questions=questions,
        kinds=KIND_WORDS,
        conditions={
            one.id: condition_words(one, by_id[one.only_if_id])
            for one in questions
            if one.only_if_id in by_id
        },
        counts=answer_counts(event.id),
        form=FlaskForm(),
    )


@bp.route("/<slug>/questions/new", methods=["GET", "POST"])
@allow("cm", "admin")
def new(slug: str) -> ResponseReturnValue:
    """Ask one more question."""
    event = get_managed_event(current_user, slug)
    form = QuestionForm.of(None, questions_of(event.id))
    if form.validate_on_submit():
        try:
            actions.add_question(event, form.draft(), current_user, now())
        except Refusal as refusal:
            return _refuse(slug, form, refusal)
        commit()
        flash(_("Added: it is asked from now on."), "success")
        return redirect(url_for(".index", slug=slug))
    return render_template("manage/question.html", form=form, event=event, question=None)


@bp.route("/<slug>/questions/<int:question_id>", methods=["GET", "POST"])
@allow("cm", "admin")
def edit(slug: str, question_id: int) -> ResponseReturnValue:
    """Change a question."""
    event, question = _load(slug, question_id)
    earlier = [one for one in questions_of(event.id) if one.position < question.position]
    form = QuestionForm.of(question, earlier)
    if form.validate_on_submit():
        try:
            actions.update_question(question, form.draft(), current_user, now())
        except Refusal as refusal:
            return _refuse(slug, form, refusal, question_id)
        commit()
        flash(_("Saved."), "success")
        return redirect(url_for(".index", slug=slug))
    return render_template("manage/question.html", form=form, event=event, question=question)


@bp.post("/<slug>/questions/<int:question_id>/move")
@allow("cm", "admin")
def move(slug: str, question_id: int) -> ResponseReturnValue:
    """Move a question up or down."""
    _event, question = _load(slug, question_id)
    try:
        actions.move_question(question, request.form.get("to") == "up", now())
    except Refusal as refusal:
        db.session.rollback()
        flash(str(refusal.message), "error")
    else:
        commit()
    return redirect(url_for(".index", slug=slug))


@bp.post("/<slug>/questions/<int:question_id>/remove")
@allow("cm", "admin")
def remove(slug: str, question_id: int) -> ResponseReturnValue:
    """Take a question away, with as many answers as the page said."""
    _event, question = _load(slug, question_id)
    agreed = request.form.get("answers", 0, type=int)
    try:
        actions.remove_question(question, agreed, current_user, now())
    except Refusal as refusal:
        db.session.rollback()
        flash(str(refusal.message), "error")
    else:
        commit()
        flash(_("Removed."), "success")
    return redirect(url_for(".index", slug=slug))


def _load(slug: str, question_id: int) -> tuple[Event, EventQuestion]:
    event = get_managed_event(current_user, slug)
    return event, get_question(event, question_id)


def _refuse(
    slug: str, form: QuestionForm, refusal: Refusal, question_id: int | None = None
) -> ResponseReturnValue:
    db.session.rollback()
    show_refusal(form, refusal, "label")
    event = get_managed_event(current_user, slug)
    question = get_question(event, question_id) if question_id else None
    return render_template("manage/question.html", form=form, event=event, question=question)
