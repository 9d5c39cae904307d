"""Answering a product test, with a ticket as the only key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.clock import now
from app.db import commit
from app.errors import Refusal
from app.events.models import Rsvp
from app.events.queries import find_ticket_by_token
from app.events.queries_tickets import Place
from app.i18n import locale_code
from app.members.models import Member
from app.panels import panel
from app.surveys.actions import AnswersRefused, assign_products, submit_response
from app.surveys.forms import AnswerForm, answer_form
from app.surveys.models import About, Questionnaire, Study, StudyStatus
from app.surveys.queries_progress import (
    EVENT_PART,
    Progress,
    find_study_of,
    find_version,
    is_here,
    open_surveys,
    progress_of,
    ticket_tokens,
)
from app.surveys.rules import POINTS_PER_RESPONSE
from app.tokens import new_code
from app.web import public

bp = Blueprint("surveys", __name__)


@dataclass(frozen=True)
class Seat:
    """A fan's place in a study, opened by their ticket's secret address."""

    token: str
    rsvp: Rsvp
    study: Study

    def url(self, endpoint: str, **values: Any) -> str:
        return url_for(f"surveys.{endpoint}", token=self.token, slug=self.study.slug, **values)

    def leave(self) -> ResponseReturnValue:
        """Go where this fan's next page is."""
        return redirect(self.url("begin"))


def get_seat(token: str, slug: str) -> Seat:
    """Load what a ticket and a study's address open. Aborts with 404."""
    ticket = find_ticket_by_token(token)
    if ticket is None or ticket.revoked_at:
        abort(404)
    return Seat(token, ticket.rsvp, find_study_of(ticket.rsvp, slug) or abort(404))


def _closed_door(seat: Seat) -> str | None:
    """Return the page that says why there is nothing to answer now, or None."""
    if seat.study.status is not StudyStatus.OPEN:
        return render_template("surveys/closed.html", seat=seat)
    if not is_here(seat.rsvp.id):
        return render_template("surveys/wait.html", seat=seat)
    return None


@bp.get("/<token>/<slug>")
@public
def begin(token: str, slug: str) -> ResponseReturnValue:
    """Say what awaits, or lead on to the page that comes next."""
    seat = get_seat(token, slug)
    if page := _closed_door(seat):
        return page
    progress = progress_of(seat.study, seat.rsvp)
    if not progress.parts_left:
        return redirect(seat.url("thanks"))
    if progress.started and progress.parts_done:
        return redirect(seat.url("answer", part=progress.next_part or EVENT_PART))
    points = progress.parts_left * POINTS_PER_RESPONSE
    return render_template("surveys/begin.html", seat=seat, progress=progress, points=points)


@bp.post("/<token>/<slug>")
@public
def start(token: str, slug: str) -> ResponseReturnValue:
    """Give the fan their products, then show the first."""
    seat = get_seat(token, slug)
    try:
        assign_products(seat.study, seat.rsvp, now())
    except Refusal:
        return seat.leave()  # that page says why
    commit()
    part = progress_of(seat.study, seat.rsvp).next_part
    return redirect(seat.url("answer", part=part)) if part else seat.leave()


@bp.route("/<token>/<slug>/<part>", methods=["GET", "POST"])
@public
def answer(token: str, slug: str, part: str) -> ResponseReturnValue:
    """Ask about one product, or about the event."""
    seat = get_seat(token, slug)
    if page := _closed_door(seat):
        return page
    progress = progress_of(seat.study, seat.rsvp)
    if part != progress.next_part:  # answered already, or not yet its turn
        return seat.leave()
    form, asked = _form(progress, part)
    if form.validate_on_submit() and _keep(seat, progress, part, form, asked):
        return seat.leave()
    questions = [question for question in asked.questions if question.about is _about(part)]
    return render_template(
        "surveys/answer.html", seat=seat, progress=progress, part=part, form=form, questions=questions
    )


@bp.get("/<token>/<slug>/thanks")
@public
def thanks(token: str, slug: str) -> ResponseReturnValue:
    """Thank a fan who answered all there was."""
    seat = get_seat(token, slug)
    progress = progress_of(seat.study, seat.rsvp)
    if progress.parts_left or not progress.parts_done:
        return seat.leave()
    points = progress.parts_done * POINTS_PER_RESPONSE
    return render_template("surveys/thanks.html", seat=seat, points=points)


@panel("ticket", 20)
def opinion_panel(place: Place) -> str:
    """Ask a fan who has come for their opinion, under their ticket."""
    rsvp = place.rsvp
    surveys = open_surveys([rsvp.id]) if place.arrived_at else []
    tokens = {one.rsvp_id: one.token for one in rsvp.tickets if not one.revoked_at} if surveys else {}
    return render_template("surveys/panel.html", surveys=surveys, tokens=tokens) if tokens else ""


@panel("me", 15)
def my_opinions_panel(member: Member) -> str:
    """Ask a member for the opinions that they still owe from meetups where they came."""
    tokens = ticket_tokens(member.id)
    surveys = [survey for survey in open_surveys(tokens) if survey.parts_left] if tokens else []
    return render_template("surveys/panel.html", surveys=surveys, tokens=tokens) if surveys else ""


def _form(progress: Progress, part: str) -> tuple[AnswerForm, Questionnaire]:
    """Return the form with the questions that it showed: a newer version may be out since then."""
    asked = progress.questionnaire
    sent = AnswerForm()
    if sent.is_submitted() and re.fullmatch("[0-9]{1,6}", version := sent.version.data or ""):
        asked = find_version(progress.study, int(version)) or asked
    assert asked is not None  # noqa: S101 - there is a next part, so there are questions
    form = answer_form([question for question in asked.questions if question.about is _about(part)])
    if not form.is_submitted():
        form.nonce.data, form.version.data = new_code(), str(asked.version)
    return form, asked


def _keep(seat: Seat, progress: Progress, part: str, form: AnswerForm, asked: Questionnaire) -> bool:
    """Keep the answers; False when the same page must be shown again, with what is wrong beside each question."""
    product = progress.product_of(part)
    product_id = product.id if product else None
    nonce = form.nonce.data or ""
    try:
        submit_response(
            seat.study, seat.rsvp, product_id, form.answers(), nonce, locale_code(), now(), asked.version
        )
    except AnswersRefused as refused:
        form.show(refused.problems)
        return False
    except Refusal as refusal:
        if refusal.code != "nonce":
            return True  # closed meanwhile, or answered on another screen: the next page says so
        form.nonce.data = new_code()
        flash(refusal.message, "error")
        return False
    commit()
    return True


def _about(part: str) -> About:
    return About.EVENT if part == EVENT_PART else About.PRODUCT
