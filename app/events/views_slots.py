"""The slots of an event: its tables, its sessions."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_wtf import FlaskForm

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events import actions_slots as actions
from app.events.forms_slots import SlotForm
from app.events.models import Event, Slot
from app.events.queries import get_managed_event
from app.events.queries_manage import waiting_by_slot
from app.i18n import _
from app.members.forms import show_refusal
from app.web import allow

bp = Blueprint("slots", __name__)


@bp.get("/<slug>/slots")
@allow("cm", "admin")
def index(slug: str) -> str:
    """Show the slots of an event and how full each is."""
    event = get_managed_event(current_user, slug)
    return render_template(
        "manage/slots.html", event=event, waiting=waiting_by_slot(event.id), form=FlaskForm()
    )


@bp.route("/<slug>/slots/new", methods=["GET", "POST"])
@allow("cm", "admin")
def new(slug: str) -> ResponseReturnValue:
    event = get_managed_event(current_user, slug)
    return _edit(event, None)


@bp.route("/<slug>/slots/<int:slot_id>", methods=["GET", "POST"])
@allow("cm", "admin")
def edit(slug: str, slot_id: int) -> ResponseReturnValue:
    event = get_managed_event(current_user, slug)
    return _edit(event, _get_slot(event, slot_id))


@bp.post("/<slug>/slots/<int:slot_id>/remove")
@allow("cm", "admin")
def remove(slug: str, slot_id: int) -> ResponseReturnValue:
    """Take away a slot that nobody is in."""
    event = get_managed_event(current_user, slug)
    try:
        actions.remove_slot(_get_slot(event, slot_id), current_user, now())
    except Refusal as refusal:
        db.session.rollback()
        flash(str(refusal.message), "error")
    else:
        commit()
        flash(_("Removed."), "success")
    return redirect(url_for(".index", slug=slug))


def _edit(event: Event, slot: Slot | None) -> ResponseReturnValue:
    slug, form = event.slug, SlotForm.of(event, slot)
    if form.validate_on_submit():
        try:
            if slot is None:
                actions.create_slot(event, form.draft(), current_user, now())
            else:
                actions.update_slot(slot, form.draft(), current_user, now())
        except Refusal as refusal:
            db.session.rollback()
            show_refusal(form, refusal, "name")
        else:
            commit()
            flash(_("Saved."), "success")
            return redirect(url_for(".index", slug=slug))
    return render_template("manage/slot.html", form=form, event=event, slot=slot)


def _get_slot(event: Event, slot_id: int) -> Slot:
    return next((slot for slot in event.slots if slot.id == slot_id), None) or abort(404)
