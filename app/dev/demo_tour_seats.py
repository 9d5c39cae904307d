"""The tour's part about seats: an event that asks everything, and a ticket in every state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import sqlalchemy as sa

from app.clock import now
from app.db import db
from app.dev.demo_tour import Stop, example, find_event, missing, slug_of
from app.events.actions_calendar import reset_calendar
from app.events.actions_changes import decline, hand_on
from app.events.actions_desk import leave, offer, open_desk
from app.events.actions_manage import EventDraft, add_slot, create_event, publish_event
from app.events.actions_people import cancel_for
from app.events.actions_questions import QuestionDraft, add_question, store_answers
from app.events.actions_registration import Asked, register_member
from app.events.actions_seats import cancel_rsvp
from app.events.models import Audience, CancelReason, Event, EventKind, GuestNames
from app.events.models_questions import AskedKind
from app.events.queries_questions import questions_of
from app.events.queries_tickets import find_place_of
from app.events.rules_questions import Answer
from app.members.models import Member

TITLE = (
    "Dégustation à l’aveugle des limonades de plantes de l’automne"  # sixty characters, as people write them
)
NAME = "Anne-Sophie O’Brien-Nguyễn"
SLOTS = {"L’après-midi": 15, "Début de soirée": 18, "Soirée": 20}  # the hour each begins at
SEATS = 60
CODE = "sureau"


@dataclass(frozen=True)
class Stage:
    """The event that asks everything, and the address of one ticket in each state."""

    event: Event
    tokens: dict[str, str]


def seat_stops(stage: Stage) -> Iterator[Stop]:
    """List the pages of registering, of a ticket's states and of changing one's mind."""
    return chain(_registering(stage.event), _tickets(stage), _closed_doors())


def make_stage() -> Stage:
    """Write the event, bring a ticket into each state, then fill it."""
    event = _event(TITLE, days=19, party_max=3, guest_names=GuestNames.REQUIRED)
    for name, hour in SLOTS.items():
        add_slot(event, name, SEATS // len(SLOTS), event.starts_at.replace(hour=hour - 1, minute=30))
    _ask(event)
    fans = list(db.session.scalars(sa.select(Member).where(~Member.roles.any()).order_by(Member.id)))
    fans[1].display_name = NAME
    tokens = _states(event, fans[-8:])
    _fill(event, [example("fan"), *fans[1:-8]])
    place = find_place_of(event.id, fans[1].id) or missing()
    return Stage(event, tokens | {"ticket-coming": place.token})


def _event(title: str, days: int = 24, **settings: Any) -> Event:
    running, by = find_event(Event.slug == slug_of("running")["slug"]), example("cm")
    starts = (now() + timedelta(days=days)).replace(hour=14, minute=30, second=0, microsecond=0)
    own: dict[str, Any] = {
        "chapter_id": running.chapter_id,
        "kind": EventKind.PRODUCT_TEST,
        "title": title,
        "description": "Trois verres, aucun nom : **goûtez avant tout le monde**, et dites-nous tout.",
        "starts_at": starts,
        "ends_at": starts + timedelta(hours=6),
        "venue": "L’Atelier Tavelune",
        "address": "12 montée des Trois-Sauges",
        "capacity": SEATS,
        "picture_id": running.picture_id,
    }
    event = create_event(EventDraft(**own | settings), by, now())
    publish_event(event, by, now())
    return event


def _ask(event: Event) -> None:
    by = example("cm")
    choices = ["Romarin-citron", "Fenouil sauvage", "Thym-abricot"]
    drafts = [
        QuestionDraft(AskedKind.ONE, "Quel parfum vous tente le plus ?", choices),
        QuestionDraft(AskedKind.SEVERAL, "Comment venez-vous ?", ["À vélo", "En métro", "En voiture"]),
        QuestionDraft(AskedKind.NUMBER, "À combien de rencontres êtes-vous déjà venus ?"),
        QuestionDraft(AskedKind.LONG_TEXT, "Une chose que vous voudriez nous dire avant la dégustation ?"),
        QuestionDraft(AskedKind.YES_NO, "Avez-vous une allergie alimentaire ?", [], True, True),
    ]
    asked = [add_question(event, draft, by, now()) for draft in drafts]
    which = QuestionDraft(AskedKind.TEXT, "Laquelle ?", [], True, True, asked[-1].id, "yes")
    add_question(event, which, by, now())
    photos = "J’ai lu que la soirée est filmée pour le journal de l’atelier."
    add_question(event, QuestionDraft(AskedKind.CONSENT, photos), by, now())


def _states(event: Event, fans: list[Member]) -> dict[str, str]:
    """Let fans register and something become of it; return the tokens of their pages, by state."""
    at, by, slot = now(), example("cm"), event.slots[0].id
    names = ("offered", "missed", "released", "staff", "left", "handed-on")
    places = {
        name: register_member(event.id, member, Asked(1, slot, {}, "fr", None), at)
        for name, member in zip(names, fans, strict=False)
    }
    given_on = find_place_of(event.id, places["handed-on"].member_id) or missing()
    desk = open_desk(event.id, at)
    for name in ("offered", "missed"):
        leave(desk, places[name], CancelReason.LEFT)
        offer(desk, places[name], at + timedelta(hours=20))
        places[name].confirmed_at = places[name].cancelled_at = None
    leave(desk, places["missed"], CancelReason.LAPSED)
    leave(desk, places["released"], CancelReason.LAPSED)
    cancel_for(places["staff"].id, "Cette table est pour les personnes qui découvrent.", True, by, at)
    cancel_rsvp(places["left"].id, at)
    tokens = {f"ticket-{name}": places[name].token for name in names[:-1]}
    tokens |= {
        "ticket-handed-on": given_on.token,
        "ticket-declined": decline(event.id, fans[-1], "fr", at).token,
    }
    hand_on(places["handed-on"].id, "amelie@example.org", "Amélie Poncelet", at)
    return tokens


def _fill(event: Event, fans: list[Member]) -> None:
    """Let parties of one to three take every seat, then a line grow."""
    slots, questions = [slot.id for slot in event.slots], questions_of(event.id)
    flavours = questions[0].choices
    for number, member in enumerate(fans[:44]):
        party, allergic = 1 + number // 3 % 3, number % 5 == 0
        asked = Asked(party, slots[number % 3], {}, member.locale, {"utm_source": "instagram"})
        rsvp = register_member(event.id, member, asked, now() - timedelta(hours=70 - number))
        said: list[Answer] = [flavours[number % 3], ["À vélo"], number % 4, "", allergic, "", True]
        if allergic:
            said[5] = "Fruits à coque, et un peu les agrumes"
        given = {one.id: answer for one, answer in zip(questions, said, strict=True) if answer != ""}
        store_answers(rsvp, given, ["Zoé Wattrelot", NAME][: party - 1])


def _registering(event: Event) -> Iterator[Stop]:
    slug = {"slug": event.slug}
    room = _event("Atelier des trois sauges", 26, party_max=3, guest_names=GuestNames.OPTIONAL)
    _ask(room)
    yield Stop("event-asks", "visitor", "events.event", slug)
    yield Stop("register-asks", "visitor", "registration.register", {"slug": room.slug})
    yield Stop("register-asks-errors", "visitor", "registration.register", {"slug": room.slug}, "send-empty")
    yield Stop("register-signed-in", "fan", "registration.register", {"slug": room.slug})
    yield Stop("register-line", "visitor", "registration.register", slug)
    yield Stop("embed", "visitor", "feeds.embed")
    reset_calendar(example("fan"))
    yield Stop("me-calendar", "fan", "members.me")


def _tickets(stage: Stage) -> Iterator[Stop]:
    for name, token in stage.tokens.items():
        asked = {"coming": "yes"} if name == "ticket-coming" else {}
        yield Stop(name, "visitor", "tickets.ticket", {"token": token} | asked)
    mine = {"token": stage.tokens["ticket-coming"]}
    yield Stop("change", "visitor", "changes.change", mine)
    yield Stop("hand-on", "visitor", "changes.hand_on", mine)
    yield Stop("hand-on-errors", "visitor", "changes.hand_on", mine, "send-empty")
    place = find_place_of(stage.event.id, example("fan").id) or missing()
    yield Stop("answers", "fan", "answers.change", {"token": place.token})


def _closed_doors() -> Iterator[Stop]:
    """List what somebody sees who may not register, or not yet."""
    later, early = now() + timedelta(days=6), now() + timedelta(days=2)
    doors: dict[str, dict[str, Any]] = {
        "members": {"audience": Audience.MEMBERS},
        "link": {"audience": Audience.LINK},
        "invited": {"audience": Audience.INVITED},
        "later": {"opens_at": later},
        "early": {"opens_at": later, "early_opens_at": early, "early_code": CODE},
        "closed": {"closes_at": now() - timedelta(minutes=5)},
    }
    for name, settings in doors.items():
        slug = {"slug": _event("Atelier des trois sauges", 28, **settings).slug}
        yield Stop(f"event-{name}", "visitor", "events.event", slug)
        yield Stop(f"register-{name}", "visitor", "registration.register", slug)
    # Open since yesterday for who has the code.
    yesterday: dict[str, datetime] = {"opens_at": later, "early_opens_at": now() - timedelta(days=1)}
    slug = {"slug": _event("Atelier des trois sauges", 29, early_code=CODE, **yesterday).slug}
    yield Stop("register-wrong-code", "visitor", "registration.register", slug | {"code": "tilleul"})
    yield Stop("register-early", "visitor", "registration.register", slug | {"code": CODE})
