"""Before time or place change, or an event is called off: a page says who will be told what.

Nothing is sent without it: its button carries a signed note of what was shown, and without a note that fits the
event as it is now, the page is shown again.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_wtf import FlaskForm
from itsdangerous import BadSignature, URLSafeSerializer

from app import mail
from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events import actions_manage as actions
from app.events.actions_desk import open_desk
from app.events.actions_mails import tell
from app.events.actions_manage import TOLD, EventDraft
from app.events.models import LIVE, Event, EventStatus, Rsvp, RsvpStatus
from app.events.queries import get_managed_event
from app.events.queries_plan import who_is_told
from app.i18n import LOCALES, NAMES, _, _l, datetime_text, force_locale, ngettext
from app.members.models import Member
from app.outbox import without_mail
from app.tokens import digest
from app.web import allow

bp = Blueprint("tell", __name__)

NOTE = "told"  # the field that carries the signed note
CANCEL = "cancel"
LABELS = {"starts_at": _l("Begins"), "ends_at": _l("Ends"), "venue": _l("Place"), "address": _l("Address")}
CALLED_OFF = "events/event_cancelled"
CHANGED = "events/event_changed"


@dataclass(frozen=True)
class Change:
    """One thing that people are told of: what it was and what it becomes, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Preview:
    """A mail as somebody would read it."""

    locale: str
    subject: str
    text: str


def ask_first(event: Event, draft: EventDraft) -> str | None:
    """Return the page that says who would be told of a change, or None when there is nothing to ask any more.

    The event is this transaction’s from here on, so that what follows tells exactly those whom the page named, or
    nobody. A page ends the transaction. Raises the refusals of `update_event`.
    """
    event = open_desk(event.id, now()).event
    moved = [name for name in TOLD if getattr(event, name) != getattr(draft, name)]
    if not moved or event.status != EventStatus.PUBLISHED or now() >= event.ends_at:
        return None
    what = digest(repr([getattr(draft, name) for name in TOLD]))
    if _note_of(event, what) is not None:
        return None
    told = who_is_told(event.id, LIVE)
    if not told.mails:
        return None
    changes = [_change(event, draft, name) for name in moved]
    note = _sign(event.id, event.revision, what, draft.picture_id)
    with without_mail():  # a rehearsal: what it refuses is refused before anybody is asked
        actions.update_event(event, draft, current_user, now())
    page = render_template(
        "manage/plan_tell.html",
        event=event,
        told=told,
        changes=changes,
        previews=preview(CHANGED, event),
        note=note,
        carried=[pair for pair in request.form.items(multi=True) if pair[0] not in {NOTE, "csrf_token"}],
        form=FlaskForm(),
        names=NAMES,
    )
    db.session.rollback()
    return page


def picture_shown(event: Event) -> int | None:
    """Return the picture that came with the change that the page asked about: a form cannot carry a file on."""
    note = _read_note()
    picture = note.get("picture") if note.get("event") == event.id else None
    return picture if isinstance(picture, int) else None


@bp.route("/<slug>/cancel", methods=["GET", "POST"])
@allow("cm", "admin")
def cancel(slug: str) -> ResponseReturnValue:
    """Say who will be told that an event is called off, then call it off."""
    event = get_managed_event(current_user, slug)
    form = FlaskForm()
    if form.validate_on_submit() and (told := _cancel(event)) is not None:
        words = ngettext("One person is told by mail.", "%(num)d people are told by mail.", told)
        flash(" ".join([_("The event is cancelled."), words if told else ""]).strip(), "success")
        return redirect(url_for("manage.event", slug=slug))
    if event.status == EventStatus.CANCELLED or event.ends_at <= now():
        return redirect(url_for("manage.event", slug=slug))
    public = event.status == EventStatus.PUBLISHED
    return render_template(
        "manage/plan_cancel.html",
        event=event,
        told=who_is_told(event.id, LIVE) if public else None,
        previews=preview(CALLED_OFF, event) if public else [],
        note=_sign(event.id, event.revision, CANCEL),
        form=form,
        names=NAMES,
    )


def _cancel(event: Event) -> int | None:
    """Call an event off when the page about it was seen; return how many are told, or None."""
    event = open_desk(event.id, now()).event
    if _note_of(event, CANCEL) is None:
        db.session.rollback()
        return None
    try:
        told = actions.cancel_event(event, current_user, now())
    except Refusal as refusal:
        db.session.rollback()
        flash(str(refusal.message), "error")
        return None
    commit()
    return told


def preview(template: str, event: Event) -> list[Preview]:
    """Write a mail about an event in each language, to somebody made up."""
    written = []
    for locale in LOCALES:
        with force_locale(locale):
            # Never saved: the mail of somebody real holds the secret address of their ticket.
            someone = Rsvp(event=event, member=Member(display_name="Camille"), token="example")  # noqa: S106
            someone.status, someone.party_size = RsvpStatus.CONFIRMED, 1
            subject, text, _html = mail.render(template, **tell(someone))
        written.append(Preview(locale, subject, text))
    return written


def _change(event: Event, draft: EventDraft, name: str) -> Change:
    before, after = (
        datetime_text(value, event.timezone) if name.endswith("_at") else value or _("none")
        for value in (getattr(event, name), getattr(draft, name))
    )
    return Change(str(LABELS[name]), before, after)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="told")


def _sign(event_id: int, revision: int, what: str, picture_id: int | None = None) -> str:
    note = {"event": event_id, "revision": revision, "what": what, "picture": picture_id}
    return str(_signer().dumps(note))


def _read_note() -> dict[str, int | str | None]:
    try:
        return dict(_signer().loads(request.form.get(NOTE, "")))
    except BadSignature:
        return {}


def _note_of(event: Event, what: str) -> dict[str, int | str | None] | None:
    """Return the note of the page that was seen, if it is about this event as it is now and about this change."""
    note = _read_note()
    fits = (note.get("event"), note.get("revision"), note.get("what")) == (event.id, event.revision, what)
    return note if fits else None
