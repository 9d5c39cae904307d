"""Writing to an event's people: the text, then the mail as it will be and how many get it, then the sending."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events.actions_messages import refuse_letter, send_letter
from app.events.forms_people import LETTERS, LetterForm
from app.events.models import Event
from app.events.queries import get_managed_event
from app.events.queries_messages import MOST_A_DAY, readers, sent_today
from app.events.rules_people import Standing
from app.i18n import ngettext
from app.web import allow

bp = Blueprint("people_messages", __name__)


@bp.route("/<slug>/people/message", methods=["GET", "POST"])
@allow("cm", "admin")
def write(slug: str) -> ResponseReturnValue:
    """Write a message; show what it is and whom it reaches; send it when that is what the CM wants."""
    event = get_managed_event(current_user, slug)
    form = LetterForm(to=request.args.get("to", Standing.CONFIRMED.value))
    step = request.form.get("step", "look")
    if step == "edit" or not form.validate_on_submit():
        return _ask(event, form)
    try:
        if step != "send":
            refuse_letter(event, form.letter().to, now())
            return _preview(event, form)
        reached = len(send_letter(event, form.letter(), current_user, now()).reached)
    except Refusal as refusal:
        db.session.rollback()
        event = get_managed_event(current_user, slug)
        if refusal.field:
            form.to.errors = [*form.to.errors, str(refusal.message)]
        else:
            form.form_errors.append(str(refusal.message))
        return _ask(event, form)
    commit()
    flash(
        ngettext("One mail is on its way.", "%(num)d mails are on their way.", reached),
        "success",
    )
    return redirect(url_for("people_list.index", slug=slug))


def _ask(event: Event, form: LetterForm) -> str:
    left = MOST_A_DAY - sent_today(event, now())
    return render_template("manage/people_message.html", event=event, form=form, left=left, most=MOST_A_DAY)


def _preview(event: Event, form: LetterForm) -> str:
    letter = form.letter()
    return render_template(
        "manage/people_message_preview.html",
        event=event,
        form=form,
        letter=letter,
        to_words=LETTERS[letter.to],
        readers=readers(event.id, letter.to),
        left=MOST_A_DAY - sent_today(event, now()),
        most=MOST_A_DAY,
    )
