"""The tour's part about an event's desk: its people, what it asks, its plans and papers, and what programs may do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain

import sqlalchemy as sa

from app.api.actions_tokens import create_token
from app.api.actions_webhooks import create_webhook
from app.api.models_webhooks import Delivery, DeliveryStatus
from app.api.rules import Scope
from app.clock import now
from app.db import commit, db
from app.dev.demo_tour import Stop, example, missing, slug_of
from app.events.actions_papers import request_paper
from app.events.models import Event, Rsvp, RsvpStatus
from app.events.models_papers import PaperKind
from app.events.models_questions import EventQuestion
from app.happenings import Happening, tell
from app.making import Making


def desk_stops(event: Event) -> Iterator[Stop]:
    """List what a CM sees of an event that asks everything and is full."""
    return chain(_people(event), _settings(event), _plans(event), _papers(event), _programs())


def _rsvp(event: Event, *where: sa.ColumnElement[bool]) -> dict[str, object]:
    query = sa.select(Rsvp.id).where(Rsvp.event_id == event.id, *where).order_by(Rsvp.id)
    return {"slug": event.slug, "rsvp_id": db.session.scalars(query).first() or missing()}


def _people(event: Event) -> Iterator[Stop]:
    slug = {"slug": event.slug}
    yield Stop("desk-event", "cm", "manage.event", slug)
    yield Stop("desk-people", "cm", "people_list.index", slug)
    yield Stop(
        "desk-people-waiting", "cm", "people_list.index", slug | {"status": "waiting", "order": "line"}
    )
    yield Stop("desk-people-found", "cm", "people_list.index", slug | {"q": "obrien"})
    yield Stop("desk-people-gone", "cm", "people_list.index", slug | {"status": "cancelled"})
    yield Stop("desk-people-none", "cm", "people_list.index", slug | {"q": "personne"})
    yield Stop("desk-people-nobody", "cm", "people_list.index", slug_of("draft"))
    asked, waits = Rsvp.status == RsvpStatus.CONFIRMED, Rsvp.status == RsvpStatus.WAITLISTED
    yield Stop("desk-person", "cm", "people_list.person", _rsvp(event, asked, Rsvp.party_size == 3))
    yield Stop("desk-person-waiting", "cm", "people_list.person", _rsvp(event, waits, Rsvp.party_size > 1))
    yield Stop("desk-person-held", "cm", "people_list.person", _rsvp(event, Rsvp.status == RsvpStatus.HELD))
    gone = (Rsvp.status == RsvpStatus.CANCELLED, Rsvp.cancel_note != "")
    yield Stop("desk-person-cancelled", "cm", "people_list.person", _rsvp(event, *gone))
    yield Stop("desk-add", "cm", "people_list.add", slug)
    yield Stop("desk-add-errors", "cm", "people_list.add", slug, "send-empty")
    yield Stop("desk-message", "cm", "people_messages.write", slug)
    yield Stop(
        "desk-message-preview", "cm", "people_messages.write", slug | {"to": "waiting"}, "write-message"
    )


def _settings(event: Event) -> Iterator[Stop]:
    slug = {"slug": event.slug}
    own = sa.select(EventQuestion.id).where(EventQuestion.event_id == event.id)
    question = db.session.scalars(own.order_by(EventQuestion.position.desc()).offset(1)).first() or missing()
    yield Stop("desk-questions", "cm", "questions.index", slug)
    yield Stop("desk-questions-none", "cm", "questions.index", slug_of("draft"))
    yield Stop("desk-question-new", "cm", "questions.new", slug)
    yield Stop("desk-question-errors", "cm", "questions.new", slug, "send-empty")
    yield Stop("desk-question", "cm", "questions.edit", slug | {"question_id": question})
    yield Stop("desk-slots", "cm", "slots.index", slug)
    yield Stop("desk-slots-none", "cm", "slots.index", slug_of("draft"))
    yield Stop("desk-slot-new", "cm", "slots.new", slug)
    yield Stop("desk-slot", "cm", "slots.edit", slug | {"slot_id": event.slots[0].id})
    yield Stop("desk-edit", "cm", "manage.edit_event", slug, "open-settings")
    yield Stop("desk-tell", "cm", "manage.edit_event", slug, "move-place")
    yield Stop("desk-cancel", "cm", "tell.cancel", slug)


def _plans(event: Event) -> Iterator[Stop]:
    slug = {"slug": event.slug}
    yield Stop("desk-copy", "cm", "plan.copy", slug)
    yield Stop("desk-quarter", "cm", "plan.next_quarter", slug)
    yield Stop("desk-overbooking", "cm", "plan.overbooking", slug)


def _papers(event: Event) -> Iterator[Stop]:
    slug, by, at = {"slug": event.slug}, example("cm"), now()
    waiting = request_paper(event, PaperKind.LABELS_8, "fr", by, at)
    done = request_paper(event, PaperKind.ATTENDANCE, "fr", by, at)
    done.status, done.pdf, done.finished_at = Making.DONE, b"%PDF-1.7", at  # no worker runs here
    db.session.flush()
    yield Stop("desk-papers", "cm", "papers.index", slug)
    yield Stop("desk-paper-waiting", "cm", "papers.paper", {**slug, "paper_id": waiting.id})
    yield Stop("desk-paper-done", "cm", "papers.paper", {**slug, "paper_id": done.id})


def _programs() -> Iterator[Stop]:
    by, at = example("cm"), now()
    yield Stop("tokens-none", "marketing", "tokens.index")
    create_token(by, "Logiciel de caisse", [Scope.EVENTS_READ, Scope.CHECK_INS_WRITE], 90, at)
    create_token(by, "Site de la marque", [Scope.EVENTS_READ], 1, at - timedelta(days=3))
    hook = create_webhook(by, "Fichier clients", "https://crm.example.org/terrain", list(Happening), at)
    commit()  # who listens is asked once a transaction
    seat = sa.select(Rsvp.id).join(Event).where(Event.slug == slug_of("running")["slug"])
    for rsvp_id in db.session.scalars(seat.limit(3)).all():
        tell(Happening.RSVP_CONFIRMED, rsvp_id)
    first, second, _third = db.session.scalars(sa.select(Delivery).order_by(Delivery.id))
    first.status, first.tries, first.answer = DeliveryStatus.DELIVERED, 1, "204"
    second.status, second.tries, second.answer = DeliveryStatus.FAILED, 8, "503"
    yield Stop("tokens", "cm", "tokens.index")
    yield Stop("webhooks", "cm", "webhooks.index")
    yield Stop("webhook", "cm", "webhooks.show", {"webhook_id": hook.id})
    yield Stop("webhook-errors", "cm", "webhooks.index", {}, "send-empty")
    yield Stop("api-docs", "visitor", "api_docs.docs")
