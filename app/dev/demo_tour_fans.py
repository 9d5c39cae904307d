"""The visitors' and fans' part of the tour, with the mails."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import sqlalchemy as sa

from app.clock import now
from app.db import db
from app.dev.demo_tour import Stop, example, find_event, missing, slug_of
from app.events.models import Event, EventStatus, Rsvp, RsvpStatus, Ticket
from app.events.models_door import CheckIn
from app.loyalty.models import Redemption
from app.members.actions_codes import issue_code
from app.outbox import Message
from app.surveys.actions import assign_products, submit_response
from app.surveys.models import Study, StudyStatus
from app.surveys.queries_progress import progress_of
from app.tokens import new_link_token

SAID = {"liking9": 8, "jar5": 3, "intent5": 4, "nps": 9}


def fan_stops() -> Iterator[Stop]:
    """List the pages that are open to all, those of a fan, and what they are mailed."""
    return chain(_visitor(), _fan(), _surveys(), _mails())


def _visitor() -> Iterator[Stop]:
    held = db.session.scalars(sa.select(Rsvp).where(Rsvp.status == RsvpStatus.HELD)).one()
    seat = issue_code(held.member, f"rsvp:{held.id}", "", now()).link_token
    link = issue_code(example("fan"), "sign-in", "/me", now()).link_token
    yield Stop("home", "visitor", "events.home")
    yield Stop("home-city", "visitor", "events.home", {"city": "nantes"})
    yield Stop("chapter", "visitor", "events.chapter", {"slug": "lyon"})
    for which in ("running", "full", "slots", "abroad", "cancelled", "past"):
        yield Stop(f"event-{which}", "visitor", "events.event", slug_of(which))
    yield Stop("register", "visitor", "registration.register", slug_of("running"))
    yield Stop("register-slots", "visitor", "registration.register", slug_of("slots"))
    yield Stop("register-errors", "visitor", "registration.register", slug_of("full"), "send-empty")
    yield Stop("register-check", "visitor", "registration.register", slug_of("running"), "register")
    yield Stop("confirm", "visitor", "proof.confirm", {"token": seat})
    yield Stop("confirm-wrong", "visitor", "proof.confirm", {"token": "incomplete"}, status=404)
    yield Stop("sign-in", "visitor", "members.sign_in")
    yield Stop("sign-in-errors", "visitor", "members.sign_in", {}, "send-empty")
    yield Stop("sign-in-code", "visitor", "members.sign_in", {}, "ask-for-code")
    yield Stop("sign-in-link", "visitor", "members.sign_in_link", {"token": link})
    yield Stop("house-rules", "visitor", "brand.house_rules")
    yield Stop("legal", "visitor", "brand.legal")
    for code in (400, 403, 404, 429, 500):
        yield Stop(f"error-{code}", "visitor", "tour_fail", {"code": code}, status=code)


def _fan() -> Iterator[Stop]:
    fan = example("fan")
    places = sa.select(Ticket.token).join(Rsvp).join(Event).where(Ticket.revoked_at.is_(None))
    mine = places.where(Rsvp.member_id == fan.id)
    waiting = sa.select(Rsvp.token).where(Rsvp.member_id == fan.id, Rsvp.status == RsvpStatus.WAITLISTED)
    gone = sa.select(Rsvp.token).join(Event).where(Rsvp.status == RsvpStatus.CANCELLED)
    tickets = {
        "ticket": mine.where(Event.ends_at > now()),
        "ticket-waiting": waiting,
        "ticket-past": mine.where(Event.ends_at < now()),
        "ticket-cancelled": gone,
        "ticket-event-cancelled": places.where(Event.status == EventStatus.CANCELLED),
        "ticket-held": sa.select(Rsvp.token).where(Rsvp.status == RsvpStatus.HELD),
        "ticket-arrived": places.join(CheckIn, CheckIn.rsvp_id == Rsvp.id).where(Event.ends_at > now()),
    }
    for name, query in tickets.items():
        token = db.session.scalars(query).first() or missing()
        yield Stop(name, "fan" if name != "ticket-held" else "visitor", "tickets.ticket", {"token": token})
    yield Stop("event-mine", "fan", "events.event", slug_of("running"))
    yield Stop("me", "fan", "members.me")
    yield Stop("wallet", "fan", "loyalty.wallet")
    taken = sa.select(Redemption.id).where(Redemption.member_id == fan.id)
    yield Stop("reward", "fan", "loyalty.redemption", {"redemption_id": db.session.scalars(taken).first()})
    for page in ("profile", "consents", "privacy"):
        yield Stop(page, "fan", f"profile.{page}")


def _surveys() -> Iterator[Stop]:
    study = db.session.scalars(sa.select(Study).where(Study.status == StudyStatus.OPEN)).one()
    came = sa.select(Rsvp).join(CheckIn).join(Event).where(Event.ends_at > now()).order_by(Rsvp.id)
    done, begun, fresh = db.session.scalars(came.limit(3))
    for rsvp in (done, begun):
        assign_products(study, rsvp, now())
    while part := progress_of(study, done).next_part:
        progress = progress_of(study, done)
        product = progress.product_of(part)
        about = "event" if product is None else "product"
        asked = (
            [one for one in progress.questionnaire.questions if one.about == about]
            if progress.questionnaire
            else []
        )
        said = {one.key: SAID[one.kind] for one in asked if one.kind in SAID}
        submit_response(study, done, product.id if product else None, said, new_link_token(), "fr", now())
    address = {"slug": study.slug}

    def token(rsvp: Rsvp) -> dict[str, str]:
        return address | {"token": next(ticket.token for ticket in rsvp.tickets if not ticket.revoked_at)}

    part = progress_of(study, begun).next_part
    yield Stop("survey-begin", "visitor", "surveys.begin", token(fresh))
    yield Stop("survey-product", "visitor", "surveys.answer", token(begun) | {"part": part})
    yield Stop("survey-errors", "visitor", "surveys.answer", token(begun) | {"part": part}, "send-empty")
    yield Stop("survey-thanks", "visitor", "surveys.thanks", token(done))


def _mails() -> Iterator[Stop]:
    yield Stop("dev-outbox", "visitor", "dev.outbox")
    newest = sa.select(sa.func.max(Message.id)).group_by(Message.template)
    for message in db.session.scalars(sa.select(Message).where(Message.id.in_(newest))):
        name = message.template.rpartition("/")[2].replace("_", "-")
        yield Stop(f"mail-{name}", "visitor", "dev.message_html", {"message_id": message.id})
    yield Stop("dev-message", "visitor", "dev.message", {"message_id": message.id})
    yield Stop("style-guide", "visitor", "dev.style_guide")


def door_codes() -> dict[str, dict[str, str]]:
    """Return the codes that the door reads, by act and language: a welcome happens once for a ticket."""
    event = find_event(Event.slug == slug_of("running")["slug"])
    tickets = sa.select(Ticket.code).join(Rsvp).where(Rsvp.event_id == event.id, Ticket.revoked_at.is_(None))
    arrivals = tickets.outerjoin(CheckIn, CheckIn.rsvp_id == Rsvp.id).order_by(Rsvp.id)
    absent = db.session.scalars(arrivals.where(CheckIn.id.is_(None))).all()
    present = db.session.scalars(arrivals.where(CheckIn.id.is_not(None))).all()
    return {
        "door-welcome": {"fr": absent[0], "en": absent[1]},
        "door-already-in": dict.fromkeys(("fr", "en"), present[0]),
        "door-unknown": dict.fromkeys(("fr", "en"), "A" * 26),
    }
